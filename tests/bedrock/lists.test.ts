import { expect, inject, it } from 'vitest';
import { ask } from '../ask.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;
const CONSOLE = `http://app.localhost:${platform.proxy.port}`;

async function get(tenant: typeof acme, path: string) {
  const headers = { authorization: `Bearer ${tenant.apiKey}`, origin: CONSOLE };
  const reply = await ask(`${tenant.loopbackUrl}${path}`, { method: 'GET', headers });
  return { ...reply, json: JSON.parse(reply.body) as Record<string, never> };
}

it('the console reads the list of models, page by page', async () => {
  const whole = await get(acme, '/v1/models?limit=1000');
  expect(whole.headers['access-control-allow-origin']).toBe(CONSOLE);
  const { data } = whole.json as unknown as { data: { id: string }[] };
  const ids = data.map(({ id }) => id);
  expect(ids).toContain('claude-sonnet-5-5');
  expect(whole.json).toMatchObject({ has_more: false, first_id: ids[0], last_id: ids.at(-1) });
  const paged: string[] = [];
  for (let after = ''; ; ) {
    const { json } = await get(acme, `/v1/models?limit=3${after && `&after_id=${after}`}`);
    const page = json as unknown as { data: { id: string }[]; has_more: boolean; last_id: string };
    paged.push(...page.data.map(({ id }) => id));
    if (!page.has_more) break;
    after = page.last_id;
  }
  expect(paged).toEqual(ids);
});

it('one model answers by each of its names, and none by another', async () => {
  for (const name of [
    'claude-haiku-4-5',
    'claude-haiku-4-5-20251001',
    'eu.anthropic.claude-haiku-4-5-20251001-v1%3A0',
  ]) {
    expect((await get(acme, `/v1/models/${name}`)).json).toMatchObject({ id: 'claude-haiku-4-5', type: 'model' });
  }
  const { status, json } = await get(acme, '/v1/models/claude-nothing-1');
  expect([status, json]).toMatchObject([404, { type: 'error', error: { type: 'not_found_error' } }]);
});

it('the profiles are those that the tenant may call from its region', async () => {
  const ids = async (tenant: typeof acme) => {
    const { json } = await get(tenant, '/inference-profiles?type=SYSTEM_DEFINED');
    const { inferenceProfileSummaries } = json as unknown as {
      inferenceProfileSummaries: { inferenceProfileId: string }[];
    };
    return inferenceProfileSummaries.map(({ inferenceProfileId }) => inferenceProfileId);
  };
  const [geo, global] = [await ids(acme), await ids(globex)];
  expect(geo).toContain('eu.anthropic.claude-sonnet-5-5');
  expect(geo.filter((id) => !id.startsWith('eu.'))).toEqual([]);
  expect(global.some((id) => id.startsWith('global.'))).toBe(true);
  const arn = 'arn%3Aaws%3Abedrock%3Aeu-central-1%3A222222222222%3Ainference-profile%2Feu.anthropic.claude-sonnet-5-5';
  expect((await get(acme, `/inference-profiles/${arn}`)).json).toMatchObject({
    inferenceProfileId: 'eu.anthropic.claude-sonnet-5-5',
    type: 'SYSTEM_DEFINED',
  });
  expect((await get(acme, '/inference-profiles/global.anthropic.claude-sonnet-5-5')).status).toBe(404);
});
