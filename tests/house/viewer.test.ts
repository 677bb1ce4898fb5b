import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderViewer } from '../../edge/viewer/render.ts';
import { createViewerRuntime, type ViewerEvent } from '../../local/cloudfront/viewer-runtime.ts';
import { generateViewer } from '../../local/generate-viewer.ts';
import { toEdgeAnswer } from '../../tenancy/answer.ts';
import { crc32, looksLikeApiKey, parseApiKey } from '../../tenancy/api-key.ts';
import { corsHeaders, corsHeadersAt, isConsoleOrigin, preflightAnswer } from '../../tenancy/cors.ts';
import { isAwsSignature } from '../../tenancy/credential.ts';
import { DISCOVERY_PATH } from '../../tenancy/discovery.ts';
import { decodeEdgeProviders } from '../../tenancy/edge-provider.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { wireOf } from '../../tenancy/route.ts';
import { parseTenantHost, RESERVED_LABELS } from '../../tenancy/tenant.ts';
import { type EventWishes, TEST_REQUEST_ID, viewerEvent, wholeKey } from './viewer-events.ts';

const source = readFileSync(new URL('../../edge/viewer/viewer.js', import.meta.url), 'utf8');
const DOMAIN = 'localhost';
const CONSOLE = 'http://app.localhost:4000';
const PLACES = { domain: DOMAIN, consoleOrigin: CONSOLE };
const ACME = '{"h":"euc1","r":"euc1          ","s":"A"}';
const run = createViewerRuntime(renderViewer(source, PLACES), (key) => (key === 'acme' ? ACME : undefined));

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
const SIGNATURE =
  'AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-central-1/bedrock/aws4_request, SignedHeaders=host, Signature=00';
