import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'statusline.sh');
const LINE = 'acme · $3.20 of $50.00 · 47 requests today';
const KEY = 'ark1_acme_secret-of-the-key';

let folder: string;
let server: Server;
let url: string;
let seen: IncomingMessage[];
let respond: (response: ServerResponse) => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'statusline-'));
  seen = [];
  respond = (response) => response.end(JSON.stringify({ status_line: LINE, tenant: 'acme' }));
  server = createServer((request, response) => {
    seen.push(request);
    respond(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
});

type Run = { readonly stdout: string; readonly stderr: string; readonly code: number };

/** Runs it as Claude Code does, its session on standard input, with these variables of its own and no others. */
function run(env: Record<string, string> = {}): Promise<Run> {
  const given = {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: folder,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: KEY,
    ...env,
  };
  return new Promise((done) => {
    const child = execFile('sh', [SCRIPT], { env: given }, (error, stdout, stderr) =>
      done({ stdout, stderr, code: typeof error?.code === 'number' ? error.code : error ? -1 : 0 }),
    );
    // The script does not read it, so it may be gone before all is written.
    child.stdin?.on('error', () => {});
    child.stdin?.end(JSON.stringify({ session_id: 'a', model: { display_name: 'Opus' } }));
  });
}

const SILENT = { stdout: '', stderr: '', code: 0 };
const cache = () => join(folder, `agent-runner-${userInfo().uid}`);

describe('the status line', () => {
  it('is what the platform says', async () => {
    expect(await run()).toEqual({ ...SILENT, stdout: `${LINE}\n` });
    expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual(['GET /v1/usage/self']);
  });

  it.each([
    ['a token', {}, { authorization: `Bearer ${KEY}` }],
    ['an API key', { ANTHROPIC_AUTH_TOKEN: '', ANTHROPIC_API_KEY: KEY }, { 'x-api-key': KEY }],
  ])('is asked for with %s as Claude Code would send it', async (_, env, headers) => {
    expect((await run(env)).stdout).toBe(`${LINE}\n`);
    expect(seen[0]?.headers).toMatchObject(headers);
  });

  it.each([
    ['a token', { ANTHROPIC_AUTH_TOKEN: KEY, AWS_BEARER_TOKEN_BEDROCK: 'another' }],
    ["AWS's variable", { ANTHROPIC_AUTH_TOKEN: '', ANTHROPIC_API_KEY: 'unsent', AWS_BEARER_TOKEN_BEDROCK: KEY }],
  ])('is asked for in Bedrock mode with %s as Claude Code would send it', async (_, credentials) => {
    const host = { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1', ANTHROPIC_BEDROCK_BASE_URL: `${url}/` };
    expect((await run({ CLAUDE_CODE_USE_BEDROCK: '1', ...host, ...credentials })).stdout).toBe(`${LINE}\n`);
    expect(seen.map((request) => request.url)).toEqual(['/v1/usage/self']);
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(seen[0]?.headers).not.toHaveProperty('x-api-key');
  });

  it.each([
    ['AWS’s token to Anthropic mode’s host', { ANTHROPIC_AUTH_TOKEN: '', AWS_BEARER_TOKEN_BEDROCK: KEY }],
    ['a token to Bedrock mode’s host', { ANTHROPIC_BASE_URL: '', CLAUDE_CODE_USE_BEDROCK: '0' }],
    ['an API key in Bedrock mode', { CLAUDE_CODE_USE_BEDROCK: '1', ANTHROPIC_AUTH_TOKEN: '', ANTHROPIC_API_KEY: KEY }],
  ])('never sends %s', async (_, env) => {
    expect(await run({ ANTHROPIC_BEDROCK_BASE_URL: url, ...env })).toEqual(SILENT);
    expect(seen).toHaveLength(0);
  });

  it('is asked for once in thirty seconds', async () => {
    for (let n = 0; n < 3; n++) expect((await run()).stdout).toBe(`${LINE}\n`);
    expect(seen).toHaveLength(1);
    makeOld(31);
    expect((await run()).stdout).toBe(`${LINE}\n`);
    expect(seen).toHaveLength(2);
  });

  it('of another key or host is another', async () => {
    await run();
    await run({ ANTHROPIC_AUTH_TOKEN: 'another' });
    await run({ ANTHROPIC_BASE_URL: `${url}/` });
    expect(seen).toHaveLength(3);
  });

  it('is one line of plain text, whatever the answer holds', async () => {
    respond = (response) => response.end(`{"status_line":"${'\u001b'}[2Jred"}`);
    expect((await run()).stdout).toBe('[2Jred\n');
  });
});

/** Lets what is kept have been asked for so many seconds ago. */
function makeOld(seconds: number): void {
  for (const name of readdirSync(cache())) {
    const path = join(cache(), name);
    const [, ...rest] = readFileSync(path, 'utf8').split('\n');
    const at = Math.floor(Date.now() / 1000) - seconds;
    writeFileSync(path, [at, ...rest].join('\n'));
  }
}

describe('it prints nothing', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['a refusal', (response) => void response.writeHead(403).end(JSON.stringify({ status_line: LINE }))],
    ['an answer without it', (response) => response.end('{}')],
    ['an answer that is no JSON', (response) => response.end('<html>')],
    ['a broken connection', (response) => response.destroy()],
    ['no answer at all', () => {}],
    ['half an answer', (response) => void response.write('{"status_line":')],
  ])('on %s, and does not ask again at once', async (_, answer) => {
    respond = answer;
    expect(await run()).toEqual(SILENT);
    expect(await run()).toEqual(SILENT);
    expect(seen).toHaveLength(1);
  });

  it('on a redirect, which would take the key to another host', async () => {
    respond = (response) => void response.writeHead(302, { location: `${url}/elsewhere` }).end();
    expect(await run()).toEqual(SILENT);
    expect(seen).toHaveLength(1);
  });

  it.each<[string, Record<string, string>]>([
    ['without a host', { ANTHROPIC_BASE_URL: '' }],
    ['without a credential', { ANTHROPIC_AUTH_TOKEN: '' }],
    ['with nobody at the host', { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' }],
    ['without a folder to keep it in', { TMPDIR: '/nonexistent' }],
  ])('%s', async (_, env) => {
    expect(await run(env)).toEqual(SILENT);
    expect(seen).toHaveLength(0);
  });

  it('from a file of this machine', async () => {
    mkdirSync(join(folder, 'v1/usage'), { recursive: true });
    writeFileSync(join(folder, 'v1/usage/self'), JSON.stringify({ status_line: LINE }));
    expect(await run({ ANTHROPIC_BASE_URL: `file://${folder}` })).toEqual(SILENT);
  });

  it.each([
    ['host', { ANTHROPIC_BASE_URL: `http://127.0.0.1:1/"\noutput = "OUT"\nurl = "` }],
    ['credential', { ANTHROPIC_AUTH_TOKEN: `x"\noutput = "OUT` }],
  ])('when the %s would tell curl what to do', async (_, env) => {
    const out = join(folder, 'out');
    const planted = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('OUT', out)]));
    expect(await run(planted)).toEqual(SILENT);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('on a machine with others', () => {
  it('the key is in no argument of any command, nor in a file', async () => {
    const bin = join(folder, 'bin');
    const log = join(folder, 'arguments');
    mkdirSync(bin);
    for (const name of ['curl', 'cksum', 'sed', 'tr', 'find', 'date', 'id', 'mkdir', 'mv', 'printf', 'cat', 'env']) {
      const wrapper = `#!/bin/sh\necho "${name} $*" >>'${log}'\nPATH='${process.env['PATH']}' exec ${name} "$@"\n`;
      writeFileSync(join(bin, name), wrapper, { mode: 0o755 });
    }
    expect((await run({ PATH: `${bin}:${process.env['PATH']}` })).stdout).toBe(`${LINE}\n`);
    expect(readFileSync(log, 'utf8')).toMatch(/^curl /m);
    expect(readFileSync(log, 'utf8')).not.toContain('secret');
    for (const name of readdirSync(cache())) expect(readFileSync(join(cache(), name), 'utf8')).not.toContain('secret');
  });

  it('a curl configuration of the user changes nothing', async () => {
    const out = join(folder, 'out');
    writeFileSync(join(folder, '.curlrc'), `output = "${out}"\n`);
    expect((await run({ HOME: folder, CURL_HOME: folder })).stdout).toBe(`${LINE}\n`);
  });

  it('a folder that somebody else could write to is not used', async () => {
    mkdirSync(cache());
    chmodSync(cache(), 0o777);
    expect(await run()).toEqual(SILENT);
    rmSync(cache(), { recursive: true });
    mkdirSync(join(folder, 'theirs'));
    symlinkSync(join(folder, 'theirs'), cache());
    expect(await run()).toEqual(SILENT);
    expect(seen).toHaveLength(0);
  });
});
