import type { BillingDay, BillingDayId } from '../../../tenancy/billing-day.ts';
import { type DriftLeg, driftAllowed } from '../../../tenancy/drift.ts';
import { decimalUsd } from '../../../tenancy/money.ts';
import { type PriceBook, usdPerMillion } from '../../../tenancy/price.ts';
import type { RatedLine } from '../../../tenancy/rating.ts';
import { listDayRuns } from '../../../tenancy/table/billing-day-runs.ts';
import { countDayOfAllTenants, listDayOfAllTenants } from '../../../tenancy/table/billing-days.ts';
import { listBillingLines } from '../../../tenancy/table/billing-lines.ts';
import { getBillingRun } from '../../../tenancy/table/billing-runs.ts';
import { parseTenantId } from '../../../tenancy/tenant.ts';
import type { TokenClass } from '../../../tenancy/usage.ts';
import { DAY_MS, startOfDay } from '../../../tenancy/utc-day.ts';
import { noCursor, pageOfDays } from '../billing-days.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { GraphqlRefusal } from '../errors.ts';
import { billingDayNodeId } from '../ids.ts';
import { overrideOf } from '../override.ts';
import type {
  BillingStep as BillingStepName,
  DriftLeg as DriftLegName,
  Resolvers,
  TokenClass as TokenClassName,
} from '../resolver-types.ts';
import { regionName, sourceName } from '../words.ts';

/** About as much as a question may read. */
const MOST_COUNTED = 10_000;
/** Two months: as many as one RERATE may ask for. */
const MOST_RUNS = 62;

/** The books of billing, which the daily run writes (`billing/run.ts`): here they are only read. */
export const billingDayResolvers = {
  Query: {
    async billingDays(_, { day, ...page }, { access }) {
      const tables = access.platform();
      if (!tables) return { ...NO_ITEMS, day };
      const { limit, after: place } = readPageArgs(page);
      const after = place === undefined ? undefined : readPlaceOnBoard(place);
      const { items, next } = await listDayOfAllTenants(tables, day, { limit, ...(after ? { after } : {}) });
      return { ...toConnection({ items, ...(next ? { next: `${next.tenantId}:${next.revision}` } : {}) }), day };
    },
    async billingRun(_, __, { access }) {
      const tables = access.platform();
      return tables && getBillingRun(tables);
    },
    async billingDayRuns(_, { from, to }, { access }) {
      const days = (startOfDay(to) - startOfDay(from)) / DAY_MS + 1;
      if (days < 1 || days > MOST_RUNS) {
        throw new GraphqlRefusal(
          'BAD_USER_INPUT',
          `from and to may be 1 to ${MOST_RUNS} days, both included, not ${days}`,
        );
      }
      const tables = access.platform();
      return tables ? [...(await listDayRuns(tables, from, to))] : [];
    },
  },
  Tenant: {
    billingDays: ({ id }, { month, ...page }, context) => pageOfDays(id, month, page, context),
  },
  BillingDay: {
    id: (one) => billingDayNodeId(one),
    async tenant({ tenantId }, _, { loaders }) {
      const tenant = await loaders.tenant(tenantId);
      if (!tenant) throw new GraphqlRefusal('NOT_FOUND', 'the tenant of this day is gone');
      return tenant;
    },
    supersededBy: ({ supersededBy }) => supersededBy ?? null,
    requests: ({ rated }) => rated?.requests ?? null,
    tokens: ({ rated }) => (rated ? { ...rated.tokens } : null),
    chargeUsd: ({ rated }) => (rated ? decimalUsd(rated.nanoUsd) : null),
    costUsd: ({ rated }) => (rated && rated.costNanoUsd !== null ? decimalUsd(rated.costNanoUsd) : null),
    marginUsd: ({ rated }) =>
      rated && rated.costNanoUsd !== null ? decimalUsd(rated.nanoUsd - rated.costNanoUsd) : null,
    lines: (one, _, context) => linesOf(one, 'charge', context),
    costLines: (one, _, context) => linesOf(one, 'cost', context),
    heldBy: (one) => whyHeld(one),
    driftReports: ({ drift }) => [...(drift?.reports ?? [])],
    driftOverride: (one) => overrideOf(one),
    ratedAt: ({ rated }) => rated?.at ?? null,
    comparedAt: ({ drift }) => drift?.at ?? null,
    meterMicroUsd: ({ push }) => push?.microUsd ?? null,
    pushedAt: ({ pushedAt }) => pushedAt ?? null,
    verifiedAt: ({ verifiedAt }) => verifiedAt ?? null,
    adjustedIn: ({ adjustedIn }) => adjustedIn ?? null,
  },
  BillingLine: {
    region: ({ region }) => regionName(region),
    tokenClass: ({ tokenClass }) => CLASS_NAMES[tokenClass],
    perMillionUsd: ({ perToken }) => usdPerMillion(perToken),
    amountUsd: ({ nanoUsd }) => decimalUsd(nanoUsd),
  },
  BillingBoardConnection: {
    async counts({ day }, _, { access }) {
      const tables = access.platform();
      if (!tables) return { states: [], complete: true };
      const { counts, complete } = await countDayOfAllTenants(tables, day, MOST_COUNTED);
      return { states: counts.map((one) => ({ ...one })), complete };
    },
  },
  BillingRun: {
    step: ({ step }) => step.toUpperCase() as BillingStepName,
    running: ({ heldUntil }, _, { now }) => heldUntil > now,
  },
  BillingDayRun: {
    askedAt: ({ askedAt }) => askedAt ?? null,
    startedAt: ({ ran }) => ran?.startedAt ?? null,
    endedAt: ({ ran }) => ran?.endedAt ?? null,
    tenants: ({ ran }) => ran?.tenants ?? null,
    settled: ({ ran }) => ran?.settled ?? null,
    quarantined: ({ ran }) => ran?.quarantined ?? null,
    writtenAgain: ({ ran }) => ran?.writtenAgain ?? null,
    corrected: ({ ran }) => ran?.corrected ?? null,
  },
  DriftReport: {
    region: ({ region }) => regionName(region),
    leg: ({ leg }) => LEG_NAMES[leg],
    source: ({ source }) => sourceName(source),
    allowed: ({ union }) => driftAllowed(union),
    sampleOurs: ({ sampleOurs }) => [...sampleOurs],
    sampleTheirs: ({ sampleTheirs }) => [...sampleTheirs],
    sampleDiffering: ({ sampleDiffering }) => [...sampleDiffering],
  },
} satisfies Resolvers;

