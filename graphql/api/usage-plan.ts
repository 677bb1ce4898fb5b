import { HOURS_KEPT_DAYS, SESSIONS_KEPT_DAYS, type SumName } from '../../tenancy/usage-sum.ts';

export const DIMENSIONS = ['user', 'key', 'model', 'region', 'session'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export type Grain = 'hour' | 'day' | 'month';

/** A question, as far as it decides what has to be read. Days as `2026-11-22`, both included. */
export type UsageQuestion = {
  readonly grain: Grain;
  /** What it is grouped by or filtered by. */
  readonly by: ReadonlySet<Dimension>;
  /** How many users it names; null: it is of all. */
  readonly users: number | null;
  readonly first: string;
  readonly last: string;
};

/** So few users are read one by one; of more, everybody is read and the others are left out. */
export const USERS_APART = 5;

/** The sum that answers a question with the fewest reads. */
export function sumFor(question: Pick<UsageQuestion, 'grain' | 'by' | 'users'>): SumName {
  const { grain, by } = question;
  if (by.has('session')) return 'session';
  const people = by.has('user') || by.has('key');
  if (grain === 'hour') return people ? 'hour' : 'tenantHour';
  if (!people) return 'tenantDay';
  if (grain === 'month') return 'month';
  return readsApart(question) ? 'userDay' : 'day';
}

/** Whether users are read one by one. */
export function readsApart({ users }: Pick<UsageQuestion, 'users'>): boolean {
  return users !== null && users <= USERS_APART;
}

/**
 * What reading one day costs in points, of sums by month one month: of everybody, and of one user. One object of a
 * document is a point and about one read. A tenant's own sums are a few for each day; of people there are as many as it has.
 */
const POINTS: Readonly<Record<SumName, { readonly all: number; readonly user: number }>> = {
  tenantDay: { all: 1, user: 1 },
  tenantHour: { all: 10, user: 10 },
  userDay: { all: 1, user: 1 },
  day: { all: 50, user: 50 },
  hour: { all: 300, user: 20 },
  month: { all: 200, user: 1 },
  session: { all: 100, user: 10 },
};

/** What a question costs in points, whoever asks: at least 1, and finite. */
export function questionPoints(question: UsageQuestion): number {
  const sum = sumFor(question);
  const { all, user } = POINTS[sum];
  const windows = sum === 'month' ? monthsIn(question) : daysIn(question);
  const ofTenant = sum === 'tenantDay' || sum === 'tenantHour';
  const each = readsApart(question) && !ofTenant ? user * Math.max(1, question.users ?? 1) : all;
  return Math.max(1, windows) * each;
}

const DAY_MS = 86_400_000;

/** How many days, none when the last is before the first. */
export function daysIn({ first, last }: Pick<UsageQuestion, 'first' | 'last'>): number {
  return Math.max(0, (Date.parse(last) - Date.parse(first)) / DAY_MS + 1);
}

function monthsIn({ first, last }: Pick<UsageQuestion, 'first' | 'last'>): number {
  const months = (day: string): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
  return Math.max(0, months(last) - months(first) + 1);
}

/** The days from the first until the last, both included. */
export function daysFrom(first: string, last: string): string[] {
  return Array.from({ length: daysIn({ first, last }) }, (_, n) => dayAfter(first, n));
}

/** The months (`2026-11`) that the days are in. */
export function monthsFrom(first: string, last: string): string[] {
  return [...new Set(daysFrom(first, last).map((day) => day.slice(0, '2026-11'.length)))];
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, '2026-11-22'.length);
}

/** Days of the longest question: more is no chart, and by session or hour no month is looked at as one. */
const MOST_DAYS: Readonly<Record<Grain | 'session', number>> = { hour: 7, day: 92, month: 400, session: 31 };

/** Why a question has no answer, in the schema's words, with the way out; null: it has one. @param now ms since the epoch */
export function whyUnanswerable(question: UsageQuestion, now: number): string | null {
  const { grain, by, first, last } = question;
  if (last < first) return 'input.to must not be before input.from';
  const bySession = by.has('session');
  if (bySession && grain === 'hour') return 'sessions are summed up by the day; ask by DAY';
  const days = daysIn(question);
  const most = MOST_DAYS[bySession ? 'session' : grain];
  if (days > most) {
    const way = bySession ? ', or without SESSION' : grain === 'hour' ? ', or ask by DAY' : '';
    return `from and to may be ${most} days at most, not ${days}; ask for fewer${way}`;
  }
  if (grain === 'month' && !(first.endsWith('-01') && dayAfter(last, 1).endsWith('-01')))
    return 'by MONTH, input.from must be the first day of a month and input.to the last of one';
  // What is being forgotten is there in part, and part of it would be a wrong sum.
  const kept = bySession ? SESSIONS_KEPT_DAYS : grain === 'hour' ? HOURS_KEPT_DAYS : null;
  if (kept !== null && daysIn({ first, last: new Date(now).toISOString().slice(0, 10) }) > kept + 1)
    return `sums by ${bySession ? 'session' : 'hour'} are kept for ${kept} days; ask for later ones, or by DAY${bySession ? ' without SESSION' : ''}`;
  return null;
}
