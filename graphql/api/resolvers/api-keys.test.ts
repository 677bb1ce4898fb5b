import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyLiveness } from '../../../tenancy/api-key.ts';
import { getApiKey, putApiKey } from '../../../tenancy/table/api-keys.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { noteKeyUse } from '../../../tenancy/table/key-uses.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

const DAY = 86_400_000;
const KEY = /ark1_[a-z0-9-]{3,32}_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}/;
const FIELDS = `secret apiKey { id keyId name status expiresAt version revokedReason owner { email }
  lastUse { at region model } secrets { fingerprint createdAt validUntil lastUsedAt } ownLimits { requestsPerMinute } }`;

let api: Api;
let acme: SeededTenant;
let globex: SeededTenant;
beforeAll(async () => {
  api = await startApi();
  [acme, globex] = await Promise.all([seedTenant(api, 'acme'), seedTenant(api, 'globex')]);
});
afterAll(() => api.close());

type Told = {
  readonly secret: string | null;
  readonly apiKey: { id: string; keyId: string; version: number; status: string; secrets: { fingerprint: string }[] };
  readonly userErrors: { code: string; field: string[] | null }[];
};
const change = async (who: Principal, name: string, input: Record<string, unknown>, fields = FIELDS) =>
  (await api.change(who, name, input, fields)) as unknown as Told;
const create = (who: Principal, input: Record<string, unknown> = {}) =>
  change(who, 'createApiKey', { tenantId: 'ten_acme', name: 'laptop', ...input });
const rotate = (who: Principal, { id, version }: Told['apiKey'], input: Record<string, unknown> = {}) =>
  change(who, 'rotateApiKey', { apiKeyId: id, expectedVersion: version, ...input });
const revoke = (who: Principal, apiKeyId: string, reason = 'lost') =>
  change(who, 'revokeApiKey', { apiKeyId, reason }, FIELDS.replace('secret ', ''));
const liveness = async (key: Told['apiKey'], secret: string | null) =>
  keyLiveness(await getApiKey(api.tables, acme.id, key.keyId), api.platform.sha256(secret ?? ''), api.now);
const codes = ({ userErrors }: Told) => userErrors.map(({ code, field }) => [code, field?.join('.')]);

it('a key tells its last call, and which of its secrets that was made with', async () => {
  const [made, other] = [await create(acme.ann), await create(acme.ann)];
  const rotated = await rotate(acme.ann, made.apiKey);
  const [old, young] = rotated.apiKey.secrets.map(({ fingerprint }) => fingerprint) as [string, string];
  const use = { tenantId: acme.id, keyId: made.apiKey.keyId, model: 'claude-haiku-4-5', region: 'us-east-1' } as const;
  const minute = Math.floor(api.now / 60_000) * 60_000;
  await noteKeyUse(api.tables, { ...use, fingerprint: young, at: minute - DAY });
  await noteKeyUse(api.tables, { ...use, fingerprint: old, at: minute });
  const { data } = await api.ask(
    acme.ann,
    '{ tenant(slug: "acme") { apiKeys(first: 100) { nodes { id lastUse { at region model } secrets { fingerprint lastUsedAt } } } } }',
  );
  const { nodes } = (data as { tenant: { apiKeys: { nodes: { id: string }[] } } }).tenant.apiKeys;
  const at = new Date(minute).toISOString();
  expect(nodes.find(({ id }) => id === made.apiKey.id)).toEqual({
    id: made.apiKey.id,
    lastUse: { at, region: 'US_EAST_1', model: 'claude-haiku-4-5' },
    secrets: [
      { fingerprint: old, lastUsedAt: at },
      { fingerprint: young, lastUsedAt: new Date(minute - DAY).toISOString() },
    ],
  });
  expect(nodes.find(({ id }) => id === other.apiKey.id)).toMatchObject({
    lastUse: null,
    secrets: [{ lastUsedAt: null }],
  });
});

