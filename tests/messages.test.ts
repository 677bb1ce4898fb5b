import { describe, expect, inject, it } from 'vitest';
import { ask, errorOf, JSON_BODY, messages, type Reply } from './ask.ts';
import { atBedrock, inLake, inLedger, rowTokens } from './books.ts';

const platform = inject('platform');
const { acme } = platform.tenants;

const post = (body: string | Buffer, headers: Record<string, string> = {}, path = '/v1/messages?beta=true') =>
  ask(`${acme.loopbackUrl}${path}`, { headers: { ...JSON_BODY, 'x-api-key': acme.apiKey, ...headers }, body });

/** The stand-in's last usage for a request, the ledger's and the lake's: three counts that must be one. */
async function countsOf(reply: Reply) {
  const requestId = reply.headers['request-id'] ?? '';
  const [bedrock] = atBedrock(platform, requestId);
  const ledger = await inLedger(platform, 'acme', requestId);
  const lake = await inLake(platform, requestId);
  return { bedrock, ledger, lake };
}

/** A model of its own: what was throttled is shared out for a while, and other journeys would meet that. */
const THROTTLED = 'claude-sonnet-4-6';

describe('POST /v1/messages', () => {
  it('answers whole, with the five token classes as Bedrock sent them in ledger and lake', async () => {
    const reply = await post(messages('hello [[usage:11,22,33,44,55]]'));
    expect(reply.status, reply.body).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    const { bedrock, ledger, lake } = await countsOf(reply);
    const sent = { input: 11, output: 22, cacheRead: 33, cacheWrite5m: 44, cacheWrite1h: 55 };
    expect(bedrock?.usage).toEqual(sent);
    expect(ledger?.settlement).toMatchObject({ outcome: 'COMPLETED', tokens: sent, flags: [] });
    expect(lake.map(rowTokens)).toEqual([sent]);
    expect(lake[0]).toMatchObject({
      tenant_id: 'acme',
      model: 'claude-sonnet-5-5',
      outcome: 'COMPLETED',
      stream: false,
    });
  });

  it('streams Anthropic events, and counts them the same', async () => {
    const reply = await post(messages('hello [[usage:7,8,9,10,11]]', { stream: true }));
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toMatch(/^text\/event-stream/);
    const events = reply.body.split('\n\n').filter(Boolean);
    expect(events[0]).toMatch(/^event: message_start\ndata: \{"type":"message_start"/);
    expect(events.at(-1)).toBe('event: message_stop\ndata: {"type":"message_stop"}');
    expect(reply.body).not.toContain('amazon-bedrock-invocationMetrics');
    const { bedrock, ledger, lake } = await countsOf(reply);
    const sent = { input: 7, output: 8, cacheRead: 9, cacheWrite5m: 10, cacheWrite1h: 11 };
    expect(bedrock?.usage).toEqual(sent);
    expect(ledger?.settlement?.tokens).toEqual(sent);
    expect(lake.map(rowTokens)).toEqual([sent]);
  });

  it('calls Bedrock with the four session tags, in the tenant home region, under the profile of its residency', async () => {
    const { bedrock } = await countsOf(await post(messages('who am I')));
    expect(bedrock).toMatchObject({
      signature: 'verified',
      region: 'eu-central-1',
      modelId: 'eu.anthropic.claude-sonnet-5-5',
      tenantTags: { tenant_id: 'acme', caller_type: 'api_key', bedrock_region: 'eu-central-1' },
    });
    expect(bedrock?.tenantTags?.['identity_id']).toBeTruthy();
  });

  it('settles a stream that breaks, flags it, and says so in the stream', async () => {
    const reply = await post(messages('hello [[deltas:20]] [[break]]', { stream: true }));
    expect(reply.status).toBe(200);
    expect(reply.body).toContain('event: error\n');
    expect(reply.body).not.toContain('message_stop');
    const { bedrock, ledger, lake } = await countsOf(reply);
    expect(ledger?.settlement).toMatchObject({ outcome: 'PARTIAL', tokens: { input: bedrock?.usage?.input } });
    expect(lake).toHaveLength(1);
  });

  it('passes a throttle on as 429 with a small retry-after, and settles it with no tokens', async () => {
    const reply = await post(messages('[[throttle]]', { stream: true, model: THROTTLED }));
    expect(reply.status).toBe(429);
    expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(10);
    expect(errorOf(reply)).toMatchObject({ error: { type: 'rate_limit_error' } });
    const { ledger } = await countsOf(reply);
    expect(ledger?.settlement).toMatchObject({ outcome: 'UPSTREAM_ERROR', tokens: { input: 0, output: 0 } });
  });
});

describe('bad input is refused in shape, and nothing reaches Bedrock', () => {
  const cases: [name: string, status: number, type: string, message: RegExp, ask: () => Promise<Reply>][] = [
    ['malformed JSON', 400, 'invalid_request_error', /not JSON/, () => post('{"model":"claude-sonnet-5-5",')],
    ['not an object', 400, 'invalid_request_error', /one JSON object/, () => post('[]')],
    ['an empty body', 400, 'invalid_request_error', /one JSON object/, () => post('')],
    ['no model', 400, 'invalid_request_error', /model/, () => post('{"messages":[]}')],
    ['a model that is no text', 400, 'invalid_request_error', /model/, () => post('{"model":["a"]}')],
    [
      'an unknown model',
      403,
      'permission_error',
      /model claude-nothing-1 is not granted to acme; ask your tenant admin/,
      () => post(messages('x', { model: 'claude-nothing-1' })),
    ],
    [
      'a key twice',
      400,
      'invalid_request_error',
      /stands twice/,
      () => post('{"model":"claude-sonnet-5-5","model":"claude-opus-5-5","messages":[]}'),
    ],
    [
      'a key with an escape',
      400,
      'invalid_request_error',
      /escape/,
      () => post('{"model":"claude-sonnet-5-5","\\u006dodel":"claude-opus-5-5","messages":[]}'),
    ],
    [
      'another content type',
      415,
      'invalid_request_error',
      /application\/json/,
      () => post('x', { 'content-type': 'text/plain' }),
    ],
    [
      'a compressed body',
      415,
      'invalid_request_error',
      /content-encoding/i,
      () => post(messages('x'), { 'content-encoding': 'gzip' }),
    ],
    ['too large a body', 413, 'request_too_large', /5000000 bytes/, () => post(messages('x'.repeat(5_000_001)))],
    ['an unknown path', 404, 'not_found_error', /v1\/nothing/, () => post('{}', {}, '/v1/nothing')],
    [
      'a path that only looks right',
      404,
      'not_found_error',
      /nothing is served/,
      () => post('{}', {}, '//v1/messages'),
    ],
    [
      'another method',
      405,
      'invalid_request_error',
      /use POST/,
      () => ask(`${acme.loopbackUrl}/v1/messages`, { method: 'GET', headers: { 'x-api-key': acme.apiKey } }),
    ],
    [
      'no credential',
      401,
      'authentication_error',
      /no credential/,
      () => ask(`${acme.loopbackUrl}/v1/messages`, { headers: JSON_BODY, body: messages('x') }),
    ],
    [
      'a mistyped key',
      401,
      'authentication_error',
      /not valid/,
      () => post(messages('x'), { 'x-api-key': `${acme.apiKey.slice(0, -1)}!` }),
    ],
  ];
  for (const [name, status, type, message, send] of cases) {
    it(`${name} -> ${status} ${type}`, async () => {
      const reply = await send();
      expect(reply.status, reply.body).toBe(status);
      expect(reply.headers['content-type']).toMatch(/^application\/json/);
      expect(reply.headers['cache-control']).toBe('no-store');
      const { error } = errorOf(reply) as { error: { type: string; message: string } };
      expect(error.type).toBe(type);
      expect(error.message).toMatch(message);
      expect(atBedrock(platform, reply.headers['request-id'] ?? 'none')).toEqual([]);
    });
  }

  it('lets no retry follow a refusal that a retry cannot mend', async () => {
    const forged = `${acme.apiKey.slice(0, 20)}${acme.apiKey[20] === 'a' ? 'b' : 'a'}${acme.apiKey.slice(21)}`;
    const reply = await post(messages('x'), { 'x-api-key': forged });
    expect(reply.status).toBe(401);
    expect(reply.headers['x-should-retry']).toBe('false');
  });
});

it('answers the calls that Claude Code makes without a credential, and HEAD with any', async () => {
  for (const [method, path, headers] of [
    ['HEAD', '/', {}],
    ['HEAD', '/', { 'x-api-key': acme.apiKey }],
    ['HEAD', '/api/hello', {}],
    ['HEAD', '/api/hello', { authorization: 'Bearer ark1_junk' }],
    ['GET', '/inference-profiles?type=SYSTEM_DEFINED', {}],
  ] as const) {
    const reply = await ask(`${acme.loopbackUrl}${path}`, { method, headers });
    expect(reply.status, path).toBe(200);
    expect(reply.headers['x-amz-apigw-id'], 'an origin was called').toBeUndefined();
  }
});
