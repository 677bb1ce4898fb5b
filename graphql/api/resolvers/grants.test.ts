import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { STARTING_CATALOGUE } from '../../../tenancy/catalogue.ts';
import { decideGrant, type Grant } from '../../../tenancy/grant.ts';
import { REGIONS, type Region } from '../../../tenancy/region.ts';
import { putApiKey } from '../../../tenancy/table/api-keys.ts';
import { deleteGrant, listGrants, listTenantGrants, putGrant } from '../../../tenancy/table/grants.ts';
import { putModel } from '../../../tenancy/table/models.ts';
import { ADMIN, type Api, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';
import { regionName } from '../words.ts';

const [OPUS, HAIKU, OFF] = STARTING_CATALOGUE.map(({ id }) => id) as [string, string, string];
const DAY = 86_400_000;

let api: Api;
let acme: SeededTenant;
let globex: SeededTenant;
let machine: Principal;
let keyOf: Readonly<Record<'ann' | 'bob', string>>;
beforeAll(async () => {
  api = await startApi();
  [acme, globex] = await Promise.all([seedTenant(api, 'acme'), seedTenant(api, 'globex')]);
  for (const model of STARTING_CATALOGUE) await putModel(api.tables, { ...model, enabled: model.id !== OFF });
  machine = { kind: 'machine', id: 'm', tenantId: acme.id, scopes: new Set(['grants:write', 'grants:read']) };
  const make = async (who: Principal) => {
    const made = await api.change(who, 'createApiKey', { tenantId: 'ten_acme', name: 'k' }, 'apiKey { id }');
    return (made['apiKey'] as { id: string }).id;
  };
  keyOf = { ann: await make(acme.ann), bob: await make(acme.bob) };
});
afterAll(() => api.close());
beforeEach(async () => {
  const { items } = await listTenantGrants(api.tables, acme.id, { limit: 1_000 });
  for (const grant of items) await deleteGrant(api.tables, grant);
});

const FIELDS = 'grant { id subject { kind userId apiKeyId } model regions effect validFrom validUntil }';
const create = (who: Principal, input: Record<string, unknown>) =>
  api.change(who, 'createGrant', { tenantId: 'ten_acme', model: OPUS, ...input }, FIELDS);
const revoke = (who: Principal, grantId: unknown) =>
  api.change(who, 'revokeGrant', { grantId, reason: 'over' }, 'revokedGrantId');
const held = (change: Partial<Grant> = {}) =>
  putGrant(api.tables, {
    id: 'held',
    tenantId: acme.id,
    subject: { kind: 'tenant' },
    model: '*',
    regions: '*',
    effect: 'allow',
    byPlatform: true,
    ...change,
  });
const code = ({ userErrors }: Record<string, unknown>) => (userErrors as { code: string }[])[0]?.code ?? 'done';
const idOf = ({ grant }: Record<string, unknown>) => (grant as { id: string }).id;

describe('createGrant', () => {
  it('grants, by an alias too, and is taken back', async () => {
    const alias = STARTING_CATALOGUE.find(({ id }) => id === OPUS)?.foundationModelId;
    const validUntil = new Date(api.now + DAY).toISOString();
    const input = { model: alias, regions: ['EU_CENTRAL_1', 'EU_CENTRAL_1'], validUntil, subjectId: keyOf.ann };
    const made = await create(ADMIN, { ...input, idempotencyKey: 'g1' });
    expect(made).toMatchObject({
      grant: {
        subject: { kind: 'API_KEY', userId: null, apiKeyId: keyOf.ann },
        model: OPUS,
        regions: ['EU_CENTRAL_1'],
        effect: 'ALLOW',
        validFrom: null,
        validUntil,
      },
      userErrors: [],
    });
    expect(idOf(made)).toMatch(/^grt_acme:key:[0-9A-Za-z]{10}:grt[0-9A-Za-z]{16}$/);
    expect(await create(ADMIN, { ...input, idempotencyKey: 'g1' })).toEqual({ ...made, replayed: true });
    expect(await revoke(ADMIN, idOf(made))).toMatchObject({ revokedGrantId: idOf(made), userErrors: [] });
    expect(code(await revoke(ADMIN, idOf(made)))).toBe('NOT_FOUND');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown model', { model: 'claude-nothing' }, 'NOT_FOUND'],
    ['a model that is off', { model: OFF }, 'NOT_FOUND'],
    ['an unknown user', { subjectId: 'usr_acme:nobody' }, 'NOT_FOUND'],
    ["another tenant's user", { subjectId: 'usr_globex:ann' }, 'NOT_FOUND'],
    ['a subject that is no user', { subjectId: 'ten_acme' }, 'NOT_FOUND'],
    ['no region', { regions: [] }, 'INVALID'],
    ['a region that the tenant has not', { regions: ['US_EAST_1'] }, 'BEYOND_OWN'],
    ['an end that is over', { validUntil: '2026-11-22T12:00:00Z' }, 'INVALID'],
    [
      'an end before its beginning',
      { validFrom: '2027-02-01T00:00:00Z', validUntil: '2027-01-01T00:00:00Z' },
      'INVALID',
    ],
  ])('refuses %s', async (_, input, expected) => {
    expect(code(await create(ADMIN, input))).toBe(expected);
  });

  it("leaves the tenant's own grants to the platform, and denying to the tenant", async () => {
    expect(code(await create(acme.admin, {}))).toBe('BEYOND_OWN');
    expect(code(await create(acme.admin, { effect: 'DENY' }))).toBe('done');
    expect(code(await create(acme.admin, { effect: 'DENY', model: '*', subjectId: 'usr_acme:ann' }))).toBe('done');
    expect(code(await create(acme.admin, { effect: 'RESTRICT', subjectId: 'usr_acme:ann' }))).toBe('INVALID');
    const restricted = await create(acme.admin, { effect: 'RESTRICT' });
    expect(restricted).toMatchObject({ grant: { effect: 'RESTRICT' }, userErrors: [] });
    expect(code(await revoke(acme.admin, idOf(restricted)))).toBe('done');
    await expect(create(acme.ann, { effect: 'DENY' })).rejects.toThrow(/FORBIDDEN/);
    const [theirs] = (await listGrants(api.tables, acme.id, [{ kind: 'tenant' }])).map(({ byPlatform }) => byPlatform);
    expect(theirs).toBeUndefined();
  });

  it('answers for another tenant what it answers for none', async () => {
    expect(await create(acme.admin, { tenantId: 'ten_globex' })).toEqual(
      await create(acme.admin, { tenantId: 'ten_missing' }),
    );
    expect(code(await create(globex.admin, { tenantId: 'ten_globex', subjectId: keyOf.ann }))).toBe('NOT_FOUND');
  });

  it('by an admin or the machine of a tenant never gives more than the tenant has', async () => {
    const models = fc.constantFrom('*', OPUS, HAIKU);
    const own = fc.uniqueArray(fc.constantFrom<Region>('eu-central-1', 'eu-central-2'), { minLength: 1 });
    const regions = fc.oneof(fc.constant('*' as const), own);
    const day = fc.option(
      fc.integer({ min: 1, max: 3 }).map((n) => api.now + n * DAY),
      { nil: undefined },
    );
    const stored = fc.record({ model: models, regions, until: day, effect: fc.constantFrom('allow', 'allow', 'deny') });
    const asked = fc.record({ model: models, regions, until: day, byMachine: fc.boolean() });
    const counts = { done: 0, BEYOND_OWN: 0 };
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(stored, { minLength: 1, maxLength: 4 }),
        asked,
        async (all, { byMachine, until, ...ask }) => {
          const before = await listGrants(api.tables, acme.id, [{ kind: 'tenant' }]);
          for (const grant of before) await deleteGrant(api.tables, grant);
          for (const { until: end, effect, ...one } of all) {
            const ends = end === undefined ? {} : { until: end };
            await held({ ...one, ...ends, id: `h${n++}`, effect: effect as Grant['effect'] });
          }
          const answer = await create(byMachine ? machine : acme.admin, {
            model: ask.model,
            regions: ask.regions === '*' ? null : ask.regions.map(regionName),
            subjectId: byMachine ? keyOf.bob : 'usr_acme:bob',
            ...(until === undefined ? {} : { validUntil: new Date(until).toISOString() }),
          });
          const became = code(answer) as keyof typeof counts;
          counts[became]++;
          if (became !== 'done') return;
          const subject = byMachine
            ? ({ kind: 'key', keyId: keyOf.bob.split(':')[1]! } as const)
            : ({ kind: 'user', identityId: 'bob' } as const);
          const given = (await listGrants(api.tables, acme.id, [subject])).filter(({ id }) =>
            idOf(answer).endsWith(id),
          );
          expect(given).toHaveLength(1);
          const has = (await listGrants(api.tables, acme.id, [{ kind: 'tenant' }])).filter(
            ({ effect }) => effect === 'allow',
          );
          expect(given.map(({ byPlatform }) => byPlatform)).toEqual([undefined]);
          const asIfGiven = given.map((one) => ({ ...one, byPlatform: true }));
          for (const model of [OPUS, HAIKU, 'any-other']) {
            for (const region of REGIONS) {
              for (let at = api.now; at <= api.now + 4 * DAY; at += DAY / 2) {
                if (decideGrant(asIfGiven, model, region, at).outcome !== 'allowed') continue;
                expect(decideGrant(has, model, region, at).outcome).toBe('allowed');
              }
            }
          }
        },
      ),
      { seed: 7, numRuns: 60 },
    );
    expect(counts.done).toBeGreaterThan(6);
    expect(counts.BEYOND_OWN).toBeGreaterThan(10);
  }, 60_000);
});

