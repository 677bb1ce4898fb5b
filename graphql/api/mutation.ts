import { setTimeout as sleep } from 'node:timers/promises';
import { withoutKeys } from '../../tenancy/api-key.ts';
import { type AuditEntry, auditEntry, mintAuditId } from '../../tenancy/audit.ts';
import { appendAudit, auditWrite } from '../../tenancy/table/audit.ts';
import { commit, type Write } from '../../tenancy/table/commit.ts';
import { claimOnce, type OnceKey, onceDoneWrite, releaseOnce } from '../../tenancy/table/idempotency.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { Context } from './context.ts';
import { GraphqlRefusal, type UserError, userError } from './errors.ts';
import { principalName, walledIn } from './principal.ts';

type Image = Readonly<Record<string, unknown>>;
type Json = Readonly<Record<string, string | number | boolean | null>>;

/** Parts of the transaction, and what it means for the caller when their conditions do not hold. */
export type Step = { readonly writes: readonly Write[]; readonly refusedAs: UserError };

/** What a mutation will do: nothing of it has been done yet. */
export type Plan<Once> = {
  /** In whose trail it is told; null: the platform's. */
  readonly trail: TenantId | null;
  readonly target: { readonly kind: string; readonly id: string };
  /** What it changes, for the trail. */
  readonly before: Image;
  readonly after: Image;
  readonly reason?: string;
  readonly steps: readonly Step[];
  /** What the answer is made of, now and in a replay: ids, never a secret. */
  readonly result: Json;
  /** Told in this answer alone. */
  readonly once?: Once;
};

/** A plan, or what is wrong with the input. `at`: where the refused attempt is told; absent for what names no tenant. */
export type Planned<Once> = { readonly ok: true; readonly plan: Plan<Once> } | Mistaken;
export type Mistaken = { readonly ok: false; readonly errors: readonly UserError[]; readonly trail?: TenantId };

export function planned<Once = never>(plan: Plan<Once>): Planned<Once> {
  return { ok: true, plan };
}

export function mistaken(error: UserError, trail?: TenantId): Mistaken {
  return { ok: false, errors: [error], ...(trail === undefined ? {} : { trail }) };
}

/** How a mutation ended: `result` and `once` are the plan's. */
export type Carried<Once> =
  | { readonly done: true; readonly result: Json; readonly once: Once | null; readonly replayed: boolean }
  | { readonly done: false; readonly errors: readonly UserError[] };

const KEY = /^[\x21-\x22\x24-\x7e]{1,100}$/;
const TRIES = 4;

/**
 * Carries a mutation out, once for each idempotency key: claim the key, plan, then change, audit entry and the note that
 * it is done in one transaction. A crash leaves either nothing, with a key that is free again after a minute, or all.
 * @param action the mutation's name
 * @param plan reads what it needs; called again when somebody else was at the same items. What it does outside the tables
 *   (an account, a gate) must be safe to repeat and leave less allowed, never more, should the transaction fail
 */
export async function carryOut<Input extends { readonly idempotencyKey: string }, Once>(
  action: string,
  input: Input,
  context: Context,
  plan: () => Promise<Planned<Once>>,
): Promise<Carried<Once>> {
  const { platform, now, principal } = context;
  if (!KEY.test(input.idempotencyKey) || withoutKeys(input.idempotencyKey) !== input.idempotencyKey) {
    const message = 'must be 1 to 100 printable characters without spaces or #, and hold no API key';
    return refused(userError('INVALID', 'idempotencyKey', message));
  }
  const tables = await ownTables(context);
  const once: OnceKey = {
    tenantId: walledIn(principal),
    caller: principalName(principal),
    idempotencyKey: input.idempotencyKey,
  };
  const inputSha256 = platform.sha256(JSON.stringify([action, canonical(input)]));
  const token = Buffer.from(platform.randomBytes(16)).toString('hex');
  const state = await claimOnce(tables, once, inputSha256, token, now);
  if (state.state !== 'claimed') {
    const other = state.inputSha256 !== inputSha256;
    if (other) return refused(userError('IDEMPOTENCY_KEY_REUSED', 'idempotencyKey', 'was used for another input'));
    if (state.state === 'in_progress') {
      return refused(
        userError('IDEMPOTENCY_IN_PROGRESS', 'idempotencyKey', 'is being carried out; ask again in a moment'),
      );
    }
    return { done: true, result: JSON.parse(state.result) as Json, once: null, replayed: true };
  }
  let certain = true;
  try {
    for (let tries = 1; ; tries++) {
      const made = await plan();
      if (!made.ok) {
        await tellRefused(action, input, made.errors, made.trail, context);
        return refused(...made.errors);
      }
      const { steps, result, once: shown, trail } = made.plan;
      const entry = entryOf(action, made.plan, context);
      const writes = [...steps.flatMap((step) => step.writes), auditWrite(tables, entry)];
      const note = onceDoneWrite(tables, once, token, JSON.stringify(result));
      certain = false;
      const committed = await commit([...writes, note]);
      if (committed.outcome === 'done') {
        return { done: true, result, once: shown ?? null, replayed: false };
      }
      certain = true;
      if (committed.outcome === 'refused') {
        const error = stepAt(steps, committed.index)?.refusedAs;
        if (!error) throw new Error(`${action}: its claim or its audit entry was refused`);
        await tellRefused(action, input, [error], trail ?? undefined, context);
        return refused(error);
      }
      if (tries === TRIES)
        throw new GraphqlRefusal('UNAVAILABLE', 'too many change the same at this moment; try again');
      await sleep(20 * tries * (1 + (platform.randomBytes(1)[0] ?? 0) / 256));
    }
  } finally {
    // Of an unclear answer nobody knows whether it was done: then the claim stays until it is done or its lease is over.
    if (certain) await releaseOnce(tables, once, token).catch(() => {});
  }
}

