import { type AttributeValue, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { QueryCommand as DocumentQuery } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  DeleteTransaction,
  Entity,
  type FormattedItem,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  list,
  map,
  number,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import {
  beginStep,
  isFinished,
  OPERATION_KINDS,
  OPERATION_STATUSES,
  type Operation,
  STEP_STATUSES,
} from '../operation.ts';
import { isRequestId } from '../request-id.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { type Committed, commit, type Write } from './commit.ts';
import { key } from './keys.ts';
import { damaged, entityOf, LEDGER_INDEXES, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);

/** Where unfinished operations stand in the index `open`, which the sweeper of requests reads by other partitions. */
const OPEN = 'OPEN#OPERATION';

const operationEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'OPERATION',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        id: string(),
        of: string().enum(...OPERATION_KINDS),
        status: string().enum(...OPERATION_STATUSES),
        steps: list(
          map({
            name: string(),
            status: string().enum(...STEP_STATUSES),
            attempts: whole(),
            startedAt: whole().optional(),
            finishedAt: whole().optional(),
            detail: string().optional(),
          }),
        ),
        // Of all kinds; which of them a kind has is its type's to say.
        input: map({
          adminEmail: string().optional(),
          adminName: string().optional(),
          reason: string().optional(),
          purgeAt: whole().optional(),
        }),
        openShard: string().optional(),
        deadline: whole().optional(),
        startedBy: string(),
        startedAt: whole(),
        finishedAt: whole().optional(),
        version: whole(),
      }),
    }),
);

const currentEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'CURRENT_OPERATION',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        operationId: string(),
      }),
    }),
);

export type OperationId = Pick<Operation, 'tenantId' | 'id'>;

/**
 * The parts of a transaction that start an operation, or make a FAILED one go on: the operation first, then its tenant's
 * place for the one that is unfinished, which fails while another has it.
 * @param before null for a new one
 */
export function operationWrites(tables: Tables, before: Operation | null, after: Operation): readonly [Write, Write] {
  const current = { ...currentOf(after.tenantId), tenantId: after.tenantId, operationId: after.id };
  return [
    put(tables, before, after),
    currentEntity(tables.ledger)
      .build(PutTransaction)
      .item(current)
      .options({ condition: { attr: 'operationId', exists: false } }),
  ];
}

/** The part of a transaction that changes an unfinished operation; it fails when somebody has written since `before` was read. */
export function operationChange(tables: Tables, before: Operation, after: Operation): Write {
  return put(tables, before, { ...after, version: before.version + 1 });
}

/** The operation as it is now, or null. */
export async function getOperation(tables: Tables, one: OperationId): Promise<Operation | null> {
  if (!isRequestId(one.id)) return null;
  const { Item } = await operationEntity(tables.ledger)
    .build(GetItemCommand)
    .key(placeOf(one))
    .options({ consistent: true })
    .send();
  return Item ? toOperation(Item) : null;
}

/** A page of a tenant's operations, newest first. `after` and `next` are ids. */
export async function listOperations(
  tables: Tables,
  tenantId: TenantId,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: Operation[]; readonly next?: string }> {
  const partition = partitionOf(tenantId);
  const { Items = [], LastEvaluatedKey } = await tables.ledger
    .build(QueryCommand)
    .entities(operationEntity(tables.ledger))
    .query({ partition, range: { lt: CURRENT } })
    .options({
      limit,
      reverse: true,
      consistent: true,
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: partition, sk: after } }),
    })
    .send();
  const next = LastEvaluatedKey && String(LastEvaluatedKey['sk']);
  return { items: Items.map(toOperation), ...(next === undefined ? {} : { next }) };
}

/** Unfinished operations that somebody should take up, longest due first. The index follows the table by some time. */
export async function listDueOperations(tables: Tables, now: number, limit: number): Promise<OperationId[]> {
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
  return Items.map(({ pk, sk }) => readPlace(String(pk), String(sk)) ?? damaged('operation', String(pk)));
}

/**
 * Takes an operation up for as long as a lease, and begins the step that it is at; null when it is finished, not due yet,
 * or somebody else was faster.
 */
export async function claimOperation(tables: Tables, id: OperationId, now: number): Promise<Operation | null> {
  const before = await getOperation(tables, id);
  if (!before || before.dueAt === undefined || before.dueAt > now) return null;
  return recordOperation(tables, before, beginStep(before, now));
}

