import { expect, it } from 'vitest';
import type { Gate, GateId } from '../../tenancy/gate.ts';
import type { Limits } from '../../tenancy/limit.ts';
import { limitHeaders } from './limit-headers.ts';
import { ACME, NOW } from './serve.fixture.ts';

const TENANT: GateId = { tenantId: ACME, subject: { kind: 'tenant' } };
const USER: GateId = { tenantId: ACME, subject: { kind: 'user', identityId: 'usr_anna' } };
const gate = (id: GateId, limits: Limits, counters: Record<string, bigint> = {}) => ({
  id,
  limits,
  gate: { closed: false, counters: new Map(Object.entries(counters)) } satisfies Gate,
});
const headers = (...gates: ReturnType<typeof gate>[]) => limitHeaders({ gates }, NOW);
const requests = (n: bigint) => ({ 'requests.2026-11-22T12:00': n });
const told = (kind: string, limit: number, remaining: number) => ({
  [`anthropic-ratelimit-${kind}-limit`]: String(limit),
  [`anthropic-ratelimit-${kind}-remaining`]: String(remaining),
  [`anthropic-ratelimit-${kind}-reset`]: '2026-11-22T12:01:00.000Z',
});

it('without limits nothing is said', () => {
  expect(headers(gate(TENANT, {}), gate(USER, { streams: 4, requestsPerDay: 9 }))).toEqual({});
});

it('the tightest limit is told: the one with the least share left, whatever it is in numbers', () => {
  const wide = gate(TENANT, { requestsPerMinute: 1_000 }, requests(900n));
  const narrow = gate(USER, { requestsPerMinute: 60 }, requests(10n));
  expect(headers(wide, narrow)).toEqual(told('requests', 1_000, 100));
  expect(headers(narrow, wide)).toEqual(told('requests', 1_000, 100));
  expect(headers(gate(TENANT, { requestsPerMinute: 1_000 }, requests(100n)), narrow)).toEqual(told('requests', 60, 50));
});

it('requests and tokens are told apart, and never less than nothing', () => {
  const one = gate(
    TENANT,
    { requestsPerMinute: 5, tokensPerMinute: 100 },
    { ...requests(1n), 'tokens.2026-11-22T12:00': 130n },
  );
  expect(headers(one)).toEqual({ ...told('requests', 5, 4), ...told('tokens', 100, 0) });
});

it.each([
  [79, undefined],
  [80, 'tenant 80%'],
  [134, 'tenant 134%'],
])('a budget that is spent to %d percent', (percent, header) => {
  const budget = { nanoUsd: 1_000n, enforcement: 'soft' } as const;
  const one = gate(TENANT, { budget }, { 'spent.2026-11': BigInt(percent) * 10n + 9n, 'committed.2026-11': 5_000n });
  expect(headers(one)['x-ar-budget-spent']).toBe(header);
});

it('each budget is told with whose it is; one of nothing is spent, whatever was', () => {
  const spent = { 'spent.2026-11': 900n };
  const of = (nanoUsd: bigint): Limits => ({ budget: { nanoUsd, enforcement: 'hard' } });
  expect(headers(gate(TENANT, of(1_000n), spent), gate(USER, of(950n), spent))['x-ar-budget-spent']).toBe(
    'tenant 90%, user 94%',
  );
  for (const one of [spent, {}])
    expect(headers(gate(TENANT, of(0n), one))).toEqual({ 'x-ar-budget-spent': 'tenant 100%' });
});
