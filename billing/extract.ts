import type { Region } from '../tenancy/region.ts';
import { REQUEST_SHARDS } from '../tenancy/table/request-entity.ts';
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
 * earlier run are replaced. Each shard of a day has a reader of its own, with its own files: a page of one is awaited
 * while those of others are written, however the requests are spread over tenants.
 * @param day `2026-11-22`, UTC
 * @throws Error when a request is damaged: a day without it would be wrong
 */
export async function extractDay(deps: ExtractDeps, day: string): Promise<OpenRequests> {
  const open = new Map<TenantId, string[]>();
  const tenants: TenantId[] = [];
  for await (const tenantId of deps.tenants()) tenants.push(tenantId);
  for (const [region, tables] of deps.ledgers) {
    const folder = `book/day=${day}/region=${region}/`;
    const stale = new Set(await deps.lake.list(folder));
    const read = async (shard: string): Promise<number> => {
      const nameOf = (part: number) => `${folder}part-${shard}-${String(part).padStart(5, '0')}.json`;
      const lines = linesOf(tables, { region, day, shard, tenants }, open);
      const put = await putInFiles(deps.lake, nameOf, lines);
      for (let part = 1; part <= put.files; part++) stale.delete(nameOf(part));
      return put.lines;
    };
    const lines = await allEnded(REQUEST_SHARDS.map(read));
    for (const key of stale) await deps.lake.remove(key);
    deps.progress(`${day} ${region}: ${lines.reduce((sum, one) => sum + one, 0)} settled requests in the book`);
  }
  return open;
}

/** What all came to. When one has failed the others still end first: nothing of this run goes on after it. */
async function allEnded<Value>(tasks: readonly Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

type Share = {
  readonly region: Region;
  readonly day: string;
  readonly shard: string;
  readonly tenants: readonly TenantId[];
};

async function* linesOf(
  tables: Tables,
  { region, day, shard, tenants }: Share,
  open: Map<TenantId, string[]>,
): AsyncIterable<string> {
  for (const tenantId of tenants) {
    for await (const { intent, settlement: seen } of requestsOfDay(tables, tenantId, day, [shard])) {
      if (intent.region !== region) continue;
      // The index may be behind: only the table itself says that one is open.
      const settlement = seen ?? (await getRequest(tables, tenantId, intent.requestId))?.settlement;
      if (!settlement) open.set(tenantId, [...(open.get(tenantId) ?? []), intent.requestId]);
      // What a limit refused has never reached Bedrock, and leaves no record.
      else if (settlement.outcome !== 'REFUSED') yield JSON.stringify(usageRecord(intent, settlement));
    }
  }
}
