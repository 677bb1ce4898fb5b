import type { Region } from '../tenancy/region.ts';
import { getRequest, requestsOfDay } from '../tenancy/table/requests.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { usageRecord } from '../tenancy/usage.ts';
import { type Lake, putInFiles } from './lake.ts';

export type ExtractDeps = {
  readonly lake: Pick<Lake, 'put' | 'list' | 'remove'>;
  /** Each region's own ledger. */
  readonly ledgers: ReadonlyMap<Region, Tables>;
  /** Every tenant that there was, closed ones as well. */
  readonly tenants: () => AsyncIterable<TenantId>;
  readonly progress: (line: string) => void;
};

/** Requests of a day that are promised and not settled yet: their tenant's day cannot be counted. */
export type OpenRequests = ReadonlyMap<TenantId, readonly string[]>;

/**
 * Writes what the ledgers say of a day into the lake, where it can be compared with what has arrived there. The files of an
 * earlier run are replaced.
 * @param day `2026-11-22`, UTC
 * @throws Error when a request is damaged: a day without it would be wrong
 */
export async function extractDay(deps: ExtractDeps, day: string): Promise<OpenRequests> {
  const open = new Map<TenantId, string[]>();
  for (const [region, tables] of deps.ledgers) {
    const folder = `book/day=${day}/region=${region}/`;
    const before = await deps.lake.list(folder);
    const nameOf = (part: number) => `${folder}part-${String(part).padStart(5, '0')}.json`;
    const { files, lines } = await putInFiles(deps.lake, nameOf, linesOf(deps, tables, region, day, open));
    const stale = before.filter((key) => key > nameOf(files));
    for (const key of stale) await deps.lake.remove(key);
    deps.progress(`${day} ${region}: ${lines} settled requests in the book`);
  }
  return open;
}

async function* linesOf(
  { tenants }: ExtractDeps,
  tables: Tables,
  region: Region,
  day: string,
  open: Map<TenantId, string[]>,
): AsyncIterable<string> {
  for await (const tenantId of tenants()) {
    for await (const { intent, settlement: seen } of requestsOfDay(tables, tenantId, day)) {
      if (intent.region !== region) continue;
      // The index may be behind: only the table itself says that one is open.
      const settlement = seen ?? (await getRequest(tables, tenantId, intent.requestId))?.settlement;
      if (!settlement) open.set(tenantId, [...(open.get(tenantId) ?? []), intent.requestId]);
      // What a limit refused has never reached Bedrock, and leaves no record.
      else if (settlement.outcome !== 'REFUSED') yield JSON.stringify(usageRecord(intent, settlement));
    }
  }
}
