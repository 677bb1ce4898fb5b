import { expect, test } from 'vitest';
import { isRequestId } from '../../tenancy/request-id.ts';
import { type Asked, accessToken, acme, apiKey, bearer, bench, refused } from './fixture.ts';
import { type LogLine, serialiseLogLine } from './log.ts';

test('a line holds the fields of the list and no other', () => {
  const line = { level: 'info', event: 'refused', kind: 'internal', why: 'x', authorization: 'Bearer y' } as LogLine;
  expect(serialiseLogLine(line)).toBe('{"level":"info","event":"refused","kind":"internal","why":"x"}');
});

test('no value can forge a second line', () => {
  const said = serialiseLogLine({ level: 'info', event: 'refused', why: 'x\n{"_aws":{}}\r\u001b[2J' });
  expect(Array.from(said).filter((character) => character < ' ')).toEqual([]);
});

test('each refusal is one line with the request id of the answer', async () => {
  const tools = bench();
  const { headers } = await refused({ headers: bearer('junk') }, tools);
  expect(tools.lines).toHaveLength(1);
  expect(isRequestId(headers['request-id'])).toBe(true);
  expect(tools.lines[0]?.requestId).toBe(headers['request-id']);
});

test("each refusal names its caller's trace, and only what is well-formed of it", async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const tools = bench();
  await refused({ headers: { ...bearer('junk'), traceparent } }, tools);
  const { headers } = await refused({ headers: { ...bearer('junk'), traceparent: `${traceparent}canary` } }, tools);
  expect(tools.lines.map(({ traceId }) => traceId)).toEqual([
    '0af7651916cd43dd8448eb211c80319c',
    headers['request-id']?.replaceAll('-', ''),
  ]);
  expect(serialiseLogLine(tools.lines[0] ?? expect.fail())).toContain('"traceId":"0af7651916cd43dd8448eb211c80319c"');
});

test('no line holds a credential, a path, a query or a header of the client', async () => {
  const token = await accessToken();
  const foreign = await accessToken({ tenant_id: 'globex' });
  const asked: Asked[] = [
    { headers: bearer(foreign) },
    { headers: bearer(`${token}x`) },
    { headers: { authorization: `Basic ${token}` } },
    { headers: { ...bearer(token), 'x-api-key': apiKey() } },
    { headers: bearer(token), uri: '/canary-path' },
    { headers: bearer(token), method: 'CANARY-METHOD' },
    { headers: bearer(token), method: 'GET', uri: '/v1/models', querystring: 'limit=canary-query' },
    { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=canary-signature' } },
    { headers: { ...bearer('junk'), 'user-agent': 'canary-agent' } },
    { headers: { ...bearer(token), 'x-ar-host': 'canary-host' } },
    { headers: { ...bearer(token), 'x-ar-tenant': 'canary-tenant' } },
    { headers: bearer(token), entry: { ...acme, status: 'CLOSED' } },
  ];
  const tools = bench();
  for (const one of asked) await refused(one, tools);
  const said = tools.lines.map(serialiseLogLine).join('\n');
  expect(tools.lines).toHaveLength(asked.length);
  for (const secret of [
    token,
    foreign,
    apiKey(),
    token.split('.')[1]!,
    token.slice(-20),
    'canary',
    'CANARY',
    'beta=true',
    '192.0.2.7',
  ])
    expect(said).not.toContain(secret);
});
