import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STARTING_CATALOGUE } from '../../../tenancy/catalogue.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { commit } from '../../../tenancy/table/commit.ts';
import { getModel, modelEnabledWrite, putModel } from '../../../tenancy/table/models.ts';
import { getPriceAt, putPrice } from '../../../tenancy/table/prices.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';

const acme = parseTenantId('acme') as TenantId;
const VIEWING: Principal = {
  kind: 'staff',
  id: 'stf_admin',
  role: 'PLATFORM_ADMIN',
  viewingAs: { tenantId: acme } as never,
};
const INSIDERS: Principal[] = [
  { kind: 'user', id: 'u1', role: 'TENANT_ADMIN', tenantId: acme },
  { kind: 'user', id: 'u2', role: 'TENANT_MEMBER', tenantId: acme },
  { kind: 'machine', id: 'm1', tenantId: acme, scopes: new Set(['tenants:read', 'models:read']) },
  { kind: 'machine', id: 'm2', tenantId: null, scopes: new Set(['tenants:read', 'models:read']) },
  VIEWING,
];
const [MODEL] = STARTING_CATALOGUE.filter(({ aliases }) => aliases.length > 0);
if (!MODEL) throw new Error('no model with an alias');
const ID = `mdl_${MODEL.id}`;
/** Five numbers that stand nowhere else, so that a text can be searched for them. */
const COST = {
  input: 7_771_001,
  output: 7_772_002,
  cacheRead: 7_773_003,
  cacheWrite5m: 7_774_004,
  cacheWrite1h: 7_775_005,
};
const CHARGE = { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite5m: 3_750, cacheWrite1h: 6_000 };

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const model of STARTING_CATALOGUE) await putModel(api.tables, model);
  const from = Date.parse('2026-01-01T00:00:00Z');
  await putPrice(api.tables, { modelId: MODEL.id, book: 'cost', from, perToken: COST });
  await putPrice(api.tables, { modelId: MODEL.id, book: 'charge', from, perToken: CHARGE });
});
afterAll(() => api.close());

const PRICE =
  'book effectiveFrom inputPerMillionUsd outputPerMillionUsd cacheReadPerMillionUsd cacheWrite5mPerMillionUsd cacheWrite1hPerMillionUsd';
const PUBLIC = `id modelId displayName aliases enabled contextWindow maxOutputTokens profiles { region reach } prices { ${PRICE} }`;

