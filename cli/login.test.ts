import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { claims } from '../local/issuer/issuer-fixture.ts';
import type { PreTokenEvent } from '../local/issuer/pool.ts';
import {
  type Cli,
  installCli,
  metadataOf,
  publishCli,
  startGateway,
  startIssuer,
  type TestIssuer,
} from './cli.fixture.ts';
import { gatewayFileName } from './gateway.ts';
import type { Session } from './session.ts';

// Whole processes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let at: TestIssuer;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let cli: Cli;
let published: Awaited<ReturnType<typeof publishCli>>;
let hold: (event: PreTokenEvent) => Promise<void>;

const rotating = { rotation: { graceSeconds: 0 } };
beforeAll(async () => {
  published = await publishCli();
});
afterAll(() => published.stop());
beforeEach(async () => {
  hold = async () => {};
  at = await startIssuer(rotating, (event) => hold(event));
  gateway = await startGateway(metadataOf(at));
  cli = installCli(published.program);
});
afterEach(async () => {
  await Promise.all([at.stop(), gateway.stop()]);
  cli.stop();
});

const path = () => join(cli.store, 'sessions', `${gatewayFileName(gateway.url)}.json`);
const stored = () => JSON.parse(readFileSync(path(), 'utf8')) as Session;
const signIn = () => cli.runSigningIn(at, ['login', gateway.url, '--ca', at.issuer.caPath]);
const helper = () => cli.run(['login', '--print', gateway.url]);
/** Lets the access token have so many seconds left, of an hour. */
function age(secondsLeft: number): void {
  const session = stored();
  const expiresAt = Date.now() + secondsLeft * 1000;
  const tokens = { ...session.tokens, obtainedAt: expiresAt - 3_600_000, expiresAt };
  writeFileSync(path(), JSON.stringify({ ...session, tokens }));
}

describe('login', () => {
  it('signs in by the browser once, and then prints what is stored, asking nobody', async () => {
    const run = await signIn();
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain(`Signed in to ${gateway.url} as anna@acme.example`);
    expect(cli.opened()).toHaveLength(1);
    await at.issuer.close();
    await gateway.stop();
    const { stdout, stderr, code } = await helper();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(claims(stdout.trim())).toMatchObject({ username: 'anna', token_use: 'access' });
    expect(stdout).toBe(`${stored().tokens?.accessToken}\n`);
  });

  it('shows no token but to who asks for it', async () => {
    const run = await signIn();
    const { accessToken = '', refreshToken = '' } = stored().tokens ?? {};
    for (const { stdout, stderr } of [run, await cli.run(['status']), await cli.run(['login', gateway.url])])
      for (const secret of [accessToken, refreshToken]) expect(stdout + stderr).not.toContain(secret);
  });

  it('keeps its files to itself, and mends one that others could read', async () => {
    await signIn();
    const modes = () => [cli.store, join(cli.store, 'sessions'), path()].map((one) => statSync(one).mode & 0o777);
    expect(modes()).toEqual([0o700, 0o700, 0o600]);
    expect(readdirSync(join(cli.store, 'sessions'))).toHaveLength(1);
    chmodSync(path(), 0o644);
    const { code, stderr } = await helper();
    expect(code).toBe(0);
    expect(stderr).toContain('others could read');
    expect(modes()).toEqual([0o700, 0o700, 0o600]);
  });

  it('keeps several gateways side by side', async () => {
    await signIn();
    const other = await startGateway(metadataOf(at));
    await cli.runSigningIn(at, ['login', other.url, '--ca', at.issuer.caPath]);
    const [mine, theirs] = [await helper(), await cli.run(['login', '--print', other.url])];
    expect([mine.code, theirs.code]).toEqual([0, 0]);
    expect(mine.stdout).not.toBe(theirs.stdout);
    expect((await cli.run(['login'])).stderr).toContain('which gateway?');
    await other.stop();
  });

  it('sends nothing to a gateway whose file was copied from another', async () => {
    await signIn();
    const other = await startGateway(() => ({}));
    writeFileSync(path().replace(gatewayFileName(gateway.url), gatewayFileName(other.url)), readFileSync(path()));
    const { code, stdout } = await cli.run(['login', '--print', other.url]);
    expect([code, stdout]).toEqual([4, '']);
    await other.stop();
  });

  it('signs in anew when the gateway names another issuer, and shows that one no token of the first', async () => {
    await signIn();
    const second = await startIssuer();
    const session = stored();
    writeFileSync(path(), JSON.stringify({ ...session, issuer: `${session.issuer}-of-before` }));
    const forms = vi.spyOn(second.issuer.users, 'session');
    const run = await signIn();
    expect(run.code, run.stderr).toBe(0);
    expect(at.refreshes()).toBe(0);
    expect(forms).not.toHaveBeenCalled();
    await second.stop();
  });
});

