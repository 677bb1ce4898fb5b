import { describe, expect, it } from 'vitest';
import type { Grant } from '../../tenancy/grant.ts';
import type { Model } from '../../tenancy/model.ts';
import type { Page } from '../../tenancy/page.ts';
import type { RouteName } from '../../tenancy/route.ts';
import { CONSOLE, GRANT, MODEL, makeReader, passport, request, run, seal, TENANT } from './serve.fixture.ts';
import type { Stores } from './stores.ts';

const model = (id: string, changes: Partial<Model> = {}): Model => ({
  ...MODEL,
  id,
  displayName: id.toUpperCase(),
  aliases: [],
  foundationModelId: `anthropic.${id}`,
  profiles: [
    { region: 'eu-central-1', scope: 'geo', bedrockModelId: `eu.anthropic.${id}` },
    { region: 'eu-central-1', scope: 'global', bedrockModelId: `global.anthropic.${id}` },
    { region: 'us-east-1', scope: 'geo', bedrockModelId: `us.anthropic.${id}` },
  ],
  ...changes,
});

const APPLICATION = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/ab12cd34';
const DATED = model('claude-opus-4-5', {
  foundationModelId: 'anthropic.claude-opus-4-5-20251101-v1:0',
  aliases: ['o45'],
});
const CATALOGUE = [
  model('claude-opus-5'),
  DATED,
  model('claude-opus-10'),
  model('claude-haiku-5-5'),
  model('claude-off-1', { enabled: false }),
  model('claude-denied-1'),
  model('claude-elsewhere-1', {
    profiles: [{ region: 'us-east-1', scope: 'geo', bedrockModelId: 'us.anthropic.claude-elsewhere-1' }],
  }),
  model('claude-tagged-1', {
    profiles: [{ region: 'eu-central-1', scope: 'geo', bedrockModelId: APPLICATION }],
  }),
];
const DENY: Grant = { ...GRANT, id: 'no', model: 'claude-denied-1', effect: 'deny' };
const LISTED = ['claude-tagged-1', 'claude-opus-10', 'claude-opus-5', 'claude-opus-4-5', 'claude-haiku-5-5'];

const stores: Partial<Stores> = {
  models: async () => CATALOGUE,
  model: async (name) => {
    const found = CATALOGUE.find(({ id, aliases, foundationModelId, profiles }) =>
      [id, ...aliases, foundationModelId, ...profiles.map(({ bedrockModelId }) => bedrockModelId)].includes(name),
    );
    return found ? { model: found, prices: [] } : null;
  },
  rules: async () => ({ grants: [GRANT, DENY], limits: [] }),
};

async function get(
  route: RouteName,
  asked: { model?: string; page?: Page } = {},
  { headers = {}, more = {} }: { headers?: Record<string, string>; more?: Partial<Stores> } = {},
) {
  const sealed = seal(passport({ route, method: 'GET', ...asked }));
  const never = () => Promise.reject(new Error('no list assumes a role'));
  const { reader, book } = await run({ ...request(sealed, '', headers), method: 'GET' }, never, {
    reader: makeReader(),
    stores: { ...stores, ...more },
  });
  expect(book.intents).toEqual([]);
  return { status: reader.statusCode, headers: reader.headers, body: JSON.parse(reader.text) };
}

