import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isRequestId } from '../../tenancy/request-id.ts';
import { openPassport, PASSPORT_HEADER, passportKeyId } from '../passport.ts';
import {
  type Asked,
  accessToken,
  apiKey,
  bearer,
  bench,
  goodClaims,
  MACHINE,
  NOW,
  originRequest,
  passed,
  passportKeys,
} from './fixture.ts';
import { handleOriginRequest } from './origin.ts';

async function passportOf(headers: Record<string, string>, asked: Asked = {}) {
  const request = await passed({ ...asked, headers });
  return openedPassport(request.headers[PASSPORT_HEADER]?.[0]?.value ?? '', request.method);
}

function openedPassport(sealed: string, method: string) {
  const opened = openPassport(sealed, passportKeys.publicKey, { region: 'eu-central-2', method, now: NOW });
  if (!opened.ok) throw new Error(opened.reason);
  return opened.value;
}

test('the passport says who, for what, where and until when, and nothing else', async () => {
  const passport = await passportOf(bearer(await accessToken()));
  expect(passport).toEqual({
    requestId: passport.requestId,
    caller: { tenantId: 'acme', identityId: goodClaims.sub, callerType: 'user' },
    route: 'messages',
    method: 'POST',
    region: 'eu-central-2',
    expiresAt: NOW + 30_000,
  });
  expect(isRequestId(passport.requestId)).toBe(true);
});

test('a machine is a machine, an API key an API key', async () => {
  const machine = await accessToken({ sub: MACHINE, client_id: MACHINE, username: undefined });
  expect((await passportOf(bearer(machine))).caller).toEqual({
    tenantId: 'acme',
    identityId: MACHINE,
    callerType: 'machine',
  });
  expect((await passportOf({ 'x-api-key': apiKey() })).caller).toEqual({
    tenantId: 'acme',
    identityId: 'key_Key0000001',
    callerType: 'api_key',
    keyId: 'Key0000001',
  });
  // A user whose name is the client's id is still a user.
  const user = await accessToken({ sub: MACHINE, client_id: MACHINE, username: 'ada' });
  expect((await passportOf(bearer(user))).caller.callerType).toBe('user');
});

test('of an API key the passport carries the digest alone, from whichever header it came', async () => {
  const keySha256 = createHash('sha256').update(apiKey()).digest('hex');
  for (const headers of [{ 'x-api-key': apiKey() }, bearer(apiKey()), { ...bearer(apiKey()), 'x-api-key': apiKey() }]) {
    expect((await passportOf(headers)).keySha256).toBe(keySha256);
  }
});

test('the passport is sealed with the key that its id names', async () => {
  const request = await passed({ headers: bearer(apiKey()) });
  expect(passportKeyId(request.headers[PASSPORT_HEADER]![0]!.value)).toBe('p1');
});

test('the request goes to the home region, on one path, over the configured origin’s own port and time limits', async () => {
  const request = await passed({ headers: bearer(apiKey()) });
  expect([request.uri, request.querystring, request.method]).toEqual(['/origin', '', 'POST']);
  expect(request.headers['host']).toEqual([{ key: 'Host', value: 'eu-central-2.origin.example.test' }]);
  expect(request.origin).toEqual({
    custom: { ...originRequest({}).origin?.custom, domainName: 'eu-central-2.origin.example.test' },
  });
});

test('credentials and whatever claims to be ours stay behind', async () => {
  const token = await accessToken();
  const hostile = {
    ...bearer(token),
    'x-api-key': token,
    'proxy-authorization': 'Basic eDp5',
    cookie: 'session=1',
    'x-ar-passport': 'forged',
    'x-ar-identity': 'root',
    x_ar_passport: 'forged',
    'x-ar_tenant': 'globex',
    'x-tenant-id': 'globex',
    'x-amz-security-token': 'aws',
    'x-forwarded-host': 'globex.proxy.example.test',
    'x-original-url': '/admin',
    'x-http-method-override': 'DELETE',
    baggage: 'tenant_id=globex',
    'amz-sdk-invocation-id': 'forged',
    'amz-sdk-request': 'forged',
    'x-amz-user-agent': 'forged',
    connection: 'x-ar-passport',
  };
  const { headers } = await passed({ headers: hostile });
  const sent = JSON.stringify(headers);
  const ours = ['host', 'x-ar-passport', 'baggage', 'traceparent', 'x-amzn-trace-id'];
  expect(Object.keys(headers).sort()).toEqual(['content-length', 'content-type', ...ours].sort());
  for (const secret of [token, 'forged', 'globex', 'session=1', 'eDp5']) expect(sent).not.toContain(secret);
  expect(headers[PASSPORT_HEADER]).toHaveLength(1);
});

