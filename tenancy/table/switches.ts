import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { NO_SWITCHES, type Switches, type SwitchTarget } from '../switches.ts';
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

/** Throws or takes back a kill switch in this region. Safe to repeat. @param reason who and why, for the next reader */
export async function setSwitch(tables: Tables, target: SwitchTarget, stop: { reason: string } | null): Promise<void> {
  await set(tables, STOPPED + target, stop ? stop.reason : null);
}

/** Notes until when (ms) a model's shared quota is shared out. */
export async function setCongested(tables: Tables, bedrockModelId: string, until: number): Promise<void> {
  await set(tables, CONGESTED + bedrockModelId, until);
}

async function set(tables: Tables, attribute: string, value: string | number | null): Promise<void> {
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
