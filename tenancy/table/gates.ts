import { BatchGetCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import { type Gate, type GateAnswer, type GateId, type GateUpdate, NEW_GATE } from '../gate.ts';
import { key } from './keys.ts';
import { damaged, type Tables } from './tables.ts';

const KIND = 'GATE';
/** Set by the kill switch, and by it alone. */
const CLOSED = 'closed';
const COUNTER = /^(committed|spent|requests|tokens|streams)\./;
/** With these DynamoDB says that it has not begun: unlike any other failure they leave nothing open. */
const NOT_BEGUN = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionConflictException',
]);

/**
 * Changes a gate, all or nothing, in one conditional write: there is no moment between the check and the change.
 * Give it a client that does not retry: adding is not idempotent, and what may have been added counts as added.
 * @returns the gate as it is after the change, or as it was that refused it
 * @throws when it is not known whether the change was made
 */
export async function updateGate(tables: Tables, id: GateId, update: GateUpdate): Promise<GateAnswer> {
  const names: Record<string, string> = { '#kind': 'kind', '#tenantId': 'tenantId', '#changes': 'changes' };
  const values: Record<string, unknown> = { ':kind': KIND, ':tenantId': id.tenantId, ':one': 1 };
  const placeholders = new Map<string, string>();
  const name = (counter: string): string => {
    const known = placeholders.get(counter);
    if (known) return known;
    const placeholder = `#c${placeholders.size}`;
    placeholders.set(counter, placeholder);
    names[placeholder] = counter;
    return placeholder;
  };
  const value = (amount: bigint): string => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = amount;
    return placeholder;
  };
  const add = [...update.add].map(([counter, amount]) => `${name(counter)} ${value(amount)}`);
  const remove = update.remove.filter((counter) => !update.add.has(counter)).map(name);
  const conditions = [...update.atMost].map(([counter, most]) =>
    most < 0n
      ? `${name(counter)} <= ${value(most)}`
      : `(attribute_not_exists(${name(counter)}) OR ${name(counter)} <= ${value(most)})`,
  );
  if (update.refusedWhenClosed) conditions.push(`attribute_not_exists(${name(CLOSED)})`);
  const command = new UpdateCommand({
    TableName: tables.ledger.getName(),
    Key: gateKey(id),
    UpdateExpression: [
      'SET #kind = :kind, #tenantId = :tenantId',
      `ADD ${['#changes :one', ...add].join(', ')}`,
      ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
    ].join(' '),
    ...(conditions.length > 0 ? { ConditionExpression: conditions.join(' AND ') } : {}),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    const { Attributes } = await tables.ledger.getDocumentClient().send(command);
    return { outcome: 'done', gate: toGate(Attributes) };
  } catch (error) {
    if (isConditionCheckFailed(error))
      return { outcome: 'refused', gate: toGate(error.Item && unmarshall(error.Item)) };
    if (error instanceof Error && NOT_BEGUN.has(error.name)) return { outcome: 'busy' };
    throw error;
  }
}

/** The gate as it is now: a consistent read. One that was never passed is new, and open. */
export async function getGate(tables: Tables, id: GateId): Promise<Gate> {
  const { Item } = await tables.ledger
    .getDocumentClient()
    .send(new GetCommand({ TableName: tables.ledger.getName(), Key: gateKey(id), ConsistentRead: true }));
  return toGate(Item);
}

/** What one BatchGetItem may ask for, and how often for what it left out. */
const BATCH = 100;
const ROUNDS = 5;

/** Several gates, in the order asked for, each as it is now. */
export async function getGates(tables: Tables, ids: readonly GateId[]): Promise<Gate[]> {
  return (await readGates(tables, ids)).map(toGate);
}

/** A gate's item, with its counters and its stop; undefined where nobody has passed it or closed it. */
export type StoredGate = Readonly<Record<string, unknown>> | undefined;

/** Several gates as they are stored, in the order asked for: a consistent read of as few batches as they take. */
export async function readGates(tables: Tables, ids: readonly GateId[]): Promise<StoredGate[]> {
  const table = tables.ledger.getName();
  const found = new Map<string, StoredGate>();
  // One key may not be asked for twice in a batch.
  const places = [...new Map(ids.map((id) => [gateKey(id).pk, gateKey(id)])).values()];
  for (let at = 0; at < places.length; at += BATCH) {
    let wanted: Record<string, unknown>[] = places.slice(at, at + BATCH);
    for (let round = 0; wanted.length > 0; round++) {
      if (round === ROUNDS) throw new Error('gates cannot be read: the table leaves them unprocessed');
      const { Responses, UnprocessedKeys } = await tables.ledger
        .getDocumentClient()
        .send(new BatchGetCommand({ RequestItems: { [table]: { Keys: wanted, ConsistentRead: true } } }));
      for (const stored of Responses?.[table] ?? []) found.set(String(stored['pk']), stored);
      wanted = UnprocessedKeys?.[table]?.Keys ?? [];
    }
  }
  return ids.map((id) => found.get(gateKey(id).pk));
}

/** Where a gate is stored. */
export function gateKey({ tenantId, subject }: GateId): { pk: string; sk: string } {
  switch (subject.kind) {
    case 'tenant':
      return { pk: key`TENANT#${tenantId}#GATE#TENANT`, sk: KIND };
    case 'user':
      return { pk: key`TENANT#${tenantId}#GATE#USER#${subject.identityId}`, sk: KIND };
    case 'key':
      return { pk: key`TENANT#${tenantId}#GATE#KEY#${subject.keyId}`, sk: KIND };
  }
}

/** Reads a gate as it is stored: its counters are attributes of their own. */
export function toGate(stored: StoredGate): Gate {
  if (!stored) return NEW_GATE;
  const counters = new Map<string, bigint>();
  for (const [name, amount] of Object.entries(stored)) {
    if (!COUNTER.test(name)) continue;
    if (typeof amount !== 'number' && typeof amount !== 'bigint') damaged('counter of a gate', name);
    counters.set(name, BigInt(amount));
  }
  return { closed: stored[CLOSED] === true, counters };
}
