import type { BillingDay } from '../tenancy/billing-day.ts';
import type { SourceStatus } from '../tenancy/drift.ts';
import { decimalUsd } from '../tenancy/money.ts';
import type { MoneyPart, MoneyReport } from '../tenancy/money-drift.ts';
import { isRegion, type Region } from '../tenancy/region.ts';
import { listBillingDays } from '../tenancy/table/billing-days.ts';
import { listBillingLines } from '../tenancy/table/billing-lines.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { tenantOf } from './complete.ts';
import type { Lake } from './lake.ts';
import { billedApartSql, billedSql, billSourcesSql } from './month-sql.ts';
import { rowsOf, text, whole } from './query.ts';

export type MoneyDeps = {
  readonly lake: Pick<Lake, 'query'>;
  /** Those of the control region, where the books of billing are. */
  readonly tables: Tables;
  /** Every tenant that there was, closed ones as well. */
  readonly tenants: () => AsyncIterable<TenantId>;
  readonly progress: (line: string) => void;
};

/** What a tenant's month cost in one region, by our book of costs. */
type Ours = {
  isKnown: boolean;
  readonly models: Map<string, bigint>;
  /** When it last cost anything there. */
  lastDay?: string;
};

/**
 * Lays what a month cost, by our book of costs, beside what AWS bills for it (CUR 2.0), by tenant and region. A tenant that
 * the bill alone knows has reports, too. What AWS bills for calls of no tenant is the platform's own: it is told, and is nobody's
 * difference.
 * @param month `2026-11`; a day of it that was never counted has no cost here, and makes a difference
 */
export async function crossCheckMoney(
  deps: MoneyDeps,
  month: string,
): Promise<ReadonlyMap<TenantId, readonly MoneyReport[]>> {
  const ours = new Map<TenantId, ReadonlyMap<Region, Ours>>();
  for await (const tenantId of deps.tenants()) ours.set(tenantId, await costsOf(deps.tables, tenantId, month));
  const theirs = await billedTo(deps, month);
  const sourceOf = await readSources(deps.lake, month, lastDays(ours.values()));

  const reports = new Map<TenantId, readonly MoneyReport[]>();
  for (const tenantId of new Set([...ours.keys(), ...theirs.keys()])) {
    const [costs, billed] = [ours.get(tenantId), theirs.get(tenantId)];
    const regions = [...new Set([...(costs?.keys() ?? []), ...(billed?.keys() ?? [])])].sort();
    const found = regions.map((region): MoneyReport => {
      const [cost, usageTypes] = [costs?.get(region), billed?.get(region) ?? []];
      const models = partsOf(cost?.models);
      return {
        tenantId,
        region,
        source: sourceOf(region),
        oursNanoUsd: cost?.isKnown === false ? null : sumOf(models),
        theirsNanoUsd: sumOf(usageTypes),
        models,
        usageTypes,
      };
    });
    if (found.length > 0) reports.set(tenantId, found);
  }
  return reports;
}

async function costsOf(tables: Tables, tenantId: TenantId, month: string): Promise<ReadonlyMap<Region, Ours>> {
  const costs = new Map<Region, Ours>();
  const costIn = (region: Region): Ours => {
    const one = costs.get(region) ?? { isKnown: true, models: new Map() };
    costs.set(region, one);
    return one;
  };
  // They come by day and revision: of each day the last one stays.
  const days = new Map((await listBillingDays(tables, tenantId, month)).map((day) => [day.day, day]));
  for (const { day, rated, lines } of await Promise.all([...days.values()].map((day) => withLines(tables, day)))) {
    for (const region of rated?.regions ?? []) {
      const cost = costIn(region);
      if (rated?.costNanoUsd !== null) continue;
      cost.isKnown = false;
      cost.lastDay = day;
    }
    for (const { book, region, model, nanoUsd } of lines) {
      if (book !== 'cost') continue;
      const cost = costIn(region);
      cost.models.set(model, (cost.models.get(model) ?? 0n) + nanoUsd);
      cost.lastDay = day;
    }
  }
  return costs;
}

async function withLines(tables: Tables, { tenantId, day, rated }: BillingDay) {
  const id = rated && { tenantId, day, inputsHash: rated.inputsHash };
  return { day, rated, lines: id ? await listBillingLines(tables, id, rated) : [] };
}

/** What the bill has for each tenant; what it has besides is told. */
async function billedTo({ lake, progress }: MoneyDeps, month: string) {
  const billed = new Map<TenantId, Map<Region, MoneyPart[]>>();
  const others = new Map<string, bigint>();
  for await (const row of lake.query(billedSql(month))) {
    const [tenantId, region, nanoUsd] = [tenantOf(row), text(row, 'region'), whole(row, 'nano_usd')];
    if (!tenantId || !isRegion(region)) {
      const whose = row['tenant_id']
        ? `calls of ${row['tenant_id']}${tenantId ? '' : ', which is no tenant'}`
        : 'calls without a tenant: the platform’s own';
      const what = `in ${region} for ${whose}`;
      others.set(what, (others.get(what) ?? 0n) + nanoUsd);
      continue;
    }
    const regions = billed.get(tenantId) ?? new Map<Region, MoneyPart[]>();
    billed.set(tenantId, regions);
    regions.set(region, [...(regions.get(region) ?? []), { name: text(row, 'usage_type'), nanoUsd }]);
  }
  for (const [what, nanoUsd] of others) progress(`${month}: AWS bills ${decimalUsd(nanoUsd)} USD ${what}`);
  for (const row of await rowsOf(lake.query(billedApartSql(month)))) {
    const amount = `${decimalUsd(whole(row, 'nano'))} ${text(row, 'currency')}`;
    progress(`${month}: AWS bills ${amount} of ${text(row, 'line_type')} for Bedrock, which is no tenant’s cost here`);
  }
  return billed;
}

/** Of each region the last day on which it cost anything, whoever's call it was. */
function lastDays(tenants: Iterable<ReadonlyMap<Region, Ours>>): readonly string[] {
  const last = new Map<Region, string>();
  for (const costs of tenants) {
    for (const [region, { lastDay = '' }] of costs) if (lastDay > (last.get(region) ?? '')) last.set(region, lastDay);
  }
  return [...new Set(last.values())].sort();
}

/** Late: its newest hour ends before our own last request in that region. */
async function readSources(
  lake: Pick<Lake, 'query'>,
  month: string,
  days: readonly string[],
): Promise<(region: Region) => SourceStatus> {
  const rows = await rowsOf(lake.query(billSourcesSql(month, days)));
  const newest = (source: string, region: Region) =>
    rows.find((row) => row['source'] === source && row['region'] === region)?.['newest'];
  return (region) => {
    const [ours, theirs] = [newest('ours', region), newest('cur', region)];
    // A region that nobody called has nothing on the bill.
    if (ours === undefined) return 'complete';
    if (theirs === undefined) return 'absent';
    return Date.parse(theirs) <= Number(ours) ? 'late' : 'complete';
  };
}

function partsOf(models: ReadonlyMap<string, bigint> = new Map()): readonly MoneyPart[] {
  return [...models].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, nanoUsd]) => ({ name, nanoUsd }));
}

function sumOf(parts: readonly MoneyPart[]): bigint {
  return parts.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n);
}
