import { DAY_MS, dayOf, startOfDay } from './utc-day.ts';

/** What is known of the runs of a UTC day (`2026-11-22`). Times: ms since the epoch. */
export type BillingDayRun = {
  readonly day: string;
  /** When somebody last asked for it to be counted and priced anew. */
  readonly askedAt?: number;
  /** The last run that came to its end, and for how many tenants the day is billed. */
  readonly ran?: {
    readonly startedAt: number;
    readonly endedAt: number;
    readonly tenants: number;
    readonly settled: number;
    readonly quarantined: number;
    readonly writtenAgain: number;
    readonly corrected: number;
  };
};

/** So long after midnight what AWS writes down of a day's last requests has come, as a rule. */
const DELIVERY_MS = 30 * 60_000;
/** On so many mornings a day is counted: what arrives late, by two days, is counted with its own day. */
const MORNINGS = 3;
const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS] = [3_600_000, DAY_MS];
/** Of a day that waits for something, each look takes so little of its age. */
const PAUSES_IN_AN_AGE = 24;

/** Whether a day was counted for the last time, unless somebody asks for it: what arrives from then on is too late for its month. */
export function isCountedOut({ day, ran }: BillingDayRun): boolean {
  return ran !== undefined && ran.startedAt >= morningOf(day, MORNINGS);
}

/**
 * The days that a run is due for, the oldest first: each on the three mornings after it; one that waits for something after
 * ever longer pauses, from an hour to a day; and one that somebody asks for.
 * @param runs what is known of any day @param unfinished days that are not billed for all their tenants
 * @param since the first day that there is something to bill of @param now ms since the epoch
 */
export function dueDays(
  runs: readonly BillingDayRun[],
  unfinished: readonly string[],
  { since, now }: { readonly since: string; readonly now: number },
): readonly string[] {
  const known = new Map(runs.map((one) => [one.day, one]));
  const waits = new Set(unfinished);
  const asked = runs.flatMap(({ day, askedAt }) => (askedAt === undefined ? [] : [day]));
  const recent: string[] = [];
  for (let at = startOfDay(since); at < startOfDay(dayOf(now)); at += DAY_MS) recent.push(dayOf(at));
  return [...new Set([...recent, ...waits, ...asked])]
    .filter((day) => startOfDay(day) + DAY_MS <= now)
    .filter((day) => isDue(known.get(day) ?? { day }, waits.has(day), now))
    .sort();
}

function isDue({ day, askedAt, ran }: BillingDayRun, waits: boolean, now: number): boolean {
  const last = ran?.startedAt ?? Number.NEGATIVE_INFINITY;
  if (askedAt !== undefined && askedAt > last) return true;
  for (let n = 1; n <= MORNINGS; n++) if (last < morningOf(day, n) && morningOf(day, n) <= now) return true;
  if (!waits) return false;
  const age = now - startOfDay(day) - DAY_MS;
  return last + Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, age / PAUSES_IN_AN_AGE)) <= now;
}

function morningOf(day: string, n: number): number {
  return startOfDay(day) + n * DAY_MS + DELIVERY_MS;
}
