import { expect, it } from 'vitest';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { readCommand, type Told, toldJson, toldLines } from './command-line.ts';

const acme = parseTenantId('acme') as TenantId;
const TENANT = { tenantId: acme, subject: { kind: 'tenant' } } as const;
const ANNA = { tenantId: acme, subject: { kind: 'user', identityId: 'usr_anna' } } as const;

it('reads what is asked', () => {
  expect(readCommand(['rebuild', 'acme', 'user', 'usr_anna', '--month', '2026-11', '--json'])).toEqual({
    ok: true,
    value: { action: 'rebuild', id: ANNA, json: true, month: '2026-11' },
  });
  expect(readCommand(['show', 'acme', '--platform', '/p'])).toEqual({
    ok: true,
    value: { action: 'show', id: TENANT, json: false, platform: '/p' },
  });
  expect(readCommand(['--help'])).toEqual({ ok: true, value: 'help' });
});

it.each([
  [[], /rebuild or show/],
  [['drop', 'acme'], /rebuild or show/],
  [['show'], /no tenant id/],
  [['show', 'acme', 'group', 'x'], /neither user nor key/],
  [['rebuild', 'acme', '--month', '2026-13'], /write it as 2026-11/],
  [['rebuild', 'acme', '--force'], /force/],
])('refuses %j and says what is wrong', (args, why) => {
  const command = readCommand(args);
  expect(command.ok ? '' : command.reason).toMatch(why);
});

const told: Told[] = [
  {
    regions: ['eu-central-1'],
    rebuilt: [
      {
        id: TENANT,
        outcome: 'rebuilt',
        before: { committed: 2_000_000_070n, spent: 70n },
        after: { committed: 1_500_000_000n, spent: 70n },
      },
      { id: ANNA, outcome: 'busy', before: { committed: 1n, spent: 0n }, after: { committed: 1n, spent: 0n } },
    ],
  },
  { regions: ['us-east-1'], why: 'TimeoutError' },
  {
    regions: ['eu-central-2'],
    shown: [
      {
        id: TENANT,
        gate: {
          closed: true,
          counters: new Map([
            ['committed.2026-11', 12_345_678_901n],
            ['spent.2026-11', 2_345_678_901n],
          ]),
        },
        stop: { reason: 'overdue', by: 'anna', at: Date.UTC(2026, 10, 22) },
      },
    ],
  },
];

it('tells people before, after and the difference, to the nano-dollar', () => {
  expect(told.flatMap((one) => toldLines(one, '2026-11'))).toEqual([
    'eu-central-1, 2026-11',
    '  tenant acme: rebuilt, committed $1.500000000 (was $2.000000070, -$0.500000070), spent $0.000000070',
    '  user usr_anna of tenant acme: BUSY, nothing was changed; try again when fewer requests run',
    'us-east-1, 2026-11',
    '  FAILED: TimeoutError',
    'eu-central-2, 2026-11',
    '  tenant acme: spent $2.345678901, held $10.000000000, CLOSED since 2026-11-22T00:00:00.000Z by anna: overdue',
  ]);
});

it('tells scripts nano-dollars as text: they may be more than a number holds', () => {
  expect(JSON.parse(toldJson(told, '2026-11'))).toMatchObject({
    month: '2026-11',
    ledgers: [
      { rebuilt: [{ before: { committed: '2000000070' } }, { outcome: 'busy' }] },
      { why: 'TimeoutError' },
      { gates: [{ committed: '12345678901', spent: '2345678901', stop: { by: 'anna' } }] },
    ],
  });
});
