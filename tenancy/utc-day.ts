/** A day of billing is one of UTC: each has as many ms as any other. */
export const DAY_MS = 86_400_000;

/** Whether it is a day of the calendar, written `2026-11-21`: one that its month has not would be read as one of the next. */
export function isUtcDay(text: string): boolean {
  const start = midnightOf(text);
  return !Number.isNaN(start) && dayOf(start) === text;
}

/** Midnight (ms since the epoch) that a day such as `2026-11-22` begins with. @throws RangeError for what is no day */
export function startOfDay(day: string): number {
  if (!isUtcDay(day)) throw new RangeError(`not a day: ${JSON.stringify(day)}`);
  return midnightOf(day);
}

function midnightOf(day: string): number {
  return /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00.000Z`) : Number.NaN;
}

/** The day of an instant (ms since the epoch). */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, '2026-11-22'.length);
}

/** The month of a day: `2026-11`. */
export function monthOf(day: string): string {
  return day.slice(0, '2026-11'.length);
}

/** The days of a month, in their order. @param month `2026-11` @throws RangeError for what is no month */
export function daysOf(month: string): readonly string[] {
  const days: string[] = [];
  for (let at = startOfDay(`${month}-01`); monthOf(dayOf(at)) === month; at += DAY_MS) days.push(dayOf(at));
  return days;
}

/** The days from one to another, both included, in their order. @throws RangeError for what is no day */
export function daysBetween(from: string, to: string): readonly string[] {
  const days: string[] = [];
  for (let at = startOfDay(from); at <= startOfDay(to); at += DAY_MS) days.push(dayOf(at));
  return days;
}

/** The month after a month. */
export function monthAfter(month: string): string {
  const last = daysOf(month).at(-1) ?? '';
  return monthOf(dayOf(startOfDay(last) + DAY_MS));
}

/** The month before a month. */
export function monthBefore(month: string): string {
  return monthOf(dayOf(startOfDay(`${month}-01`) - DAY_MS));
}
