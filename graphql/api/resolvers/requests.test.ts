import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { openRequest, settleRequest } from '../../../tenancy/table/requests.ts';
import type { Intent } from '../../../tenancy/usage.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

let api: Api;
let acme: SeededTenant;
let globex: SeededTenant;
let requests = 0;
beforeAll(async () => {
  api = await startApi();
  [acme, globex] = await Promise.all([seedTenant(api, 'acme'), seedTenant(api, 'globex')]);
});
afterAll(() => api.close());

async function opened(change: Partial<Intent> = {}): Promise<Intent> {
  const intent: Intent = {
    requestId: mintRequestId(api.now, new Uint8Array(10).fill(++requests)),
    tenantId: acme.id,
    identityId: 'ann',
    callerType: 'api_key',
    keyId: 'k3jD8sQ0aZ',
    keyFingerprint: '9f86d081',
    model: 'claude-opus-5-5',
    bedrockModelId: 'eu.anthropic.claude-opus-5-5',
    region: 'eu-central-2',
    stream: true,
    sessionId: 's-1',
    agentId: 'a-2',
    parentAgentId: 'a-1',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    tier: 'PREMIUM',
    startedAt: api.now,
    reserved: { nanoUsd: 1_000_000n, inputTokens: 100, outputTokens: 4_096 },
    ...change,
  };
  expect(await openRequest(api.tables, intent)).toBe('opened');
  return intent;
}

it('the call by which the platform tries a new hostname is told like any other', async () => {
  const { requestId } = await opened({ callerType: 'provisioning' });
  const document = 'query($slug: String!, $id: ID!) { tenant(slug: $slug) { request(id: $id) { callerType } } }';
  const { data } = await api.ask(acme.admin, document, { slug: 'acme', id: requestId });
  expect(data).toEqual({ tenant: { request: { callerType: 'PROVISIONING' } } });
});

const DOCUMENT = `query($slug: String!, $id: ID!) { tenant(slug: $slug) { request(id: $id) {
  id status startedAt region identityId user { id } callerType apiKey { id } keyFingerprint sessionId agentId parentAgentId traceId tier model stream
  gates { kind subjectId } reserved { usd inputTokens outputTokens }
  settlement { outcome settledAt firstByteAt stopReason bedrockRequestId throttledBy flags revision costUsd replacedUsd
    tokens { input output cacheRead cacheWrite5m cacheWrite1h }
    costs { inputUsd outputUsd cacheReadUsd cacheWrite5mUsd cacheWrite1hUsd } }
} } }`;

it('a request is told whole: what was promised, and how it ended', async () => {
  const { requestId } = await opened();
  const ask = async () => (await api.ask(acme.admin, DOCUMENT, { slug: 'acme', id: requestId })).data;
  const at = new Date(api.now).toISOString();
  const promised = {
    id: requestId,
    startedAt: at,
    region: 'EU_CENTRAL_2',
    identityId: 'ann',
    user: { id: 'usr_acme:ann' },
    callerType: 'API_KEY',
    apiKey: null,
    keyFingerprint: '9f86d081',
    sessionId: 's-1',
    agentId: 'a-2',
    parentAgentId: 'a-1',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    tier: 'PREMIUM',
    model: 'claude-opus-5-5',
    stream: true,
    gates: [
      { kind: 'TENANT', subjectId: 'ten_acme' },
      { kind: 'USER', subjectId: 'usr_acme:ann' },
      { kind: 'API_KEY', subjectId: 'key_acme:k3jD8sQ0aZ' },
    ],
    reserved: { usd: '0.001', inputTokens: '100', outputTokens: '4096' },
  };
  expect(await ask()).toEqual({ tenant: { request: { ...promised, status: 'OPEN', settlement: null } } });
  await settleRequest(
    api.tables,
    { tenantId: acme.id, requestId },
    {
      outcome: 'COMPLETED',
      tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
      nanoUsd: 15n,
      costs: { input: 1n, output: 2n, cacheRead: 3n, cacheWrite5m: 4n, cacheWrite1h: 5n },
      bedrockRequestId: 'b-1',
      stopReason: 'end_turn',
      flags: ['cut_off'],
      firstByteAt: api.now + 1,
      settledAt: api.now + 2,
    },
  );
  expect(await ask()).toEqual({
    tenant: {
      request: {
        ...promised,
        status: 'SETTLED',
        settlement: {
          outcome: 'COMPLETED',
          settledAt: new Date(api.now + 2).toISOString(),
          firstByteAt: new Date(api.now + 1).toISOString(),
          stopReason: 'end_turn',
          bedrockRequestId: 'b-1',
          throttledBy: null,
          flags: ['cut_off'],
          revision: 1,
          costUsd: '0.000000015',
          replacedUsd: null,
          tokens: { input: '1', output: '2', cacheRead: '3', cacheWrite5m: '4', cacheWrite1h: '5' },
          costs: {
            inputUsd: '0.000000001',
            outputUsd: '0.000000002',
            cacheReadUsd: '0.000000003',
            cacheWrite5mUsd: '0.000000004',
            cacheWrite1hUsd: '0.000000005',
          },
        },
      },
    },
  });
});

it('one that a limit refused says whose, and is of no key when it came with a token', async () => {
  const { keyId: _, keyFingerprint: __, ...rest } = await opened();
  const { requestId } = await opened({ ...rest, requestId: mintRequestId(api.now, new Uint8Array(10).fill(99)) });
  await settleRequest(
    api.tables,
    { tenantId: acme.id, requestId },
    {
      outcome: 'REFUSED',
      tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
      nanoUsd: 0n,
      throttledBy: 'own_limit',
      flags: [],
      settledAt: api.now,
    },
  );
  const { data } = await api.ask(ADMIN, DOCUMENT, { slug: 'acme', id: requestId });
  expect(data).toMatchObject({
    tenant: { request: { settlement: { outcome: 'REFUSED', throttledBy: 'OWN_LIMIT', costs: null, revision: 1 } } },
  });
});

describe('who is told', () => {
  it('the tenant’s admin and staff, and no member', async () => {
    const { requestId: id } = await opened();
    for (const who of [acme.admin, ADMIN, SUPPORT]) {
      expect((await api.ask(who, DOCUMENT, { slug: 'acme', id })).data).toMatchObject({ tenant: { request: { id } } });
    }
    const { data, errors } = await api.ask(acme.ann, DOCUMENT, { slug: 'acme', id });
    expect([data, errors.map(({ code }) => code)]).toEqual([{ tenant: { request: null } }, ['FORBIDDEN']]);
  });

  it('of another tenant’s request nothing, as of one that nobody made', async () => {
    const { requestId } = await opened();
    const ask = (id: string) => api.ask(globex.admin, DOCUMENT, { slug: 'globex', id });
    const none = mintRequestId(api.now, new Uint8Array(10).fill(250));
    expect(await ask(requestId)).toEqual({ data: { tenant: { request: null } }, errors: [] });
    expect(await ask(requestId)).toEqual(await ask(none));
    expect(await ask('no id')).toEqual(await ask(none));
  });

  it('what Bedrock was called with, staff alone', async () => {
    const { requestId: id } = await opened();
    const document = 'query($id: ID!) { tenant(slug: "acme") { request(id: $id) { bedrockModelId } } }';
    expect((await api.ask(SUPPORT, document, { id })).data).toEqual({
      tenant: { request: { bedrockModelId: 'eu.anthropic.claude-opus-5-5' } },
    });
    expect((await api.ask(acme.admin, document, { id })).errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });
});