describe('models', () => {
  it('are read with every field by staff', async () => {
    const document = `{ node(id: "${ID}") { ... on Model { ${PUBLIC} ids: profiles { bedrockModelId } betas { match send fields regions } } } }`;
    const { data, errors } = await api.ask(SUPPORT, document);
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      node: {
        modelId: MODEL.id,
        aliases: MODEL.aliases,
        enabled: true,
        contextWindow: MODEL.contextTokens,
        maxOutputTokens: MODEL.maxOutputTokens,
        ids: MODEL.profiles.map(({ bedrockModelId }) => ({ bedrockModelId })),
        prices: [
          { book: 'COST', inputPerMillionUsd: '7771.001' },
          {
            book: 'CHARGE',
            effectiveFrom: '2026-01-01T00:00:00.000Z',
            inputPerMillionUsd: '3.00',
            outputPerMillionUsd: '15.00',
            cacheReadPerMillionUsd: '0.30',
            cacheWrite5mPerMillionUsd: '3.75',
            cacheWrite1hPerMillionUsd: '6.00',
          },
        ],
      },
    });
  });

  it('are listed a page at a time, each once', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const document =
        'query($after: String) { models(first: 2, after: $after) { nodes { modelId } pageInfo { endCursor } } }';
      const { data } = await api.ask(INSIDERS[1] as Principal, document, { after });
      const { nodes, pageInfo } = (data as Record<string, unknown>)['models'] as {
        nodes: { modelId: string }[];
        pageInfo: { endCursor: string };
      };
      seen.push(...nodes.map(({ modelId }) => modelId));
      after = pageInfo.endCursor;
    } while (after !== null);
    expect(seen).toEqual(STARTING_CATALOGUE.map(({ id }) => id).sort());
    const broken = Buffer.from('a#b').toString('base64url');
    const { errors } = await api.ask(ADMIN, `{ models(first: 2, after: "${broken}") { nodes { id } } }`);
    expect(errors).toMatchObject([{ code: 'BAD_USER_INPUT' }]);
  });

  it('have no price before the first, and then the one in force', async () => {
    const at = (instant: string) =>
      api.ask(SUPPORT, `{ node(id: "${ID}") { ... on Model { prices(at: "${instant}") { book } } } }`);
    expect((await at('2025-12-31T23:59:59.999Z')).data).toEqual({ node: { prices: [] } });
    expect((await at('2026-01-01T00:00:00Z')).data).toEqual({
      node: { prices: [{ book: 'COST' }, { book: 'CHARGE' }] },
    });
  });

  it('show no cost and no id of Bedrock to anybody but staff, whatever is asked', async () => {
    const secrets = [
      ...Object.values(COST).map((nano) => String(nano / 1_000)),
      'COST',
      ...MODEL.profiles.map((one) => one.bedrockModelId),
    ];
    const field = fc.constantFrom(
      ...[
        'id',
        'modelId',
        'displayName',
        'aliases',
        'enabled',
        'contextWindow',
        'maxOutputTokens',
        'betas { match send }',
      ],
      ...['profiles { region reach }', 'profiles { region bedrockModelId }', `prices { ${PRICE} }`],
      `prices(at: "2026-06-01T00:00:00Z") { ${PRICE} }`,
    );
    const root = fc.constantFrom(
      (fields: string) => `{ node(id: "${ID}") { ... on Model { ${fields} } } }`,
      (fields: string) => `{ models(first: 50) { nodes { ${fields} } } }`,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...INSIDERS),
        root,
        fc.array(field, { minLength: 1, maxLength: 6 }),
        async (who, ask, fields) => {
          const aliased = fields.map((one, n) => `f${n}: ${one}`).join(' ');
          const text = JSON.stringify(await api.ask(who, ask(aliased)));
          // A platform's own machine reads what Bedrock is called with; costs are for nobody but people of the platform.
          const hidden = who.kind === 'machine' && who.tenantId === null ? secrets.slice(0, 6) : secrets;
          for (const secret of hidden) expect(text).not.toContain(`"${secret}"`);
        },
      ),
      { numRuns: 60 },
    );
    const { data } = await api.ask(
      INSIDERS[0] as Principal,
      `{ node(id: "${ID}") { ... on Model { prices { book } } } }`,
    );
    expect(data).toEqual({ node: { prices: [{ book: 'CHARGE' }] } });
  });
});

