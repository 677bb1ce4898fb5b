import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LimitChanges, limitsInForce, secondsToNextWindow, TIER_LIMITS, WINDOWS, windowKey } from './limit.ts';
import { TIERS } from './tenant.ts';

const at = (iso: string) => Date.parse(iso);

describe('a window', () => {
  it.each([
    ['2026-11-22T13:45:59.999Z', '2026-11-22T13:45', '2026-11-22', '2026-11'],
    ['2028-02-29T23:59:59.999Z', '2028-02-29T23:59', '2028-02-29', '2028-02'],
    ['2027-01-01T00:00:00.000Z', '2027-01-01T00:00', '2027-01-01', '2027-01'],
  ])('of %s has the name of its UTC minute, day and month', (iso, minute, day, month) => {
    expect(WINDOWS.map((window) => windowKey(window, at(iso)))).toEqual([minute, day, month]);
  });

  it.each([
    ['2026-11-22T13:45:00.000Z', [60, 36_900, 728_100]],
    ['2026-11-22T13:45:59.001Z', [1, 36_841, 728_041]],
    ['2026-12-31T23:59:59.999Z', [1, 1, 1]],
    ['2028-02-28T00:00:00.000Z', [60, 86_400, 172_800]],
    ['2027-02-28T00:00:00.000Z', [60, 86_400, 86_400]],
    ['2026-11-30T23:59:59.500Z', [1, 1, 1]],
  ])('at %s ends after so many seconds', (iso, seconds) => {
    expect(WINDOWS.map((window) => secondsToNextWindow(window, at(iso)))).toEqual(seconds);
  });

  it('is another one after the seconds it was said to last, and not a second before', () => {
    const instant = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2032-12-31T23:59:59Z') });
    fc.assert(
      fc.property(instant, fc.constantFrom(...WINDOWS), (now, window) => {
        const seconds = secondsToNextWindow(window, now);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(windowKey(window, now + seconds * 1000)).not.toBe(windowKey(window, now));
        expect(windowKey(window, now + (seconds - 1) * 1000)).toBe(windowKey(window, now));
      }),
      { seed: 41, numRuns: 1000 },
    );
  });
});

describe('the limits in force', () => {
  it("are the tier's, until the tenant's row says otherwise, until a rule of the subject's own does", () => {
    expect(limitsInForce('STANDARD', 'user')).toEqual({ requestsPerMinute: 200, streams: 40 });
    const row = { user: { requestsPerMinute: 7, tokensPerMinute: 9 }, tenant: { streams: 1 } };
    expect(limitsInForce('STANDARD', 'user', row)).toEqual({ requestsPerMinute: 7, tokensPerMinute: 9, streams: 40 });
    expect(limitsInForce('STANDARD', 'user', row, { requestsPerMinute: 8 })).toEqual({
      requestsPerMinute: 8,
      tokensPerMinute: 9,
      streams: 40,
    });
  });

  it('are lifted by null, and by nothing else', () => {
    const lifted = limitsInForce('STANDARD', 'user', { user: { requestsPerMinute: null } }, { streams: null });
    expect(lifted).toEqual({});
    expect(limitsInForce('TRIAL', 'tenant', { tenant: { budget: null } })).not.toHaveProperty('budget');
    expect(limitsInForce('STANDARD', 'user', { user: { requestsPerMinute: 0 } })).toMatchObject({
      requestsPerMinute: 0,
    });
    const absent = { requestsPerMinute: undefined } as unknown as LimitChanges;
    expect(limitsInForce('STANDARD', 'user', { user: absent }, absent)).toMatchObject({ requestsPerMinute: 200 });
  });

  it('are set again by a rule where the row has lifted them', () => {
    expect(limitsInForce('TRIAL', 'key', { key: { streams: null } }, { streams: 2 })).toEqual({ streams: 2 });
  });

  it('leave no tier without an end to what a trial can spend', () => {
    expect(TIER_LIMITS.TRIAL.tenant.budget).toEqual({ nanoUsd: 50_000_000_000n, enforcement: 'hard' });
    for (const tier of TIERS) expect(TIER_LIMITS[tier].tenant.streams).toBeGreaterThan(0);
  });
});