describe('the helper, when the access token comes to its end', () => {
  it.each([
    [3_540, 0],
    [400, 0],
    [330, 1],
    [30, 1],
    [-3_600, 1],
    // The clock was set back since.
    [7_200, 1],
  ])('with %i of 3,600 seconds left refreshes %i times', async (left, times) => {
    await signIn();
    age(left);
    const { code, stdout } = await helper();
    expect(code).toBe(0);
    expect(at.refreshes()).toBe(times);
    expect(stdout.trim()).toBe(stored().tokens?.accessToken);
  });

  it('refreshes once for ten helpers at once, which all print the same token', async () => {
    await signIn();
    age(0);
    const before = stored().tokens;
    const runs = await Promise.all(Array.from({ length: 10 }, helper));
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(runs.map(() => ({ code: 0, stderr: '' })));
    expect(new Set(runs.map(({ stdout }) => stdout))).toEqual(new Set([`${stored().tokens?.accessToken}\n`]));
    expect(at.refreshes()).toBe(1);
    expect(stored().tokens?.refreshToken).not.toBe(before?.refreshToken);
    expect(readdirSync(join(cli.store, 'sessions')).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it.each([
    ['keeps the session where the issuer has grace with a used token', 60, 0],
    ['says that one must sign in where it has none', 0, 3],
  ])('killed in the middle of a refresh %s', async (_, graceSeconds, code) => {
    await at.stop();
    await gateway.stop();
    at = await startIssuer({ rotation: { graceSeconds } }, (event) => hold(event));
    gateway = await startGateway(metadataOf(at));
    await signIn();
    age(0);
    let reached: () => void = () => {};
    let release: () => void = () => {};
    const inside = new Promise<void>((done) => {
      reached = done;
    });
    hold = () => {
      reached();
      return new Promise((done) => {
        release = done;
      });
    };
    const first = cli.start(['login', '--print', gateway.url]);
    await inside;
    first.child.kill('SIGKILL');
    await first.done;
    hold = async () => {};
    release();
    // The issuer goes on without its caller: the token is used once it has written the next.
    await vi.waitFor(() =>
      expect(at.issuer.users.session(stored().tokens?.refreshToken ?? '')?.expiresAt ?? 0).toBeLessThan(
        Date.now() + 61_000,
      ),
    );
    const second = await helper();
    expect(second.code, second.stderr).toBe(code);
    expect(second.stdout === '').toBe(code !== 0);
    if (code) expect(second.stderr).toContain(`agent-runner login ${gateway.url}`);
  });

  it('prints what is left of a token while the issuer is away, and says so clearly when nothing is', async () => {
    await signIn();
    await at.issuer.close();
    age(100);
    expect(await helper()).toEqual({ code: 0, stderr: '', stdout: `${stored().tokens?.accessToken}\n` });
    age(-1);
    const { code, stdout, stderr } = await helper();
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain(at.issuer.url);
  });

  it('opens a browser when the session is over, and says what to do where it cannot', async () => {
    await signIn();
    age(0);
    at.issuer.users.signOut('anna');
    const { code, stdout, stderr } = await helper();
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain(`Sign in with: agent-runner login ${gateway.url}`);
    expect(stderr).not.toContain('at ');
    const again = await cli.runSigningIn(at, ['login', '--print', gateway.url]);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toBe(`${stored().tokens?.accessToken}\n`);
  });

  it('says to a person without a terminal that it takes one', async () => {
    const ca = ['--ca', at.issuer.caPath];
    const words = ['login', gateway.url, ...ca];
    const [blind, bare] = [await cli.run([...words, '--no-browser']), await cli.run(words)];
    expect([blind.code, bare.code]).toEqual([3, 3]);
    expect(blind.stderr).toMatch(/nobody is signed in to .*, and without a browser it takes a terminal, to paste/);
    expect(bare.stderr).toContain('here is neither a browser nor a terminal');
    expect((await helper()).stderr).not.toContain('terminal');
    const connected = await cli.run(['connect', gateway.url, '--no-browser', ...ca]);
    expect(connected.code, connected.stderr).toBe(0);
    expect(connected.stderr).toContain('Nobody is signed in yet, and without a browser it takes a terminal');
    const asked = await cli.run(['connect', gateway.url, '--no-login', ...ca]);
    expect(asked.stderr).toContain(`Nobody is signed in yet: agent-runner login ${gateway.url}`);
  });

  it('names a damaged file, and none of what is in it', async () => {
    await signIn();
    const secret = stored().tokens?.refreshToken ?? '';
    writeFileSync(path(), readFileSync(path(), 'utf8').slice(0, -9));
    const { code, stdout, stderr } = await helper();
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toContain(path());
    expect(stderr).not.toContain(secret);
    expect((await cli.run(['logout', gateway.url])).code).toBe(0);
    expect((await signIn()).code).toBe(0);
  });
});

describe('status and logout', () => {
  it('tell who is signed in and what the gateway says, and take the sign-in back', async () => {
    await signIn();
    const refreshToken = stored().tokens?.refreshToken ?? '';
    const { stdout, code } = await cli.run(['status', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      {
        gateway: gateway.url,
        signedInAs: 'anna@acme.example',
        accessTokenUntil: new Date(stored().tokens?.expiresAt ?? 0).toISOString(),
        staysSignedIn: true,
        claudeCode: [],
        answers: true,
        says: 'acme · $3.20 of $50.00',
      },
    ]);
    expect(gateway.seen.at(-1)?.authorization).toBe(`Bearer ${stored().tokens?.accessToken}`);
    expect((await cli.run(['logout', '--all'])).stderr).toBe(`Signed out of ${gateway.url}.\n`);
    expect(at.issuer.users.session(refreshToken)).toBeUndefined();
    expect(readdirSync(join(cli.store, 'sessions'))).toEqual([]);
    expect((await cli.run(['status'])).stdout).toContain('No gateway is known yet');
  });

  it('status refreshes an old token as the helper would, and asks nobody to sign in when that is refused', async () => {
    await signIn();
    age(0);
    expect((await cli.run(['status'])).stdout).toContain('acme · $3.20 of $50.00');
    expect(at.refreshes()).toBe(1);
    age(0);
    at.issuer.users.signOut('anna');
    const { code, stdout } = await cli.run(['status', '--json'], { BROWSER: cli.browser });
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject([{ answers: false, says: expect.stringContaining('agent-runner login') }]);
    expect(cli.opened()).toHaveLength(1);
  });

  it('logout forgets also while the issuer is away, and says that the token lives', async () => {
    await signIn();
    await at.issuer.close();
    const { code, stderr } = await cli.run(['logout', gateway.url]);
    expect(code).toBe(0);
    expect(stderr).toContain('did not take the refresh token back');
    expect(readdirSync(join(cli.store, 'sessions'))).toEqual([]);
  });
});

describe('a gateway', () => {
  it.each<[string, (url: string) => object, string]>([
    [
      'that speaks for another host',
      (url) => ({ ...metadataOf(at)(url), resource: 'https://elsewhere.example' }),
      'speaks for',
    ],
    ['without an issuer', (url) => ({ ...metadataOf(at)(url), authorization_servers: [] }), 'names no issuer'],
    [
      'whose issuer is not https',
      (url) => ({ ...metadataOf(at)(url), authorization_servers: ['http://issuer.example'] }),
      'names no issuer',
    ],
    ['without a client', (url) => ({ ...metadataOf(at)(url), agent_runner_client_id: undefined }), 'names no client'],
  ])('%s is not signed in to', async (_, metadata, words) => {
    const other = await startGateway(metadata);
    const { code, stderr } = await cli.run(['login', other.url], { BROWSER: cli.browser });
    expect(code).toBe(4);
    expect(stderr).toContain(words);
    await other.stop();
  });

  it.each([
    ['http://acme.proxy.example.com', 'must be https'],
    ['https://acme.example.com/path', 'the scheme and the host alone'],
    ['https://user:password@acme.example.com', 'the scheme and the host alone'],
    ['nothing', 'is no gateway'],
  ])('%s is refused: %s', async (address, words) => {
    const { code, stderr } = await cli.run(['login', address]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});
