import { DRIFT_LEGS, DRIFT_SAMPLE, type DriftLeg, type DriftReport, type SourceStatus } from '../tenancy/drift.ts';
import { isRegion, type Region } from '../tenancy/region.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { tenantOf } from './complete.ts';
import { driftSamplesSql, driftSql, type Scope, sourcesSql } from './day-sql.ts';
import type { Lake } from './lake.ts';
import { count, type Row, rowsOf, text } from './query.ts';

/** AWS delivers what belongs to the day's last minutes some minutes later; what lies further back is there, or is late. */
const DELIVERY_MS = 15 * 60_000;
/** Where AWS has written nothing down, nobody says in which account. */
const UNKNOWN_ACCOUNT = 'unknown';

/**
 * Lays a day as we counted it beside what AWS wrote down of it, id by id: request ids beside CloudTrail's events, tokens
 * beside Bedrock's invocation log. Both from what was gathered of the day.
 */
export async function crossCheckDay(
  lake: Pick<Lake, 'query'>,
  scope: Scope,
): Promise<ReadonlyMap<TenantId, readonly DriftReport[]>> {
  const sources = readSources(await rowsOf(lake.query(sourcesSql(scope))));
  const found = new Map<TenantId, DriftReport[]>();
  for (const leg of DRIFT_LEGS) {
    const rows = await rowsOf(lake.query(driftSql(scope, leg)));
    const isDrifting = rows.some((row) => SIDES.some((side) => count(row, side) > 0));
    const samples = isDrifting ? await rowsOf(lake.query(driftSamplesSql(scope, leg, DRIFT_SAMPLE))) : [];
    for (const row of rows) {
      const [tenantId, region] = [tenantOf(row), text(row, 'region')];
      // AWS knows of sessions that no tenant had, such as an operator's own: they are no tenant's drift.
      if (!tenantId || !isRegion(region)) continue;
      const report = reportOf(row, { leg, region, source: sources(leg, region) }, samples);
      found.set(tenantId, [...(found.get(tenantId) ?? []), report]);
    }
  }
  return found;
}

const SIDES = ['only_ours', 'only_theirs', 'different'] as const;

function reportOf(
  row: Row,
  about: Pick<DriftReport, 'leg' | 'region' | 'source'>,
  samples: readonly Row[],
): DriftReport {
  const same = (one: Row) => one['tenant_id'] === row['tenant_id'] && one['region'] === row['region'];
  const some = (side: (typeof SIDES)[number]) =>
    samples.filter((one) => same(one) && one['side'] === side).map((one) => text(one, 'id'));
  return {
    ...about,
    accountId: text(row, 'account_id') || UNKNOWN_ACCOUNT,
    onlyOurs: count(row, 'only_ours'),
    onlyTheirs: count(row, 'only_theirs'),
    differing: count(row, 'different'),
    union: count(row, 'ids'),
    sampleOurs: some('only_ours'),
    sampleTheirs: some('only_theirs'),
    sampleDiffering: some('different'),
  };
}

type Sources = (leg: DriftLeg, region: Region) => SourceStatus;

/** Late: it ends well before our own last request of the day in that region. */
function readSources(rows: readonly Row[]): Sources {
  const newest = (source: string, region: Region): string | undefined =>
    rows.find((row) => row['source'] === source && row['region'] === region)?.['newest'];
  return (leg, region) => {
    const ours = newest('ours', region);
    const theirs = newest(leg === 'requests' ? 'cloudtrail' : 'invocations', region);
    // A region that nobody called has nothing to tell of.
    if (ours === undefined) return 'complete';
    if (theirs === undefined) return 'absent';
    return Date.parse(theirs) < Number(ours) - DELIVERY_MS ? 'late' : 'complete';
  };
}
