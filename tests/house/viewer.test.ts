import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderViewer } from '../../edge/viewer/render.ts';
import { createViewerRuntime, type ViewerEvent } from '../../local/cloudfront/viewer-runtime.ts';
import { generateViewer } from '../../local/generate-viewer.ts';
import { toEdgeAnswer } from '../../tenancy/answer.ts';
import { crc32, looksLikeApiKey, parseApiKey } from '../../tenancy/api-key.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { wireOf } from '../../tenancy/route.ts';
import { parseTenantHost, RESERVED_LABELS } from '../../tenancy/tenant.ts';
import { type EventWishes, TEST_REQUEST_ID, viewerEvent, wholeKey } from './viewer-events.ts';

const source = readFileSync(new URL('../../edge/viewer/viewer.js', import.meta.url), 'utf8');
const DOMAIN = 'localhost';
const ACME = '{"home":"eu-central-1","regions":["eu-central-1"],"status":"ACTIVE"}';
const run = createViewerRuntime(renderViewer(source, DOMAIN), (key) => (key === 'acme' ? ACME : undefined));

type Fields = Readonly<Record<string, { readonly value: string }>>;
type Outcome = { readonly statusCode?: number; readonly headers: Fields; readonly body?: string };

function view(wishes: EventWishes): Outcome {
  const outcome = run(viewerEvent(wishes), 0);
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value as Outcome;
}

/** The answer as tenancy writes one, or the word for a request that goes on. */
function answerOf(wishes: EventWishes) {
  const { statusCode, headers, body } = view(wishes);
  if (statusCode === undefined) return 'passed on';
  return {
    statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, it]) => [name, it.value])),
    body,
  };
}

function refused(refusal: Refusal, uri = '/v1/messages') {
  return toEdgeAnswer(refusal, wireOf(uri), TEST_REQUEST_ID);
}

const key = wholeKey('acme');
const damagedKey = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
const MISSING: Refusal = { kind: 'credential_missing' };
const INVALID: Refusal = { kind: 'credential_invalid', why: '' };
const TOO_LARGE: Refusal = { kind: 'body_too_large', limitBytes: 5_000_000 };

test('the generated part is what tenancy says today (else: npm run generate)', () => {
  expect(generateViewer(source)).toBe(source);
});

describe('the headers that edge/origin believes', () => {
  test('name the host as it was normalised, the tenant, and the directory entry word for word', () => {
    const { headers } = view({ host: 'ACME.proxy.localhost.:4000' });
    expect(headers['x-ar-host']).toEqual({ value: 'acme.proxy.localhost' });
    expect(headers['x-ar-tenant']).toEqual({ value: 'acme' });
    expect(headers['x-ar-directory']).toEqual({ value: ACME });
  });

  test('have no directory entry for a tenant that the store has not', () => {
    expect(view({ host: 'globex.proxy.localhost' }).headers).not.toHaveProperty('x-ar-directory');
  });

  test('have no directory entry when the store fails', () => {
    const failing = createViewerRuntime(renderViewer(source, DOMAIN), () => {
      throw new Error('store is away');
    });
    const outcome = failing(viewerEvent({}), 0);
    expect(outcome).toMatchObject({ ok: true, value: { headers: { 'x-ar-tenant': { value: 'acme' } } } });
    expect(outcome).not.toMatchObject({ value: { headers: { 'x-ar-directory': expect.anything() } } });
  });

  test('cannot be sent by a client, under any spelling, on a hit or a miss', () => {
    const forged = Object.fromEntries(
      ['host', 'tenant', 'directory', 'passport', 'later'].flatMap((name) =>
        ['x-ar-', 'x_ar_', 'x-ar_', 'x_ar-'].map((prefix) => [prefix + name, 'globex']),
      ),
    );
    for (const host of ['acme.proxy.localhost', 'globex2.proxy.localhost']) {
      const { headers } = view({ host, headers: { ...forged, 'x-api-key': key } });
      const believed = Object.keys(headers).filter((name) => /^x.ar/.test(name));
      const own = ['x-ar-host', 'x-ar-tenant', ...(host.startsWith('acme') ? ['x-ar-directory'] : [])];
      expect(believed.sort()).toEqual(own.sort());
      for (const name of believed) expect(headers[name]?.value).not.toBe('globex');
    }
  });

  test('leave all other headers alone, but for the wish to have the answer compressed', () => {
    const sent = { 'x-api-key': key, 'x-arx': '1', 'anthropic-beta': 'a,b', 'content-length': '10' };
    const { headers } = view({ headers: { ...sent, 'accept-encoding': 'gzip, br' } });
    expect(headers).toMatchObject(Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, { value }])));
    expect(headers).not.toHaveProperty('accept-encoding');
  });
});

