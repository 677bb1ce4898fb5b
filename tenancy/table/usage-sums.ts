import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { COUNT_NAMES, type Counts, sumOf, type UserUsage } from '../rollup.ts';
import type { TenantId } from '../tenant.ts';
import type { SumSlot } from '../usage-sum.ts';
import { key } from './keys.ts';
import type { Tables } from './tables.ts';
import {
  type SharedSum,
  tenantPartition,
  toBigint,
  userPartition,
  userPrefix,
  windowPartition,
} from './usage-sum-keys.ts';

/** One sum: what it is of, and how much. */
export type UsageSum = { readonly slot: Omit<SumSlot, 'sum' | 'tenantId'>; readonly counts: Counts };

/** Which sums to read. Days as `2026-11-22`, the first and last included; `windows`: days, of sums by month months. */
export type UsageReading =
  | { readonly sum: 'tenantHour' | 'tenantDay'; readonly first: string; readonly last: string }
  | { readonly sum: 'userDay'; readonly users: readonly string[]; readonly first: string; readonly last: string }
  /** `users`: null for all. */
  | { readonly sum: SharedSum; readonly users: readonly string[] | null; readonly windows: readonly string[] };

/** So many sums one question may be answered from: some 10 MB of the table, and of memory several times that. */
export const MOST_SUMS = 20_000;

/** A partition, or what stands in it between two sort keys, or under a prefix. */
type Part = { readonly pk: string; readonly within?: readonly [string, string] | string };

/**
 * The sums that answer a question, in no order.
 * @param most past so many there is no answer
 * @returns null when there are more: part of them would be a wrong answer
 */
export async function listUsage(
  tables: Tables,
  tenantId: TenantId,
  reading: UsageReading,
  most = MOST_SUMS,
): Promise<UsageSum[] | null> {
  const found: Stored[] = [];
  const take = (items: readonly Stored[]): boolean => {
    if (found.length <= most) found.push(...items);
    return found.length <= most;
  };
  await Promise.all(partsOf(tenantId, reading).map((part) => query(tables, part, take)));
  return found.length > most ? null : found.map(toUsageSum);
}

function partsOf(tenantId: TenantId, reading: UsageReading): Part[] {
  switch (reading.sum) {
    case 'tenantHour':
    case 'tenantDay':
      return [{ pk: tenantPartition(tenantId, reading.sum), within: between(reading.first, reading.last) }];
    case 'userDay':
      return reading.users.map((user) => ({
        pk: userPartition(tenantId, user),
        within: between(reading.first, reading.last),
      }));
    default: {
      const { sum, users, windows } = reading;
      return windows.flatMap((window) => {
        const pk = windowPartition(tenantId, sum, window);
        return users === null ? [{ pk }] : users.map((user) => ({ pk, within: userPrefix(user) }));
      });
    }
  }
}

/** Behind a day stand `#` or `T` and an hour; `~` comes after both. */
function between(first: string, last: string): readonly [string, string] {
  return [key`${first}#`, key`${last}~`];
}

/**
 * The sums of a tenant's window, one user's after another's, page by page as the store reads them: a large tenant's day is
 * more than a function's memory. @param window a day (`2026-11-22`); of sums by month, a month
 */
export async function* usagePages(
  tables: Tables,
  tenantId: TenantId,
  sum: SharedSum,
  window: string,
): AsyncGenerator<UsageSum[]> {
  for await (const page of pages(tables, { pk: windowPartition(tenantId, sum, window) })) yield page.map(toUsageSum);
}

/** What a user used on a day (`2026-11-22`) and in its month. Two small reads, which may be a moment behind. */
export async function getUserUsage(
  tables: Tables,
  tenantId: TenantId,
  identityId: string,
  day: string,
): Promise<UserUsage> {
  const month = day.slice(0, '2026-11'.length);
  const read = async (part: Part): Promise<Stored[]> => {
    const found: Stored[] = [];
    await query(tables, part, (items) => found.push(...items) > 0);
    return found;
  };
  const [ofDay, ofMonth] = await Promise.all([
    read({ pk: userPartition(tenantId, identityId), within: key`${day}#` }),
    read({ pk: windowPartition(tenantId, 'month', month), within: userPrefix(identityId) }),
  ]);
  const countedAt = Math.max(...[...ofDay, ...ofMonth].map((stored) => Number(stored['countedAt'])));
  return {
    day: byModel(ofDay),
    month: byModel(ofMonth),
    countedAt: Number.isFinite(countedAt) ? countedAt : null,
  };
}

function byModel(stored: readonly Stored[]): UserUsage['day'] {
  const models = Map.groupBy(stored.map(toUsageSum), ({ slot }) => slot.model);
  return [...models].map(([model, sums]) => ({ model, counts: sumOf(sums.map(({ counts }) => counts)) }));
}

type Stored = Readonly<Record<string, unknown>>;

/** @param take is given each page, and says whether there may be another */
async function query(tables: Tables, part: Part, take: (items: readonly Stored[]) => boolean): Promise<void> {
  for await (const items of pages(tables, part)) if (!take(items)) return;
}

async function* pages(tables: Tables, { pk, within }: Part): AsyncGenerator<Stored[]> {
  const [condition, bounds] = conditionOf(within);
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await tables.ledger.getDocumentClient().send(
      new QueryCommand({
        TableName: tables.ledger.getName(),
        KeyConditionExpression: `#pk = :pk${condition}`,
        ExpressionAttributeNames: { '#pk': 'pk', ...(condition ? { '#sk': 'sk' } : {}) },
        ExpressionAttributeValues: { ':pk': pk, ...bounds },
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    yield Items;
    start = LastEvaluatedKey;
  } while (start);
}

function conditionOf(within: Part['within']): readonly [string, Readonly<Record<string, string>>] {
  if (within === undefined) return ['', {}];
  if (typeof within === 'string') return [' AND begins_with(#sk, :prefix)', { ':prefix': within }];
  return [' AND #sk BETWEEN :from AND :to', { ':from': within[0], ':to': within[1] }];
}

function toUsageSum(stored: Stored): UsageSum {
  const { window, identityId, keyId, sessionId, model, region } = stored;
  return {
    slot: {
      window: String(window),
      ...(identityId === undefined ? {} : { identityId: String(identityId) }),
      ...(keyId === undefined ? {} : { keyId: String(keyId) }),
      ...(sessionId === undefined ? {} : { sessionId: String(sessionId) }),
      model: String(model),
      region: region as SumSlot['region'],
    },
    counts: toCounts(stored),
  };
}

/** A sum that nothing was ever added to is not there. */
function toCounts(stored: Stored): Counts {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, toBigint(stored[name] ?? 0)])) as Counts;
}
