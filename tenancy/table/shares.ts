import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import { SHARE_HISTORY, SHARE_WINDOW_MS, type ShareAsk, type ShareWindow } from '../fair-share.ts';
import { key } from './keys.ts';
import type { Tables } from './tables.ts';

const ASKED = 'asked:';
const GIVEN = 'given:';
/** A window is of use for those after it; a minute later its item may go. */
const KEPT_MS = 60_000;

/** What happened to a model's quota in the last windows before one, the last first. May be a moment old. */
export async function listShareWindows(tables: Tables, bedrockModelId: string, before: number): Promise<ShareWindow[]> {
  const { Items = [] } = await tables.ledger.getDocumentClient().send(
    new QueryCommand({
      TableName: tables.ledger.getName(),
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
      ExpressionAttributeValues: {
        ':pk': place(bedrockModelId, before).pk,
        ':first': place(bedrockModelId, before - SHARE_HISTORY).sk,
        ':last': place(bedrockModelId, before - 1).sk,
      },
      ScanIndexForward: false,
    }),
  );
  return Items.map(toShareWindow);
}

/**
 * Counts that a tenant asks for units of a window, and gives them to it when it has had less than is allowed. Its first
 * request begins the window with what it owes from before.
 */
export async function takeShare(tables: Tables, ask: ShareAsk): Promise<'given' | 'refused'> {
  const { tenantId, units, unheard, allowance } = ask;
  const asked = { [ASKED + tenantId]: units + unheard };
  const below = Math.ceil(allowance.allowed);
  try {
    await change(
      tables,
      ask,
      { ...asked, sent: units },
      { given: units, condition: allowance.owed < below ? 'below or none' : 'below' },
    );
    return 'given';
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
  await change(tables, ask, asked, { given: 0 });
  return 'refused';
}

/** Takes back that units were asked for and given: they were not sent after all. */
export async function returnShare(tables: Tables, ask: ShareAsk): Promise<void> {
  const { tenantId, units } = ask;
  await change(tables, ask, { [ASKED + tenantId]: -units, sent: -units }, { given: -units });
}

/** Counts that Bedrock refused units that were given in a window, to the last try or not; the payer's share pays. */
export async function countThrottled(tables: Tables, ask: ShareAsk, outcome: 'refused' | 'tried again'): Promise<void> {
  const { units } = ask;
  const { payer } = ask.allowance;
  await change(tables, ask, {
    throttled: units,
    ...(outcome === 'refused' ? { refused: units } : {}),
    ...(payer === undefined ? {} : { [GIVEN + payer]: units }),
  });
}

/** @param add to counters @param taken what is added to what the tenant was given, and whether only below its allowance */
async function change(
  tables: Tables,
  { bedrockModelId, window, tenantId, allowance: { allowed, owed }, capacity }: ShareAsk,
  add: Readonly<Record<string, number>>,
  taken?: { readonly given: number; readonly condition?: 'below' | 'below or none' },
): Promise<void> {
  const names: Record<string, string> = { '#kind': 'kind', '#expiresAt': 'expiresAt' };
  const values: Record<string, string | number> = {
    ':kind': 'SHARE_WINDOW',
    ':expiresAt': Math.ceil(((window + 1) * SHARE_WINDOW_MS + KEPT_MS) / 1_000),
  };
  const set = ['#kind = :kind', '#expiresAt = :expiresAt'];
  if (capacity !== undefined) {
    // Whoever is first in a window says what is shared out in it; the others have reckoned the same, or nearly so.
    names['#capacity'] = 'capacity';
    values[':capacity'] = Math.round(capacity);
    set.push('#capacity = if_not_exists(#capacity, :capacity)');
  }
  if (taken) {
    names['#given'] = GIVEN + tenantId;
    values[':given'] = taken.given;
    values[':owed'] = owed;
    set.push('#given = if_not_exists(#given, :owed) + :given');
  }
  Object.entries(add).forEach(([name, amount], index) => {
    names[`#a${index}`] = name;
    values[`:a${index}`] = amount;
  });
  if (taken?.condition) values[':below'] = Math.ceil(allowed);
  await tables.ledger.getDocumentClient().send(
    new UpdateCommand({
      TableName: tables.ledger.getName(),
      Key: place(bedrockModelId, window),
      UpdateExpression: `SET ${set.join(', ')} ADD ${Object.keys(add)
        .map((_, index) => `#a${index} :a${index}`)
        .join(', ')}`,
      ...(taken?.condition
        ? {
            ConditionExpression: `#given < :below${taken.condition === 'below' ? '' : ' OR attribute_not_exists(#given)'}`,
          }
        : {}),
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    }),
  );
}

/** Reads a window as it is stored. */
function toShareWindow(item: Readonly<Record<string, unknown>>): ShareWindow {
  const numbers = (prefix: string) =>
    new Map(
      Object.entries(item).flatMap(([name, value]) =>
        name.startsWith(prefix) && typeof value === 'number' ? [[name.slice(prefix.length), value] as const] : [],
      ),
    );
  const { capacity } = item;
  return {
    window: Number(item['sk']),
    asked: numbers(ASKED),
    given: numbers(GIVEN),
    sent: Number(item['sent'] ?? 0),
    throttled: Number(item['throttled'] ?? 0),
    refused: Number(item['refused'] ?? 0),
    ...(typeof capacity === 'number' ? { capacity } : {}),
  };
}

/** Numbers of windows have nine digits until the year 2096, so that their text sorts as they do. */
function place(bedrockModelId: string, window: number): { pk: string; sk: string } {
  return { pk: key`PLATFORM#SHARE#${bedrockModelId}`, sk: key`${String(window)}` };
}