describe('createApiKey', () => {
  it('shows the key once, and stores what works like it', async () => {
    const input = { idempotencyKey: 'first', expiresInDays: 30 };
    const made = await create(acme.ann, input);
    expect(made.secret).toMatch(/^ark1_acme_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}$/);
    expect(made.apiKey).toEqual({
      id: `key_acme:${made.apiKey.keyId}`,
      keyId: made.secret?.split('_')[2],
      name: 'laptop',
      status: 'ACTIVE',
      expiresAt: new Date(api.now + 30 * DAY).toISOString(),
      version: 1,
      revokedReason: null,
      owner: { email: 'ann@acme.example' },
      lastUse: null,
      secrets: [
        {
          fingerprint: api.platform.sha256(made.secret ?? '').slice(0, 8),
          createdAt: new Date(api.now).toISOString(),
          validUntil: new Date(api.now + 30 * DAY).toISOString(),
          lastUsedAt: null,
        },
      ],
      ownLimits: null,
    });
    expect(await liveness(made.apiKey, made.secret)).toBe('live');
    const again = await create(acme.ann, input);
    expect(again).toEqual({ ...made, secret: null, replayed: true });
  });

  it('is for oneself, unless an admin asks', async () => {
    const others = await create(acme.ann, { ownerId: 'usr_acme:bob' });
    const nobodys = await create(acme.ann, { ownerId: 'usr_acme:nobody' });
    expect(codes(others)).toEqual([['NOT_FOUND', 'input.ownerId']]);
    expect(others).toEqual(nobodys);
    expect(await create(acme.admin, { ownerId: 'usr_acme:bob' })).toMatchObject({
      apiKey: { owner: { email: 'bob@acme.example' } },
    });
    expect(codes(await create(ADMIN))).toEqual([['INVALID', 'input.ownerId']]);
    expect(await create(ADMIN, { ownerId: 'usr_acme:bob' })).toMatchObject({ userErrors: [] });
    await expect(create(SUPPORT, { ownerId: 'usr_acme:bob' })).rejects.toThrow(/FORBIDDEN/);
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['an owner who is disabled', { ownerId: 'usr_acme:carl' }, 'WRONG_STATE', 'input.ownerId'],
    ['an owner of another tenant', { ownerId: 'usr_globex:ann' }, 'NOT_FOUND', 'input.ownerId'],
    ['no name', { name: '  ' }, 'INVALID', 'input.name'],
    ['a long name', { name: 'x'.repeat(101) }, 'INVALID', 'input.name'],
    ['a key for a name', { name: `ark1_acme_0123456789_${'A'.repeat(49)}` }, 'INVALID', 'input.name'],
    ['no day', { expiresInDays: 0 }, 'INVALID', 'input.expiresInDays'],
    ['too many days', { expiresInDays: 366 }, 'INVALID', 'input.expiresInDays'],
  ])('refuses %s', async (_, input, code, field) => {
    expect(codes(await create(acme.admin, input))).toEqual([[code, field]]);
  });

  it('answers for another tenant what it answers for none', async () => {
    const foreign = await create(acme.admin, { tenantId: 'ten_globex' });
    expect(foreign).toEqual(await create(acme.admin, { tenantId: 'ten_missing' }));
    expect(codes(foreign)).toEqual([['NOT_FOUND', 'input.tenantId']]);
  });

  it('ends at a hundred keys that are not revoked', async () => {
    const many = await seedTenant(api, 'hooli');
    const secrets = [{ sha256: '0'.repeat(64), validUntil: 0 }];
    for (let n = 0; n < 100; n++) {
      const keyId = `k${String(n).padStart(9, '0')}`;
      const state = n === 50 ? 'REVOKED' : 'ACTIVE';
      const key = {
        tenantId: many.id,
        keyId,
        name: 'k',
        ownerId: 'ann',
        ownerDisabled: false,
        state,
        secrets,
      } as const;
      await putApiKey(api.tables, { ...key, version: 1 });
    }
    const ask = () => change(many.ann, 'createApiKey', { tenantId: 'ten_hooli', name: 'one more' });
    expect(await ask()).toMatchObject({ userErrors: [] });
    expect(codes(await ask())).toEqual([['LIMIT_REACHED', 'input.ownerId']]);
  });
});

