import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createQuotas, readQuota } from './quota.ts';

const none = (): number => 0;

describe('a quota in requests', () => {
  test('lets the burst pass, then as many as the time has filled in', () => {
    const quotas = createQuotas();
    quotas.set('eu-central-1', { unit: 'requests', perMinute: 60, burst: 3 });
    const at = (now: number): boolean => quotas.admits('eu-central-1', none, now);
    expect([at(0), at(0), at(0), at(0)]).toEqual([true, true, true, false]);
    expect([at(999), at(1000), at(1000)]).toEqual([false, true, false]);
    expect([at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([true, true, true, false]);
  });

  test('never lets more pass than the burst and what filled in since', () => {
    const gaps = fc.array(fc.nat(3000), { maxLength: 200 });
    fc.assert(
      fc.property(
        gaps,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (steps, perMinute, burst) => {
          const quotas = createQuotas();
          quotas.set(undefined, { unit: 'requests', perMinute, burst });
          let now = 0;
          let passed = 0;
          for (const step of steps) {
            now += step;
            if (quotas.admits('us-east-1', none, now)) passed += 1;
          }
          return passed <= burst + (now / 60_000) * perMinute + 1e-6;
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});

test('a quota in tokens takes the prompt first and the answer after, and waits out what went below zero', () => {
  const quotas = createQuotas();
  quotas.set('eu-central-1', { unit: 'tokens', perMinute: 600, burst: 100 });
  const at = (now: number): boolean => quotas.admits('eu-central-1', () => 80, now);
  expect(at(0)).toBe(true);
  quotas.spend('eu-central-1', 50);
  expect(at(0)).toBe(false);
  expect(at(3000)).toBe(false);
  expect(at(3200)).toBe(true);
});

test('each region has its own bucket, and its own quota goes before the general one', () => {
  const quotas = createQuotas();
  quotas.set(undefined, { unit: 'requests', perMinute: 1, burst: 1 });
  quotas.set('us-east-1', { unit: 'requests', perMinute: 1, burst: 2 });
  const passes = (region: string): number => [1, 2, 3].filter(() => quotas.admits(region, none, 0)).length;
  expect([passes('eu-central-1'), passes('eu-central-2'), passes('us-east-1')]).toEqual([1, 1, 2]);
  quotas.remove('us-east-1');
  expect(passes('us-east-1')).toBe(1);
  quotas.remove(undefined);
  expect([passes('eu-central-1'), passes('us-east-1')]).toEqual([3, 3]);
});

test('what sets one', () => {
  expect(readQuota('{"requestsPerMinute":60}')).toEqual({ quota: { unit: 'requests', perMinute: 60, burst: 60 } });
  expect(readQuota('{"region":"us-east-1","tokensPerMinute":600,"burst":10}')).toEqual({
    region: 'us-east-1',
    quota: { unit: 'tokens', perMinute: 600, burst: 10 },
  });
  const wrong = ['', 'null', '[]', '{}', '{"requestsPerMinute":"1"}', '{"requestsPerMinute":-1}', '{"burst":1}'];
  const both = '{"requestsPerMinute":1,"tokensPerMinute":1}';
  for (const text of [...wrong, both, '{"requestsPerMinute":1,"region":7}']) expect(readQuota(text)).toBeUndefined();
});
