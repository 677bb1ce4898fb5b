import { dueDays } from '../tenancy/billing-schedule.ts';
import { listDayRuns } from '../tenancy/table/billing-day-runs.ts';
import { listUnfinishedBillingDays } from '../tenancy/table/billing-days.ts';
import { DAY_MS, dayOf } from '../tenancy/utc-day.ts';
import { type CloseMonthsDeps, closeMonths, type MonthReport } from './close-months.ts';
import { type DayReport, type RunDeps, runDay } from './run.ts';

export type JobDeps = Omit<RunDeps, 'payment'> &
  CloseMonthsDeps & {
    readonly payment: RunDeps['payment'] & CloseMonthsDeps['payment'];
    /** ms epoch: after it no day is begun. */
    readonly until: number;
  };

/** What everything that was due came to. */
export type JobReport = {
  readonly days: readonly DayReport[];
  /** Days whose run broke off, and are due again. */
  readonly broken: readonly { readonly day: string; readonly why: string }[];
  /** Days that are left to the next run. */
  readonly left: readonly string[];
  readonly months: readonly MonthReport[];
};

/** A day that was never run is noticed for so long. */
const NOTICED_DAYS = 35;
/** One that is asked for may be as old as this. */
const ASKED_DAYS = 3 * 365;
/** The oldest come first; there are never more without somebody knowing of it. */
const MOST_UNFINISHED = 1_000;

/**
 * Does what is due by now: the days, the oldest first, and then the months that are over. It is run every hour; run at any
 * other time, or twice, it does no harm.
 * @returns `busy` when another run has the place
 */
export async function runDue(deps: JobDeps): Promise<JobReport | 'busy'> {
  const { tables, now, progress } = deps;
  const today = dayOf(now());
  const runs = await listDayRuns(tables, dayOf(now() - ASKED_DAYS * DAY_MS), today);
  const since = dayOf(now() - NOTICED_DAYS * DAY_MS);
  const unfinished = await listUnfinishedBillingDays(tables, MOST_UNFINISHED);
  const waiting = [...new Set(unfinished.map(({ day }) => day))];

  const [days, broken, left]: [DayReport[], { day: string; why: string }[], string[]] = [[], [], []];
  for (const day of dueDays(runs, waiting, { since, now: now() })) {
    if (now() >= deps.until) {
      left.push(day);
      continue;
    }
    try {
      const report = await runDay(deps, day);
      if (report === 'busy') return 'busy';
      days.push(report);
    } catch (error) {
      // A day that cannot be run, as one with a damaged request, holds up no other.
      const why = error instanceof Error ? error.message : String(error);
      progress(`${day}: ${why}`);
      broken.push({ day, why });
    }
  }
  return { days, broken, left, months: await closeMonths(deps) };
}
