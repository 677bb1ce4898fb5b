import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bucket, type BucketSize, FULL_BUCKET, fullAt, take } from './leaky-bucket.ts';

const NOW = Date.UTC(2026, 10, 22);
const SIZE = { capacity: 100, refill: 10 };

const size = fc.record({ capacity: fc.integer({ min: 1, max: 500 }), refill: fc.integer({ min: 1, max: 50 }) });
const asks = fc.array(
  fc.record({ wait: fc.integer({ min: -200, max: 4_000 }), cost: fc.integer({ min: 0, max: 200 }) }),
  {
    minLength: 1,
    maxLength: 60,
  },
);

/** Lets them all try, one after another; the clock may go back. */
function live(bucketSize: BucketSize, all: readonly { wait: number; cost: number }[]) {
  let bucket: Bucket = FULL_BUCKET;
  let now = NOW;
  return all.map(({ wait, cost }) => {
    now += wait;
    const before = bucket;
    const answer = take(bucket, bucketSize, cost, now);
    if (answer.admitted) bucket = answer.bucket;
    return { now, cost, answer, before };
  });
}

describe('a leaky bucket', () => {
  it('holds its capacity, and refills at its rate', () => {
    const first = take(FULL_BUCKET, SIZE, 100, NOW);
    expect(first).toEqual({ admitted: true, left: 0, bucket: { debt: 100_000, at: NOW } });
    const { bucket } = first as Extract<typeof first, { admitted: true }>;
    expect(take(bucket, SIZE, 1, NOW)).toEqual({ admitted: false, left: 0, waitMs: 100 });
    expect(take(bucket, SIZE, 1, NOW + 99)).toEqual({ admitted: false, left: 0, waitMs: 1 });
    expect(take(bucket, SIZE, 1, NOW + 100)).toMatchObject({ admitted: true, left: 0 });
    expect(take(bucket, SIZE, 50, NOW + 7_000)).toMatchObject({ admitted: true, left: 20 });
    expect(take(bucket, SIZE, 0, NOW + 3_600_000)).toMatchObject({ admitted: true, left: 100 });
    expect(fullAt(bucket, SIZE)).toBe(NOW + 10_000);
  });

  it('neither refills nor charges by a clock that is behind: two processes never agree on the ms', () => {
    const half = take(FULL_BUCKET, SIZE, 50, NOW);
    const { bucket } = half as Extract<typeof half, { admitted: true }>;
    expect(take(bucket, SIZE, 50, NOW - 1_000)).toEqual({
      admitted: true,
      left: 0,
      bucket: { debt: 100_000, at: NOW },
    });
    expect(take(bucket, SIZE, 51, NOW - 1_000)).toEqual({ admitted: false, left: 50, waitMs: 1_100 });
  });

  it('never gives more than it can hold, and does not ask to wait for it', () => {
    expect(take(FULL_BUCKET, SIZE, 101, NOW)).toEqual({ admitted: false, left: 100, waitMs: null });
  });

  it('admits no more than its capacity and what was refilled, over any span of time', () => {
    fc.assert(
      fc.property(size, asks, (bucketSize, all) => {
        const lived = live(bucketSize, all);
        const admitted = lived.filter(({ answer }) => answer.admitted);
        for (const [n, from] of admitted.entries()) {
          let sum = 0;
          for (const to of admitted.slice(n)) {
            sum += to.cost;
            const latest = Math.max(...lived.slice(0, lived.indexOf(to) + 1).map(({ now }) => now));
            expect(sum).toBeLessThanOrEqual(
              bucketSize.capacity + (bucketSize.refill * (latest - Math.min(from.now, latest))) / 1_000,
            );
          }
        }
      }),
      { seed: 19, numRuns: 500 },
    );
  });

  it('admits after the wait that it names, and not a ms before', () => {
    fc.assert(
      fc.property(size, asks, (bucketSize, all) => {
        for (const { now, cost, answer, before } of live(bucketSize, all)) {
          if (answer.admitted) continue;
          expect(answer.waitMs === null).toBe(cost > bucketSize.capacity);
          if (answer.waitMs === null) continue;
          expect(answer.waitMs).toBeGreaterThan(0);
          expect(take(before, bucketSize, cost, now + answer.waitMs).admitted).toBe(true);
          expect(take(before, bucketSize, cost, now + answer.waitMs - 1).admitted).toBe(false);
        }
      }),
      { seed: 23, numRuns: 500 },
    );
  });

  it('counts in whole numbers and says what is left as it is', () => {
    fc.assert(
      fc.property(size, asks, (bucketSize, all) => {
        for (const { now, answer } of live(bucketSize, all)) {
          expect(answer.left).toBeGreaterThanOrEqual(0);
          expect(answer.left).toBeLessThanOrEqual(bucketSize.capacity);
          if (!answer.admitted) continue;
          expect(Number.isSafeInteger(answer.bucket.debt)).toBe(true);
          expect(take(answer.bucket, bucketSize, answer.left, now).admitted).toBe(true);
          expect(take(answer.bucket, bucketSize, answer.left + 1, now).admitted).toBe(false);
        }
      }),
      { seed: 29, numRuns: 300 },
    );
  });

  it.each([
    [Number.NaN, 10, 1],
    [100, Number.NaN, 1],
    [100, 10, Number.NaN],
    [100, 0, 1],
    [100, 10, -1],
    [100, 10, 0.5],
    [100, 10, Number.POSITIVE_INFINITY],
    [Number.MAX_SAFE_INTEGER, 10, 1],
  ])('refuses to reckon with %d, %d, %d', (capacity, refill, cost) => {
    expect(() => take(FULL_BUCKET, { capacity, refill }, cost, NOW)).toThrow(RangeError);
  });
});
