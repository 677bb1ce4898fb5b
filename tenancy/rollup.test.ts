import { describe, expect, it } from 'vitest';
import { changeOf, mustBeCounted, NO_COUNTS, requestsIn, slotsOf, sumOf } from './rollup.ts';
import { parseTenantId } from './tenant.ts';
import { type Intent, NO_TOKENS, OUTCOMES } from './usage.ts';

const TOKENS = { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 };
const orphan = { outcome: 'ORPHAN', tokens: { ...TOKENS, output: 900 }, nanoUsd: 9_000n } as const;
const truth = { outcome: 'COMPLETED', tokens: TOKENS, nanoUsd: 70n } as const;

const intent: Intent = {
  requestId: 'r-1',
  tenantId: parseTenantId('acme')!,
  identityId: 'usr_anna',
  callerType: 'user',
  model: 'claude-opus-5-5',
  bedrockModelId: 'eu.anthropic.claude-opus-5-5',
  region: 'eu-central-1',
  stream: true,
  startedAt: Date.UTC(2026, 10, 30, 23, 59, 59, 999),
  reserved: { nanoUsd: 0n, inputTokens: 0, outputTokens: 0 },
};

describe('what is counted of a request', () => {
  it('is its tokens by class, its money and how it ended', () => {
    expect(changeOf(null, truth)).toEqual({ ...NO_COUNTS, ...bigints(TOKENS), completed: 1n, nanoUsd: 70n });
  });

  it('refused by a limit is no usage, and is counted as refused', () => {
    const refused = changeOf(null, { outcome: 'REFUSED', tokens: NO_TOKENS, nanoUsd: 0n });
    expect(refused).toEqual({ ...NO_COUNTS, refused: 1n });
    expect(requestsIn(refused)).toBe(0n);
  });

  it('is one request, with every other end', () => {
    for (const outcome of OUTCOMES.filter((one) => one !== 'REFUSED')) {
      expect(requestsIn(changeOf(null, { ...truth, outcome })), outcome).toBe(1n);
    }
  });

  it('as an orphan is an estimate: the truth comes in its place', () => {
    const change = changeOf(orphan, truth);
    expect(change).toMatchObject({ orphans: -1n, completed: 1n, output: -898n, nanoUsd: -8_930n });
    expect(sumOf([changeOf(null, orphan), change])).toEqual(changeOf(null, truth));
  });

  it('is replaced for an orphan alone', () => {
    expect(mustBeCounted(null, orphan)).toBe(true);
    expect(mustBeCounted(orphan, truth)).toBe(true);
    expect(mustBeCounted(orphan, orphan)).toBe(false);
    expect(mustBeCounted(truth, orphan)).toBe(false);
    expect(mustBeCounted(truth, { ...truth, nanoUsd: 71n })).toBe(false);
  });
});

it('a request stands in the hour, day and month of its start', () => {
  const user = { tenantId: 'acme', identityId: 'usr_anna', model: 'claude-opus-5-5' };
  expect(slotsOf(intent)).toEqual([
    { kind: 'hour', ...user, region: 'eu-central-1', window: '2026-11-30T23' },
    { kind: 'day', ...user, window: '2026-11-30' },
    { kind: 'month', ...user, window: '2026-11' },
  ]);
  expect(slotsOf({ ...intent, startedAt: intent.startedAt + 1, keyId: 'k3jD8sQ0aZ' })).toMatchObject([
    { window: '2026-12-01T00', keyId: 'k3jD8sQ0aZ' },
    { window: '2026-12-01' },
    { window: '2026-12' },
  ]);
});

function bigints(counts: Record<string, number>) {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, BigInt(count)]));
}
