import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLIENT } from '../local/issuer/issuer-fixture.ts';
import { REDIRECT_URIS } from '../local/wiring/user-pool.ts';
import { browse, formAnswer, REDIRECTS, startIssuer, type TestIssuer, testMachine, visit } from './cli.fixture.ts';
import type { CliError } from './failure.ts';
import { openFetch } from './fetch.ts';
import { type Issuer, openIssuer } from './issuer.ts';
import { signIn } from './sign-in.ts';

// Passwords are hashed, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let at: TestIssuer;
let issuer: Issuer;
/** Others than the command's own, which other tests use meanwhile. */
let ports: number[];
const about = () => ({
  gateway: 'https://acme.example',
  issuer: at.issuer.url,
  clientId: CLIENT,
  scope: 'openid email',
});
const fetch = () => openFetch({ env: {} }, at.issuer.caPath);
beforeAll(async () => {
  ports = await freePorts(3);
  at = await startIssuer({ redirectUris: ports.map((port) => `http://localhost:${port}/callback`) });
  issuer = await openIssuer(about(), fetch(), Date.now);
});
afterAll(() => at.stop());

it('comes back to the addresses that the local pool knows', () => {
  expect(REDIRECTS).toEqual(REDIRECT_URIS);
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const found = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return found;
}

/** Begins a sign-in, and resolves with the address that the person is told. */
async function begin(change: Parameters<typeof testMachine>[0] = {}, waitMs = 20_000) {
  let told: (address: string) => void = () => {};
  const address = new Promise<string>((done) => {
    told = done;
  });
  const machine = testMachine({
    say: (line) => void told(/https:\S+/.exec(line.split('\n\n')[1] ?? '')?.[0] ?? ''),
    ...change,
  });
  const done = signIn(issuer, machine, { gateway: 'https://acme.example', browser: false, waitMs, ports });
  // A failure is looked at where the test awaits it.
  done.catch(() => {});
  return { address: await Promise.race([address, done.then(() => '')]), done };
}
const failing = (done: Promise<unknown>) =>
  done.then(
    () => expect.fail('signed in'),
    (error: CliError) => error,
  );

describe('a sign-in through the browser', () => {
  it('ends with tokens, and a page that says so', async () => {
    const { address, done } = await begin();
    const page = await browse(at, address);
    const { tokens, signedInAs } = await done;
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('You are signed in') });
    expect(signedInAs).toBe('anna@acme.example');
    expect(tokens.accessToken.split('.')).toHaveLength(3);
    expect(tokens.expiresAt - tokens.obtainedAt).toBe(3_600_000);
    expect(at.issuer.users.session(tokens.refreshToken ?? '')?.username).toBe('anna');
  });

  it('asks with PKCE, a state of its own each time, and a redirect to this machine', async () => {
    const asked = [];
    for (let n = 0; n < 2; n++) {
      const { address, done } = await begin();
      const query = new URL(address).searchParams;
      asked.push(query);
      expect(query.get('redirect_uri')).toBe(`http://localhost:${ports[0]}/callback`);
      expect(query.get('code_challenge_method')).toBe('S256');
      await browse(at, address);
      await done;
    }
    for (const name of ['state', 'code_challenge']) expect(asked[0]?.get(name)).not.toBe(asked[1]?.get(name));
  });

  it('takes the next port when another program has the first', async () => {
    const first = await begin();
    const second = await begin();
    const redirects = [first, second].map(({ address }) => new URL(address).searchParams.get('redirect_uri'));
    expect(redirects).toEqual([0, 1].map((n) => `http://localhost:${ports[n]}/callback`));
    for (const { address, done } of [first, second]) {
      await browse(at, address);
      await done;
    }
  });

  it('goes on waiting when the answer to another sign-in comes', async () => {
    const { address, done } = await begin();
    const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
    for (const strange of ['?code=stolen&state=other', '?code=stolen', '?error=access_denied&state=other'])
      expect((await visit(redirect + strange)).status).toBe(400);
    expect((await visit(`${redirect}/elsewhere?code=x`)).status).toBe(404);
    await browse(at, address);
    expect((await done).signedInAs).toBe('anna@acme.example');
  });

  it('fails with what the issuer says, without characters that command a terminal', async () => {
    const { address, done } = await begin();
    const query = new URL(address).searchParams;
    const back = new URL(query.get('redirect_uri') ?? '');
    back.search = new URLSearchParams({
      error: 'access_denied',
      error_description: 'not\u001b[2J you',
      state: query.get('state') ?? '',
    }).toString();
    expect((await visit(back.href)).text).toContain('The sign-in failed');
    const { message, exitCode } = await failing(done);
    expect(message).toContain('access_denied (not [2J you)');
    expect(exitCode).toBe(3);
  });

  it('fails when the answer is of another issuer (RFC 9207)', async () => {
    const { address, done } = await begin();
    const location = `${await formAnswer(at, address)}&iss=https%3A%2F%2Felsewhere.example`;
    await visit(location);
    expect((await failing(done)).message).toMatch(/"iss"|issuer/);
  });

  it('fails when the code was used before', async () => {
    const { address, done } = await begin();
    const location = await formAnswer(at, address);
    const form = {
      grant_type: 'authorization_code',
      client_id: CLIENT,
      code: new URL(location).searchParams.get('code') ?? '',
    };
    await at.post('/oauth2/token', form);
    await visit(location);
    expect((await failing(done)).message).toContain('invalid_grant');
  });

  it('ends when nobody comes, and frees its port', async () => {
    const { address, done } = await begin({}, 20);
    expect((await failing(done)).message).toContain('nobody signed in');
    const port = Number(new URL(new URL(address).searchParams.get('redirect_uri') ?? '').port);
    const refused = await new Promise((end) =>
      connect(port, '127.0.0.1')
        .once('error', () => end(true))
        .once('connect', () => end(false)),
    );
    expect(refused).toBe(true);
  });
});

describe('a sign-in whose browser is on another machine', () => {
  it.each([
    ['the address that it ended at', (location: string) => location],
    ['the code alone', (location: string) => new URL(location).searchParams.get('code') ?? ''],
  ])('ends by pasting %s', async (_, pasted) => {
    let paste: (text: string) => void = () => {};
    const ask = () =>
      new Promise<string>((done) => {
        paste = done;
      });
    const { address, done } = await begin({ interactive: true, ask });
    paste(` ${pasted(await formAnswer(at, address))}\n`);
    expect((await done).signedInAs).toBe('anna@acme.example');
  });

  it('refuses an address of another sign-in', async () => {
    const { address, done } = await begin({
      interactive: true,
      ask: async () => 'http://localhost:18476/callback?code=x&state=other',
    });
    expect(address).not.toBe('');
    expect((await failing(done)).message).toContain('state');
  });
});

describe('an issuer', () => {
  it('that describes another one is not believed', async () => {
    const asked = { ...about(), issuer: `${new URL(at.issuer.url).origin}/other` };
    const answerOfTheFirst = () => fetch()(`${at.issuer.url}/.well-known/openid-configuration`);
    await expect(openIssuer(asked, answerOfTheFirst, Date.now)).rejects.toThrow('did not answer as expected');
  });

  it('is not trusted without its certificate', async () => {
    await expect(openIssuer(about(), openFetch({ env: {} }), Date.now)).rejects.toThrow('does not answer');
  });
});
