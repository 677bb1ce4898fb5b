import { type ApiKey, fingerprintOf, liveSecrets, mintApiKey, randomBase62 } from '../../../tenancy/api-key.ts';
import { apiKeyRevocation, apiKeyWrite, getApiKey, listApiKeys } from '../../../tenancy/table/api-keys.ts';
import { userMayHaveKeys } from '../../../tenancy/table/users.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import type { Reach } from '../access.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { apiKeyNodeId, parseIdOf } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned, type Step } from '../mutation.ts';
import type { CreateApiKeyInput, Resolvers } from '../resolver-types.ts';
import { MAX_REASON, missing, openForWriting, whyTextWrong } from '../writable.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 365;
const MAX_OVERLAP_SECONDS = 7 * 86_400;
const MAX_NAME = 100;
/** Keys of one owner that are not revoked: who needs more needs another owner, and nobody fills the directory. */
const MAX_KEYS = 100;

/** API keys as they are made and changed. A key is shown in the answer that made it, and then nowhere. */
export const apiKeyChangeResolvers = {
  Mutation: {
    async createApiKey(_, { input }, context) {
      const carried = await carryOut('createApiKey', input, context, () => planCreation(context, input));
      return { ...(await answer(carried, context)), secret: onceOf(carried) };
    },
    async rotateApiKey(_, { input }, context) {
      const { overlapSeconds = 86_400, expiresInDays = 90 } = input;
      const carried = await carryOut('rotateApiKey', input, context, () =>
        changeKey<string>(context, input, async (key) => {
          const wrong =
            whyNotWithin('overlapSeconds', overlapSeconds, 0, MAX_OVERLAP_SECONDS) ??
            whyNotWithin('expiresInDays', expiresInDays, 1, MAX_DAYS) ??
            (await whyNotLost(context, key, input.lostFingerprint)) ??
            whyNotRotated(key, input.lostFingerprint ? 0 : overlapSeconds, context.now);
          if (wrong) return { ok: false, error: wrong };
          const minted = await mint(context, key.tenantId, key.keyId, expiresInDays);
          if (input.lostFingerprint) {
            const held = liveSecrets(key, context.now).filter((one) => one !== key.secrets.at(-1));
            return { ok: true, after: { ...key, secrets: [...held, minted.secret] }, once: minted.text };
          }
          const ends = context.now + overlapSeconds * 1000;
          const kept = overlapSeconds === 0 ? [] : liveSecrets(key, context.now);
          const old = kept.map((one) => ({ ...one, validUntil: Math.min(one.validUntil, ends) }));
          return { ok: true, after: { ...key, secrets: [...old, minted.secret] }, once: minted.text };
        }),
      );
      return { ...(await answer(carried, context)), secret: onceOf(carried) };
    },
    async updateApiKey(_, { input }, context) {
      const carried = await carryOut('updateApiKey', input, context, () =>
        changeKey<never>(context, input, async (key) => {
          const wrong = whyTextWrong('name', input.name, MAX_NAME);
          return wrong ? { ok: false, error: wrong } : { ok: true, after: { ...key, name: input.name.trim() } };
        }),
      );
      return answer(carried, context);
    },
    async revokeApiKey(_, { input }, context) {
      const carried = await carryOut('revokeApiKey', input, context, async () => {
        const found = await findKey(context, input.apiKeyId);
        if (!found.ok) return found.refusal;
        const { key, reach } = found;
        const wrong = whyTextWrong('reason', input.reason, MAX_REASON);
        if (wrong) return mistaken(wrong, key.tenantId);
        const reason = input.reason.trim();
        if (key.state === 'REVOKED') return changing<never>(key, key, [], reason);
        const after: ApiKey = { ...key, state: 'REVOKED', revokedReason: reason, version: key.version + 1 };
        const writes = [apiKeyRevocation(reach.tables, key, reason)];
        return changing<never>(key, after, [{ writes, refusedAs: missing('apiKeyId', 'API key') }], reason);
      });
      return answer(carried, context);
    },
  },
} satisfies Resolvers;