describe('setModelEnabled', () => {
  const input = { modelId: ID, enabled: false, reason: 'answers in the wrong language' };

  it('switches the model for the next request, leaves the rest of it, and is told in the trail of the platform', async () => {
    const done = await api.change(ADMIN, 'setModelEnabled', input, 'model { id enabled }');
    expect(done).toEqual({ model: { id: ID, enabled: false }, replayed: false, userErrors: [] });
    expect(await getModel(api.tables, MODEL.id)).toEqual({ ...MODEL, enabled: false, version: 1 });
    const { entries } = await listAudit(api.tables, null, { limit: 1 });
    expect(entries[0]?.entry).toMatchObject({
      action: 'setModelEnabled',
      target: { kind: 'Model', id: ID },
      reason: input.reason,
      changes: [{ field: 'enabled', before: 'true', after: 'false' }],
    });
  });

  it('of many at once tells each that was too late', async () => {
    const all = await Promise.all(
      [true, true, true, true, true, true].map((enabled) =>
        api.change(ADMIN, 'setModelEnabled', { ...input, enabled }, 'model { enabled }'),
      ),
    );
    for (const { model, userErrors } of all) {
      const codes = (userErrors as { code: string }[]).map(({ code }) => code);
      expect(model === null ? codes : [model]).toEqual(model === null ? ['CONFLICT_VERSION'] : [{ enabled: true }]);
    }
    expect(await getModel(api.tables, MODEL.id)).toMatchObject({ enabled: true });
  });

  it('is refused to who read what is no more, and takes nothing back of another writer', async () => {
    const read = { id: MODEL.id, enabled: true };
    await putModel(api.tables, { ...MODEL, displayName: 'Renamed meanwhile' });
    expect(await commit([modelEnabledWrite(api.tables, read, false)])).toEqual({ outcome: 'done' });
    expect(await commit([modelEnabledWrite(api.tables, read, false)])).toEqual({ outcome: 'refused', index: 0 });
    const renamed = { ...MODEL, displayName: 'Renamed meanwhile', enabled: false, version: 1 };
    expect(await getModel(api.tables, MODEL.id)).toEqual(renamed);
    await putModel(api.tables, MODEL);
  });

  it('is for admins of the platform, with a model and a reason', async () => {
    for (const who of [SUPPORT, ...INSIDERS.slice(0, 2), VIEWING]) {
      await expect(api.change(who, 'setModelEnabled', input, 'model { id }')).rejects.toThrow(/FORBIDDEN/);
    }
    const refused = async (more: object) =>
      (await api.change(ADMIN, 'setModelEnabled', { ...input, ...more }, 'model { id }'))['userErrors'];
    expect(await refused({ modelId: 'mdl_claude-nothing' })).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(await refused({ modelId: `mdl_${MODEL.aliases[0]}` })).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(await refused({ reason: ' ' })).toMatchObject([{ code: 'INVALID', field: ['input', 'reason'] }]);
  });
});

