import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiRefused, type Client, openClient, userErrorText } from './client.ts';
import { openPost } from './post.ts';
import { GaveUp } from './retry.ts';
import { keepAccessToken, SignInRefused } from './sign-in.ts';

/** `null` cuts the connection in place of an answer. */
type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body: unknown } | null;

let server: Server | undefined;
afterEach(() => server?.close());

/** An API and a token endpoint that answer what they are told, in order; the last answer again and again. */
async function open(answers: readonly Answer[], tokens: readonly Answer[] = [token('t1')]) {
  const asked: { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  const left = { '/graphql': [...answers], '/token': [...tokens] };
  server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (part) => {
      body += part;
    });
    incoming.on('end', () => {
      const path = incoming.url as keyof typeof left;
      asked.push({ path, headers: incoming.headers, body });
      const answer = left[path].length > 1 ? left[path].shift() : left[path][0];
      if (!answer) return void incoming.socket.destroy();
      outgoing.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      outgoing.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const time = { now: 1_000_000, slept: [] as number[] };
  const clock = {
    now: () => time.now,
    sleep: async (ms: number) => {
      time.slept.push(ms);
      time.now += ms;
    },
    random: () => 0.5,
  };
  const settings = { url: `${origin}/graphql`, tokenUrl: `${origin}/token`, clientId: 'me', clientSecret: 'hush hush' };
  const post = openPost();
  const tokenOf = keepAccessToken(settings, post, 60_000, clock);
  const client: Client = openClient({ url: settings.url, post, token: tokenOf, deadlineMs: 60_000, clock });
  return { client, asked, time, graphql: () => asked.filter(({ path }) => path === '/graphql') };
}

function token(text: string, seconds = 3600): Answer {
  return { body: { access_token: text, expires_in: seconds } };
}
const fine: Answer = { body: { data: { viewer: { kind: 'MACHINE' } } } };
const refused = (code: string, more = {}, status = 200): Answer => ({
  status,
  body: { errors: [{ message: `it is ${code}`, extensions: { code, ...more } }] },
});
const QUERY = '{ viewer { kind } }';

describe('what may pass is tried again', () => {
  it.each([
    ['a connection that breaks', null],
    ['a gateway without an answer', { status: 502, body: 'bad gateway' }],
    ['a store that cannot be reached', refused('UNAVAILABLE', {}, 503)],
    ['a fault that nobody explains', refused('INTERNAL')],
    ['a gateway that is throttled', { status: 429, body: { type: 'error' } }],
    ['the same request under way', { body: { data: { a: { userErrors: [{ code: 'IDEMPOTENCY_IN_PROGRESS' }] } } } }],
  ])('%s', async (_, answer) => {
    const { client, time, graphql } = await open([answer, answer, fine]);
    expect(await client.ask(QUERY)).toEqual({ viewer: { kind: 'MACHINE' } });
    expect(graphql().map(({ body }) => body)).toEqual(Array.from({ length: 3 }, () => graphql()[0]?.body));
    // Waits grow, and are a random part of what they may be.
    expect(time.slept).toEqual([250, 500]);
  });

  it('an empty bucket after the time that the API names, and no other question before', async () => {
    const { client, time, graphql } = await open([refused('COST_EXCEEDED', { retryAfterSeconds: 7 }, 429), fine]);
    await client.ask(QUERY);
    expect(time.slept).toEqual([7_500]);
    // As if it were asked five seconds earlier: while the first one waited.
    time.now -= 5_000;
    await client.ask(QUERY);
    expect(time.slept).toEqual([7_500, 4_500]);
    expect(graphql()).toHaveLength(3);
  });

  it('until the deadline, and then says why', async () => {
    const { client, time } = await open([null]);
    await expect(client.ask(QUERY)).rejects.toThrow(GaveUp);
    expect(time.now - 1_000_000).toBeLessThanOrEqual(60_000);
    expect(time.now - 1_000_000).toBeGreaterThan(50_000);
  });

  it('a fault that nobody explains some times only', async () => {
    const { client, graphql } = await open([refused('INTERNAL')]);
    await expect(client.ask(QUERY)).rejects.toThrow(/it is INTERNAL \(gave up after 4 tries\)/);
    expect(graphql()).toHaveLength(4);
  });
});

describe('what no further try changes is not tried again', () => {
  it.each(['FORBIDDEN', 'BAD_USER_INPUT', 'COST_EXCEEDED', 'GRAPHQL_VALIDATION_FAILED'])('%s', async (code) => {
    const { client, graphql } = await open([refused(code)]);
    await expect(client.ask(QUERY)).rejects.toMatchObject({ code, message: `it is ${code}` });
    expect(graphql()).toHaveLength(1);
  });

  it('an address that is not the API’s', async () => {
    const { client } = await open([{ status: 404, body: '<html>' }]);
    await expect(client.ask(QUERY)).rejects.toThrow(/no answer of the API; check AGENT_RUNNER_URL/);
  });

  it('data with an error beside it is no answer', async () => {
    const { client } = await open([
      { body: { data: { a: null }, errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] } },
    ]);
    await expect(client.ask(QUERY)).rejects.toThrow(ApiRefused);
  });
});

describe('the access token', () => {
  it('is asked for once, by Basic authentication, and kept', async () => {
    const { client, asked } = await open([fine]);
    await Promise.all([client.ask(QUERY), client.ask(QUERY)]);
    await client.ask(QUERY);
    const tokens = asked.filter(({ path }) => path === '/token');
    expect(tokens.map(({ body, headers }) => [body, headers.authorization])).toEqual([
      ['grant_type=client_credentials', `Basic ${Buffer.from('me:hush%20hush').toString('base64')}`],
    ]);
    expect(asked.at(-1)?.headers.authorization).toBe('Bearer t1');
  });

  it('is renewed before it ends', async () => {
    const { client, asked, time } = await open([fine], [token('t1', 3600), token('t2', 3600)]);
    await client.ask(QUERY);
    time.now += 3_539_000;
    await client.ask(QUERY);
    expect(asked.at(-1)?.headers.authorization).toBe('Bearer t1');
    time.now += 1_000;
    await client.ask(QUERY);
    expect(asked.at(-1)?.headers.authorization).toBe('Bearer t2');
  });

  it('is renewed once when the API refuses it, and then the API is believed', async () => {
    const no = refused('UNAUTHENTICATED', {}, 401);
    const { client, asked } = await open([no, fine], [token('t1'), token('t2')]);
    await client.ask(QUERY);
    expect(asked.at(-1)?.headers.authorization).toBe('Bearer t2');
    const other = await open([no], [token('t1'), token('t2')]);
    await expect(other.client.ask(QUERY)).rejects.toThrow(/it is UNAUTHENTICATED/);
    expect(other.graphql()).toHaveLength(2);
  });

  it('is tried again for while its endpoint is down, and not when the client is refused', async () => {
    const down = await open([fine], [null, { status: 500, body: '' }, token('t1')]);
    await down.client.ask(QUERY);
    const { client, asked } = await open([fine], [{ status: 400, body: { error: 'invalid_client' } }]);
    const answer = client.ask(QUERY);
    await expect(answer).rejects.toThrow(SignInRefused);
    await expect(answer).rejects.toThrow(/does not sign the client me in \(invalid_client\): check/);
    await expect(answer).rejects.not.toThrow(/hush/);
    expect(asked).toHaveLength(1);
  });
});

it('a certificate that is not trusted is no matter of time: it is said at once, with the way out', async () => {
  let asked = 0;
  const post = async () => {
    asked += 1;
    throw Object.assign(new Error('unable to verify'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  };
  const settings = { url: 'https://a', tokenUrl: 'https://t', clientId: 'me', clientSecret: 'hush hush' };
  const clock = { now: () => 0, sleep: () => Promise.reject(new Error('it waits')), random: () => 0.5 };
  const signed = keepAccessToken(settings, post, 60_000, clock)();
  await expect(signed).rejects.toThrow(/UNABLE_TO_VERIFY_LEAF_SIGNATURE.*NODE_EXTRA_CA_CERTS/);
  expect(asked).toBe(1);
});

it.each([
  [['input', 'limits', 'budget', 'monthlyUsd'], '--usd (limits.budget.monthlyUsd) is too much (INVALID)'],
  [['input', 'limits'], '--for (limits) is too much (INVALID)'],
  [['input', 'name'], 'name is too much (INVALID)'],
  [['input'], 'input is too much (INVALID)'],
  [null, 'is too much (INVALID)'],
])('a mistake at %j is told by the words of the command line where they are known', (field, text) => {
  const errors = [{ code: 'INVALID', field, message: 'is too much' }];
  expect(userErrorText(errors, { limits: '--for', 'limits.budget': '--usd' })).toBe(text);
});