describe('GET /v1/models', () => {
  it('lists what the caller may call from here now, newest of a family first, in the shape of Anthropic', async () => {
    const { status, headers, body } = await get('models');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(LISTED);
    expect(body).toMatchObject({ first_id: 'claude-tagged-1', last_id: 'claude-haiku-5-5', has_more: false });
    expect(body.data.slice(2, 4)).toEqual([
      { type: 'model', id: 'claude-opus-5', display_name: 'CLAUDE-OPUS-5', created_at: '1970-01-01T00:00:00Z' },
      { type: 'model', id: 'claude-opus-4-5', display_name: 'CLAUDE-OPUS-4-5', created_at: '2025-11-01T00:00:00Z' },
    ]);
  });

  it.each<[Page, string[], boolean]>([
    [{ limit: 2 }, LISTED.slice(0, 2), true],
    [{ limit: 5 }, LISTED, false],
    [{ afterId: LISTED[1]!, limit: 2 }, LISTED.slice(2, 4), true],
    [{ afterId: LISTED[2]! }, LISTED.slice(3), false],
    [{ afterId: LISTED[4]! }, [], false],
    [{ beforeId: LISTED[3]!, limit: 2 }, LISTED.slice(1, 3), true],
    [{ beforeId: LISTED[2]! }, LISTED.slice(0, 2), false],
    [{ beforeId: LISTED[0]! }, [], false],
  ])('for the page %j lists %j', async (page, ids, more) => {
    const { body } = await get('models', { page });
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(body).toMatchObject({ has_more: more, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null });
  });

  it('lists twenty when it is not told how many', async () => {
    const many = Array.from({ length: 21 }, (_, n) => model(`claude-many-${n}`));
    const { body } = await get('models', {}, { more: { models: async () => many } });
    expect([body.data.length, body.has_more]).toEqual([20, true]);
  });

  it.each(['afterId', 'beforeId'] as const)('names the parameter %s when it is none of the list', async (cursor) => {
    const { status, body } = await get('models', { page: { [cursor]: 'claude-denied-1' } });
    expect(status).toBe(400);
    expect(body.error.message).toContain(cursor === 'afterId' ? 'after_id' : 'before_id');
  });

  it("is for the console's scripts and no other's, refusal or not", async () => {
    for (const more of [{}, { tenant: async () => ({ ...TENANT, status: 'SUSPENDED' as const }) }]) {
      const console = await get('models', {}, { headers: { origin: CONSOLE }, more });
      expect(console.headers).toMatchObject({ 'access-control-allow-origin': CONSOLE, vary: 'Origin' });
      const other = await get('models', {}, { headers: { origin: 'https://evil.test' }, more });
      expect(Object.keys(other.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('is a 503 when the directory is away', async () => {
    const { status } = await get('models', {}, { more: { models: () => Promise.reject(new Error('away')) } });
    expect(status).toBe(503);
  });
});

describe('GET /v1/models/{id}', () => {
  it.each(['claude-opus-4-5', 'o45', 'eu.anthropic.claude-opus-4-5', 'anthropic.claude-opus-4-5-20251101-v1:0'])(
    'finds a model by %s and tells its own id',
    async (name) => {
      expect((await get('model', { model: name })).body).toMatchObject({ type: 'model', id: 'claude-opus-4-5' });
    },
  );

  it('answers for what is not granted, not here or off as for what does not exist', async () => {
    const answer = async (name: string) => {
      const { status, body } = await get('model', { model: name });
      expect(status).toBe(404);
      return { ...body.error, message: body.error.message.replace(name, '') };
    };
    const unknown = await answer('claude-nothing-1');
    expect(unknown.type).toBe('not_found_error');
    for (const id of ['claude-denied-1', 'claude-elsewhere-1', 'claude-off-1'])
      expect(await answer(id)).toEqual(unknown);
  });
});

const OPUS = {
  inferenceProfileId: 'eu.anthropic.claude-opus-5',
  inferenceProfileArn: 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-opus-5',
  inferenceProfileName: 'EU Anthropic CLAUDE-OPUS-5',
  models: [{ modelArn: 'arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-opus-5' }],
  status: 'ACTIVE',
  type: 'SYSTEM_DEFINED',
};

describe('GET /inference-profiles', () => {
  it('lists the profiles of granted models, here and within the residency alone', async () => {
    const { status, body, headers } = await get('inference_profiles');
    expect(status).toBe(200);
    expect(headers['x-amzn-requestid']).toBe(headers['request-id']);
    const ids = body.inferenceProfileSummaries.map((one: typeof OPUS) => one.inferenceProfileId);
    expect(ids).toEqual(LISTED.map((id) => (id === 'claude-tagged-1' ? 'ab12cd34' : `eu.anthropic.${id}`)));
    expect(body.inferenceProfileSummaries[2]).toEqual(OPUS);
    expect(body.inferenceProfileSummaries[0]).toMatchObject({ inferenceProfileArn: APPLICATION, type: 'APPLICATION' });
  });

  it('lists global ones to a tenant that may use them', async () => {
    const more = { tenant: async () => ({ ...TENANT, residency: 'global' as const }) };
    const { body } = await get('inference_profile', { model: 'global.anthropic.claude-opus-5' }, { more });
    expect(body).toMatchObject({
      inferenceProfileName: 'Global Anthropic CLAUDE-OPUS-5',
      models: [OPUS.models[0], { modelArn: 'arn:aws:bedrock:::foundation-model/anthropic.claude-opus-5' }],
    });
  });
});

describe('GET /inference-profiles/{id}', () => {
  it.each([OPUS.inferenceProfileId, OPUS.inferenceProfileArn])('finds %s', async (name) => {
    expect((await get('inference_profile', { model: name })).body).toEqual(OPUS);
  });

  it('finds an application profile by its ARN, and by it the model', async () => {
    const { body } = await get('inference_profile', { model: APPLICATION });
    expect(body.models[0].modelArn).toContain('/anthropic.claude-tagged-1');
  });

  it.each([
    'us.anthropic.claude-opus-5',
    'global.anthropic.claude-opus-5',
    'eu.anthropic.claude-denied-1',
    'claude-opus-5',
    'anthropic.claude-opus-5',
    'eu.anthropic.nothing',
  ])('does not know %s', async (name) => {
    const { status, headers } = await get('inference_profile', { model: name });
    expect([status, headers['x-amzn-errortype']]).toEqual([404, 'ResourceNotFoundException']);
  });
});
