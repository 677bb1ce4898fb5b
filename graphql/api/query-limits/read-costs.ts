import { type Dimension, questionPoints } from '../usage-plan.ts';

/** A field's argument by name, as the client sent it: of any shape, for nothing has been validated yet. */
export type ArgumentOf = (name: string) => unknown;

/** What is done behind a field, in points, where that is not its objects: by type and field. Each is total. */
export const READ_COSTS: ReadonlyMap<string, (argumentOf: ArgumentOf) => number> = new Map([
  ['Tenant.usage', (argumentOf: ArgumentOf) => usagePoints(argumentOf('input'))],
  // One ledger for each region in which it may have been served.
  ['Tenant.request', () => 3],
  // A month of days with what was compared, some 8 KB each; a day's lines; the whole board.
  ['Tenant.billingDays', () => 30],
  ['BillingDay.lines', () => 10],
  ['BillingDay.costLines', () => 10],
  // Each reads the month's days once for the whole document; a margin by name reads the lines of 31 days.
  ['BillingPeriod.totals', () => 30],
  ['BillingPeriod.waitsFor', () => 30],
  ['BillingPeriod.days', () => 30],
  ['BillingPeriod.pushes', () => 30],
  ['BillingPeriod.margin', () => 30],
  ['BillingPeriod.adjustments', () => 5],
  ['BillingMargin.byModel', () => 310],
  ['BillingMargin.byRegion', () => 310],
  // The days of the request's month, the lines of its own, and its price in each scope.
  ['ModelRequest.billing', () => 45],
  ['BillingBoardConnection.counts', () => 500],
  // 62 small items of one partition.
  ['Query.billingDayRuns', () => 5],
  // Two addresses that the caller names, 3 seconds each: three in a document are answered before the gateway gives up.
  ['Mutation.setIdentityProvider', () => 1_500],
]);

const DAY = /^\d{4}-\d\d-\d\d$/;

/** What cannot be read here is no such input, and the server refuses it before anything is read. */
function usagePoints(input: unknown): number {
  if (typeof input !== 'object' || input === null) return 0;
  const { from, to, grain, groupBy, userIds, apiKeyIds } = input as Readonly<Record<string, unknown>>;
  if (!isDay(from) || !isDay(to)) return 0;
  const by = new Set<Dimension>();
  const grouped = listOf(groupBy);
  if (grouped.includes('SESSION')) by.add('session');
  if (grouped.includes('USER') || isGiven(userIds)) by.add('user');
  if (grouped.includes('API_KEY') || isGiven(apiKeyIds)) by.add('key');
  return questionPoints({
    grain: grain === 'HOUR' ? 'hour' : grain === 'MONTH' ? 'month' : 'day',
    by,
    users: isGiven(userIds) ? listOf(userIds).length : null,
    first: from,
    last: to,
  });
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && DAY.test(value) && !Number.isNaN(Date.parse(value));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** GraphQL takes one value for a list of one. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : isGiven(value) ? [value] : [];
}
