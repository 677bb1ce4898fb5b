import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { QueryCommand as DocumentQuery } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  Entity,
  type FormattedItem,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  map,
  number,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import {
  BILLING_COMMAND_KINDS,
  BILLING_COMMAND_STATES,
  BILLING_LEASE_MS,
  type BillingCommand,
} from '../billing-command.ts';
import { isRequestId } from '../request-id.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import type { Write } from './commit.ts';
import { key } from './keys.ts';
import { damaged, entityOf, LEDGER_INDEXES, type StoreTable, type Tables } from './tables.ts';

/** Where commands that are not carried out stand in the index `open`, which others read by other partitions. */
const OPEN = 'OPEN#BILLING_COMMAND';

const whole = () => number().validate(Number.isSafeInteger);

const commandEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_COMMAND',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        id: string().key(),
        of: string().enum(...BILLING_COMMAND_KINDS),
        state: string().enum(...BILLING_COMMAND_STATES),
        requestedAt: whole(),
        requestedBy: string(),
        days: map({ from: string(), to: string() }).optional(),
        reason: string().optional(),
        attempts: whole().optional(),
        firstTriedAt: whole().optional(),
        resumed: whole().optional(),
        detail: string().optional(),
        finishedAt: whole().optional(),
        openShard: string().optional(),
        deadline: whole().optional(),
      }),
      computeKey: ({ tenantId, id }) => ({ pk: partitionOf(tenantId), sk: key`${id}` }),
    }),
);

export type BillingCommandId = Pick<BillingCommand, 'tenantId' | 'id'>;

/** Asks for it, once, for now: what is there already, in whatever state, stays as it is. */
export async function requestBilling(tables: Tables, command: BillingCommand): Promise<'requested' | 'known'> {
  try {
    await commandEntity(tables.ledger)
      .build(PutItemCommand)
      .item(newItem(command))
      .options({ condition: { attr: 'id', exists: false } })
      .send();
    return 'requested';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'known';
    throw error;
  }
}

/** The part of a transaction that asks for it, due at once. */
export function billingCommandWrite(tables: Tables, command: BillingCommand): Write {
  return commandEntity(tables.ledger)
    .build(PutTransaction)
    .item(newItem(command))
    .options({ condition: { attr: 'id', exists: false } });
}

function newItem(command: BillingCommand) {
  const due = command.state === 'PENDING' ? command.requestedAt : undefined;
  return toItem(command, due);
}

/** A page of a tenant's commands, newest first. `after` and `next` are ids. */
export async function listBillingCommands(
  tables: Tables,
  tenantId: TenantId,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: BillingCommand[]; readonly next?: string }> {
  const partition = partitionOf(tenantId);
  const { Items = [], LastEvaluatedKey } = await tables.ledger
    .build(QueryCommand)
    .entities(commandEntity(tables.ledger))
    .query({ partition, range: { lt: AFTER_IDS } })
    .options({
      limit,
      reverse: true,
      consistent: true,
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: partition, sk: after } }),
    })
    .send();
  const next = LastEvaluatedKey && String(LastEvaluatedKey['sk']);
  return {
    items: Items.map((stored) => toCommand(stored).command),
    ...(next === undefined ? {} : { next }),
  };
}

/** The command as it is now, or null. */
export async function getBillingCommand(tables: Tables, one: BillingCommandId): Promise<BillingCommand | null> {
  return (await read(tables, one))?.command ?? null;
}

/** Commands that somebody should take up, longest due first. The index follows the table by some time. */
export async function listDueBillingCommands(tables: Tables, now: number, limit: number): Promise<BillingCommandId[]> {
  const { partition, sort } = LEDGER_INDEXES.open;
  const { Items = [] } = await tables.ledger.getDocumentClient().send(
    new DocumentQuery({
      TableName: tables.ledger.getName(),
      IndexName: 'open',
      KeyConditionExpression: '#shard = :shard AND #deadline <= :now',
      ExpressionAttributeNames: { '#shard': partition, '#deadline': sort.name },
      ExpressionAttributeValues: { ':shard': OPEN, ':now': now },
      Limit: limit,
    }),
  );
  return Items.map(({ pk, sk }) => readPlace(String(pk), String(sk)) ?? damaged('billing command', String(pk)));
}

/** Takes a command up for as long as a lease; null when it is finished, not due yet, or somebody else was faster. */
export async function claimBillingCommand(
  tables: Tables,
  id: BillingCommandId,
  now: number,
): Promise<BillingCommand | null> {
  const stored = await read(tables, id);
  if (stored?.dueAt === undefined || stored.dueAt > now) return null;
  const { command } = stored;
  const taken = { ...command, attempts: (command.attempts ?? 0) + 1, firstTriedAt: command.firstTriedAt ?? now };
  return (await replace(tables, command, taken, now + BILLING_LEASE_MS)) ? taken : null;
}