/** The tables that hold a caller's own idempotency keys: within its wall, if it stands in one. */
async function ownTables({ access, principal }: Context): Promise<Tables> {
  const wall = walledIn(principal);
  const tables = wall === null ? access.platform() : (await access.tenant(wall))?.tables;
  if (!tables) throw new GraphqlRefusal('FORBIDDEN', 'you may not change anything');
  return tables;
}

/** The step that a part of the transaction belongs to; past the last are the entry and the note, which are nobody's. */
function stepAt(steps: readonly Step[], index: number): Step | undefined {
  return steps.flatMap((step) => step.writes.map(() => step))[index];
}

/** The entry of a change. `carryOut` writes that of a plan; whoever must change something before it writes its own. */
export function entryOf(
  action: string,
  plan: Pick<Plan<unknown>, 'trail' | 'target' | 'before' | 'after' | 'reason'>,
  context: Context,
): AuditEntry {
  const { trail, target, before, after, reason } = plan;
  return auditEntry(
    { ...common(action, trail, context), target, outcome: 'ALLOWED', ...(reason ? { reason } : {}) },
    before,
    after,
  );
}

function common(action: string, tenantId: TenantId | null, context: Context) {
  const { principal, requestId, sourceIp, userAgent, now, platform } = context;
  return {
    id: mintAuditId(now, platform.auditBytes(now)),
    tenantId,
    at: now,
    requestId,
    salt: Buffer.from(platform.randomBytes(16)).toString('hex'),
    actor: { kind: principal.kind, id: principal.id },
    action,
    sourceIp,
    userAgent,
    ...(principal.kind === 'staff' && principal.viewingAs ? { viewingAs: principal.viewingAs.tenantId } : {}),
  } as const;
}

/** An attempt that came to nothing is told too, by itself: who tries a thousand times must not hold anybody up. */
async function tellRefused(
  action: string,
  input: object,
  errors: readonly UserError[],
  trail: TenantId | undefined,
  context: Context,
): Promise<void> {
  const wall = walledIn(context.principal);
  const reason = errors.map(({ code }) => code).join(', ');
  await tellAttempt(action, 'FAILED', reason, trail ?? wall, context, aimOf(input));
}

/** What an attempt was aimed at: the ids in its input, as they were sent. A key among them is no id, and is left out. */
function aimOf(input: object): string {
  const ids = Object.entries(input).flatMap(([name, value]) =>
    /(?:Id|slug)$/.test(name) && typeof value === 'string' ? [value] : [],
  );
  return withoutKeys(ids.join(' ')).slice(0, MAX_AIM).toWellFormed() || '-';
}

const MAX_AIM = 300;

/** Notes an attempt in the trail of whose it was; what cannot be noted is logged, and the answer stays what it was. */
export async function tellAttempt(
  action: string,
  outcome: 'DENIED' | 'FAILED',
  reason: string,
  trail: TenantId | null,
  context: Context,
  aim = '-',
): Promise<void> {
  try {
    const tables = await ownTables(context);
    const what = { ...common(action, trail, context), target: { kind: 'attempt', id: aim }, outcome, reason };
    await appendAudit(tables, auditEntry(what, {}, {}));
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    const { platform, requestId, traceId } = context;
    platform.log({ level: 'error', event: 'audit_lost', action, why, requestId, traceId });
  }
}

function refused(...errors: UserError[]): { done: false; errors: UserError[] } {
  return { done: false, errors };
}

/** One text for one input, in whatever order its fields were sent. */
function canonical(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => [name, canonical(one)]);
}
