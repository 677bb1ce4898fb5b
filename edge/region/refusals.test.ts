import { generateKeyPairSync } from 'node:crypto';
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { describe, expect, it } from 'vitest';
import type { ApiKey } from '../../tenancy/api-key.ts';
import type { Grant } from '../../tenancy/grant.ts';
import type { SwitchTarget } from '../../tenancy/switches.ts';
import {
  API_KEY,
  GRANT,
  HELLO,
  KEY_SHA256,
  keyPassport,
  MODEL,
  makeStores,
  NOW,
  PRICES,
  passport,
  request,
  run,
  type Served,
  seal,
  startScript,
  TENANT,
} from './serve.fixture.ts';
import type { Stores } from './stores.ts';

/** Fails the test that lets a refused request get this far. */
const noBedrock = (): Promise<BedrockRuntimeClient> => Promise.reject(new Error('credentials were asked for'));

const BASE = {
  'cache-control': 'no-store',
  'content-type': 'application/json',
  'x-content-type-options': 'nosniff',
};
const NEVER = { 'x-should-retry': 'false' };

/** Checks the whole answer, that one line was logged, and that nothing was opened or asked for. */
function expectRefusal(
  { reader, book, lines }: Served,
  statusCode: number,
  type: string,
  message: string | RegExp,
  headers: Record<string, string> = {},
): void {
  const { error, request_id, ...rest } = JSON.parse(reader.text) as Record<string, unknown>;
  expect(rest).toEqual({ type: 'error' });
  expect(error).toEqual({
    type,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
  expect(reader.statusCode).toBe(statusCode);
  expect(reader.headers).toEqual({ ...BASE, 'request-id': request_id, ...headers });
  expect(reader.ended).toBe('end');
  expect(book).toEqual({ intents: [], settlements: [], gates: new Map(), thresholds: [] });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ record: 'log', event: 'refused', requestId: request_id });
}

const DIRECT = 'this address serves the platform alone; use your tenant hostname';

describe('without a passport that is good for this request', () => {
  const other = generateKeyPairSync('ed25519').privateKey;
  const [kid, payload, signature] = seal(passport()).split('.');
  const changed = Buffer.from(JSON.stringify(passport({ caller: { ...passport().caller, identityId: 'usr_bob' } })));
  const { keySha256: _, ...withoutDigest } = keyPassport();
  const cases: [string, string | undefined, string][] = [
    ['none', undefined, 'absent'],
    ['junk', 'x', 'not the shape of a passport'],
    ['two', `${seal(passport())}, ${seal(passport())}`, 'not the shape of a passport'],
    ['an unknown key id', seal(passport(), 'edge-9'), 'signed with a key that is not ours'],
    ["another's signature under our key id", seal(passport(), 'edge-1', other), 'signature does not verify'],
    ['a changed payload', `${kid}.${changed.toString('base64url')}.${signature}`, 'signature does not verify'],
    ['a signature of nothing', `${kid}.${payload}.${'A'.repeat(86)}`, 'signature does not verify'],
    ['an expired one', seal(passport({ expiresAt: NOW })), 'expired'],
    ['one that lives too long', seal(passport({ expiresAt: NOW + 36_000 })), 'lives longer than any we mint'],
    ['one for another region', seal(passport({ region: 'us-east-1' })), 'made for us-east-1'],
    ['one for another method', seal(passport({ route: 'models', method: 'GET' })), 'made for method GET'],
    ["one whose method is not its route's", seal(passport({ method: 'GET' })), 'payload is not a passport'],
    ['one of an API key without its digest', seal(withoutDigest), 'payload is not a passport'],
    ['one of a token with a digest', seal(passport({ keySha256: KEY_SHA256 })), 'payload is not a passport'],
  ];
  it.each(cases)('is 403: %s', async (_name, token, why) => {
    const served = await run(request(token), noBedrock);
    expectRefusal(served, 403, 'permission_error', DIRECT, NEVER);
    expect(JSON.parse(served.lines[0] ?? '')).toMatchObject({ kind: 'passport_refused', why });
  });

  it('is 403 on any path but the one that the edge calls', async () => {
    const served = await run({ ...request(seal(passport())), path: '/v1/messages' }, noBedrock);
    expectRefusal(served, 403, 'permission_error', DIRECT, NEVER);
  });

  it('is 403 the second time, before anything is spent', async () => {
    const { stores, book } = makeStores();
    const token = seal(passport());
    const good = await startScript((_request, response) => response.writeHead(200).end());
    await run(request(token), good, { stores });
    expect(book.intents).toHaveLength(1);
    const replay = await run(request(token), noBedrock, { stores });
    expectRefusal(replay, 403, 'permission_error', DIRECT, NEVER);
    expect(book.intents).toHaveLength(1);
    expect(book.settlements).toHaveLength(1);
  });
});

