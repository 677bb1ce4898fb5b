/** How much a bucket lets through: `capacity` points at once, and `refill` points a second from then on. Whole numbers. */
export type BucketSize = { readonly capacity: number; readonly refill: number };

/**
 * What a bucket has to remember: `debt`, what was taken and is not refilled yet, in thousandths of a point; and the ms at
 * which it was that much. So many points a second are as many thousandths a ms: nothing is ever rounded.
 */
export type Bucket = { readonly debt: number; readonly at: number };

/** `left` in whole points. `waitMs`: after which the same take is admitted, if nobody else takes; null means never. */
export type Take =
  | { readonly admitted: true; readonly left: number; readonly bucket: Bucket }
  | { readonly admitted: false; readonly left: number; readonly waitMs: number | null };

export const FULL_BUCKET: Bucket = { debt: 0, at: 0 };

/**
 * Takes points from a leaky bucket (GCRA, as a meter of what is owed). In no span of time are more admitted than
 * `capacity + refill * seconds`. A clock that goes back refills nothing. What is refused costs nothing.
 * @param cost whole points @param now ms
 * @throws RangeError for a size or a cost that is no count: with a NaN in it every comparison would admit
 */
export function take(bucket: Bucket, { capacity, refill }: BucketSize, cost: number, now: number): Take {
  if (!isCount(capacity) || !isCount(refill) || refill === 0 || !isCount(cost)) {
    throw new RangeError(`no bucket or no cost: ${capacity}, ${refill}, ${cost}`);
  }
  const at = Math.max(bucket.at, now);
  const debt = Math.max(0, bucket.debt - (at - bucket.at) * refill);
  const wanted = debt + cost * 1_000;
  const over = wanted - capacity * 1_000;
  const left = (owed: number) => Math.max(0, Math.floor((capacity * 1_000 - owed) / 1_000));
  if (over <= 0) return { admitted: true, left: left(wanted), bucket: { debt: wanted, at } };
  // A clock behind the bucket's must first catch up.
  const waitMs = cost > capacity ? null : at - now + Math.ceil(over / refill);
  return { admitted: false, left: left(debt), waitMs };
}

/** When the bucket is full again, in ms: from then on it says no more than none at all. */
export function fullAt({ debt, at }: Bucket, { refill }: BucketSize): number {
  return at + Math.ceil(debt / refill);
}

/** A thousand times as much must still be a whole number. */
function isCount(value: number): boolean {
  return Number.isSafeInteger(value * 1_000) && Number.isInteger(value) && value >= 0;
}
