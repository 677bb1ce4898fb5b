import { expect, it } from 'vitest';
import { type Lookup, type ReadySignIn, readyText, strayNames } from './ready.ts';

const NAMES = ['acme.proxy.localhost', 'globex.proxy.localhost'];
const address = (text: string) => ({ address: text, family: text.includes(':') ? 6 : 4 });

it.each<[string, Lookup, string[]]>([
  ['knows them', async () => [address('127.0.0.1')], []],
  ['knows them in both families', async () => [address('::1'), address('127.0.0.1')], []],
  ['does not know them', () => Promise.reject(new Error('ENOTFOUND')), NAMES],
  ['does not answer', async () => [], NAMES],
  ['leads every name to a host of its own', async () => [address('203.0.113.7')], NAMES],
  ['leads them where nobody listens', async () => [address('::1')], NAMES],
  ['knows one', async (name) => [address(name.startsWith('acme') ? '127.0.0.1' : '203.0.113.7')], [NAMES[1]!]],
])('which names lead astray, where the resolver %s', async (_, lookup, stray) => {
  expect(await strayNames(NAMES, lookup)).toEqual(stray);
});

const tenant = (name: string, port: number) => ({
  baseUrl: `http://${name}.proxy.localhost:4000`,
  loopbackUrl: `http://127.0.0.1:${port}`,
  apiKey: `ark1_${name}`,
  developer: { username: `developer@${name}.example`, password: 'word' },
});
const COMMAND = { cli: '/bin/agent-runner', ca: '/ca.pem' };
const TENANTS = [tenant('acme', 41_001), tenant('globex', 41_002)] as const;
const SIGN_INS: readonly ReadySignIn[] = [
  { ...TENANTS[0], as: 'developer@acme.example', password: 'word', of: 'acme' },
  { ...tenant('initech', 41_003), as: 'peter@initech.example', password: 'okta-word', of: "initech's own" },
];
const commands = (text: string) => text.split('\n').filter((line) => /^ {2,4}\S.*(claude|connect)/.test(line));

it('what is to be pasted names the hosts where they resolve', () => {
  const text = readyText(TENANTS, SIGN_INS, COMMAND, [], '9 s', '/p.json');
  expect(commands(text)).toEqual([
    '  ANTHROPIC_BASE_URL=http://acme.proxy.localhost:4000 ANTHROPIC_AUTH_TOKEN=ark1_acme claude',
    '  ANTHROPIC_BASE_URL=http://globex.proxy.localhost:4000 ANTHROPIC_AUTH_TOKEN=ark1_globex claude',
    '  ANTHROPIC_BASE_URL=http://acme.proxy.localhost:4000 ANTHROPIC_AUTH_TOKEN=ark1_globex claude -p hello',
    '    /bin/agent-runner connect http://acme.proxy.localhost:4000 --ca /ca.pem',
    '    /bin/agent-runner connect http://initech.proxy.localhost:4000 --ca /ca.pem',
  ]);
  expect(text).not.toContain('/etc/hosts');
});

it('and their ports where they do not, with the reason and the way out', () => {
  const text = readyText(TENANTS, SIGN_INS, COMMAND, NAMES, '9 s', '/p.json');
  expect(commands(text)).toEqual([
    '  ANTHROPIC_BASE_URL=http://127.0.0.1:41001 ANTHROPIC_AUTH_TOKEN=ark1_acme claude',
    '  ANTHROPIC_BASE_URL=http://127.0.0.1:41002 ANTHROPIC_AUTH_TOKEN=ark1_globex claude',
    '  ANTHROPIC_BASE_URL=http://127.0.0.1:41001 ANTHROPIC_AUTH_TOKEN=ark1_globex claude -p hello',
    '    /bin/agent-runner connect http://127.0.0.1:41001 --ca /ca.pem',
    '    /bin/agent-runner connect http://127.0.0.1:41003 --ca /ca.pem',
  ]);
  expect(text).toContain('does not resolve');
  expect(text).toContain('\n  127.0.0.1 acme.proxy.localhost globex.proxy.localhost\n');
});

it('who signs in is told as whom, with what, and where', () => {
  const text = readyText(TENANTS, SIGN_INS, COMMAND, [], '9 s', '/p.json');
  for (const { as, password, of } of SIGN_INS) expect(text).toContain(`  ${as}, password ${password} (${of})\n`);
});
