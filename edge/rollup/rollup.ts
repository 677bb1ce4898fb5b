import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { SettledRequest } from '../../tenancy/rollup.ts';
import { type KeyUse, noteKeyUse } from '../../tenancy/table/key-uses.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { type CountDeps, countSettled } from './count.ts';
import type { FindHome } from './home.ts';
import { readSettled, type SettledRecord } from './settled.ts';

/** One line for the log: never an item's content. */
export type RollupLine =
  | { readonly event: 'ledger_image_damaged'; readonly key: string; readonly sequenceNumber: string }
  | { readonly event: 'rollup_failed'; readonly tenantId: TenantId; readonly requests: number; readonly why: string };

export type RollupDeps = CountDeps & {
  /** The ledger whose stream this is. */
  readonly tables: Tables;
  readonly homeOf: FindHome;
  readonly log: (line: RollupLine) => void;
};

/**
 * Counts the settled requests of a batch of the ledger's stream, tenant by tenant. What could not be counted is named
 * as failed, so that Lambda offers it again; what comes again with it has been counted and changes nothing.
 */
export async function rollUpBatch(deps: RollupDeps, { Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const { settled, damaged } = readSettled(deps.tables, Records);
  for (const { key, sequenceNumber } of damaged) deps.log({ event: 'ledger_image_damaged', key, sequenceNumber });
  const tenants = Map.groupBy(settled, ({ request }) => request.intent.tenantId);
  const failed = await Promise.all([...tenants].map(([tenantId, records]) => countTenant(deps, tenantId, records)));
  return {
    batchItemFailures: [...damaged, ...failed.flat()].map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })),
  };
}

/** The last use of each secret of each key, of those in a batch. */
function lastKeyUses(requests: readonly SettledRequest[]): readonly KeyUse[] {
  const last = new Map<string, KeyUse>();
  for (const { intent } of requests) {
    const { tenantId, keyId, keyFingerprint: fingerprint, startedAt: at, region, model } = intent;
    if (keyId === undefined || fingerprint === undefined) continue;
    const name = `${keyId} ${fingerprint}`;
    if (at >= (last.get(name)?.at ?? 0)) last.set(name, { tenantId, keyId, fingerprint, at, region, model });
  }
  return [...last.values()];
}

/** @returns the records that have to come again */
async function countTenant(
  deps: RollupDeps,
  tenantId: TenantId,
  records: readonly SettledRecord[],
): Promise<readonly SettledRecord[]> {
  try {
    const tables = await deps.homeOf(tenantId);
    const requests = records.map(({ request }) => request);
    await countSettled(tables, requests, deps);
    await Promise.all(lastKeyUses(requests).map((use) => noteKeyUse(tables, use)));
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    deps.log({ event: 'rollup_failed', tenantId, requests: records.length, why });
    return records;
  }
}
