import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Cli,
  installCli,
  metadataOf,
  publishCli,
  startGateway,
  startIssuer,
  type TestIssuer,
  testMachine,
} from './cli.fixture.ts';
import { helperCommand } from './connect.ts';
import { openSettingsFile } from './settings-file.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let at: TestIssuer;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let cli: Cli;
let published: Awaited<ReturnType<typeof publishCli>>;
beforeAll(async () => {
  at = await startIssuer({ tokenSeconds: 600 });
  gateway = await startGateway(metadataOf(at));
  published = await publishCli();
});
afterAll(async () => {
  await Promise.all([at.stop(), gateway.stop()]);
  published.stop();
});
beforeEach(() => {
  cli = installCli(published.program);
  mkdirSync(join(cli.home, '.claude'), { recursive: true });
});
afterEach(() => cli.stop());

const settings = () => join(cli.home, '.claude', 'settings.json');
const ca = () => ['--ca', at.issuer.caPath];
const connect = (...more: string[]) => cli.run(['connect', gateway.url, '--no-login', ...ca(), ...more]);
const undo = (...more: string[]) => cli.run(['connect', '--undo', ...more]);

describe('connect', () => {
  it('signs in, and writes what Claude Code needs, with a time to keep that fits the token', async () => {
    const run = await cli.runSigningIn(at, ['connect', gateway.url, ...ca()]);
    expect(run.code, run.stderr).toBe(0);
    const { apiKeyHelper, env } = JSON.parse(readFileSync(settings(), 'utf8'));
    expect(env).toEqual({ ANTHROPIC_BASE_URL: gateway.url, CLAUDE_CODE_API_KEY_HELPER_TTL_MS: '150000' });
    expect(apiKeyHelper).toBe(`${process.execPath} ${cli.program} login --print ${gateway.url}`);
    expect(statSync(settings()).mode & 0o777).toBe(0o600);
    expect(JSON.parse((await cli.run(['status', '--json'])).stdout)).toMatchObject([
      { claudeCode: ['user'], answers: true },
    ]);
  });

  it.each([
    ['{"model":"opus","env":{"A":"1"}}', 0o640],
    ['{\n    "apiKeyHelper": "mine",\n    "env": {}\n}', 0o600],
    ['', 0o644],
  ])('and undone leaves %j byte for byte, mode %i, also after it was connected twice', async (before, mode) => {
    writeFileSync(settings(), before);
    chmodSync(settings(), mode);
    for (let n = 0; n < 2; n++) expect((await connect()).code).toBe(0);
    expect(readFileSync(settings(), 'utf8')).not.toBe(before);
    expect(readFileSync(`${settings()}.before-agent-runner`, 'utf8')).toBe(before);
    expect((await undo()).stderr).toContain('as it was before');
    expect(readFileSync(settings(), 'utf8')).toBe(before);
    expect(statSync(settings()).mode & 0o777).toBe(mode);
    expect(readdirSync(join(cli.home, '.claude'))).toEqual(['settings.json']);
    expect(await undo()).toMatchObject({ code: 2, stderr: expect.stringContaining('has written nothing') });
  });

  it('undone removes a file that was not there, and leaves what was written to it since', async () => {
    await connect();
    for (const folder of [cli.store, join(cli.store, 'connections')]) expect(statSync(folder).mode & 0o777).toBe(0o700);
    await undo();
    expect(existsSync(settings())).toBe(false);
    await connect();
    writeFileSync(settings(), JSON.stringify({ ...JSON.parse(readFileSync(settings(), 'utf8')), model: 'opus' }));
    expect((await undo()).stderr).toContain('the rest stays');
    expect(JSON.parse(readFileSync(settings(), 'utf8'))).toEqual({ model: 'opus' });
  });

  it('shows with --dry-run what would change, and writes nothing', async () => {
    writeFileSync(settings(), '{"apiKeyHelper":"mine","env":{"SECRET":"word"}}');
    const { stdout, code } = await connect('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain(`- apiKeyHelper: "mine"\n+ apiKeyHelper: "`);
    expect(stdout).toContain(`+ env.ANTHROPIC_BASE_URL: "${gateway.url}"`);
    expect(stdout).not.toContain('word');
    expect(readFileSync(settings(), 'utf8')).toBe('{"apiKeyHelper":"mine","env":{"SECRET":"word"}}');
    expect(existsSync(cli.store)).toBe(false);
  });

  it('refuses settings that are no JSON with the line, before anybody signs in, and leaves them', async () => {
    writeFileSync(settings(), '{\n  "model": "opus",\n}');
    const { code, stderr } = await cli.run(['connect', gateway.url, ...ca()], { BROWSER: cli.browser });
    expect(code).toBe(5);
    expect(stderr).toContain(`${settings()}: is not JSON at line 3`);
    expect(readFileSync(settings(), 'utf8')).toBe('{\n  "model": "opus",\n}');
    expect(() => cli.opened()).toThrow();
  });

  it.each([['a file'], ['a link to a file'], ['no file yet']])('writes through a link to %s', async (what) => {
    const real = join(cli.home, 'dotfiles.json');
    if (what !== 'no file yet') writeFileSync(real, '{}');
    if (what === 'a link to a file') symlinkSync('dotfiles.json', join(cli.home, 'link.json'));
    symlinkSync(what === 'a link to a file' ? '../link.json' : '../dotfiles.json', settings());
    await connect();
    expect(lstatSync(settings()).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(real, 'utf8'))).toHaveProperty('apiKeyHelper');
    await undo();
    expect(lstatSync(settings()).isSymbolicLink()).toBe(true);
    expect(existsSync(real)).toBe(what !== 'no file yet');
  });

  it('writes for one folder with --project, and where CLAUDE_CONFIG_DIR says', async () => {
    await connect('--project');
    const local = join(cli.folder, '.claude', 'settings.local.json');
    expect(JSON.parse(readFileSync(local, 'utf8'))).toHaveProperty('env.ANTHROPIC_BASE_URL', gateway.url);
    expect(existsSync(settings())).toBe(false);
    await undo('--project');
    expect(existsSync(local)).toBe(false);
    const other = join(cli.folder, 'config');
    await cli.run(['connect', gateway.url, '--no-login', ...ca()], { CLAUDE_CONFIG_DIR: other });
    expect(existsSync(join(other, 'settings.json'))).toBe(true);
  });

  it('warns of what Claude Code would use instead, and says the way out', async () => {
    writeFileSync(settings(), '{"env":{"ANTHROPIC_AUTH_TOKEN":"tok-secret"}}');
    mkdirSync(join(cli.folder, '.claude'));
    writeFileSync(join(cli.folder, '.claude', 'settings.json'), '{"apiKeyHelper":"theirs"}');
    const env = { ANTHROPIC_API_KEY: 'key-secret', CLAUDE_CODE_USE_BEDROCK: '1' };
    const { stderr } = await cli.run(['connect', gateway.url, '--no-login', ...ca()], env);
    expect(stderr).toContain('run: unset ANTHROPIC_API_KEY');
    expect(stderr).toContain('run: unset CLAUDE_CODE_USE_BEDROCK');
    expect(stderr).toContain('env.ANTHROPIC_AUTH_TOKEN in the same file');
    expect(stderr).toContain('settings.json of this folder says apiKeyHelper');
    expect(stderr).not.toMatch(/-secret/);
  });

  it('is undone byte for byte from any settings', () => {
    const file = openSettingsFile(settings(), cli.store, () => {});
    const setting = { path: ['env', 'ANTHROPIC_BASE_URL'], value: 'https://acme.example' };
    const texts = fc.tuple(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom(undefined, 1, '\t'),
      fc.constantFrom('', '\n', ' \r\n'),
    );
    fc.assert(
      fc.property(texts, fc.boolean(), ([value, indent, end], twice) => {
        const before = JSON.stringify(value, null, indent) + end;
        fc.pre(!Object.hasOwn(value, 'env'));
        writeFileSync(settings(), before);
        for (let n = twice ? 2 : 1; n > 0; n--) file.plan('https://acme.example', [setting]).apply();
        expect(file.undo()).toBe('restored');
        expect(readFileSync(settings(), 'utf8')).toBe(before);
        rmSync(settings());
      }),
    );
  });
});

describe('the helper’s command', () => {
  it.each([
    [
      'linux',
      ['/opt/node 24/bin/node', "/home/o'neil/agent-runner"],
      `'/opt/node 24/bin/node' '/home/o'\\''neil/agent-runner' login --print https://a.example`,
    ],
    [
      'win32',
      ['C:\\Program Files\\nodejs\\node.exe', 'C:\\a\\agent-runner.cjs'],
      '"C:/Program Files/nodejs/node.exe" "C:/a/agent-runner.cjs" login --print https://a.example',
    ],
  ] as const)('is quoted for the shell of %s', (platform, command, expected) => {
    expect(helperCommand('https://a.example', testMachine({ platform, command }))).toBe(expected);
  });
});
