import { expect, test } from 'vitest';
import { accessToken, apiKey, bearer, bench, NOW, originRequest, passed, refused } from './fixture.ts';
import { handleOriginRequest } from './origin.ts';

/** Each kind of credential that acme's host can be shown. */
const kinds = {
  none: async () => undefined,
  ownToken: () => accessToken(),
  ownToken2: () => accessToken({ sub: 'someone-else' }),
  ownKey: async () => apiKey(),
  ownKeyRotated: async () => apiKey('acme', 'Key0000001', undefined, 't'),
  ownKey2: async () => apiKey('acme', 'Key0000002'),
  foreignToken: () => accessToken({ tenant_id: 'globex' }),
  foreignKey: async () => apiKey('globex'),
  forgedKey: async () => apiKey('acme', 'Key0000001', Buffer.alloc(32, 8)),
  junk: async () => 'junk',
};
type Kind = keyof typeof kinds;

/** The whole matrix by rule: junk anywhere is 401, else foreign anywhere is 403, else two identities are 401. */
function expected(a: Kind, b: Kind): number {
  const both = [a, b].filter((kind) => kind !== 'none');
  if (both.length === 0 || both.some((kind) => ['junk', 'forgedKey'].includes(kind))) return 401;
  if (both.some((kind) => kind.startsWith('foreign'))) return 403;
  return new Set(both).size > 1 ? 401 : 200;
}

const names = Object.keys(kinds) as Kind[];
test.each(names.flatMap((a) => names.map((b) => [a, b, expected(a, b)] as const)))(
  'Authorization: %s and x-api-key: %s give %i',
  async (a, b, status) => {
    const [authorization, key] = [await kinds[a](), await kinds[b]()];
    const headers = {
      ...(authorization === undefined ? {} : bearer(authorization)),
      ...(key === undefined ? {} : { 'x-api-key': key }),
    };
    if (status === 200) await passed({ headers });
    else expect((await refused({ headers })).status).toBe(status);
  },
);

test('no credential is told how to set one', async () => {
  const tools = bench();
  const answer = await refused({}, tools);
  expect(answer).toMatchObject({ status: 401, message: expect.stringContaining('ANTHROPIC_AUTH_TOKEN') });
  expect(answer.headers['x-should-retry']).toBe('false');
  expect(tools.lines).toMatchObject([{ kind: 'credential_missing' }]);
});

test('two identities in one request are told so', async () => {
  const tools = bench();
  await refused({ headers: { ...bearer(await accessToken()), 'x-api-key': apiKey() } }, tools);
  expect(tools.lines).toMatchObject([{ kind: 'credentials_conflict' }]);
});

test('two secrets of one key in one request are refused: only one of them could be checked for being live', async () => {
  const other = apiKey('acme', 'Key0000001', undefined, 't');
  const tools = bench();
  await refused({ headers: { ...bearer(apiKey()), 'x-api-key': other } }, tools);
  expect(tools.lines).toMatchObject([{ kind: 'credentials_conflict' }]);
});

test('a credential header that stands twice is refused, even with the same value', async () => {
  const token = await accessToken();
  const twice = [
    { authorization: [`Bearer ${token}`, `Bearer ${token}`] },
    { authorization: [`Bearer ${token}`, 'Basic eDp5'] },
    { 'x-api-key': [apiKey(), apiKey()] },
    { 'x-api-key': [apiKey(), ''] },
  ];
  for (const headers of twice) {
    const tools = bench();
    expect((await refused({ headers }, tools)).status).toBe(401);
    expect(tools.lines[0]?.why).toMatch(/twice/);
  }
});

test.each([
  ['Basic', (text: string) => `Basic ${text}`],
  ['no scheme', (text: string) => text],
  ['an empty one', () => ''],
  ['Bearer and nothing', () => 'Bearer'],
  ['Bearer and a space', () => 'Bearer '],
  ['Bearer and two spaces', (text: string) => `Bearer  ${text}`],
  ['two in a list', (text: string) => `Bearer ${text}, Bearer ${text}`],
  ['two in a list without a space', (text: string) => `Bearer ${text},${text}`],
  ['something after it', (text: string) => `Bearer ${text} x`],
])('Authorization with %s is refused', async (_, make) => {
  const tools = bench();
  expect((await refused({ headers: { authorization: make(await accessToken()) } }, tools)).status).toBe(401);
  expect(tools.lines[0]?.why).toMatch(/not one Bearer/);
});

test.each(['/v1/messages', '/model/eu.anthropic.claude-opus-5-5/invoke-with-response-stream'])(
  'at %s an AWS signature is told how to send a credential instead',
  async (uri) => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-central-1/bedrock/aws4_request, SignedHeaders=host, Signature=00';
    for (const others of [{}, { 'x-api-key': apiKey() }, { 'x-amz-security-token': 'aws' }]) {
      const tools = bench();
      const answer = await handleOriginRequest(
        originRequest({ uri, headers: { authorization, ...others } }),
        tools,
        NOW,
      );
      expect(answer).toMatchObject({ status: '401', headers: { 'x-should-retry': [{ value: 'false' }] } });
      for (const way of ['ANTHROPIC_AUTH_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK', 'CLAUDE_CODE_SKIP_BEDROCK_AUTH=1'])
        expect('body' in answer && answer.body).toContain(way);
      expect(tools.lines).toMatchObject([{ kind: 'credential_aws_signature' }]);
    }
  },
);

test('a second credential of another scheme is not overlooked', async () => {
  expect((await refused({ headers: { authorization: 'Basic eDp5', 'x-api-key': apiKey() } })).status).toBe(401);
});

test('an empty credential beside a good one is a bad one, not none', async () => {
  expect((await refused({ headers: { ...bearer(apiKey()), 'x-api-key': '' } })).status).toBe(401);
});

test('the scheme may be written in any case', async () => {
  await passed({ headers: { authorization: `bearer ${await accessToken()}` } });
  await passed({ headers: { authorization: `BEARER ${apiKey()}` } });
});

test.each([
  ['empty', ''],
  ['with a space after it', `${apiKey()} `],
  ['two joined', `${apiKey()}, ${apiKey()}`],
  ['cut', apiKey().slice(0, -1)],
  ['with one character changed', apiKey().replace('s', 't')],
  ['of another version', apiKey().replace('ark1', 'ark2')],
  ['of version 0', apiKey().replace('ark1', 'ark0')],
])('an API key %s is refused', async (_, key) => {
  expect((await refused({ headers: { 'x-api-key': key } })).status).toBe(401);
});

test('an API key is never tried as a token, and a token never as an API key', async () => {
  const tools = bench();
  await refused(
    { headers: { 'x-api-key': `${apiKey()}.${(await accessToken()).split('.').slice(1).join('.')}` } },
    tools,
  );
  expect(tools.lines[0]?.why).toMatch(/API key/);
  expect(tools.fetched).toEqual([]);
});