describe('a request is answered at once, word for word as tenancy would,', () => {
  test.each<[string, EventWishes, Refusal]>([
    ['on a host of another shape', { host: 'x.acme.proxy.localhost' }, { kind: 'host_unknown' }],
    [
      'on a host of another shape, even without a credential',
      { host: 'localhost', headers: {} },
      { kind: 'host_unknown' },
    ],
    [
      'on a probe to a host of another shape',
      { host: 'a', method: 'HEAD', uri: '/', headers: {} },
      { kind: 'host_unknown' },
    ],
    ['without a credential', { headers: {} }, MISSING],
    ['with empty credentials', { headers: { authorization: 'Bearer ', 'x-api-key': '' } }, MISSING],
    ['with a key whose checksum is wrong', { headers: { 'x-api-key': damagedKey } }, INVALID],
    ['with such a key as a bearer', { headers: { authorization: `bearer ${damagedKey}` } }, INVALID],
    [
      'with such a key beside a good one',
      { headers: { authorization: `Bearer ${key}`, 'x-api-key': damagedKey } },
      INVALID,
    ],
    ['with a key cut short', { headers: { 'x-api-key': 'ark1_acme' } }, INVALID],
    ['with a key of a version that never was', { headers: { 'x-api-key': key.replace('ark1', 'ark0') } }, INVALID],
    ['with two keys in two headers of one name', { headers: { 'x-api-key': [key, key] } }, INVALID],
    ['with two tokens in two headers of one name', { headers: { authorization: ['Bearer a', 'Bearer b'] } }, INVALID],
    ['with two keys joined by a comma', { headers: { 'x-api-key': `${key}, ${key}` } }, INVALID],
    ['with two tokens joined by a comma', { headers: { authorization: 'Bearer a.b.c, Bearer d.e.f' } }, INVALID],
    ['with a body over the limit', { headers: { 'x-api-key': key, 'content-length': '5000001' } }, TOO_LARGE],
  ])('%s', (_, wishes, refusal) => {
    expect(answerOf(wishes)).toEqual(refused(refusal));
    for (const uri of ['/model/some.model/invoke', '/inference-profiles/x']) {
      if (wishes.uri === undefined) expect(answerOf({ ...wishes, uri })).toEqual(refused(refusal, uri));
    }
  });

  test('and goes on with a token, a whole key, both, and a body at the limit', () => {
    for (const headers of [
      { authorization: 'Bearer some.access.token' },
      { 'x-api-key': key },
      { authorization: `Bearer ${key}`, 'x-api-key': key },
      { 'x-api-key': key, 'content-length': '5000000' },
    ]) {
      expect(answerOf({ headers })).toBe('passed on');
    }
  });
});

describe('what Claude Code asks without a credential', () => {
  test.each([
    ['HEAD', '/', undefined],
    ['HEAD', '/api/hello', undefined],
    ['GET', '/inference-profiles', '{"inferenceProfileSummaries":[]}'],
  ])('%s %s gets a harmless answer', (method, uri, body) => {
    expect(answerOf({ method, uri, headers: {} })).toMatchObject({ statusCode: 200, body });
  });

  test.each([
    ['GET', '/'],
    ['POST', '/inference-profiles'],
    ['GET', '/inference-profiles/some-id'],
    ['HEAD', '/v1/messages'],
    ['HEAD', '//'],
  ])('%s %s is no probe', (method, uri) => {
    expect(answerOf({ method, uri, headers: {} })).toEqual(refused(MISSING, uri));
  });

  test('a probe with a credential is a request like any other', () => {
    expect(answerOf({ method: 'HEAD', uri: '/', headers: { 'x-api-key': damagedKey } })).toEqual(refused(INVALID));
    expect(answerOf({ method: 'HEAD', uri: '/', headers: { 'x-api-key': key } })).toBe('passed on');
  });
});