describe('revokeGrant', () => {
  it("leaves what the platform made to the platform, and the tenant's own to the tenant", async () => {
    await held();
    expect(code(await revoke(acme.admin, 'grt_acme:tenant::held'))).toBe('BEYOND_OWN');
    const denied = await create(ADMIN, { effect: 'DENY', subjectId: 'usr_acme:ann' });
    expect(code(await revoke(acme.admin, idOf(denied)))).toBe('BEYOND_OWN');
    const own = await create(acme.admin, { effect: 'DENY' });
    expect(code(await revoke(acme.admin, idOf(own)))).toBe('done');
    expect(code(await revoke(ADMIN, 'grt_acme:tenant::held'))).toBe('done');
  });

  it("of another tenant's answers what it answers for none", async () => {
    await held();
    expect(await revoke(globex.admin, 'grt_acme:tenant::held')).toEqual(
      await revoke(globex.admin, 'grt_acme:tenant::none'),
    );
    expect(await listGrants(api.tables, acme.id, [{ kind: 'tenant' }])).toHaveLength(1);
  });
});

describe('the list', () => {
  const document = `query($slug: String!, $first: Int!, $after: String) { tenant(slug: $slug) {
    grants(first: $first, after: $after) { nodes { id } pageInfo { endCursor } } } }`;
  const all = async (who: Principal, first: number, slug = 'acme') => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await api.ask(who, document, { slug, first, after });
      const { nodes, pageInfo } = (
        data as { tenant: { grants: { nodes: { id: string }[]; pageInfo: { endCursor: string | null } } } }
      ).tenant.grants;
      seen.push(...nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
    } while (after !== null);
    return seen;
  };

  it('shows a member what speaks of the member, and an admin all, in one order', async () => {
    await held();
    const of = async (subjectId: string) => idOf(await create(ADMIN, { subjectId }));
    const [ann, annKey] = [await of('usr_acme:ann'), await of(keyOf.ann)];
    const [bob, bobKey] = [await of('usr_acme:bob'), await of(keyOf.bob)];
    const tenants = 'grt_acme:tenant::held';
    expect(await all(acme.ann, 1)).toEqual([annKey, tenants, ann]);
    expect(await all(acme.bob, 100)).toEqual([bobKey, tenants, bob]);
    expect((await all(acme.admin, 2)).sort()).toEqual([annKey, bobKey, tenants, ann, bob].sort());
    const ask = (who: Principal, id: string) => api.ask(who, 'query($id: ID!) { node(id: $id) { id } }', { id });
    for (const id of [bob, bobKey]) {
      expect(await ask(acme.ann, id)).toEqual(await ask(acme.ann, 'grt_acme:user:nobody:none'));
      expect(await ask(acme.bob, id)).toMatchObject({ data: { node: { id } } });
    }
  });

  it("of a member with many keys reads no more keys than a page needs, and skips revoked and others' ones", async () => {
    const keyId = (n: number) => `key${String(n).padStart(7, '0')}`;
    for (let n = 0; n < 200; n++) {
      const secrets = [{ sha256: 'a'.repeat(64), validUntil: 2e12 }];
      const ownerId = n % 50 === 7 ? 'bob' : 'ann';
      const state = n % 50 === 9 ? 'REVOKED' : 'ACTIVE';
      const of = { tenantId: globex.id, keyId: keyId(n), name: 'k', ownerId, ownerDisabled: false };
      await putApiKey(api.tables, { ...of, state, secrets, version: 1 });
      for (const id of n % 3 === 0 ? ['a', 'b'] : []) {
        await held({ tenantId: globex.id, id, subject: { kind: 'key', keyId: keyId(n) } });
      }
    }
    await held({ tenantId: globex.id });
    await held({ tenantId: globex.id, id: 'own', subject: { kind: 'user', identityId: 'ann' } });
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const live = numbers.filter((n) => n % 3 === 0 && n % 50 !== 7 && n % 50 !== 9);
    const whole = [
      ...live.flatMap((n) => ['a', 'b'].map((id) => `grt_globex:key:${keyId(n)}:${id}`)),
      'grt_globex:tenant::held',
      'grt_globex:user:ann:own',
    ];
    for (const first of [5, 100]) expect(await all(globex.ann, first, 'globex')).toEqual(whole);

    // Its own key's and everybody else's, in as many calls.
    const before = api.tenantCalls.length;
    const { data } = await api.ask(globex.ann, document, { slug: 'globex', first: 5 });
    expect(JSON.stringify(data)).toContain(whole[4]);
    expect(api.tenantCalls.slice(before).filter(({ action }) => action === 'dynamodb:Query').length).toBeLessThan(20);

    // A cursor that somebody made up opens nobody else's key.
    for (const place of [`KEY#${keyId(57)}`, `KEY#${keyId(57)}${'!'.repeat(200)}#x`]) {
      const after = Buffer.from(place).toString('base64url');
      const forged = await api.ask(globex.ann, document, { slug: 'globex', first: 1, after });
      expect(JSON.stringify(forged)).toContain(`grt_globex:key:${keyId(60)}:a`);
    }
  }, 60_000);
});
