import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleCli } from '../local/cli-bundle.ts';
import type { AppClient } from '../local/issuer/app-client.ts';
import { type Browsable, CLIENT, signIn, startTestIssuer } from '../local/issuer/issuer-fixture.ts';
import type { PreTokenEvent } from '../local/issuer/pool.ts';
import { CALLBACK_PORTS } from './callback.ts';
import type { Machine } from './machine.ts';

const REPOSITORY = resolve(import.meta.dirname, '..');
export const PERSON = { username: 'anna', password: 'correct horse' };
export const REDIRECTS = CALLBACK_PORTS.map((port) => `http://localhost:${port}/callback`);

export type Run = { readonly stdout: string; readonly stderr: string; readonly code: number | null };

/** An issuer with one person, and a client for the command. `hold` is awaited before each token is made. */
export async function startIssuer(
  client: Partial<AppClient> = {},
  hold: (event: PreTokenEvent) => Promise<void> = async () => {},
) {
  const events: PreTokenEvent[] = [];
  const at = await startTestIssuer({
    clients: [{ id: CLIENT, redirectUris: REDIRECTS, grants: ['code'], scopes: ['openid', 'email'], ...client }],
    preToken: async (event) => {
      events.push(event);
      await hold(event);
      return event;
    },
  });
  const attributes = { email: 'anna@acme.example', 'custom:tenant_id': 'acme' };
  await at.issuer.users.create({ ...PERSON, permanent: true, attributes });
  const refreshes = () =>
    events.filter(({ triggerSource }) => triggerSource === 'TokenGeneration_RefreshTokens').length;
  return { ...at, refreshes };
}
export type TestIssuer = Awaited<ReturnType<typeof startIssuer>>;

/** A tenant's gateway, as much of it as the command asks: where to sign in, and what is spent. */
export async function startGateway(metadata: (url: string) => object) {
  const seen: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', authorization: request.headers.authorization });
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/oauth-protected-resource') response.end(JSON.stringify(metadata(url)));
    else if (request.url === '/v1/usage/self') response.end(JSON.stringify({ status_line: 'acme · $3.20 of $50.00' }));
    else response.writeHead(404).end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  };
  return { url, seen, stop };
}

export function metadataOf(at: TestIssuer) {
  return (resource: string) => ({
    resource,
    authorization_servers: [at.issuer.url],
    bearer_methods_supported: ['header'],
    scopes_supported: ['openid', 'email'],
    agent_runner_client_id: CLIENT,
  });
}

/** What a person with a browser does with an address: fills in the form and follows where it leads. */
export async function browse(
  at: Browsable,
  address: string,
  person = PERSON,
): Promise<{ status: number; text: string }> {
  return visit(await formAnswer(at, address, person));
}

/** Where the browser is sent after the form. */
export async function formAnswer(at: Browsable, address: string, person = PERSON): Promise<string> {
  const { headers } = await signIn(at, new URL(address).searchParams.toString(), person);
  return String(headers['location']);
}

/** The loopback address by its number: `localhost` may be another one here. */
export function visit(location: string): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    get(location.replace('//localhost:', '//127.0.0.1:'), (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, text }));
    }).on('error', fail);
  });
}

/** The command as it is published. */
export async function publishCli(): Promise<{ readonly program: string; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-runner-package-'));
  const program = await bundleCli(REPOSITORY, folder);
  return { program, stop: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A home of its own for the command. */
export function installCli(program: string) {
  const folder = mkdtempSync(join(tmpdir(), 'agent-runner-cli-'));
  const home = join(folder, 'home');
  const store = join(folder, 'store');
  const opened = join(folder, 'opened');
  const browser = join(folder, 'browser.sh');
  writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >>'${opened}'\n`, { mode: 0o755 });
  const base = { PATH: `${resolve(process.execPath, '..')}:/usr/bin:/bin`, HOME: home, AGENT_RUNNER_HOME: store };
  const start = (
    args: readonly string[],
    env: Record<string, string> = {},
  ): { child: ChildProcess; done: Promise<Run> } => {
    const child = spawn(program, args, { env: { ...base, ...env }, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    const done = new Promise<Run>((end, fail) => {
      child.once('error', fail).once('close', (code) => end({ stdout, stderr, code }));
    });
    return { child, done };
  };
  return {
    folder,
    home,
    store,
    program,
    start,
    run: (args: readonly string[], env?: Record<string, string>) => start(args, env).done,
    /** Runs a command while a person signs in wherever it says. */
    runSigningIn: async (at: Browsable, args: readonly string[], { env = {}, person = PERSON } = {}): Promise<Run> => {
      const { child, done } = start(args, { BROWSER: browser, ...env });
      browse(at, await addressIn(child), person).catch(() => child.kill());
      return done;
    },
    /** What the browser was opened with. */
    opened: () => readFileSync(opened, 'utf8').trim().split('\n'),
    browser,
    stop: () => rmSync(folder, { recursive: true, force: true }),
  };
}
export type Cli = ReturnType<typeof installCli>;

/** The address that a command tells its person to open. */
export function addressIn(child: ChildProcess): Promise<string> {
  return new Promise((found, fail) => {
    let text = '';
    child.stderr?.on('data', (chunk: string) => {
      text += chunk;
      const [address] = /https:\/\/\S+\/authorize\?\S+/.exec(text) ?? [];
      if (address !== undefined) found(address);
    });
    child.once('close', () => fail(new Error(`it ended without an address: ${text}`)));
  });
}

/** A machine to hand to a part by itself; `said` collects what it says. */
export function testMachine(change: Partial<Machine> = {}): Machine & { readonly said: string[] } {
  const said: string[] = [];
  return {
    said,
    env: {},
    platform: 'linux',
    home: '/nowhere',
    cwd: '/nowhere',
    now: Date.now,
    interactive: false,
    command: ['/usr/bin/node', '/opt/agent-runner.cjs'],
    say: (line) => void said.push(line),
    print: () => {},
    ask: () => new Promise(() => {}),
    ...change,
  };
}
