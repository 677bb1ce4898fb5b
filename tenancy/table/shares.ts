import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import { NEW_WINDOW, SHARE_WINDOW_MS, type ShareWindow } from '../fair-share.ts';
import type { TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import type { Tables } from './tables.ts';

const ASKED = 'asked:';
const GIVEN = 'given:';
/** A window is of use for the one after it; a minute later its item may go. */
const KEPT_MS = 60_000;

/** What happened to a model's quota in a window. */
export async function getShareWindow(tables: Tables, bedrockModelId: string, window: number): Promise<ShareWindow> {
  const { Item } = await tables.ledger
    .getDocumentClient()
    .send(new GetCommand({ TableName: tables.ledger.getName(), Key: place(bedrockModelId, window) }));
  if (!Item) return NEW_WINDOW;
  const numbers = (prefix: string) =>
    new Map(
      Object.entries(Item).flatMap(([name, value]) =>
        name.startsWith(prefix) && typeof value === 'number' ? [[name.slice(prefix.length), value] as const] : [],
      ),
    );
  return {
    asked: numbers(ASKED),
    given: numbers(GIVEN),
    served: Number(Item['served'] ?? 0),
    refused: Number(Item['refused'] ?? 0),
  };
}

/** Counts that a tenant asks for units of a window, and gives them to it when it has had less than `allowed` of it. */
export async function takeShare(
  tables: Tables,
  bedrockModelId: string,
  window: number,
  tenantId: TenantId,
  units: number,
  allowed: number,
): Promise<'given' | 'refused'> {
  if (allowed > 0) {
    try {
      const below = Math.ceil(allowed);
      await add(tables, bedrockModelId, window, { [ASKED + tenantId]: units, [GIVEN + tenantId]: units }, below);
      return 'given';
    } catch (error) {
      if (!isConditionCheckFailed(error)) throw error;
    }
  }
  await add(tables, bedrockModelId, window, { [ASKED + tenantId]: units });
  return 'refused';
}

/** Counts what Bedrock said to units that it was sent. */
export async function countServed(
  tables: Tables,
  bedrockModelId: string,
  window: number,
  outcome: 'served' | 'refused',
  units: number,
): Promise<void> {
  await add(tables, bedrockModelId, window, { [outcome]: units });
}

/** @param below what the last of the counters must be below before */
async function add(
  tables: Tables,
  bedrockModelId: string,
  window: number,
  amounts: Readonly<Record<string, number>>,
  below?: number,
): Promise<void> {
  const entries = Object.entries(amounts);
  const last = `#a${entries.length - 1}`;
  await tables.ledger.getDocumentClient().send(
    new UpdateCommand({
      TableName: tables.ledger.getName(),
      Key: place(bedrockModelId, window),
      UpdateExpression: `SET #kind = :kind, #expiresAt = :expiresAt ADD ${entries.map((_, i) => `#a${i} :a${i}`).join(', ')}`,
      ...(below === undefined ? {} : { ConditionExpression: `attribute_not_exists(${last}) OR ${last} < :below` }),
      ExpressionAttributeNames: {
        '#kind': 'kind',
        '#expiresAt': 'expiresAt',
        ...Object.fromEntries(entries.map(([name], i) => [`#a${i}`, name])),
      },
      ExpressionAttributeValues: {
        ':kind': 'SHARE_WINDOW',
        ':expiresAt': Math.ceil(((window + 1) * SHARE_WINDOW_MS + KEPT_MS) / 1_000),
        ...(below === undefined ? {} : { ':below': below }),
        ...Object.fromEntries(entries.map(([, amount], i) => [`:a${i}`, amount])),
      },
    }),
  );
}

function place(bedrockModelId: string, window: number): { pk: string; sk: string } {
  return { pk: key`PLATFORM#SHARE#${bedrockModelId}`, sk: key`${String(window)}` };
}