describe('rotateApiKey', () => {
  it('lets both secrets work while they overlap, and the new one alone after', async () => {
    const { apiKey, secret: old } = await create(acme.ann);
    const input = { idempotencyKey: 'rotation', overlapSeconds: 3600 };
    const rotated = await rotate(acme.ann, apiKey, input);
    expect(rotated).toMatchObject({ apiKey: { id: apiKey.id, status: 'ROTATING', version: 2 }, replayed: false });
    const prints = [old, rotated.secret].map((one) => api.platform.sha256(one ?? '').slice(0, 8));
    expect(rotated.apiKey.secrets.map(({ fingerprint }) => fingerprint)).toEqual(prints);
    expect(await rotate(acme.ann, apiKey, input)).toMatchObject({ secret: null, replayed: true });
    expect(await Promise.all([liveness(apiKey, old), liveness(apiKey, rotated.secret)])).toEqual(['live', 'live']);
    const before = api.now;
    api.now += 3_600_000;
    expect(await Promise.all([liveness(apiKey, old), liveness(apiKey, rotated.secret)])).toEqual(['expired', 'live']);
    const { data } = await api.ask(
      acme.ann,
      `{ node(id: "${apiKey.id}") { ... on ApiKey { status secrets { fingerprint } } } }`,
    );
    expect(data).toEqual({ node: { status: 'ACTIVE', secrets: [{ fingerprint: prints[1] }] } });
    api.now = before;
  });

  it('makes no third secret, and says the way out', async () => {
    const { apiKey, secret: first } = await create(acme.ann);
    const { secret: second } = await rotate(acme.ann, apiKey);
    const now = { ...apiKey, version: 2 };
    expect(codes(await rotate(acme.ann, now))).toEqual([['WRONG_STATE', 'input.apiKeyId']]);
    const { secret: third, apiKey: alone } = await rotate(acme.ann, now, { overlapSeconds: 0 });
    expect(alone.status).toBe('ACTIVE');
    const all = await Promise.all([first, second, third].map((one) => liveness(apiKey, one)));
    expect(all).toEqual(['unknown', 'unknown', 'live']);
  });

  it('takes a secret that reached nobody away, and leaves the one that is in use as it was', async () => {
    const { apiKey, secret: used } = await create(acme.ann);
    const { apiKey: rotated, secret: lost } = await rotate(acme.ann, apiKey, { overlapSeconds: 3600 });
    const [old, young] = rotated.secrets.map(({ fingerprint }) => fingerprint);
    expect(codes(await rotate(acme.ann, rotated, { lostFingerprint: old }))).toEqual([
      ['INVALID', 'input.lostFingerprint'],
    ]);
    const { apiKey: mended, secret } = await rotate(acme.ann, rotated, { lostFingerprint: young });
    expect(mended).toMatchObject({ status: 'ROTATING', version: 3 });
    const all = await Promise.all([used, lost, secret].map((one) => liveness(apiKey, one)));
    expect(all).toEqual(['live', 'unknown', 'live']);
    const stored = await getApiKey(api.tables, acme.id, apiKey.keyId);
    expect(stored?.secrets.map(({ validUntil, createdAt }) => [validUntil - api.now, createdAt])).toEqual([
      [3_600_000, api.now],
      [90 * DAY, api.now],
    ]);
  });

  it('takes no secret away as lost that somebody has used', async () => {
    const { apiKey } = await create(acme.ann);
    const [one] = apiKey.secrets;
    const use = { tenantId: acme.id, keyId: apiKey.keyId, model: 'claude-haiku-4-5', region: 'eu-central-1' } as const;
    await noteKeyUse(api.tables, { ...use, fingerprint: one?.fingerprint ?? '', at: api.now });
    expect(codes(await rotate(acme.ann, apiKey, { lostFingerprint: one?.fingerprint }))).toEqual([
      ['WRONG_STATE', 'input.lostFingerprint'],
    ]);
  });

  it('of 20 at once is done once', async () => {
    const { apiKey } = await create(acme.ann);
    const all = await Promise.all(Array.from({ length: 20 }, () => rotate(acme.ann, apiKey)));
    expect(all.filter(({ secret }) => secret !== null)).toHaveLength(1);
    expect(all.flatMap(codes)).toEqual(Array.from({ length: 19 }, () => ['CONFLICT_VERSION', 'input.expectedVersion']));
    expect((await getApiKey(api.tables, acme.id, apiKey.keyId))?.version).toBe(2);
  });

  it('refuses a key that is revoked or has expired, and what is out of bounds', async () => {
    const { apiKey } = await create(acme.ann, { expiresInDays: 1 });
    expect(codes(await rotate(acme.ann, apiKey, { overlapSeconds: 604_801 }))).toEqual([
      ['INVALID', 'input.overlapSeconds'],
    ]);
    api.now += DAY;
    expect(codes(await rotate(acme.ann, apiKey))).toEqual([['WRONG_STATE', 'input.apiKeyId']]);
    api.now -= DAY;
    await revoke(acme.ann, apiKey.id);
    expect(codes(await rotate(acme.ann, { ...apiKey, version: 2 }))).toEqual([['WRONG_STATE', 'input.apiKeyId']]);
  });
});

