import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
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
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    deps.log({ event: 'rollup_failed', tenantId, requests: records.length, why });
    return records;
  }
}