const damagedKey = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
const MISSING: Refusal = { kind: 'credential_missing' };
const AWS: Refusal = { kind: 'credential_aws_signature' };
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
    const failing = createViewerRuntime(renderViewer(source, PLACES), () => {
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

describe('a token’s identity provider', () => {
  const OKTA = 'https://acme.okta.com/oauth2/aus1';
  const ENTRY = '{"t":"acme","j":"/v1/keys"}';
  const OTHER = '{"t":"globex","j":"/v1/keys"}';
  const STORE = new Map([
    ['acme', ACME],
    ['null', ACME],
    ['idp:acme', `${OKTA} api://gateway`],
    [`${OKTA} api://gateway`, ENTRY],
    [`${OKTA} api://other`, OTHER],
  ]);
  const asked: string[] = [];
  const withStore = createViewerRuntime(renderViewer(source, PLACES), (name) => {
    asked.push(name);
    return STORE.get(name);
  });
  const token = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  const found = (wishes: EventWishes) => {
    asked.length = 0;
    const outcome = withStore(viewerEvent(wishes), 0);
    const headers = outcome.ok ? (outcome.value as Outcome).headers : {};
    return headers['x-ar-providers'] && JSON.parse(headers['x-ar-providers'].value);
  };
  const bearer = (claims: unknown) => ({ authorization: `Bearer ${token(claims)}` });
  const entry = [`${OKTA} api://gateway`, JSON.parse(ENTRY)];
  const other = [`${OKTA} api://other`, JSON.parse(OTHER)];

  test('is looked up by the issuer and the audience that the token names, on whichever host', () => {
    for (const host of ['acme.proxy.localhost', 'globex.proxy.localhost']) {
      expect(found({ host, headers: bearer({ iss: OKTA, aud: 'api://gateway' }) })).toEqual([entry]);
    }
    expect(found({ headers: bearer({ iss: OKTA, aud: ['x', 'api://gateway'] }) })).toEqual([entry]);
    expect(decodeEdgeProviders(JSON.stringify([entry]))).toMatchObject([{ tenantId: 'acme', issuer: OKTA }]);
    expect(DISCOVERY_PATH).toBe('/.well-known/oauth-protected-resource');
  });

  test('is looked up once for the same token in both headers, and for each of two', () => {
    const own = token({ iss: OKTA, aud: 'api://gateway' });
    const foreign = token({ iss: OKTA, aud: 'api://other' });
    expect(found({ headers: { authorization: `Bearer ${own}`, 'x-api-key': own } })).toEqual([entry]);
    expect(found({ headers: { authorization: `Bearer ${own}`, 'x-api-key': foreign } })).toEqual([entry, other]);
  });

  test('is asked for only where a token could be one’s: never for keys, nor for the platform’s own tokens', () => {
    expect(found({ headers: { 'x-api-key': key } })).toBeUndefined();
    expect(found({ headers: bearer({ iss: 'https://pool.example', client_id: 'cli' }) })).toBeUndefined();
    expect(asked).toEqual(['acme']);
  });

  test('is none for what is no token, and for what the store has not', () => {
    const strange = [null, 1, 'x', [], { aud: {} }, { iss: {}, aud: [{}] }, { iss: OKTA }, { aud: 'api://gateway' }];
    for (const claims of strange) expect(found({ headers: bearer(claims) }), JSON.stringify(claims)).toBeUndefined();
    for (const text of ['a', 'a.b', 'a.b.c', '..', 'e30.e30.', `a.${Buffer.from('{').toString('base64url')}.b`]) {
      expect(found({ headers: { authorization: `Bearer ${text}` } }), text).toBeUndefined();
    }
    expect(found({ headers: bearer({ iss: 'https://evil.example', aud: 'api://gateway' }) })).toBeUndefined();
  });

  test('never leads to an entry of another kind, and a client cannot send one', () => {
    for (const claims of [
      { iss: 'acme', aud: '' },
      { iss: 'idp:acme' },
      { iss: '', aud: 'acme' },
      { iss: OKTA, aud: [] },
    ]) {
      expect(found({ headers: bearer(claims) })).toBeUndefined();
    }
    const forged = { 'x-ar-providers': `[["${OKTA} api://gateway",{}]]`, x_ar_providers: '[]' };
    expect(found({ headers: { ...forged, 'x-api-key': key } })).toBeUndefined();
  });

  test('a token of many audiences costs three questions', () => {
    found({ headers: bearer({ iss: OKTA, aud: Array.from({ length: 500 }, (_, n) => `a${n}`) }) });
    expect(asked).toHaveLength(4);
  });

  test('is told without a credential where a client asks for where to sign in', () => {
    const discover = { method: 'GET', uri: DISCOVERY_PATH, headers: {} };
    expect(found(discover)).toEqual([entry]);
    expect(found({ ...discover, host: 'globex.proxy.localhost' })).toBeUndefined();
    expect(found({ ...discover, host: 'null.proxy.localhost' })).toBeUndefined();
    expect(answerOf(discover)).toBe('passed on');
    for (const wrong of [{ method: 'POST' }, { uri: `${DISCOVERY_PATH}/` }, { uri: `${DISCOVERY_PATH}/x` }]) {
      expect(answerOf({ ...discover, ...wrong })).toEqual(refused(MISSING));
    }
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
    ['with an AWS signature', { headers: { authorization: SIGNATURE } }, AWS],
    [
      'with an AWS signature of many regions',
      { headers: { authorization: 'AWS4-ECDSA-P256-SHA256 Credential=A' } },
      AWS,
    ],
    ['with an AWS signature beside a good key', { headers: { authorization: SIGNATURE, 'x-api-key': key } }, AWS],
    [
      'with an AWS signature beside a damaged key',
      { headers: { authorization: SIGNATURE, 'x-api-key': damagedKey } },
      AWS,
    ],
    ['with two AWS signatures', { headers: { authorization: [SIGNATURE, SIGNATURE] } }, INVALID],
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

describe('what Claude Code asks to see whether anyone is here', () => {
  test.each([
    ['HEAD', '/', undefined],
    ['HEAD', '/api/hello', undefined],
    ['GET', '/inference-profiles', '{"inferenceProfileSummaries":[]}'],
  ])('%s %s without a credential gets a harmless answer', (method, uri, body) => {
    expect(answerOf({ method, uri, headers: {} })).toMatchObject({ statusCode: 200, body });
  });

  test.each([
    ['GET', '/'],
    ['GET', '/api/hello'],
    ['POST', '/inference-profiles'],
    ['GET', '/inference-profiles/some-id'],
    ['HEAD', '/v1/messages'],
    ['HEAD', '/v1/models'],
    ['HEAD', '//'],
  ])('%s %s is something else', (method, uri) => {
    expect(answerOf({ method, uri, headers: {} })).toEqual(refused(MISSING, uri));
  });

  test('HEAD is answered alike whatever credential comes with it: the answer tells nothing', () => {
    for (const uri of ['/', '/api/hello']) {
      const bare = answerOf({ method: 'HEAD', uri, headers: {} });
      for (const credential of [key, damagedKey, SIGNATURE])
        expect(answerOf({ method: 'HEAD', uri, headers: { authorization: credential } })).toEqual(bare);
    }
  });

  test('the list of profiles with a credential is a request like any other', () => {
    const asked = { method: 'GET', uri: '/inference-profiles' };
    expect(answerOf({ ...asked, headers: { authorization: `Bearer ${key}` } })).toBe('passed on');
    expect(answerOf({ ...asked, headers: { authorization: SIGNATURE } })).toEqual(refused(AWS, asked.uri));
  });
});

describe('the console’s scripts', () => {
  const PATHS = ['/v1/models', '/v1/models/claude-opus-5-5', '/v1/usage/self'];
  const FOREIGN = [
    'https://app.localhost:4000',
    'http://app.localhost',
    'http://app.localhost:4000.evil.test',
    'null',
    '',
  ];

  test.each(PATHS)('may ask for %s: the preflight is answered word for word as tenancy would', (uri) => {
    for (const headers of [{ origin: CONSOLE }, { origin: CONSOLE, 'x-api-key': damagedKey }])
      expect(answerOf({ method: 'OPTIONS', uri, headers })).toEqual(preflightAnswer(CONSOLE, TEST_REQUEST_ID));
  });

  test.each(PATHS)('can read why they are refused at %s', (uri) => {
    for (const [headers, refusal] of [
      [{}, MISSING],
      [{ 'x-api-key': damagedKey }, INVALID],
      [{ authorization: SIGNATURE }, AWS],
    ] as const) {
      const plain = refused(refusal, uri);
      const asked = { method: 'GET', uri, headers: { ...headers, origin: CONSOLE } };
      expect(answerOf(asked)).toEqual({ ...plain, headers: { ...plain.headers, ...corsHeaders(CONSOLE) } });
    }
  });

  test('of any other page get neither: it is refused like every request without a credential', () => {
    for (const uri of PATHS) {
      for (const method of ['OPTIONS', 'GET']) {
        for (const origin of [...FOREIGN, [CONSOLE, CONSOLE]])
          expect(answerOf({ method, uri, headers: { origin } })).toEqual(refused(MISSING, uri));
      }
    }
  });

  test.each(['/v1/messages', '/v1/messages/count_tokens', '/v1/models/', '/v1/models/a/b', '/model/a/invoke', '/'])(
    'may not even ask for %s',
    (uri) => {
      expect(answerOf({ method: 'OPTIONS', uri, headers: { origin: CONSOLE } })).toEqual(refused(MISSING, uri));
    },
  );

  test('are passed on with their origin', () => {
    const { headers } = view({ method: 'GET', uri: '/v1/models', headers: { origin: CONSOLE, 'x-api-key': key } });
    expect(headers['origin']).toEqual({ value: CONSOLE });
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

/** As many as are done well within the second that the function's world is given, however busy the machine. */
const BATCH = 50;

/** Thousands of requests in one world: a world for each, as a request has it, costs milliseconds. */
function viewAll(all: readonly EventWishes[]): Outcome[] {
  const batched = `${renderViewer(source, PLACES)}
    const handleOne = handler;
    handler = async (event) => {
      const outcomes = [];
      for (const one of event.all) outcomes.push(await handleOne(one));
      return outcomes;
    };`;
  const runBatch = createViewerRuntime(batched, () => undefined);
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) => {
    const batch = { all: all.slice(i * BATCH, (i + 1) * BATCH).map(viewerEvent) };
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

  test('AWS signatures', () => {
    const scheme = fc.constantFrom(
      'AWS4-HMAC-SHA256',
      'AWS4-ECDSA-P256-SHA256',
      'aws4-x',
      'AWS4',
      'AWS3-HTTPS',
      'Bearer',
    );
    const sent = fc.tuple(scheme, fc.constantFrom('', ' x', ' Credential=A, B')).map((parts) => parts.join(''));
    const texts = fc
      .sample(fc.oneof(sent, mutated(sent, 'AaWw4- \t,é')), { numRuns: 1_500, seed: 22 })
      .filter((text) => !/^\s*(bearer\s*)?$/i.test(text));
    const outcomes = viewAll(texts.map((text) => ({ headers: { authorization: text } })));
    for (const [i, { body = '' }] of outcomes.entries())
      expect(body.includes('AWS signature'), texts[i]).toBe(isAwsSignature(texts[i]!));
    expect(texts.filter(isAwsSignature).length).toBeGreaterThan(300);
  });

  test('paths and origins of the console', () => {
    const path = fc.constantFrom('/v1/models', '/v1/models/claude-opus-5-5', '/v1/models/a%2Fb', '/v1/usage/self');
    const origin = fc.oneof(fc.constant(CONSOLE), mutated(fc.constant(CONSOLE), ':/.0A '));
    const asked = fc.sample(fc.tuple(fc.oneof(path, mutated(path, '/.%Mv1s?;')), origin), { numRuns: 2_000, seed: 23 });
    const outcomes = viewAll(asked.map(([uri, from]) => ({ method: 'OPTIONS', uri, headers: { origin: from } })));
    let allowed = 0;
    for (const [i, [uri, from]] of asked.entries()) {
      const due = corsHeadersAt(uri, from, CONSOLE);
      const { statusCode, headers } = outcomes[i]!;
      const got = Object.keys(due).map((name) => [name, headers[name]?.value]);
      expect(statusCode, `${uri} ${from}`).toBe(Object.keys(due).length > 0 ? 200 : 401);
      expect(Object.fromEntries(got)).toEqual(due);
      if (statusCode === 200) allowed++;
      else expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect(allowed).toBeGreaterThan(300);
  });

  test('what the origin of a console is', () => {
    const whole = fc.constantFrom(CONSOLE, 'https://app.example.com', 'https://a.b:8443', 'http://localhost:1');
    for (const text of fc.sample(fc.oneof(whole, mutated(whole, ":/.0A '$*")), { numRuns: 1_000, seed: 24 })) {
      const render = () => renderViewer("'__DOMAIN__' '__CONSOLE_ORIGIN__'", { domain: DOMAIN, consoleOrigin: text });
      if (isConsoleOrigin(text)) expect(render()).toContain(`'${text}'`);
      else expect(render, text).toThrow('is not the origin');
    }
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
