import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findGranted } from '../../../edge/region/admit.ts';
import { STARTING_CATALOGUE } from '../../../tenancy/catalogue.ts';
import { startingPrices } from '../../../tenancy/price-list.ts';
import { NO_SWITCHES } from '../../../tenancy/switches.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { getModel, listModels, putModel } from '../../../tenancy/table/models.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';

const MACHINE: Principal = {
  kind: 'machine',
  id: 'm',
  tenantId: null,
  scopes: new Set(['models:write', 'models:read']),
};
const [OPUS] = STARTING_CATALOGUE;
if (!OPUS) throw new Error('no model');

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const model of STARTING_CATALOGUE) await putModel(api.tables, model);
});
afterAll(() => api.close());

const FIELDS = `model { id modelId displayName aliases enabled contextWindow maxOutputTokens version foundationModelId
  profiles { region reach bedrockModelId } betas { match send fields regions }
  capabilities { systemMessages adaptiveThinking thinkingBudgetTokens outputConfig longContextBeta dropFields countTokensRegions } }`;
type Changed = {
  readonly model: Record<string, unknown> | null;
  readonly userErrors: readonly { code: string; field: string[]; message: string }[];
};
const upsert = (input: Record<string, unknown>, who: Principal = ADMIN) =>
  api.change(who, 'upsertModel', input, FIELDS) as unknown as Promise<Changed>;
const setProfile = (input: Record<string, unknown>, who: Principal = ADMIN) =>
  api.change(who, 'setInferenceProfile', input, FIELDS) as unknown as Promise<Changed>;

/** The trail of the platform. All entries are of one instant here, in no order. */
async function told() {
  const { entries } = await listAudit(api.tables, null, { limit: 1_000 });
  return entries.map(({ entry }) => entry);
}

const newModel = (name: string, more: Record<string, unknown> = {}) => ({
  model: name,
  displayName: `The ${name}`,
  foundationModelId: `anthropic.${name}`,
  contextWindow: 200_000,
  maxOutputTokens: 64_000,
  ...more,
});

