import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Gate, GateId } from '../gate.ts';
import { NO_SWITCHES, type Stop, type Switches, type SwitchTarget } from '../switches.ts';
import { gateKey, readGates, type StoredGate, toGate } from './gates.ts';
import type { Tables } from './tables.ts';

/** One item per region. Its maps are attributes of their own, so that each entry is written without reading the others. */
const KEY = { pk: 'PLATFORM', sk: 'SWITCHES' } as const;
const STOPPED = 'stopped:';
const CONGESTED = 'congested:';

/** The switches as they are now: a consistent read, made for every request. */
export async function getSwitches(tables: Tables): Promise<Switches> {
  const { Item } = await tables.ledger
    .getDocumentClient()
    .send(new GetCommand({ TableName: tables.ledger.getName(), Key: KEY, ConsistentRead: true }));
  return toSwitches(Item);
}

/** Throws or takes back a kill switch in this region. Safe to repeat. */
export async function setSwitch(tables: Tables, target: SwitchTarget, stop: Stop | null): Promise<void> {
  await set(tables, STOPPED + target, stop);
}

/** Every switch that is thrown in this region, by its target. */
export async function listStops(tables: Tables): Promise<ReadonlyMap<string, Stop>> {
  const { Item = {} } = await tables.ledger
    .getDocumentClient()
    .send(new GetCommand({ TableName: tables.ledger.getName(), Key: KEY, ConsistentRead: true }));
  return new Map(
    Object.entries(Item).flatMap(([name, stored]) =>
      name.startsWith(STOPPED) ? [[name.slice(STOPPED.length), toStop(stored)] as const] : [],
    ),
  );
}

/** Closes or opens a gate: the kill switch of a tenant, a user or a key. Safe to repeat. */
export async function setGateStop(tables: Tables, id: GateId, stop: Stop | null): Promise<void> {
  const change = stop ? ', #closed = :closed, #stop = :stop' : ' REMOVE #closed, #stop';
  await tables.ledger.getDocumentClient().send(
    new UpdateCommand({
      TableName: tables.ledger.getName(),
      Key: gateKey(id),
      UpdateExpression: `SET #kind = :kind, #tenantId = :tenantId${change}`,
      ExpressionAttributeNames: { '#kind': 'kind', '#tenantId': 'tenantId', '#closed': 'closed', '#stop': 'stop' },
      ExpressionAttributeValues: {
        ':kind': 'GATE',
        ':tenantId': id.tenantId,
        ...(stop ? { ':closed': true, ':stop': stop } : {}),
      },
    }),
  );
}

/** Why a gate is closed; null when it is open. */
export async function getGateStop(tables: Tables, id: GateId): Promise<Stop | null> {
  const { Item } = await tables.ledger
    .getDocumentClient()
    .send(new GetCommand({ TableName: tables.ledger.getName(), Key: gateKey(id), ConsistentRead: true }));
  return stopOf(Item);
}

/** A gate with its kill switch: `stop` says why it is closed, null when it is open. */
export type GateState = {
  readonly stop: Stop | null;
  /** @throws Error for a damaged counter, which takes nobody's stop with it */
  readonly gate: () => Gate;
};

/** Several gates with their kill switches, in the order asked for, each as it is now, by one read of both. */
export async function getGateStates(tables: Tables, ids: readonly GateId[]): Promise<GateState[]> {
  const stored = await readGates(tables, ids);
  return stored.map((one) => ({ stop: stopOf(one), gate: () => toGate(one) }));
}

function stopOf(stored: StoredGate): Stop | null {
  return stored?.['closed'] === true ? toStop(stored['stop']) : null;
}

/** A stop without its reason is a stop all the same. */
function toStop(stored: unknown): Stop {
  const { reason, by, at } = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  return {
    reason: typeof reason === 'string' ? reason : 'unknown',
    by: typeof by === 'string' ? by : 'unknown',
    at: typeof at === 'number' ? at : 0,
  };
}

/** Notes until when (ms) a model's shared quota is shared out. */
export async function setCongested(tables: Tables, bedrockModelId: string, until: number): Promise<void> {
  await set(tables, CONGESTED + bedrockModelId, until);
}

async function set(tables: Tables, attribute: string, value: Stop | number | null): Promise<void> {
  await tables.ledger.getDocumentClient().send(
    new UpdateCommand({
      TableName: tables.ledger.getName(),
      Key: KEY,
      UpdateExpression: `SET #kind = :kind${value === null ? ' REMOVE #entry' : ', #entry = :value'}`,
      ExpressionAttributeNames: { '#kind': 'kind', '#entry': attribute },
      ExpressionAttributeValues: { ':kind': 'SWITCHES', ...(value === null ? {} : { ':value': value }) },
    }),
  );
}

/** Reads the item as it is stored. */
export function toSwitches(stored: Readonly<Record<string, unknown>> | undefined): Switches {
  if (!stored) return NO_SWITCHES;
  const entries = Object.entries(stored);
  const stopped = entries.filter(([name]) => name.startsWith(STOPPED)).map(([name]) => name.slice(STOPPED.length));
  const congested = entries.flatMap(([name, until]) =>
    name.startsWith(CONGESTED) && typeof until === 'number' ? [[name.slice(CONGESTED.length), until] as const] : [],
  );
  return { stopped: new Set(stopped), congested: new Map(congested) };
}
