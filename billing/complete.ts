import { parseTenantId, type TenantId } from '../tenancy/tenant.ts';
import { USAGE_COLUMNS, type UsageRecord } from '../tenancy/usage.ts';
import { comparisonSql, missingSql, type Scope, strangeSql } from './day-sql.ts';
import { type ExtractDeps, extractDay } from './extract.ts';
import { gatherUsage } from './gather.ts';
import { type Lake, putInFiles } from './lake.ts';
import { count, type Row, rowsOf, text } from './query.ts';

export type CompleteDeps = Omit<ExtractDeps, 'lake'> & {
  readonly lake: Pick<Lake, 'put' | 'list' | 'remove' | 'query' | 'unload'>;
  /** ms since the epoch */
  readonly now: () => number;
};

/** How a tenant's day stands in the lake, against the book. */
export type Completeness = {
  /** In the book. */
  readonly requests: number;
  /** In the book, and not in the lake, although it was written there again. */
  readonly missing: number;
  /** In the lake, and unknown to the book. */
  readonly extra: number;
  /** In both, and not the same. */
  readonly different: number;
  /** Ids of `extra` and `different`, some. */
  readonly samples: readonly string[];
  /** Ids of requests that are not settled. */
  readonly open: readonly string[];
};

/** Of a tenant that neither the book nor the lake knows on a day. */
export const NOTHING_BOOKED: Completeness = {
  requests: 0,
  missing: 0,
  extra: 0,
  different: 0,
  samples: [],
  open: [],
};

const SAMPLES = 10;

/** Whether a tenant's day may be counted: the lake says what the book says, of requests that have all ended. */
export function isComplete({ missing, extra, different, open }: Completeness): boolean {
  return missing === 0 && extra === 0 && different === 0 && open.length === 0;
}

/**
 * Brings the lake up to the book: what the transport has lost is written into it again, where it arrives like anything
 * else. A record that arrives twice counts once, so this may be repeated at any time. The day must have been gathered.
 * @param scope `through` must be the day of the run at least, or what is written again is not seen
 */
export async function completeDay(
  deps: CompleteDeps,
  scope: Scope,
): Promise<{ readonly tenants: ReadonlyMap<TenantId, Completeness>; readonly writtenAgain: number }> {
  const { lake, progress } = deps;
  const open = await extractDay(deps, scope.day);
  const first = await compare(lake, scope);
  const isShort = first.some((row) => count(row, 'missing') > 0 || count(row, 'different') > 0);
  const writtenAgain = isShort ? await writeAgain(deps, scope) : 0;
  if (writtenAgain > 0) progress(`${scope.day}: ${writtenAgain} records that had not arrived were written again`);
  if (writtenAgain > 0) await gatherUsage(lake, scope);
  const rows = writtenAgain > 0 ? await compare(lake, scope) : first;

  const samples = await samplesOf(lake, scope, rows);
  const tenants = new Map<TenantId, Completeness>();
  const standing = (tenantId: TenantId, row?: Row): void => {
    const of = (column: string) => (row ? count(row, column) : 0);
    tenants.set(tenantId, {
      requests: of('requests'),
      missing: of('missing'),
      extra: of('extra'),
      different: of('different'),
      samples: samples.get(tenantId) ?? [],
      open: open.get(tenantId) ?? [],
    });
  };
  for (const row of rows) {
    const tenantId = tenantOf(row);
    if (tenantId) standing(tenantId, row);
    // Whatever it is, it is nobody's invoice, and holds up nobody's.
    else
      progress(
        `${scope.day}: ${count(row, 'extra')} records in the lake name ${text(row, 'tenant_id')}, which is no tenant`,
      );
  }
  // A tenant whose every request is open has nothing to compare.
  for (const tenantId of open.keys()) if (!tenants.has(tenantId)) standing(tenantId);
  return { tenants, writtenAgain };
}

/** Whose a row is; null when it names what can be no tenant. */
export function tenantOf(row: Row): TenantId | null {
  return parseTenantId(text(row, 'tenant_id'));
}

function compare(lake: Pick<Lake, 'query'>, scope: Scope): Promise<Row[]> {
  return rowsOf(lake.query(comparisonSql(scope)));
}

async function writeAgain({ lake, now }: CompleteDeps, scope: Scope): Promise<number> {
  const [dt = '', hour = ''] = new Date(now()).toISOString().split(/[T:]/);
  const name = `usage/dt=${dt}/hour=${hour}/part-again-${scope.day}-`;
  // What was written before in the same hour has arrived: in its place its records would be lost again.
  const before = await lake.list(name);
  const nameOf = (part: number) => `${name}${before.length + part}.json`;
  const { lines } = await putInFiles(lake, nameOf, recordsOf(lake.query(missingSql(scope))));
  return lines;
}

async function* recordsOf(rows: AsyncIterable<Row>): AsyncIterable<string> {
  for await (const row of rows) {
    const fields = Object.keys(USAGE_COLUMNS).map((column) => [column, fieldOf(row, column as keyof UsageRecord)]);
    yield JSON.stringify(Object.fromEntries(fields));
  }
}

/** A column as the record has it: Athena gives all of them as text. */
function fieldOf(row: Row, column: keyof UsageRecord): string | number | boolean {
  switch (USAGE_COLUMNS[column]) {
    case 'varchar':
      return text(row, column);
    case 'bigint':
      return count(row, column);
    case 'boolean':
      return text(row, column) === 'true';
  }
}

async function samplesOf(
  lake: Pick<Lake, 'query'>,
  scope: Scope,
  rows: readonly Row[],
): Promise<ReadonlyMap<TenantId, readonly string[]>> {
  if (rows.every((row) => count(row, 'extra') === 0 && count(row, 'different') === 0)) return new Map();
  const found = await rowsOf(lake.query(strangeSql(scope, SAMPLES)));
  const grouped = Map.groupBy(found, tenantOf);
  return new Map(
    [...grouped].flatMap(([id, some]) => (id ? [[id, some.map((row) => text(row, 'request_id'))] as const] : [])),
  );
}
