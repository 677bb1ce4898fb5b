import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumOfCosts } from './price.ts';
import { changeOf, mustBeCounted, NO_COUNTS, requestsIn, sumOf, unsplitNanoUsd } from './rollup.ts';
import { parseTenantId } from './tenant.ts';
import { type Intent, NO_TOKENS, OUTCOMES, type TokenCosts } from './usage.ts';
import { endOf, slotsOf } from './usage-sum.ts';

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

  it('was told to slow down by what was short', () => {
    const refused = { outcome: 'REFUSED', tokens: NO_TOKENS, nanoUsd: 0n, throttledBy: 'own_limit' } as const;
    expect(changeOf(null, refused)).toEqual({ ...NO_COUNTS, refused: 1n, throttledByOwnLimit: 1n });
    const failed = { ...refused, outcome: 'UPSTREAM_ERROR', throttledBy: 'shared_capacity' } as const;
    expect(changeOf(null, failed)).toEqual({ ...NO_COUNTS, upstreamErrors: 1n, throttledBySharedCapacity: 1n });
  });

  it('has its money by token class, to the last nano-USD, whether it is told by class or not', () => {
    const amount = fc.bigInt(0n, 2n ** 70n);
    const costs = fc.record({
      input: amount,
      output: amount,
      cacheRead: amount,
      cacheWrite5m: amount,
      cacheWrite1h: amount,
    });
    const counted = fc.oneof(
      costs.map((split: TokenCosts) => ({ ...truth, nanoUsd: sumOfCosts(split), costs: split })),
      // Written before it was told, or by a sweeper; or damaged.
      amount.map((nanoUsd) => ({ ...truth, nanoUsd })),
      fc.tuple(amount, costs).map(([nanoUsd, split]) => ({ ...truth, nanoUsd, costs: split })),
    );
    fc.assert(
      fc.property(fc.array(counted), (all) => {
        const sum = sumOf(all.map((one) => changeOf(null, one)));
        const classes =
          sum.inputNanoUsd +
          sum.outputNanoUsd +
          sum.cacheReadNanoUsd +
          sum.cacheWrite5mNanoUsd +
          sum.cacheWrite1hNanoUsd;
        expect(sum.nanoUsd).toBe(all.reduce((total, { nanoUsd }) => total + nanoUsd, 0n));
        expect(classes + unsplitNanoUsd(sum)).toBe(sum.nanoUsd);
        expect(unsplitNanoUsd(sum)).toBe(
          all.reduce((rest, one) => {
            const split = 'costs' in one && sumOfCosts(one.costs) === one.nanoUsd;
            return split ? rest : rest + one.nanoUsd;
          }, 0n),
        );
      }),
      { seed: 13 },
    );
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

describe('a request stands in the sums', () => {
  const tenant = { tenantId: 'acme', model: 'claude-opus-5-5', region: 'eu-central-1' };
  const user = { ...tenant, identityId: 'usr_anna' };

  it('of its start: of its tenant alone, and of its user', () => {
    expect(slotsOf(intent)).toEqual([
      { sum: 'tenantHour', ...tenant, window: '2026-11-30T23' },
      { sum: 'tenantDay', ...tenant, window: '2026-11-30' },
      { sum: 'hour', ...user, window: '2026-11-30T23' },
      { sum: 'day', ...user, window: '2026-11-30' },
      { sum: 'userDay', ...user, window: '2026-11-30' },
      { sum: 'month', ...user, window: '2026-11' },
    ]);
  });

  it('of its key, and of its session', () => {
    const keyId = 'k3jD8sQ0aZ';
    const slots = slotsOf({ ...intent, startedAt: intent.startedAt + 1, keyId, sessionId: 's-1' });
    expect(slots).toEqual([
      { sum: 'tenantHour', ...tenant, window: '2026-12-01T00' },
      { sum: 'tenantDay', ...tenant, window: '2026-12-01' },
      { sum: 'hour', ...user, keyId, window: '2026-12-01T00' },
      { sum: 'day', ...user, keyId, window: '2026-12-01' },
      { sum: 'userDay', ...user, keyId, window: '2026-12-01' },
      { sum: 'month', ...user, keyId, window: '2026-12' },
      { sum: 'session', ...user, keyId, sessionId: 's-1', window: '2026-12-01' },
    ]);
  });

  it('of which those by hour and by session end, all of a day at once', () => {
    const day = (text: string) => Date.parse(text);
    expect(endOf({ sum: 'hour', window: '2026-11-22T23' })).toBe(day('2027-03-03'));
    expect(endOf({ sum: 'tenantHour', window: '2026-11-22T00' })).toBe(day('2027-03-03'));
    expect(endOf({ sum: 'session', window: '2026-11-22' })).toBe(day('2027-01-02'));
    for (const sum of ['tenantDay', 'day', 'userDay', 'month'] as const)
      expect(endOf({ sum, window: '2026-11-22' })).toBeNull();
  });
});

function bigints(counts: Record<string, number>) {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, BigInt(count)]));
}
