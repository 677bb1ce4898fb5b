import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSignature, type SignedRequest, verifySignature } from './signature.ts';

const SECRET = 'a secret';
const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const BODY = Buffer.from('{"max_tokens":1}');

/** The official signer's hash, on node:crypto. */
class Sha256 {
  readonly #hash: { update(data: Uint8Array | string): unknown; digest(): Buffer };
  constructor(secret?: unknown) {
    const key = typeof secret === 'string' ? secret : Buffer.from((secret ?? []) as Uint8Array);
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

/** Signed by the official signer; only the check is ours. */
async function signed(path = '/model/a%3A0/invoke', query: Record<string, string> = {}): Promise<SignedRequest> {
  const signer = new SignatureV4({
    service: 'bedrock',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'ASIAABCDEFGHIJKLMNOP', secretAccessKey: SECRET, sessionToken: 'token' },
    sha256: Sha256 as never,
  });
  const headers = { host: '127.0.0.1:4000', 'content-type': 'application/json', 'x-spaced': '  a   b ' };
  const request = { method: 'POST', protocol: 'http:', hostname: '127.0.0.1', path, query, headers, body: BODY };
  // The overloads of `sign` end with the one for strings; this is the one for requests.
  const answer: unknown = await signer.sign(request as never, { signingDate: new Date(NOW) });
  const { headers: out } = answer as { headers: Record<string, string> };
  const search = new URLSearchParams(query).toString();
  const url = search === '' ? path : `${path}?${search}`;
  return { method: 'POST', url, rawHeaders: Object.entries(out).flat(), body: BODY };
}

function check(request: SignedRequest, now = NOW, secret = SECRET): boolean {
  const claim = readSignature(request.rawHeaders);
  return claim !== undefined && verifySignature(request, claim, secret, now).ok;
}

function withHeader(request: SignedRequest, name: string, value: string): SignedRequest {
  const rawHeaders = request.rawHeaders.map((item, i, all) => (i % 2 === 1 && all[i - 1] === name ? value : item));
  return { ...request, rawHeaders };
}

test('holds for what the official signer signed, also with an encoded path and a query', async () => {
  expect(check(await signed())).toBe(true);
  expect(check(await signed('/model/arn%3Aaws%3Abedrock%3Aeu%2Fabc/invoke'))).toBe(true);
  expect(check(await signed('/x', { b: '2', a: '1', empty: '' }))).toBe(true);
});

test('breaks with every part of the request that is changed', async () => {
  const request = await signed('/x', { a: '1' });
  expect(check(request)).toBe(true);
  expect(check({ ...request, method: 'PUT' })).toBe(false);
  expect(check({ ...request, url: '/y?a=1' })).toBe(false);
  expect(check({ ...request, url: '/x?a=2' })).toBe(false);
  expect(check({ ...request, body: Buffer.from('{"max_tokens":2}') })).toBe(false);
  expect(check(withHeader(request, 'host', 'elsewhere'))).toBe(false);
  expect(check(withHeader(request, 'x-amz-security-token', 'another'))).toBe(false);
  expect(check(request, NOW, 'another secret')).toBe(false);
});

test('does not believe a payload hash that the sender declares', async () => {
  const request = await signed();
  expect(check({ ...request, body: Buffer.from('{}') })).toBe(false);
  expect(check(withHeader(request, 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD'))).toBe(false);
});

test('is good for five minutes to either side', async () => {
  const request = await signed();
  expect(check(request, NOW + 5 * 60_000)).toBe(true);
  expect(check(request, NOW + 5 * 60_000 + 1000)).toBe(false);
  expect(check(request, NOW - 5 * 60_000 - 1000)).toBe(false);
});

test('need not cover the trace header, which every SDK inside Lambda adds after signing', async () => {
  const request = await signed();
  expect(check(withHeader(request, 'x-amzn-trace-id', 'Root=1-2-3'))).toBe(true);
});

test('must cover every other x-amz header', async () => {
  const request = await signed();
  const rawHeaders = [...request.rawHeaders, 'X-Amzn-Bedrock-Request-Metadata', '{"tenant":"globex"}'];
  expect(check({ ...request, rawHeaders })).toBe(false);
});

test('is not read from two Authorization headers', async () => {
  const request = await signed();
  expect(readSignature([...request.rawHeaders, 'Authorization', 'Bearer x'])).toBeUndefined();
});

test('reading the claim never throws, whatever the header says', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const claim = readSignature(['authorization', `AWS4-HMAC-SHA256 ${text}`]);
      return claim === undefined || claim.signature.length === 64;
    }),
    { seed: 1, numRuns: 200 },
  );
});