const CLASS_NAMES: Readonly<Record<TokenClass, TokenClassName>> = {
  input: 'INPUT',
  output: 'OUTPUT',
  cacheRead: 'CACHE_READ',
  cacheWrite5m: 'CACHE_WRITE_5M',
  cacheWrite1h: 'CACHE_WRITE_1H',
};
const LEG_NAMES: Readonly<Record<DriftLeg, DriftLegName>> = { requests: 'REQUESTS', tokens: 'TOKENS' };

async function linesOf(one: BillingDay, book: PriceBook, { access }: Context): Promise<RatedLine[]> {
  const reach = one.rated && (await access.tenant(one.tenantId));
  if (!one.rated || reach?.self !== null) return [];
  const lines = await listBillingLines(reach.tables, { ...one, inputsHash: one.rated.inputsHash }, one.rated);
  return lines.filter((line) => line.book === book);
}

/** Reasons of an earlier comparison stay with a day that two people answered for: they hold it no more. */
function whyHeld({ state, failure, drift }: BillingDay): string[] {
  if (state === 'FAILED' && failure) return [`${failure.step}: ${failure.why}`];
  return state === 'DRIFT_BLOCKED' ? (drift?.reasons ?? []).map(({ text }) => text) : [];
}

function readPlaceOnBoard(place: string): Pick<BillingDayId, 'tenantId' | 'revision'> {
  const [, slug, revision] = /^([^:]+):([1-9]\d{0,3})$/.exec(place) ?? [];
  const tenantId = parseTenantId(slug);
  if (!tenantId) throw noCursor();
  return { tenantId, revision: Number(revision) };
}
