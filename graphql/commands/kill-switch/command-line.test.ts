import { describe, expect, it } from 'vitest';
import { outcomeLines, readCommand } from './command-line.ts';
import { isWide, scopeOf } from './kill-switch.ts';

const read = (line: string, ...more: string[]) => readCommand([...line.split(' ').filter(Boolean), ...more]);

describe('the command line', () => {
  it.each([
    ['platform', { kind: 'switch', target: 'platform' }, /ALL tenants/, true],
    ['region eu-central-2', { kind: 'switch', target: 'region:eu-central-2' }, /eu-central-2/, true],
    ['model claude-opus-5-5', { kind: 'switch', target: 'model:claude-opus-5-5' }, /model claude-opus-5-5/, true],
    [
      'tenant acme',
      { kind: 'gate', id: { tenantId: 'acme', subject: { kind: 'tenant' } } },
      /tenant acme, with any/,
      false,
    ],
    [
      'user acme usr_anna',
      { kind: 'gate', id: { tenantId: 'acme', subject: { kind: 'user', identityId: 'usr_anna' } } },
      /user usr_anna of tenant acme/,
      false,
    ],
    [
      'key acme k3jD8sQ0aZ',
      { kind: 'gate', id: { tenantId: 'acme', subject: { kind: 'key', keyId: 'k3jD8sQ0aZ' } } },
      /key k3jD8sQ0aZ of tenant acme/,
      false,
    ],
  ] as const)('knows %s', (words, target, scope, wide) => {
    const command = read(`stop ${words} --yes`, '--reason', 'leaked key');
    expect(command).toEqual({
      ok: true,
      value: { action: 'stop', target, reason: 'leaked key', json: false, yes: true },
    });
    if (!command.ok || command.value === 'help' || !command.value.target) throw new Error('no target');
    expect(scopeOf(command.value.target)).toMatch(scope);
    expect(isWide(command.value.target)).toBe(wide);
  });

  it.each([
    ['', /stop, resume or status/],
    ['halt platform', /stop, resume or status/],
    ['stop', /none of platform/],
    ['stop everything --reason x', /none of platform/],
    ['stop platform now --reason x', /takes 0 names/],
    ['stop region mars-1 --reason x', /mars-1.*no region/],
    ['stop tenant --reason x', /takes 1 name,/],
    ['stop tenant ACME --reason x', /no tenant id/],
    ['stop user acme --reason x', /takes 2 names/],
    ['stop key acme short --reason x', /no key id/],
    ['stop user acme a#b --reason x', /no user's id/],
    ['stop platform', /say why/],
    ['stop platform --reason', /reason/],
    ['stop platform --force --reason x', /force/],
  ])('refuses %j and says what is wrong', (line, why) => {
    const command = read(line);
    expect(command.ok).toBe(false);
    expect(command.ok ? '' : command.reason).toMatch(why);
  });

  it('wants a reason that says something', () => {
    expect(read('stop platform', '--reason', '  ')).toMatchObject({ ok: false });
    expect(read('resume platform')).toMatchObject({ ok: true });
    expect(read('status')).toMatchObject({ ok: true, value: { action: 'status', target: null } });
    expect(read('status --help')).toEqual({ ok: true, value: 'help' });
  });
});

it('tells each region with who, when and why', () => {
  const stop = { reason: 'leaked', by: 'anna', at: Date.UTC(2026, 10, 22) };
  expect(
    outcomeLines([
      { region: 'eu-central-1', outcome: 'stopped', stop },
      { region: 'eu-central-2', outcome: 'running' },
      { region: 'us-east-1', outcome: 'failed', why: 'TimeoutError' },
    ]),
  ).toEqual([
    'eu-central-1   stopped since 2026-11-22T00:00:00.000Z by anna: leaked',
    'eu-central-2   running',
    'us-east-1      FAILED: TimeoutError',
  ]);
});