async function planCreation(context: Context, input: CreateApiKeyInput): Promise<Planned<string>> {
  const { expiresInDays = 90 } = input;
  const opened = await openForWriting(context, parseIdOf('Tenant', input.tenantId), 'tenantId', 'tenant');
  if (!opened.ok) return opened.refusal;
  const { reach, tenant } = opened;
  const no = (error: UserError): Planned<never> => mistaken(error, tenant.id);
  const ownerId = ownerOf(context, tenant.id, input.ownerId);
  if (ownerId === undefined) return no(userError('INVALID', 'ownerId', 'must name the user whose key it will be'));
  // A member's loader knows nobody else: another's key is asked for like that of a user who does not exist.
  const owner = ownerId && (await context.loaders.user(tenant.id, ownerId));
  if (!owner) return no(missing('ownerId', 'user'));
  const wrong = whyTextWrong('name', input.name, MAX_NAME) ?? whyNotWithin('expiresInDays', expiresInDays, 1, MAX_DAYS);
  if (wrong) return no(wrong);
  const disabled = userError('WRONG_STATE', 'ownerId', 'the user is disabled; enable the user first');
  if (await hasAll(reach, owner.id)) {
    return no(userError('LIMIT_REACHED', 'ownerId', `the user has ${MAX_KEYS} keys; revoke one that nobody uses`));
  }
  const keyId = randomBase62(context.platform.randomBytes(32), 10);
  const { text, secret } = await mint(context, tenant.id, keyId, expiresInDays);
  const key: ApiKey = {
    tenantId: tenant.id,
    keyId,
    name: input.name.trim(),
    ownerId: owner.id,
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets: [secret],
    version: 1,
  };
  const steps: Step[] = [
    { writes: apiKeyWrite(reach.tables, key), refusedAs: userError('TAKEN', null, 'the id is taken; try again') },
    // Of a user who is disabled at this moment either the key is not made, or it is there to be revoked.
    { writes: [userMayHaveKeys(reach.tables, owner)], refusedAs: disabled },
  ];
  return changing(null, key, steps, undefined, text);
}

/** Null for an id that is no user's of this tenant; undefined when nobody is named and the caller can own none. */
function ownerOf({ principal }: Context, tenantId: TenantId, named: string | null | undefined) {
  if (named === null || named === undefined) return principal.kind === 'user' ? principal.id : undefined;
  const id = parseIdOf('User', named);
  return id?.tenantId === tenantId ? id.id : null;
}

/** Asked of the owner's own list. Two who create at once may end one above, which harms nobody. */
async function hasAll({ tables, tenantId }: Reach, ownerId: string): Promise<boolean> {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await listApiKeys(tables, tenantId, { ownerId, limit: MAX_KEYS, ...(after ? { after } : {}) });
    count += page.items.filter(({ state }) => state !== 'REVOKED').length;
    after = page.next;
  } while (after !== undefined && count < MAX_KEYS);
  return count >= MAX_KEYS;
}

/** A new secret of a key: the text to be shown once, and what is stored of it. */
async function mint({ platform, now }: Context, tenantId: TenantId, keyId: string, days: number) {
  const random = randomBase62(platform.randomBytes(96), 32);
  const text = mintApiKey(tenantId, keyId, random, await platform.mac());
  return { text, secret: { sha256: platform.sha256(text), validUntil: now + days * DAY_MS, createdAt: now } };
}

type Found =
  | { readonly ok: true; readonly key: ApiKey; readonly reach: Reach }
  | { readonly ok: false; readonly refusal: Planned<never> };

/** Reads a key anew each time: a plan that is made again must not be made of what was true before. */
async function findKey(context: Context, nodeId: string): Promise<Found> {
  const id = parseIdOf('ApiKey', nodeId);
  const none = missing('apiKeyId', 'API key');
  const opened = await openForWriting(context, id, 'apiKeyId', 'API key');
  if (!opened.ok) return opened;
  const { reach } = opened;
  const key = id && (await getApiKey(reach.tables, reach.tenantId, id.id));
  const isVisible = key && (reach.self === null || key.ownerId === reach.self);
  return isVisible ? { ok: true, key, reach } : { ok: false, refusal: mistaken(none, reach.tenantId) };
}

