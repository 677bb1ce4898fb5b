/** What is handed in, so that a test has its own clock. `random`: [0, 1). */
export type Clock = {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
};

/** How one try ended. `afterMs`: what the other side asks to wait; `tries`: give up after so many of this kind. */
export type Tried<Value> =
  | { readonly done: true; readonly value: Value }
  | { readonly done: false; readonly why: string; readonly afterMs?: number; readonly tries?: number };

/** The other side did not do it in time. Nothing is known of what became of it; the same request may be sent again. */
export class GaveUp extends Error {}

const FIRST_MS = 250;
const MOST_MS = 8_000;
/** Who were told the same wait at the same time must not come back at the same time. */
const SPREAD_MS = 1_000;

/**
 * Tries until it is done, or the deadline would pass while waiting. Waits grow, and are spread at random: all that were
 * turned away together would else come again together.
 * @param deadlineMs from now on
 * @throws GaveUp with the last reason; whatever a try throws
 */
export async function retrying<Value>(
  work: () => Promise<Tried<Value>>,
  deadlineMs: number,
  { now, sleep, random }: Clock,
): Promise<Value> {
  const end = now() + deadlineMs;
  for (let tries = 1; ; tries++) {
    const tried = await work();
    if (tried.done) return tried.value;
    const grown = random() * Math.min(MOST_MS, FIRST_MS * 2 ** tries);
    const wait = tried.afterMs === undefined ? grown : tried.afterMs + random() * SPREAD_MS;
    if (tries >= (tried.tries ?? Number.POSITIVE_INFINITY) || now() + wait > end) {
      throw new GaveUp(`${tried.why} (gave up after ${tries} ${tries === 1 ? 'try' : 'tries'})`);
    }
    await sleep(wait);
  }
}