describe('schedulePrice', () => {
  const input = {
    modelId: ID,
    book: 'CHARGE',
    effectiveFrom: '2026-11-22T12:01:00.000Z',
    inputPerMillionUsd: '3.125',
    outputPerMillionUsd: '15',
    cacheReadPerMillionUsd: '0',
    cacheWrite5mPerMillionUsd: '3.750000000',
    cacheWrite1hPerMillionUsd: '6.001',
  };
  const FIELDS = `price { ${PRICE} }`;

  it('sets a price to come, exactly, once', async () => {
    const once = { ...input, idempotencyKey: 'price' };
    const first = await api.change(ADMIN, 'schedulePrice', once, FIELDS);
    expect(first).toEqual({
      price: {
        book: 'CHARGE',
        effectiveFrom: input.effectiveFrom,
        inputPerMillionUsd: '3.125',
        outputPerMillionUsd: '15.00',
        cacheReadPerMillionUsd: '0.00',
        cacheWrite5mPerMillionUsd: '3.75',
        cacheWrite1hPerMillionUsd: '6.001',
      },
      replayed: false,
      userErrors: [],
    });
    expect(await api.change(ADMIN, 'schedulePrice', once, FIELDS)).toEqual({ ...first, replayed: true });
    const prices = (at: string) =>
      api.ask(ADMIN, `{ node(id: "${ID}") { ... on Model { prices(at: "${at}") { book inputPerMillionUsd } } } }`);
    expect(JSON.stringify((await prices('2026-11-22T12:00:59.999Z')).data)).toContain('"3.00"');
    expect(JSON.stringify((await prices(input.effectiveFrom)).data)).toContain('"3.125"');
    const { entries } = await listAudit(api.tables, null, { limit: 100 });
    const told = entries.map(({ entry }) => entry).find(({ action }) => action === 'schedulePrice');
    expect(JSON.stringify(told?.changes)).toContain('3125');
  });

  it('sets one for a region, a tier or both beside those for all, and shows which holds for which calls', async () => {
    const effectiveFrom = '2026-12-01T00:00:00.000Z';
    const narrow = { ...input, effectiveFrom };
    const scopes = [{ region: 'EU_CENTRAL_2', tier: 'PREMIUM' }, { region: 'EU_CENTRAL_2' }, { tier: 'PREMIUM' }, {}];
    for (const [n, scope] of scopes.entries()) {
      const once = { ...narrow, ...scope, inputPerMillionUsd: `${10 + n}`, idempotencyKey: `narrow-${n}` };
      const price = { region: null, tier: null, ...scope };
      const done = await api.change(ADMIN, 'schedulePrice', once, 'price { region tier }');
      expect(done).toEqual({ price, replayed: false, userErrors: [] });
      const again = await api.change(ADMIN, 'schedulePrice', once, 'price { region tier }');
      expect(again).toEqual({ price, replayed: true, userErrors: [] });
      const taken = await api.change(ADMIN, 'schedulePrice', { ...narrow, ...scope }, FIELDS);
      expect(taken['userErrors']).toMatchObject([{ code: 'TAKEN' }]);
    }
    const shown = async (calls: string) => {
      const prices = `prices(at: "${effectiveFrom}"${calls}) { book inputPerMillionUsd }`;
      const { data } = await api.ask(INSIDERS[0] as Principal, `{ node(id: "${ID}") { ... on Model { ${prices} } } }`);
      return (data as { node: { prices: { inputPerMillionUsd: string }[] } }).node.prices.map(
        (one) => one.inputPerMillionUsd,
      );
    };
    expect(await shown(', region: EU_CENTRAL_2, tier: PREMIUM')).toEqual(['10.00']);
    expect(await shown(', region: EU_CENTRAL_2, tier: TRIAL')).toEqual(['11.00']);
    expect(await shown(', region: US_EAST_1, tier: PREMIUM')).toEqual(['12.00']);
    expect(await shown(', region: US_EAST_1')).toEqual(['13.00']);
    expect(await shown('')).toEqual(['13.00']);
    const cancel = (scope: object) =>
      api.change(
        ADMIN,
        'cancelScheduledPrice',
        { modelId: ID, book: 'CHARGE', effectiveFrom, reason: 'too narrow', ...scope },
        'cancelledPrice { region tier inputPerMillionUsd }',
      );
    expect(await cancel({ region: 'US_EAST_1' })).toMatchObject({ userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await cancel({ region: 'EU_CENTRAL_2', tier: 'PREMIUM' })).toEqual({
      cancelledPrice: { region: 'EU_CENTRAL_2', tier: 'PREMIUM', inputPerMillionUsd: '10.00' },
      replayed: false,
      userErrors: [],
    });
    expect(await shown(', region: EU_CENTRAL_2, tier: PREMIUM')).toEqual(['11.00']);
    const { entries } = await listAudit(api.tables, null, { limit: 100 });
    const told = entries.map(({ entry }) => entry).find(({ action }) => action === 'cancelScheduledPrice');
    expect(JSON.stringify(told?.changes)).toContain('eu-central-2');
  });

  it.each([
    [{}, 'TAKEN', 'effectiveFrom'],
    [{ effectiveFrom: '2026-11-22T12:00:59.999Z' }, 'INVALID', 'effectiveFrom'],
    [{ effectiveFrom: '2026-01-01T00:00:00Z' }, 'INVALID', 'effectiveFrom'],
    [{ effectiveFrom: '2027-01-01T00:00:00Z', outputPerMillionUsd: '0.0001' }, 'INVALID', 'outputPerMillionUsd'],
    [{ modelId: 'mdl_claude-nothing' }, 'NOT_FOUND', 'modelId'],
  ])('refuses %j', async (more, code, field) => {
    const { price, userErrors } = await api.change(ADMIN, 'schedulePrice', { ...input, ...more }, FIELDS);
    expect(price).toBeNull();
    expect(userErrors).toMatchObject([{ code, field: ['input', field] }]);
    if (field === 'outputPerMillionUsd') expect(JSON.stringify(userErrors)).toContain('0.001');
  });

  it('is not for support, nor for tenants', async () => {
    for (const who of [SUPPORT, ...INSIDERS]) {
      await expect(api.change(who, 'schedulePrice', input, FIELDS)).rejects.toThrow(/FORBIDDEN/);
    }
  });
});

describe('cancelScheduledPrice', () => {
  const which = { modelId: ID, book: 'CHARGE', effectiveFrom: '2026-12-24T12:00:00.000Z' };
  const amounts = {
    inputPerMillionUsd: '7',
    outputPerMillionUsd: '15',
    cacheReadPerMillionUsd: '1',
    cacheWrite5mPerMillionUsd: '3',
    cacheWrite1hPerMillionUsd: '6',
  };
  const cancel = (more: object = {}, who = ADMIN) =>
    api.change(
      who,
      'cancelScheduledPrice',
      { ...which, reason: 'a typing error', ...more },
      `cancelledPrice { ${PRICE} }`,
    );
  const inForce = () => getPriceAt(api.tables, ID.slice('mdl_'.length), 'charge', Date.parse(which.effectiveFrom));

  it('takes back a price to come, once, so that the one before it goes on', async () => {
    const before = await inForce();
    await api.change(ADMIN, 'schedulePrice', { ...which, ...amounts }, `price { ${PRICE} }`);
    expect((await inForce())?.perToken.input).toBe(7_000);
    const first = await cancel({ idempotencyKey: 'cancel' });
    expect(first).toMatchObject({
      cancelledPrice: { book: 'CHARGE', effectiveFrom: which.effectiveFrom, inputPerMillionUsd: '7.00' },
      userErrors: [],
    });
    expect(await inForce()).toEqual(before);
    expect(await cancel({ idempotencyKey: 'cancel' })).toEqual({ ...first, replayed: true });
    expect(await cancel()).toMatchObject({ cancelledPrice: null, userErrors: [{ code: 'NOT_FOUND' }] });
    const { entries } = await listAudit(api.tables, null, { limit: 100 });
    const all = entries.map(({ entry }) => entry).filter(({ action }) => action === 'cancelScheduledPrice');
    const told = all.find(({ outcome }) => outcome === 'ALLOWED');
    expect(told).toMatchObject({ reason: 'a typing error', target: { kind: 'Model', id: ID } });
    expect(JSON.stringify(told?.changes)).toContain('7000');
  });

  it('leaves what is in force, or will be within a minute, and is not for support nor tenants', async () => {
    const effectiveFrom = new Date(api.now + 120_000).toISOString();
    await api.change(ADMIN, 'schedulePrice', { ...which, ...amounts, effectiveFrom }, `price { ${PRICE} }`);
    const start = api.now;
    for (const later of [60_001, 120_000, 500_000]) {
      api.now = start + later;
      expect(await cancel({ effectiveFrom })).toMatchObject({ userErrors: [{ code: 'WRONG_STATE' }] });
    }
    api.now = start;
    for (const [more, code] of [
      [{ effectiveFrom, book: 'COST' }, 'NOT_FOUND'],
      [{ effectiveFrom: new Date(api.now + 120_001).toISOString() }, 'NOT_FOUND'],
      [{ effectiveFrom, modelId: 'mdl_claude-nothing' }, 'NOT_FOUND'],
      [{ effectiveFrom, reason: ' ' }, 'INVALID'],
    ] as const) {
      expect(await cancel(more)).toMatchObject({ cancelledPrice: null, userErrors: [{ code }] });
    }
    for (const who of [SUPPORT, ...INSIDERS]) await expect(cancel({ effectiveFrom }, who)).rejects.toThrow(/FORBIDDEN/);
    expect(await cancel({ effectiveFrom })).toMatchObject({ userErrors: [] });
  });
});
