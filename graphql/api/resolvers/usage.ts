import type { Region } from '../../../tenancy/region.ts';
import { listUsageHours } from '../../../tenancy/table/rollups.ts';
import type { TenantId } from '../../../tenancy/tenant.ts';
import type { Reach } from '../access.ts';
import { GraphqlRefusal } from '../errors.ts';
import { apiKeyNodeId, parseIdOf, userNodeId } from '../ids.ts';
import type { Resolvers, UsageDimension, UsageInput, UsageSeries } from '../resolver-types.ts';
import {
  COUNT_COLUMNS,
  type Dimension,
  daysFrom,
  passes,
  type Series,
  toCsv,
  type UsageFilter,
  usageCounts,
  usageReport,
} from '../usage-report.ts';
import { readRegion, regionName } from '../words.ts';

const MAX_DAYS = { DAY: 92, HOUR: 7 } as const;

/** What was used, from the hourly sums in the tenant's home region. */
export const usageResolvers = {
  Tenant: {
    async usage(tenant, { input }, { access, now }) {
      const reach = await access.tenant(tenant.id);
      if (!reach) return null;
      const days = readDays(input);
      const filter = readFilter(input, reach);
      const tables = await reach.region(tenant.homeRegion);
      const read = await Promise.all(days.map((day) => listUsageHours(tables, tenant.id, day)));
      // A member sees the own alone, whatever is asked: of somebody else's there is nothing, and no error tells of it.
      const hours = read
        .flat()
        .filter((hour) => (reach.self === null || hour.slot.identityId === reach.self) && passes(hour, filter));
      const groupBy = new Set((input.groupBy ?? []).map((dimension) => DIMENSION[dimension]));
      const report = usageReport(hours, groupBy, input.grain === 'HOUR' ? 'hour' : 'day');
      const series = report.series.map((one) => toSeries(tenant.id, one));
      return { series, totals: usageCounts(report.totals), asOf: now, csv: csvOf(series) };
    },
  },
} satisfies Resolvers;

const DIMENSION: Readonly<Record<UsageDimension, Dimension>> = {
  USER: 'user',
  API_KEY: 'key',
  MODEL: 'model',
  REGION: 'region',
};

function readDays({ from, to, grain }: UsageInput): string[] {
  const most = MAX_DAYS[grain === 'HOUR' ? 'HOUR' : 'DAY'];
  const days = to < from ? 0 : (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
  if (days < 1) throw new GraphqlRefusal('BAD_USER_INPUT', 'input.to must not be before input.from');
  if (days > most) {
    const way = grain === 'HOUR' ? 'ask for fewer, or by DAY' : 'ask for fewer';
    throw new GraphqlRefusal('BAD_USER_INPUT', `from and to may be ${most} days at most, not ${days}; ${way}`);
  }
  return daysFrom(from, to);
}

function readFilter({ userIds, apiKeyIds, models, regions }: UsageInput, { tenantId }: Reach): UsageFilter {
  const own = (type: 'User' | 'ApiKey', field: string, ids: readonly string[]): ReadonlySet<string> =>
    new Set(
      ids.map((text) => {
        const id = parseIdOf(type, text);
        // The same words for another tenant's id and for what is none: neither says whether it is anybody's.
        if (id?.tenantId !== tenantId) throw new GraphqlRefusal('BAD_USER_INPUT', `input.${field} has an unknown id`);
        return id.id;
      }),
    );
  return {
    ...(userIds ? { users: own('User', 'userIds', userIds) } : {}),
    ...(apiKeyIds ? { keys: own('ApiKey', 'apiKeyIds', apiKeyIds) } : {}),
    ...(models ? { models: new Set(models) } : {}),
    ...(regions ? { regions: new Set<Region>(regions.map(readRegion)) } : {}),
  };
}

function toSeries(tenantId: TenantId, { name, points, totals }: Series): UsageSeries {
  const { user, key, model, region } = name;
  return {
    userId: user === undefined ? null : userNodeId(tenantId, user),
    apiKeyId: key === undefined || key === null ? null : apiKeyNodeId(tenantId, key),
    model: model ?? null,
    region: region === undefined ? null : regionName(region),
    points: points.map(({ start, counts }) => ({ start, counts: usageCounts(counts) })),
    totals: usageCounts(totals),
  };
}

const NAME_COLUMNS = ['userId', 'apiKeyId', 'model', 'region'] as const;

/** One line for each point of each series, in their order. */
function csvOf(series: readonly UsageSeries[]): string {
  const rows = series.flatMap((one) =>
    one.points.map(({ start, counts }) => [
      new Date(start).toISOString(),
      ...NAME_COLUMNS.map((name) => one[name] ?? ''),
      ...COUNT_COLUMNS.map((name) => String(counts[name])),
    ]),
  );
  return toCsv([['start', ...NAME_COLUMNS, ...COUNT_COLUMNS], ...rows]);
}