const asKey = (key: ApiKey | null): Partial<Stores> => ({ apiKey: async () => key });

describe('an API key that is not live', () => {
  it.each([
    ['unknown', null, 'the API key is not known; ask your tenant admin for a new one'],
    [
      'another secret',
      { ...API_KEY, secrets: [{ sha256: 'ab'.repeat(32), validUntil: NOW + 1 }] },
      'the API key is not known; ask your tenant admin for a new one',
    ],
    ['revoked', { ...API_KEY, state: 'REVOKED' }, 'the API key has been revoked; ask your tenant admin for a new one'],
    [
      'expired',
      { ...API_KEY, secrets: [{ sha256: KEY_SHA256, validUntil: NOW }] },
      'the API key has expired; rotate it, or ask your tenant admin for a new one',
    ],
    [
      'of a disabled owner',
      { ...API_KEY, ownerDisabled: true },
      "the API key's owner is disabled; ask your tenant admin",
    ],
  ] as [string, ApiKey | null, string][])('is 401 and not worth a retry: %s', async (_, key, message) => {
    const served = await run(request(seal(keyPassport())), noBedrock, { stores: asKey(key) });
    expectRefusal(served, 401, 'authentication_error', message, NEVER);
  });

  it('is told so before anything about the request is', async () => {
    const served = await run(request(seal(keyPassport()), 'no JSON'), noBedrock, { stores: asKey(null) });
    expectRefusal(served, 401, 'authentication_error', /not known/, NEVER);
  });
});

describe('a tenant that this region does not serve', () => {
  const as = (changes: Partial<typeof TENANT> | null): Partial<Stores> => ({
    tenant: async () => changes && { ...TENANT, ...changes },
  });

  it.each(['PROVISIONING', 'SUSPENDED', 'CLOSING', 'CLOSED'] as const)('is 403 when %s', async (status) => {
    const served = await run(request(seal(passport())), noBedrock, { stores: as({ status }) });
    const message = `tenant acme is ${status.toLowerCase()}; ask your platform's support`;
    expectRefusal(served, 403, 'permission_error', message, NEVER);
  });

  it('is 503, to be tried again, where its row does not allow the region', async () => {
    const served = await run(request(seal(passport())), noBedrock, { stores: as({ allowedRegions: ['us-east-1'] }) });
    expectRefusal(served, 503, 'api_error', 'this hostname is being set up; try again in a moment', {
      'retry-after': '2',
    });
  });

  it('is 503 where its row may still be on its way, and a foreign tenant where the directory is written', async () => {
    const sealed = passport({ region: 'us-east-1' });
    const away = await run(request(seal(sealed)), noBedrock, { stores: as(null), region: 'us-east-1' });
    expectRefusal(away, 503, 'api_error', /being set up/, { 'retry-after': '2' });
    const home = await run(request(seal(passport())), noBedrock, { stores: as(null) });
    expectRefusal(home, 403, 'permission_error', /does not belong to this hostname/, NEVER);
  });
});

const rules = (grants: Grant[]): Partial<Stores> => ({ rules: async () => ({ grants, limits: [] }) });
const stopped = (...targets: SwitchTarget[]): Partial<Stores> => ({
  switches: async () => ({ stopped: new Set(targets), congested: new Map() }),
});

describe('a kill switch', () => {
  it.each(['platform', 'region', 'model'] as const)('of the %s refuses the next request', async (by) => {
    const target = { platform: 'platform', region: 'region:eu-central-1', model: 'model:claude-opus-5-5' } as const;
    const served = await run(request(seal(passport())), noBedrock, { stores: stopped(target[by]) });
    expectRefusal(served, 403, 'permission_error', new RegExp(`calls are stopped for this ${by}`), NEVER);
  });

  it('of another region or another model stops nothing here', async () => {
    const stores = stopped('region:us-east-1', 'model:claude-haiku-5-5', 'model:opus');
    const served = await run(request(seal(passport())), noBedrock, { stores });
    expect(served.reader.text).not.toContain('stopped');
    expect(served.book.intents).toHaveLength(1);
  });
});

it('a model without a price in force is not called: nobody could be billed for it', async () => {
  const stores: Partial<Stores> = { model: async () => ({ model: MODEL, prices: [] }) };
  const served = await run(request(seal(passport())), noBedrock, { stores });
  expectRefusal(served, 503, 'api_error', /cannot check this request/, { 'retry-after': '2' });
  expect(served.lines.join()).toContain('no price in force for claude-opus-5-5');
});