test('what the region reads passes, and what CloudFront does not let us remove', async () => {
  const needed = {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'anthropic-beta': 'a,b',
    'anthropic-version': '2023-06-01',
    'content-encoding': 'gzip',
    origin: 'https://app.example.test',
    'user-agent': 'claude-cli/2.1.330',
    'x-claude-code-session-id': 'b1a2',
    'x-claude-code-agent-id': 'b1a3',
    'x-claude-code-parent-agent-id': 'b1a4',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    via: '1.1 cloudfront',
    'if-none-match': '"x"',
  };
  const { headers } = await passed({ headers: { ...bearer(apiKey()), ...needed } });
  for (const [name, value] of Object.entries(needed)) expect(headers[name]?.[0]?.value).toBe(value);
});

test('the trace goes on in both spellings, with the tenant as its only baggage', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { headers } = await passed({ headers: { ...bearer(apiKey()), traceparent, baggage: 'tenant_id=globex,a=b' } });
  expect(headers['traceparent']?.map(({ value }) => value)).toEqual([traceparent]);
  expect(headers['x-amzn-trace-id']?.map(({ value }) => value)).toEqual([
    'Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1',
  ]);
  expect(headers['baggage']).toEqual([{ key: 'baggage', value: 'tenant_id=acme' }]);
});

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test.each([
  ['that is none', '00-forged'],
  ['that stands twice', [PARENT, PARENT]],
])('beside a traceparent %s the trace begins with this request, and the state stays behind', async (_, traceparent) => {
  const { headers } = await passed({ headers: { ...bearer(apiKey()), traceparent, tracestate: 'forged=1' } });
  const { requestId } = openedPassport(headers[PASSPORT_HEADER]?.[0]?.value ?? '', 'POST');
  const traceId = requestId.replaceAll('-', '');
  expect(headers['traceparent']?.map(({ value }) => value)).toEqual([`00-${traceId}-${traceId.slice(16)}-00`]);
  expect(JSON.stringify(headers)).not.toContain('forged');
});

test('a model that the path names stands in the passport, decoded', async () => {
  const arn = 'arn:aws:bedrock:eu-central-1:111111111111:application-inference-profile/abcd1234';
  const headers = bearer(apiKey());
  for (const [method, uri, route, model] of [
    ['POST', `/model/${encodeURIComponent(arn)}/invoke`, 'invoke', arn],
    ['POST', '/model/anthropic.claude-v1:0/converse-stream', 'converse_stream', 'anthropic.claude-v1:0'],
    ['GET', '/v1/models/claude-opus-5-5', 'model', 'claude-opus-5-5'],
    ['GET', `/inference-profiles/${encodeURIComponent(arn)}`, 'inference_profile', arn],
  ] as const)
    expect(await passportOf(headers, { method, uri })).toMatchObject({ route, method, model });
});

test('of the query the passport has the page of the list of models, and nothing else goes on', async () => {
  const headers = bearer(apiKey());
  const models = { method: 'GET', uri: '/v1/models', querystring: 'limit=1000&after_id=claude-opus-5-5&beta=true' };
  expect(await passportOf(headers, models)).toMatchObject({ page: { limit: 1_000, afterId: 'claude-opus-5-5' } });
  expect((await passed({ ...models, headers })).querystring).toBe('');
  expect((await passportOf(headers, { ...models, querystring: '' })).page).toEqual({});
  const profiles = { method: 'GET', uri: '/inference-profiles', querystring: 'type=SYSTEM_DEFINED&limit=x' };
  expect(await passportOf(headers, profiles)).not.toHaveProperty('page');
});

test('a distribution whose origin is of another kind is refused, not guessed', async () => {
  const { origin: _, ...request } = originRequest({ headers: bearer(apiKey()) });
  const tools = bench();
  expect(await handleOriginRequest(request, tools, NOW)).toMatchObject({ status: '500' });
  expect(tools.lines).toMatchObject([{ kind: 'internal' }]);
});
