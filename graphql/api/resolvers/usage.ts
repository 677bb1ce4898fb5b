import { toCsv } from '../../../tenancy/csv.ts';
import type { Region } from '../../../tenancy/region.ts';
import { listUsage, MOST_SUMS, type UsageReading } from '../../../tenancy/table/usage-sums.ts';
import type { TenantId } from '../../../tenancy/tenant.ts';
import type { Reach } from '../access.ts';
import { GraphqlRefusal } from '../errors.ts';
import { apiKeyNodeId, parseIdOf, userNodeId } from '../ids.ts';
import type { Resolvers, UsageDimension, UsageGrain, UsageInput, UsageSeries } from '../resolver-types.ts';
import {
  type Dimension,
  daysFrom,
  type Grain,
  monthsFrom,
  readsApart,
  sumFor,
  type UsageQuestion,
  whyUnanswerable,
} from '../usage-plan.ts';
import { COUNT_COLUMNS, passes, type Series, type UsageFilter, usageCounts, usageReport } from '../usage-report.ts';
import { readRegion, regionName } from '../words.ts';

/** What was used, from the sums in the tenant's home region. */
export const usageResolvers = {
  Tenant: {
    async usage(tenant, { input }, { access, now }) {
      const reach = await access.tenant(tenant.id);
      if (!reach) return null;
      const filter = ownOnly(readFilter(input, reach), reach);
      const groupBy = new Set((input.groupBy ?? []).map((dimension) => DIMENSION[dimension]));
      const question = questionOf(input, groupBy, filter);
      const why = whyUnanswerable(question, now);
      if (why) throw new GraphqlRefusal('BAD_USER_INPUT', why);
      const tables = await reach.region(tenant.homeRegion);
      const sums = await listUsage(tables, tenant.id, readingFor(question, filter));
      if (!sums) {
        const way = 'ask for fewer days or some users, by MONTH, or by MODEL and REGION alone';
        throw new GraphqlRefusal('COST_EXCEEDED', `more than ${MOST_SUMS} sums have to be read for that; ${way}`);
      }
      const report = usageReport(
        sums.filter((sum) => passes(sum, filter)),
        groupBy,
        question.grain,
      );
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
  SESSION: 'session',
};

const GRAIN: Readonly<Record<UsageGrain, Grain>> = { HOUR: 'hour', DAY: 'day', MONTH: 'month' };

/** A member sees the own alone, whatever is asked: of somebody else's there is nothing, and no error tells of it. */
function ownOnly(filter: UsageFilter, { self }: Reach): UsageFilter {
  if (self === null) return filter;
  return { ...filter, users: new Set(filter.users?.has(self) === false ? [] : [self]) };
}

function questionOf(
  { from, to, grain }: UsageInput,
  groupBy: ReadonlySet<Dimension>,
  { users, keys }: UsageFilter,
): UsageQuestion {
  return {
    grain: GRAIN[grain ?? 'DAY'],
    by: new Set([...groupBy, ...(users ? (['user'] as const) : []), ...(keys ? (['key'] as const) : [])]),
    users: users?.size ?? null,
    first: from,
    last: to,
  };
}

function readingFor(question: UsageQuestion, { users = new Set() }: UsageFilter): UsageReading {
  const { first, last } = question;
  const sum = sumFor(question);
  switch (sum) {
    case 'tenantHour':
    case 'tenantDay':
      return { sum, first, last };
    case 'userDay':
      return { sum, users: [...users], first, last };
    default: {
      const windows = sum === 'month' ? monthsFrom(first, last) : daysFrom(first, last);
      return { sum, users: readsApart(question) ? [...users] : null, windows };
    }
  }
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
  const { user, key, model, region, session } = name;
  return {
    userId: user === undefined ? null : userNodeId(tenantId, user),
    apiKeyId: key === undefined || key === null ? null : apiKeyNodeId(tenantId, key),
    model: model ?? null,
    region: region === undefined ? null : regionName(region),
    sessionId: session ?? null,
    points: points.map(({ start, counts }) => ({ start, counts: usageCounts(counts) })),
    totals: usageCounts(totals),
  };
}

const NAME_COLUMNS = ['userId', 'apiKeyId', 'model', 'region', 'sessionId'] as const;

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