describe('a model that may not be called', () => {
  const NOT_GRANTED = 'model claude-opus-5-5 is not granted to acme; ask your tenant admin';

  it.each([
    ['unknown', { model: async () => null }, NOT_GRANTED],
    ['disabled', { model: async () => ({ model: { ...MODEL, enabled: false }, prices: PRICES }) }, NOT_GRANTED],
    ['not granted', rules([]), NOT_GRANTED],
    ['granted for another model', rules([{ ...GRANT, model: 'claude-haiku-5-5' }]), NOT_GRANTED],
    [
      'granted until now',
      rules([{ ...GRANT, until: NOW }]),
      `${NOT_GRANTED} (grant grt_1 ended at 2026-11-22T12:00:00.000Z)`,
    ],
    [
      'granted from later on',
      rules([{ ...GRANT, from: NOW + 1 }]),
      `${NOT_GRANTED} (grant grt_1 begins at 2026-11-22T12:00:00.001Z)`,
    ],
    [
      'unknown, where a grant of all has ended',
      { ...rules([{ ...GRANT, until: NOW }]), model: async () => null },
      `${NOT_GRANTED} (grant grt_1 ended at 2026-11-22T12:00:00.000Z)`,
    ],
    [
      'granted in another region',
      rules([{ ...GRANT, regions: ['us-east-1'] }]),
      `${NOT_GRANTED} (grant grt_1 is for us-east-1 alone)`,
    ],
    ['denied', rules([GRANT, { ...GRANT, id: 'grt_2', effect: 'deny' }]), `${NOT_GRANTED} (grant grt_2 denies it)`],
    [
      'restricted',
      rules([GRANT, { ...GRANT, id: 'grt_2', effect: 'restrict' }]),
      `${NOT_GRANTED} (grant grt_2 leaves it to users and keys with a grant of their own)`,
    ],
    [
      'handed on by a tenant that has it no more',
      rules([{ ...GRANT, subject: { kind: 'user', identityId: 'usr_anna' }, byPlatform: false }]),
      NOT_GRANTED,
    ],
  ] as [string, Partial<Stores>, string][])('is one and the same 403: %s', async (_, stores, message) => {
    expectRefusal(await run(request(seal(passport())), noBedrock, { stores }), 403, 'permission_error', message, NEVER);
  });

  it('is 403 by a name that can be no model, which is never looked up', async () => {
    const stores: Partial<Stores> = { model: () => Promise.reject(new Error('looked up')) };
    const served = await run(request(seal(passport()), { ...HELLO, model: 'A#B\u001b[31m' }), noBedrock, { stores });
    const message = 'model A#B?[31m is not granted to acme; ask your tenant admin';
    expectRefusal(served, 403, 'permission_error', message, NEVER);
  });

  it("is 403 where the tenant's residency reaches no profile of it", async () => {
    const stores: Partial<Stores> = { tenant: async () => ({ ...TENANT, residency: 'region' }) };
    const served = await run(request(seal(passport())), noBedrock, { stores });
    expectRefusal(
      served,
      403,
      'permission_error',
      /cannot be called from eu-central-1 under the residency rule "region"/,
      NEVER,
    );
  });
});

describe('a request that cannot be read', () => {
  it('is 400 in the words of the API', async () => {
    expectRefusal(
      await run(request(seal(passport()), '{"stream":true}'), noBedrock),
      400,
      'invalid_request_error',
      'model: Field required',
    );
  });

  it('is 400 when it names two models', async () => {
    const body = '{"model":"claude-opus-5-5","model":"claude-other"}';
    expectRefusal(
      await run(request(seal(passport()), body), noBedrock),
      400,
      'invalid_request_error',
      'the top-level key "model" stands twice; send it once',
    );
  });

  it('is 415 when it is no JSON', async () => {
    expectRefusal(
      await run(request(seal(passport()), HELLO, { 'content-type': 'text/plain' }), noBedrock),
      415,
      'invalid_request_error',
      'send the request as content-type: application/json in UTF-8',
      NEVER,
    );
  });

  it('leaves no word of itself in the log', async () => {
    const { lines } = await run(request(seal(passport()), '{"sesame":1,"sesame":2}'), noBedrock);
    expect(lines.join()).not.toContain('sesame');
  });
});

describe('a store that cannot be reached', () => {
  const down = () => Promise.reject(Object.assign(new Error('sesame'), { name: 'TimeoutError' }));
  it.each(['passportKey', 'tenant', 'apiKey', 'switches', 'model', 'rules', 'open'] as const)(
    'is 503, never 401 or 403, and never an allow: %s',
    async (name) => {
      const served = await run(request(seal(keyPassport())), noBedrock, { stores: { [name]: down } });
      expectRefusal(
        served,
        503,
        'api_error',
        'the gateway cannot check this request at the moment; it was not sent to the model, try again',
        { 'retry-after': '2' },
      );
      expect(served.lines.join()).toContain('TimeoutError');
      expect(served.lines.join()).not.toContain('sesame');
    },
  );
});