describe('upsertModel', () => {
  it('makes a model that is off and reached by nobody, and tells the trail of the platform', async () => {
    const betas = [
      { match: 'files-*', fields: ['tools[].x'], regions: ['US_EAST_1'] },
      { match: 'a', send: 'b' },
    ];
    const { model, userErrors } = await upsert(newModel('nova', { aliases: ['nova-latest'], betas }), MACHINE);
    expect(userErrors).toEqual([]);
    expect(model).toMatchObject({ id: 'mdl_nova', enabled: false, version: 1, profiles: [], aliases: ['nova-latest'] });
    expect(model).toMatchObject({
      capabilities: { systemMessages: false, thinkingBudgetTokens: 31_999, longContextBeta: null },
    });
    expect(await getModel(api.tables, 'nova-latest')).toMatchObject({
      id: 'nova',
      betas: [
        { match: 'files-*', send: null, fields: ['tools[].x'], regions: ['us-east-1'] },
        { match: 'a', send: 'b' },
      ],
    });
    expect((await listModels(api.tables)).map(({ id }) => id)).toContain('nova');
    expect(await told()).toContainEqual(
      expect.objectContaining({
        action: 'upsertModel',
        target: { kind: 'Model', id: 'mdl_nova' },
        actor: { kind: 'machine', id: 'm' },
      }),
    );
  });

  it('changes what is said and leaves the rest', async () => {
    await upsert(newModel('lyra', { capabilities: { outputConfig: true, longContextBeta: 'long-1' } }));
    const { model } = await upsert({
      model: 'lyra',
      expectedVersion: 1,
      enabled: true,
      capabilities: { systemMessages: true, longContextBeta: null },
    });
    expect(model).toMatchObject({ displayName: 'The lyra', enabled: true, version: 2, contextWindow: 200_000 });
    expect(model).toMatchObject({ capabilities: { systemMessages: true, outputConfig: true, longContextBeta: null } });
  });

  it('changes a model that the platform began with: its version is 0 until then', async () => {
    const { model } = await upsert({ model: OPUS.id, expectedVersion: 0, displayName: 'Opus, renamed' });
    expect(model).toMatchObject({ displayName: 'Opus, renamed', version: 1 });
    expect(await getModel(api.tables, OPUS.id)).toEqual({ ...OPUS, displayName: 'Opus, renamed', version: 1 });
  });

  it('gives a dropped alias free, for another model', async () => {
    await upsert(newModel('vega', { aliases: ['vega-a', 'vega-b'] }));
    await upsert({ model: 'vega', expectedVersion: 1, aliases: ['vega-b'] });
    expect(await getModel(api.tables, 'vega-a')).toBeNull();
    expect((await upsert(newModel('altair', { aliases: ['vega-a'] }))).userErrors).toEqual([]);
    expect(await getModel(api.tables, 'vega-a')).toMatchObject({ id: 'altair' });
  });

  it.each([
    ['TAKEN', 'model', newModel(OPUS.id)],
    ['NOT_FOUND', 'model', newModel('unheard', { expectedVersion: 1 })],
    ['CONFLICT_VERSION', 'expectedVersion', { model: STARTING_CATALOGUE[1]?.id, expectedVersion: 7 }],
    ['INVALID', 'displayName', { model: 'bare', foundationModelId: 'a.b', contextWindow: 1, maxOutputTokens: 1 }],
    ['INVALID', 'displayName', newModel('keyed', { displayName: '  ' })],
    ['INVALID', 'model', newModel('Capital')],
    ['INVALID', 'maxOutputTokens', newModel('big', { maxOutputTokens: 300_000 })],
    ['INVALID', 'betas', newModel('beta', { betas: [{ match: 'a b' }] })],
    ['LIMIT_REACHED', 'aliases', newModel('many', { aliases: Array.from({ length: 60 }, (_, n) => `many-${n}`) })],
  ])('%s: %s', async (code, field, input) => {
    const { model, userErrors } = await upsert(input);
    expect(model).toBeNull();
    expect(userErrors).toMatchObject([{ code, field: expect.arrayContaining(['input', field]) }]);
  });

  it('names the model that a name belongs to: an alias, an id of Bedrock’s, its own', async () => {
    const [alias] = STARTING_CATALOGUE.find(({ aliases }) => aliases.length > 0)?.aliases ?? [];
    const owner = (await getModel(api.tables, String(alias)))?.id;
    for (const [field, input] of [
      ['aliases', newModel('thief', { aliases: [alias] })],
      ['model', newModel(String(alias))],
    ] as const) {
      const { userErrors } = await upsert(input);
      expect(userErrors).toMatchObject([{ code: 'TAKEN', field: ['input', field] }]);
      expect(userErrors[0]?.message).toContain(`the model ${owner}`);
    }
    const { userErrors } = await upsert(newModel('thief', { foundationModelId: OPUS.foundationModelId }));
    expect(userErrors[0]?.message).toContain(`the model ${OPUS.id}`);
    expect(await getModel(api.tables, 'thief')).toBeNull();
  });

  it('is not answered through an alias, which may mean another model tomorrow', async () => {
    const [alias] = STARTING_CATALOGUE.find(({ aliases }) => aliases.length > 0)?.aliases ?? [];
    expect((await upsert({ model: alias, expectedVersion: 0, enabled: false })).userErrors).toMatchObject([
      { code: 'NOT_FOUND' },
    ]);
  });

  it('does not switch a model on again that was switched off since it was read', async () => {
    await upsert(newModel('mira', { enabled: true }));
    await api.change(
      ADMIN,
      'setModelEnabled',
      { modelId: 'mdl_mira', enabled: false, reason: 'wrong' },
      'model { version }',
    );
    const late = await upsert({ model: 'mira', expectedVersion: 1, displayName: 'Mira' });
    expect(late.userErrors).toMatchObject([{ code: 'CONFLICT_VERSION' }]);
    expect(await getModel(api.tables, 'mira')).toMatchObject({ enabled: false, version: 2 });
  });

  it('of many who take one alias at once lets one have it, and leaves no alias that leads to another model', async () => {
    for (const round of [1, 2, 3]) {
      const alias = `shared-${round}`;
      const names = Array.from({ length: 6 }, (_, n) => `rival-${round}-${n}`);
      const all = await Promise.allSettled(names.map((name) => upsert(newModel(name, { aliases: [alias] }))));
      const won = all.flatMap((one) =>
        one.status === 'fulfilled' && one.value.model ? [one.value.model['modelId']] : [],
      );
      expect(won).toHaveLength(1);
      expect(await getModel(api.tables, alias)).toMatchObject({ id: won[0], aliases: [alias] });
      for (const name of names) expect((await getModel(api.tables, name)) !== null, name).toBe(name === won[0]);
    }
  });

  it('of many changes of one model at once loses none in silence', async () => {
    await upsert(newModel('rigel'));
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) => upsert({ model: 'rigel', expectedVersion: 1, aliases: [`rigel-${n}`] })),
    );
    const won = all.filter(({ model }) => model);
    expect(won).toHaveLength(1);
    expect(all.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(
      Array(7).fill('CONFLICT_VERSION'),
    );
    const stored = await getModel(api.tables, 'rigel');
    expect(stored?.version).toBe(2);
    for (let n = 0; n < 8; n++) {
      const found = await getModel(api.tables, `rigel-${n}`);
      expect(found?.id ?? null, `rigel-${n}`).toBe(stored?.aliases.includes(`rigel-${n}`) ? 'rigel' : null);
    }
  });

  it('is for admins of the platform and for its machines with the scope', async () => {
    const without: Principal = { ...MACHINE, scopes: new Set(['models:read']) } as Principal;
    for (const who of [SUPPORT, without]) {
      await expect(upsert(newModel('nope'), who)).rejects.toThrow(/FORBIDDEN/);
      await expect(
        setProfile({ modelId: 'mdl_nova', expectedVersion: 1, region: 'EU_CENTRAL_1', reach: 'GEO' }, who),
      ).rejects.toThrow(/FORBIDDEN/);
    }
  });
});