describe('revokeApiKey', () => {
  it('is final, says why, and is done again without an error', async () => {
    const { apiKey, secret } = await create(acme.ann);
    expect(await revoke(acme.ann, apiKey.id, 'laptop lost')).toMatchObject({
      apiKey: { status: 'REVOKED', revokedReason: 'laptop lost', version: 2 },
    });
    expect(await revoke(acme.admin, apiKey.id, 'again')).toMatchObject({
      apiKey: { status: 'REVOKED', revokedReason: 'laptop lost', version: 2 },
      userErrors: [],
    });
    expect(await liveness(apiKey, secret)).toBe('revoked');
  });

  it('wins against those who change the key at the same moment', async () => {
    const { apiKey } = await create(acme.ann);
    const renames = Array.from({ length: 8 }, (_, n) =>
      change(acme.ann, 'updateApiKey', { apiKeyId: apiKey.id, expectedVersion: 1, name: `n${n}` }, 'apiKey { id }'),
    );
    const [revoked] = await Promise.all([revoke(acme.ann, apiKey.id), ...renames]);
    expect(revoked).toMatchObject({ userErrors: [] });
    expect((await getApiKey(api.tables, acme.id, apiKey.keyId))?.state).toBe('REVOKED');
  });

  it('asks for a reason that holds no key', async () => {
    const { apiKey, secret } = await create(acme.ann);
    for (const reason of ['', 'x'.repeat(501), `found ${secret}`]) {
      expect(codes(await revoke(acme.ann, apiKey.id, reason))).toEqual([['INVALID', 'input.reason']]);
    }
  });
});

describe("another's key", () => {
  it('is like none, of another tenant and of another member', async () => {
    const { apiKey } = await create(acme.ann);
    const missing = { id: 'key_acme:0000000000', version: 1 } as Told['apiKey'];
    for (const who of [acme.bob, globex.admin]) {
      const tries = (key: Told['apiKey']) => [
        revoke(who, key.id),
        rotate(who, key),
        change(who, 'updateApiKey', { apiKeyId: key.id, expectedVersion: 1, name: 'mine' }, 'apiKey { id }'),
        api.ask(who, 'query($id: ID!) { node(id: $id) { id } }', { id: key.id }),
      ];
      expect(JSON.stringify(await Promise.all(tries(apiKey)))).toBe(JSON.stringify(await Promise.all(tries(missing))));
    }
    expect((await getApiKey(api.tables, acme.id, apiKey.keyId))?.version).toBe(1);
  });

  it('is not in a member’s list', async () => {
    const document = '{ tenant(slug: "acme") { apiKeys(first: 100) { nodes { owner { email } } } } }';
    const owners = async (who: Principal) => {
      const { data } = await api.ask(who, document);
      const { nodes } = (data as { tenant: { apiKeys: { nodes: { owner: { email: string } }[] } } }).tenant.apiKeys;
      return [...new Set(nodes.map(({ owner }) => owner.email))].sort();
    };
    expect(await owners(acme.bob)).toEqual(['bob@acme.example']);
    expect(await owners(acme.admin)).toEqual(['ann@acme.example', 'bob@acme.example']);
  });
});

describe('the list', () => {
  it('comes page by page, and takes no cursor but its own', async () => {
    const document =
      'query($after: String) { tenant(slug: "acme") { apiKeys(first: 2, after: $after) { nodes { keyId } pageInfo { hasNextPage endCursor } } } }';
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await api.ask(acme.ann, document, { after });
      const { nodes, pageInfo } = (
        data as never as { tenant: { apiKeys: { nodes: { keyId: string }[]; pageInfo: { endCursor: string | null } } } }
      ).tenant.apiKeys;
      seen.push(...nodes.map(({ keyId }) => keyId));
      after = pageInfo.endCursor;
    } while (after !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(4);
    const { errors } = await api.ask(acme.ann, document, { after: Buffer.from('a#b').toString('base64url') });
    expect(errors).toMatchObject([{ code: 'BAD_USER_INPUT' }]);
  });
});

describe('a suspended tenant', () => {
  it('is changed by the platform alone', async () => {
    const still = await seedTenant(api, 'still', { status: 'SUSPENDED' });
    const input = { tenantId: 'ten_still', ownerId: 'usr_still:ann' };
    expect(codes(await create(still.admin, input))).toEqual([['WRONG_STATE', 'input.tenantId']]);
    expect(await create(ADMIN, input)).toMatchObject({ userErrors: [] });
  });
});

it('no key is in the trail, in the log, or in what is stored', async () => {
  const { entries } = await listAudit(api.tables, acme.id, { limit: 1_000 });
  expect(entries.length).toBeGreaterThan(40);
  expect(JSON.stringify([entries, api.lines])).not.toMatch(KEY);
  const hashes = JSON.stringify(entries).match(/[0-9a-f]{64}/g);
  expect(hashes).toBeNull();
});