/** Leaves a claimed command for later, saying why. False: it is somebody else's by now. @param dueAt ms epoch */
export function postponeBillingCommand(
  tables: Tables,
  claimed: BillingCommand,
  detail: string,
  dueAt: number,
): Promise<boolean> {
  return replace(tables, claimed, { ...claimed, detail }, dueAt);
}

/** Says what became of a claimed command, for good. False: it is somebody else's by now. */
export function finishBillingCommand(
  tables: Tables,
  claimed: BillingCommand,
  end: { readonly state: 'DONE' | 'FAILED'; readonly detail: string },
  now: number,
): Promise<boolean> {
  return replace(tables, claimed, { ...claimed, ...end, finishedAt: now });
}

/** Makes a FAILED command PENDING, due at once. False: it is not FAILED, or somebody else was faster. */
export async function resumeBillingCommand(tables: Tables, id: BillingCommandId, now: number): Promise<boolean> {
  const failed = await getBillingCommand(tables, id);
  return failed?.state === 'FAILED' && replace(tables, failed, resumed(failed), now);
}

/** The part of a transaction that does what `resumeBillingCommand` does. @param failed as it was read, FAILED */
export function resumeBillingWrite(tables: Tables, failed: BillingCommand, now: number): Write {
  return commandEntity(tables.ledger)
    .build(PutTransaction)
    .item(toItem(resumed(failed), now))
    .options({ condition: unchangedSince(failed) });
}

function resumed({ finishedAt: _, ...failed }: BillingCommand): BillingCommand {
  return { ...failed, state: 'PENDING', resumed: (failed.resumed ?? 0) + 1 };
}

/**
 * Reads the image of an item as the ledger's stream carries it.
 * @returns null when it is an item of another kind, or damaged; `dueAt` (ms epoch) is absent when it is finished
 */
export function readBillingCommandImage(
  image: Readonly<Record<string, unknown>>,
): (BillingCommandId & { readonly dueAt?: number }) | null {
  const { kind, pk, sk, deadline } = unmarshall(image as Record<string, AttributeValue>);
  const id = kind === 'BILLING_COMMAND' ? readPlace(String(pk), String(sk)) : null;
  return id && { ...id, ...(typeof deadline === 'number' ? { dueAt: deadline } : {}) };
}

type Stored = { readonly command: BillingCommand; readonly dueAt?: number };

async function read(tables: Tables, { tenantId, id }: BillingCommandId): Promise<Stored | null> {
  if (!isRequestId(id)) return null;
  const { Item } = await commandEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId, id })
    .options({ consistent: true })
    .send();
  return Item ? toCommand(Item) : null;
}

/** Each claim counts `attempts` up, and each resumption `resumed`: who was taken for dead changes nothing any more. */
async function replace(
  tables: Tables,
  before: BillingCommand,
  after: BillingCommand,
  dueAt?: number,
): Promise<boolean> {
  try {
    await commandEntity(tables.ledger)
      .build(PutItemCommand)
      .item(toItem(after, dueAt))
      .options({ condition: unchangedSince(before) })
      .send();
    return true;
  } catch (error) {
    if (isConditionCheckFailed(error)) return false;
    throw error;
  }
}

function unchangedSince({ state, attempts, resumed: times }: BillingCommand) {
  return {
    and: [
      { attr: 'state' as const, eq: state },
      attempts === undefined
        ? { attr: 'attempts' as const, exists: false }
        : { attr: 'attempts' as const, eq: attempts },
      times === undefined ? { attr: 'resumed' as const, exists: false } : { attr: 'resumed' as const, eq: times },
    ],
  };
}

/** @param dueAt ms epoch; absent of one that is finished */
function toItem(command: BillingCommand, dueAt: number | undefined) {
  const { kind, ...rest } = command;
  return { ...rest, of: kind, ...(dueAt === undefined ? {} : { openShard: OPEN, deadline: dueAt }) };
}

/** Ids begin with a digit; what else is in the partition, with a letter. */
const AFTER_IDS = 'A';

function partitionOf(tenantId: string): string {
  return key`TENANT#${tenantId}#BILLING`;
}

function readPlace(pk: string, sk: string): BillingCommandId | null {
  const tenantId = parseTenantId(/^TENANT#([^#]+)#BILLING$/.exec(pk)?.[1]);
  return tenantId && isRequestId(sk) ? { tenantId, id: sk } : null;
}

function toCommand(stored: FormattedItem<ReturnType<typeof commandEntity>>): Stored {
  const { tenantId, of: kind, openShard: _, deadline, ...rest } = stored;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const command = {
    ...Object.fromEntries(given),
    kind,
    tenantId: parseTenantId(tenantId) ?? damaged('billing command of', tenantId),
  } as BillingCommand;
  return { command, ...(deadline === undefined ? {} : { dueAt: deadline }) };
}