describe('setInferenceProfile', () => {
  const place = { modelId: 'mdl_orion', region: 'EU_CENTRAL_1', reach: 'GEO' };
  beforeAll(async () => {
    await upsert(newModel('orion', { enabled: true }));
  });

  it('adds, changes and takes away one way to reach a model, which is a name of it meanwhile', async () => {
    const added = await setProfile({ ...place, expectedVersion: 1, bedrockModelId: 'eu.anthropic.orion' });
    expect(added.model).toMatchObject({
      version: 2,
      profiles: [{ region: 'EU_CENTRAL_1', reach: 'GEO', bedrockModelId: 'eu.anthropic.orion' }],
    });
    expect(await getModel(api.tables, 'eu.anthropic.orion')).toMatchObject({ id: 'orion' });
    const application = 'arn:aws:bedrock:eu-central-1:111111111111:application-inference-profile/abcd1234';
    const changed = await setProfile({ ...place, expectedVersion: 2, bedrockModelId: application });
    expect(changed.model?.['profiles']).toMatchObject([{ bedrockModelId: application }]);
    expect(await getModel(api.tables, 'eu.anthropic.orion')).toBeNull();
    const removed = await setProfile({ ...place, expectedVersion: 3 });
    expect(removed.model).toMatchObject({ version: 4, profiles: [] });
    expect(await getModel(api.tables, application)).toBeNull();
    expect(await told()).toContainEqual(
      expect.objectContaining({
        action: 'setInferenceProfile',
        changes: expect.arrayContaining([expect.objectContaining({ field: 'profiles' })]),
      }),
    );
  });

  it.each([
    ['INVALID', 'bedrockModelId', { bedrockModelId: 'us.anthropic.orion' }],
    ['INVALID', 'bedrockModelId', { bedrockModelId: 'global.anthropic.orion' }],
    ['INVALID', 'bedrockModelId', { bedrockModelId: '' }],
    ['CONFLICT_VERSION', 'expectedVersion', { bedrockModelId: 'eu.anthropic.orion', expectedVersion: 1 }],
    ['NOT_FOUND', 'region', {}],
    ['NOT_FOUND', 'modelId', { modelId: 'mdl_nothing' }],
    ['NOT_FOUND', 'modelId', { modelId: 'mdl_anthropic.orion' }],
  ])('%s: %s for %j', async (code, field, more) => {
    const version = (await getModel(api.tables, 'orion'))?.version;
    const { model, userErrors } = await setProfile({ ...place, expectedVersion: version, ...more });
    expect(model).toBeNull();
    expect(userErrors).toMatchObject([{ code, field: ['input', field] }]);
  });

  it('keeps a model from moving away under its profiles', async () => {
    const version = (await getModel(api.tables, 'orion'))?.version;
    const added = await setProfile({ ...place, expectedVersion: version, bedrockModelId: 'eu.anthropic.orion' });
    const moved = await upsert({
      model: 'orion',
      expectedVersion: added.model?.['version'],
      foundationModelId: 'anthropic.orion-2',
    });
    expect(moved.userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'foundationModelId'] }]);
  });
});

it('a model without a price of the book CHARGE is refused in the region, and served once it has one', async () => {
  const model = await getModel(api.tables, 'orion');
  if (!model) throw new Error('no orion');
  const rules = {
    grants: [
      {
        id: 'g',
        tenantId: 'acme',
        subject: { kind: 'tenant' },
        model: '*',
        regions: '*',
        effect: 'allow',
        byPlatform: true,
      },
    ],
    limits: [],
  };
  const identified = { caller: {}, tenant: { id: 'acme', residency: 'geo' }, switches: NO_SWITCHES };
  const ask = (prices: ReturnType<typeof startingPrices>) =>
    findGranted(
      'orion',
      identified as unknown as Parameters<typeof findGranted>[1],
      {
        region: 'eu-central-1',
        model: async () => ({ model, prices }),
        rules: async () => rules,
      } as unknown as Parameters<typeof findGranted>[2],
      api.now,
    );
  expect(await ask([])).toMatchObject({ ok: false, reason: { kind: 'store_unavailable' } });
  expect(await ask(startingPrices(OPUS.id).filter(({ book }) => book === 'cost'))).toMatchObject({ ok: false });
  expect(await ask(startingPrices(OPUS.id))).toMatchObject({ ok: true });
});