/**
 * Writes how far an operation has come. One that is finished gives its tenant's place back with the same write.
 * @returns the operation as it is stored; null when somebody else has written since `before` was, or when the answer to
 *   the first try was lost on the way: then nobody goes on until the lease ends
 */
export async function recordOperation(tables: Tables, before: Operation, after: Operation): Promise<Operation | null> {
  const next: Operation = { ...after, version: before.version + 1 };
  for (let tries = 1; ; tries++) {
    const outcome = isFinished(next) ? await finish(tables, before, next) : await replace(tables, before, next);
    if (outcome === 'done') return next;
    if (outcome === 'refused') return null;
    if (tries === BUSY_TRIES) throw new Error('too many change an operation at this moment');
  }
}

type Recorded = Committed['outcome'];

async function finish(tables: Tables, before: Operation, next: Operation): Promise<Recorded> {
  const over = currentEntity(tables.ledger)
    .build(DeleteTransaction)
    .key(currentOf(next.tenantId))
    .options({ condition: { attr: 'operationId', eq: next.id } });
  return (await commit([put(tables, before, next), over])).outcome;
}

/** No transaction, which costs the store twice as much: most writes of an operation are these. */
async function replace(tables: Tables, before: Operation, next: Operation): Promise<Recorded> {
  const { item: stored, condition } = write(before, next);
  try {
    await operationEntity(tables.ledger).build(PutItemCommand).item(stored).options({ condition }).send();
    return 'done';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'refused';
    if (error instanceof TransactionConflictException) return 'busy';
    throw error;
  }
}

const BUSY_TRIES = 5;

/**
 * Reads the image of an item as the ledger's stream carries it.
 * @returns null when it is an item of another kind, or damaged; `dueAt` is absent when it is finished
 */
export function readOperationImage(
  image: Readonly<Record<string, unknown>>,
): (OperationId & { readonly dueAt?: number }) | null {
  const { kind, pk, sk, deadline } = unmarshall(image as Record<string, AttributeValue>);
  const id = kind === 'OPERATION' ? readPlace(String(pk), String(sk)) : null;
  return id && { ...id, ...(typeof deadline === 'number' ? { dueAt: deadline } : {}) };
}

function put(tables: Tables, before: Operation | null, after: Operation): Write {
  const { item: stored, condition } = write(before, after);
  return operationEntity(tables.ledger).build(PutTransaction).item(stored).options({ condition });
}

function write(before: Operation | null, after: Operation) {
  const { kind, dueAt, steps, input, ...rest } = after;
  return {
    item: {
      ...rest,
      ...placeOf(after),
      of: kind,
      steps: steps.map((step) => ({ ...step })),
      input: { ...input },
      ...(dueAt === undefined ? {} : { openShard: OPEN, deadline: dueAt }),
    },
    condition: before
      ? ({ attr: 'version', eq: before.version } as const)
      : ({ attr: 'version', exists: false } as const),
  };
}

/** After every id, which begins with a digit. */
const CURRENT = 'CURRENT';

function partitionOf(tenantId: TenantId): string {
  return key`TENANT#${tenantId}#OPERATION`;
}

function placeOf({ tenantId, id }: OperationId): { pk: string; sk: string } {
  return { pk: partitionOf(tenantId), sk: key`${id}` };
}

function currentOf(tenantId: TenantId): { pk: string; sk: string } {
  return { pk: partitionOf(tenantId), sk: CURRENT };
}

function readPlace(pk: string, sk: string): OperationId | null {
  const tenantId = parseTenantId(/^TENANT#([^#]+)#OPERATION$/.exec(pk)?.[1]);
  return tenantId && isRequestId(sk) ? { tenantId, id: sk } : null;
}

/** Its steps are those that it was started with: a later version may have others, and an operation can wait for a year. */
function toOperation(stored: FormattedItem<ReturnType<typeof operationEntity>>): Operation {
  const { tenantId, of: kind, steps, deadline, openShard: _, finishedAt, ...rest } = stored;
  return {
    ...rest,
    kind,
    steps,
    tenantId: parseTenantId(tenantId) ?? damaged('operation of', tenantId),
    ...(deadline === undefined ? {} : { dueAt: deadline }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  } as Operation;
}