/** A text, and the same with one character changed, doubled, lost or moved: where two readers would first disagree. */
function mutated(text: fc.Arbitrary<string>, strange: string): fc.Arbitrary<string> {
  const change = fc.record({ at: fc.nat(200), to: fc.constantFrom(...strange), how: fc.nat(4) });
  return fc.tuple(text, fc.array(change, { minLength: 1, maxLength: 2 })).map(([whole, changes]) =>
    changes.reduce((now, { at, to, how }) => {
      const here = at % (now.length + 1);
      const [before, after] = [now.slice(0, here), now.slice(here)];
      return [
        before + after,
        before + to + after.slice(1),
        before + to + after,
        before + after.slice(1),
        after + before,
      ][how] as string;
    }, whole),
  );
}

const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{1,34}$/),
  fc.constantFrom('acme', 'globex', 'xn--acme', 'a--b', ...RESERVED_LABELS),
);

/** Thousands of requests in one world: a world for each, as a request has it, costs milliseconds. */
function viewAll(all: readonly EventWishes[]): Outcome[] {
  const batched = `${renderViewer(source, DOMAIN)}
    const handleOne = handler;
    handler = async (event) => {
      const outcomes = [];
      for (const one of event.all) outcomes.push(await handleOne(one));
      return outcomes;
    };`;
  const runBatch = createViewerRuntime(batched, () => undefined);
  return Array.from({ length: Math.ceil(all.length / 200) }, (_, i) => {
    const batch = { all: all.slice(i * 200, (i + 1) * 200).map(viewerEvent) };
    const outcome = runBatch(batch as unknown as ViewerEvent, 0);
    if (!outcome.ok) throw new Error(outcome.error);
    return outcome.value as Outcome[];
  }).flat();
}

describe('by hand and by tenancy, a rule is one rule:', () => {
  test('hosts', () => {
    const host = fc
      .tuple(label, fc.constantFrom('', '.', ':4000', '.:443', ':123456', '..'), fc.boolean())
      .map(([name, tail, upper]) => {
        const whole = `${name}.proxy.${DOMAIN}${tail}`;
        return upper ? whole.toUpperCase() : whole;
      });
    const texts = fc.sample(fc.oneof(host, mutated(host, '.-:_/@ A0\t%\u212a\u0130é')), { numRuns: 4_000, seed: 20 });
    const outcomes = viewAll(texts.map((text) => ({ host: text })));
    const parsed = texts.map((text) => parseTenantHost(text, DOMAIN));
    for (const [i, { statusCode, headers }] of outcomes.entries()) {
      expect(statusCode, texts[i]).toBe(parsed[i] ? undefined : 404);
      expect(headers['x-ar-tenant']?.value, texts[i]).toBe(parsed[i]?.tenantId);
      expect(headers['x-ar-host']?.value, texts[i]).toBe(parsed[i]?.host);
    }
    expect(parsed.filter((one) => one !== null).length).toBeGreaterThan(300);
  });

  test('every reserved label is no tenant', () => {
    const outcomes = viewAll([...RESERVED_LABELS].map((name) => ({ host: `${name}.proxy.${DOMAIN}` })));
    for (const { statusCode } of outcomes) expect(statusCode).toBe(404);
  });

  test('keys', () => {
    const salted = fc.tuple(
      fc.constantFrom('acme', 'globex', 'a-b-c', 'z'.repeat(32)),
      fc.stringMatching(/^[0-9A-Za-z]{4}$/),
    );
    const whole = salted.map(([tenant, salt]) => wholeKey(tenant, salt));
    // Checksums that are right over a wrong shape, so that the shape itself is compared.
    const rechecked = mutated(whole, '_-0zAé').map((text) => text.slice(0, -6) + checksum(text.slice(0, -6)));
    const texts = fc
      .sample(fc.oneof(whole, mutated(whole, '_-0zA .é'), rechecked), { numRuns: 4_000, seed: 21 })
      .filter((text) => text.trim() === text);
    const outcomes = viewAll(
      texts.map((text, i) => ({ headers: i % 2 ? { authorization: `Bearer ${text}` } : { 'x-api-key': text } })),
    );
    const fine = texts.map((text) => !looksLikeApiKey(text) || parseApiKey(text) !== null);
    for (const [i, { statusCode }] of outcomes.entries()) expect(statusCode, texts[i]).toBe(fine[i] ? undefined : 401);
    expect(texts.filter((text) => parseApiKey(text)).length).toBeGreaterThan(1_000);
    expect(fine.filter((one) => !one).length).toBeGreaterThan(1_000);
  });
});

function checksum(text: string): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let digits = '';
  for (let rest = crc32(text); digits.length < 6; rest = Math.floor(rest / 62)) digits = alphabet[rest % 62] + digits;
  return digits;
}
