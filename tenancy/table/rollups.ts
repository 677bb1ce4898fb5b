import type { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { THROTTLED_BY } from '../refusal.ts';
import { COUNT_NAMES, type Counted, type Counts, changeOf, type SettledRequest, sumOf } from '../rollup.ts';
import { OUTCOMES, TOKEN_CLASSES, type TokenCosts } from '../usage.ts';
import { endOf, type SumSlot, slotsOf } from '../usage-sum.ts';
import { key } from './keys.ts';
import { damaged, type Tables } from './tables.ts';
import { KINDS, sumKey, toBigint } from './usage-sum-keys.ts';

/** A request to count, with what was counted of it before, as far as the caller knows. */
export type Counting = SettledRequest & { readonly before: Counted | null };

/**
 * What became of a transaction. `known`: nothing was changed, for of these requests (by id) other counts stand there
 * than the caller knew. `busy`: nothing was changed, for somebody else was at the same sums; worth another try.
 */
export type CountAnswer =
  | { readonly outcome: 'counted' | 'busy' }
  | { readonly outcome: 'known'; readonly counted: ReadonlyMap<string, Counted> };

/** What DynamoDB takes in a transaction. */
const TRANSACTION_ITEMS = 100;

/**
 * How many requests, from the first on, can be counted in one transaction: each is its own mark and the sums that it
 * stands in, which those of one user share.
 */
export function countedAtOnce(requests: readonly Pick<SettledRequest, 'intent'>[]): number {
  const sums = new Set<string>();
  const tooMany = requests.findIndex(({ intent }, n) => {
    for (const slot of slotsOf(intent)) sums.add(nameOf(slot));
    return n + 1 + sums.size > TRANSACTION_ITEMS;
  });
  return tooMany === -1 ? requests.length : tooMany;
}

function nameOf(slot: SumSlot): string {
  const { pk, sk } = sumKey(slot);
  return `${pk} ${sk}`;
}

/**
 * How long the mark of a counted request is kept, in seconds. The stream offers a change again for a day at most; an
 * estimate is replaced by the truth within the days in which AWS's own logs arrive.
 */
const MARK_LIFE_SECONDS = 40 * 86_400;

/**
 * Counts requests of one tenant, all or none, and marks each in the same transaction: so none is ever counted twice,
 * however often it is offered. Safe to repeat.
 * @param countings no more than `countedAtOnce` says, each request once @param now ms
 */
export async function countRequests(tables: Tables, countings: readonly Counting[], now: number): Promise<CountAnswer> {
  const table = tables.ledger.getName();
  const sums = new Map<string, { slot: SumSlot; changes: Counts[] }>();
  for (const { intent, settlement, before } of countings) {
    for (const slot of slotsOf(intent)) {
      const name = nameOf(slot);
      const sum = sums.get(name) ?? { slot, changes: [] };
      sums.set(name, sum);
      sum.changes.push(changeOf(before, settlement));
    }
  }
  const command = new TransactWriteCommand({
    TransactItems: [
      ...countings.map((counting) => marking(table, counting, now)),
      ...[...sums.values()].map(({ slot, changes }) => adding(table, slot, sumOf(changes), now)),
    ],
  });
  try {
    await tables.ledger.getDocumentClient().send(command);
    return { outcome: 'counted' };
  } catch (error) {
    // By its name: the client that a function has throws errors of its own (decision 011).
    if (!(error instanceof Error) || error.name !== 'TransactionCanceledException') throw error;
    return whyCanceled(error as TransactionCanceledException, countings);
  }
}

const BUSY: readonly (string | undefined)[] = [
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
];

/** The reasons of a transaction come in the order of its items: the marks first. */
function whyCanceled(error: TransactionCanceledException, countings: readonly Counting[]): CountAnswer {
  const reasons = error.CancellationReasons ?? [];
  const counted = countings.flatMap(({ intent }, n) => {
    const { Code, Item } = reasons[n] ?? {};
    return Code === 'ConditionalCheckFailed' && Item ? [[intent.requestId, toCounted(unmarshall(Item))] as const] : [];
  });
  if (counted.length > 0) return { outcome: 'known', counted: new Map(counted) };
  if (reasons.some(({ Code }) => BUSY.includes(Code))) return { outcome: 'busy' };
  throw error;
}

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

function marking(TableName: string, { intent, settlement, before }: Counting, now: number): TransactItem {
  const { tenantId, requestId } = intent;
  const { outcome, tokens, nanoUsd, costs, throttledBy } = settlement;
  return {
    Put: {
      TableName,
      Item: {
        pk: key`TENANT#${tenantId}#REQUEST#${requestId}`,
        sk: 'COUNTED',
        kind: 'COUNTED_REQUEST',
        tenantId,
        requestId,
        outcome,
        tokens,
        nanoUsd,
        ...(costs ? { costs } : {}),
        ...(throttledBy ? { throttledBy } : {}),
        expiresAt: Math.floor(now / 1000) + MARK_LIFE_SECONDS,
      },
      ConditionExpression: before ? '#outcome = :before' : 'attribute_not_exists(#outcome)',
      ExpressionAttributeNames: { '#outcome': 'outcome' },
      ...(before ? { ExpressionAttributeValues: { ':before': before.outcome } } : {}),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

function adding(TableName: string, slot: SumSlot, change: Counts, now: number): TransactItem {
  const { sum, ...dimensions } = slot;
  const end = endOf(slot);
  const expiry = end === null ? {} : { expiresAt: end / 1000 };
  const set = Object.entries({ kind: KINDS[sum], ...dimensions, countedAt: now, ...expiry });
  const add = COUNT_NAMES.filter((name) => change[name] !== 0n).map((name) => [name, change[name]] as const);
  const all = [...set, ...add];
  return {
    Update: {
      TableName,
      Key: sumKey(slot),
      UpdateExpression: [
        `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        ...(add.length > 0 ? [`ADD ${add.map(([name]) => `#${name} :${name}`).join(', ')}`] : []),
      ].join(' '),
      ExpressionAttributeNames: Object.fromEntries(all.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(all.map(([name, value]) => [`:${name}`, value])),
    },
  };
}

type Stored = Readonly<Record<string, unknown>>;

function toCounted({ outcome, tokens, nanoUsd, costs, throttledBy, requestId }: Stored): Counted {
  const known = OUTCOMES.find((one) => one === outcome) ?? damaged('count of request', String(requestId));
  const by = THROTTLED_BY.find((one) => one === throttledBy);
  return {
    outcome: known,
    tokens: tokens as Counted['tokens'],
    nanoUsd: toBigint(nanoUsd),
    ...(costs === undefined ? {} : { costs: toCosts(costs as Stored) }),
    ...(by === undefined ? {} : { throttledBy: by }),
  };
}

function toCosts(stored: Stored): TokenCosts {
  return Object.fromEntries(TOKEN_CLASSES.map((name) => [name, toBigint(stored[name])])) as TokenCosts;
}
