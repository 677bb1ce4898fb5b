import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { JsonRequest } from '../../access-token/fetch-json.ts';
import { NOW, secretDocument, settings } from './fixture.ts';
import type { LogLine } from './log.ts';
import { keepSecrets, parseSecrets } from './secrets.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
const answer = { SecretString: JSON.stringify(secretDocument) };

test('the secret is asked for by its name, from the settings’ region, signed', async () => {
  const sent: JsonRequest[] = [];
  const read = keepSecrets(
    settings,
    credentials,
    async (request) => {
      sent.push(request);
      return answer;
    },
    () => {},
  );
  expect((await read(NOW))?.passport.kid).toBe('p1');
  expect(sent).toMatchObject([
    {
      url: 'https://secretsmanager.us-east-1.amazonaws.com',
      method: 'POST',
      body: '{"SecretId":"edge"}',
      headers: {
        'x-amz-target': 'secretsmanager.GetSecretValue',
        'x-amz-security-token': 'session',
        authorization: expect.stringContaining('/us-east-1/secretsmanager/aws4_request'),
      },
    },
  ]);
});

test('another endpoint is used when the settings name one', async () => {
  const urls: string[] = [];
  const endpoint = { ...settings, secretsManagerEndpoint: 'http://127.0.0.1:4599' };
  const read = keepSecrets(
    endpoint,
    credentials,
    async ({ url, headers }) => {
      urls.push(url, headers['host'] ?? '');
      return answer;
    },
    () => {},
  );
  await read(NOW);
  expect(urls).toEqual(['http://127.0.0.1:4599', '127.0.0.1:4599']);
});

test('secrets are read again after five minutes, and the last good ones serve while the store is down', async () => {
  const lines: LogLine[] = [];
  let asked = 0;
  const read = keepSecrets(
    settings,
    credentials,
    async () => {
      if (++asked > 1) throw Object.assign(new Error('text'), { code: 'ECONNRESET' });
      return answer;
    },
    (line) => void lines.push(line),
  );
  await read(NOW);
  expect((await read(NOW + 299_999))?.passport.kid).toBe('p1');
  expect(asked).toBe(1);
  expect((await read(NOW + 600_000))?.passport.kid).toBe('p1');
  expect(asked).toBe(2);
  expect(lines).toEqual([{ level: 'error', event: 'fetch_failed', what: 'secrets', why: 'ECONNRESET' }]);
});

test('where there never were any there are none', async () => {
  const lines: LogLine[] = [];
  const read = keepSecrets(
    settings,
    credentials,
    async () => ({ SecretBinary: 'AAAA' }),
    (line) => void lines.push(line),
  );
  expect(await read(NOW)).toBeNull();
  expect(lines).toMatchObject([{ what: 'secrets', why: 'the secret is not JSON' }]);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const { passport, macKeys } = secretDocument;
test.each([
  ['no text', undefined],
  ['not JSON', 'x'],
  ['empty', '{}'],
  ['without a passport', JSON.stringify({ macKeys })],
  ['with a malformed key id', JSON.stringify({ passport: { ...passport, kid: 'a.b' }, macKeys })],
  ['without a private key', JSON.stringify({ passport: { kid: 'p1' }, macKeys })],
  ['with a key of another kind', JSON.stringify({ passport: { ...passport, privateKeyPem: rsa }, macKeys })],
  ['without MAC keys', JSON.stringify({ passport, macKeys: {} })],
  ['with an empty MAC key', JSON.stringify({ passport, macKeys: { 1: '' } })],
  ['with a short MAC key', JSON.stringify({ passport, macKeys: { 1: 'AAAA' } })],
  ['with a MAC key that is no text', JSON.stringify({ passport, macKeys: { 1: 7 } })],
  ['with a version that no API key can name', JSON.stringify({ passport, macKeys: { ...macKeys, 10: macKeys['1'] } })],
])('a secret that is %s is refused, in words that hold none of it', (_, text) => {
  expect(() => parseSecrets(text)).toThrow(/^(passport|the secret|a MAC|a macKeys|macKeys)[A-Za-z. 0-9]*$/);
});