type Next<Once> =
  | { readonly ok: true; readonly after: ApiKey; readonly once?: Once }
  | { readonly ok: false; readonly error: UserError };

async function changeKey<Once>(
  context: Context,
  input: { readonly apiKeyId: string; readonly expectedVersion: number },
  next: (key: ApiKey) => Promise<Next<Once>>,
): Promise<Planned<Once>> {
  const found = await findKey(context, input.apiKeyId);
  if (!found.ok) return found.refusal;
  const { key, reach } = found;
  const stale = userError('CONFLICT_VERSION', 'expectedVersion', 'the key was changed since; read it again');
  if (key.version !== input.expectedVersion) return mistaken(stale, key.tenantId);
  const made = await next(key);
  if (!made.ok) return mistaken(made.error, key.tenantId);
  const after = { ...made.after, version: key.version + 1 };
  return changing(key, after, [{ writes: apiKeyWrite(reach.tables, after), refusedAs: stale }], undefined, made.once);
}

function whyNotRotated(key: ApiKey, overlapSeconds: number, now: number): UserError | null {
  const no = (why: string) => userError('WRONG_STATE', 'apiKeyId', why);
  if (key.state === 'REVOKED') return no('the key is revoked for good; make a new one');
  if (key.ownerDisabled) return no('the owner of the key is disabled; enable the user and make a new key');
  const live = liveSecrets(key, now);
  const [older] = live;
  if (!older) return no('the key has expired; make a new one');
  // A third secret would end one of two that somebody was promised.
  if (live.length < 2 || overlapSeconds === 0) return null;
  const until = new Date(older.validUntil).toISOString();
  return no(`the key has two secrets until ${until}: wait, or send overlapSeconds 0 to end both now`);
}

/** Only the newest can have been lost on its way, and whoever has used it would be cut off by what is meant to help. */
async function whyNotLost(
  { loaders }: Context,
  { tenantId, keyId, secrets }: ApiKey,
  lost: string | null | undefined,
): Promise<UserError | null> {
  if (!lost) return null;
  const newest = secrets.at(-1);
  if (!newest || fingerprintOf(newest.sha256) !== lost) {
    return userError('INVALID', 'lostFingerprint', 'must be that of the newest secret; read the key again');
  }
  const uses = await loaders.keyUses(tenantId, keyId);
  if (!uses?.bySecret.has(lost)) return null;
  return userError('WRONG_STATE', 'lostFingerprint', 'that secret was used: somebody has it; leave this field out');
}

function whyNotWithin(field: string, value: number, least: number, most: number): UserError | null {
  return value >= least && value <= most ? null : userError('INVALID', field, `must be ${least} to ${most}`);
}

function changing<Once>(before: ApiKey | null, after: ApiKey, steps: readonly Step[], reason?: string, once?: Once) {
  const { tenantId, keyId } = after;
  return planned<Once>({
    trail: tenantId,
    target: { kind: 'ApiKey', id: apiKeyNodeId(tenantId, keyId) },
    before: before ?? {},
    after,
    ...(reason === undefined ? {} : { reason }),
    steps,
    result: { tenantId, keyId },
    ...(once === undefined ? {} : { once }),
  });
}

function onceOf(carried: Carried<string>): string | null {
  return carried.done ? carried.once : null;
}

async function answer(carried: Carried<string>, { loaders }: Context) {
  if (!carried.done) return { apiKey: null, replayed: false, userErrors: [...carried.errors] };
  loaders.forget();
  const tenantId = parseTenantId(carried.result['tenantId']);
  const apiKey = tenantId && (await loaders.apiKey(tenantId, String(carried.result['keyId'])));
  return { apiKey, replayed: carried.replayed, userErrors: [] };
}
