import { committedAt, type Gate, spentAt } from '../../tenancy/gate.ts';
import { type GrantSubject, grantSubjects } from '../../tenancy/grant.ts';
import { type Budget, windowKey } from '../../tenancy/limit.ts';
import { decimalUsd, formatUsd } from '../../tenancy/money.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Region } from '../../tenancy/region.ts';
import { ok, type Result } from '../../tenancy/result.ts';
import { type Counts, type ModelUsage, requestsIn, sumOf, type UserUsage } from '../../tenancy/rollup.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { type AdmitDeps, limitedGates } from './admit.ts';
import { consult } from './consult.ts';
import type { Identified } from './identify.ts';
import { keep } from './kept.ts';
import type { Stores } from './stores.ts';

/** What a caller's gates and roll-ups say, some seconds old at most: gates in the order of the subjects. */
export type Spending = { readonly gates: readonly Gate[]; readonly usage: UserUsage };

export type UsageSelfDeps = Pick<AdmitDeps, 'rules'> & {
  readonly region: Region;
  readonly spending: (
    now: number,
    tenantId: TenantId,
    subjects: readonly GrantSubject[],
    identityId: string,
    day: string,
  ) => Promise<Spending>;
};

/** A status line may ask every second; it is read anew after this time, in ms. */
const SPENDING_LIFE_MS = 3_000;

/** One consistent read of the gates and two small reads of roll-ups, kept by caller for a few seconds. */
export function keepSpending(stores: Pick<Stores, 'gates' | 'userUsage'>): Pick<UsageSelfDeps, 'spending'> {
  return {
    spending: keep(async (tenantId: TenantId, subjects: readonly GrantSubject[], identityId: string, day: string) => {
      const [gates, usage] = await Promise.all([
        stores.gates(subjects.map((subject) => ({ tenantId, subject }))),
        stores.userUsage(tenantId, identityId, day),
      ]);
      return { gates, usage };
    }, SPENDING_LIFE_MS),
  };
}

/** Money, exactly: decimal dollars, and whole nano-USD. */
export type Money = { readonly usd: string; readonly nano_usd: string };

/** Of the tenant's budget, which all its users share, a member is told how much is left; not what the others spent. */
export type BudgetLine = {
  readonly of: 'tenant' | 'user' | 'key';
  readonly month: string;
  readonly enforcement: Budget['enforcement'];
  readonly percent: number;
  readonly remaining: Money;
  readonly limit?: Money;
  readonly spent?: Money;
  /** By requests that run. */
  readonly held?: Money;
};

export type UsageSums = {
  readonly requests: number;
  /** By a limit, before they reached the model; not among `requests`. */
  readonly refused: number;
  readonly tokens: Readonly<Record<'input' | 'output' | 'cache_read' | 'cache_write_5m' | 'cache_write_1h', number>>;
  readonly spend: Money;
};

export type UsagePeriod = UsageSums & {
  /** A day or a month, UTC. */
  readonly period: string;
  readonly models: readonly (UsageSums & { readonly model: string })[];
};

/** What `GET /v1/usage/self` answers; `docs/usage-self.md` describes it. */
export type UsageSelf = {
  readonly status_line: string;
  readonly as_of: string;
  readonly tenant: string;
  readonly region: Region;
  readonly user: string;
  readonly api_key: string | null;
  readonly budgets: readonly BudgetLine[];
  /** Null away from the tenant's home region, where the roll-ups are. */
  readonly usage: {
    readonly as_of: string | null;
    readonly today: UsagePeriod;
    readonly this_month: UsagePeriod;
  } | null;
};

/** Tells a caller what it has spent and may still spend: its own, and nobody else's. */
export async function usageSelf(
  { caller, tenant }: Pick<Identified, 'caller' | 'tenant'>,
  { region, rules: findRules, spending }: UsageSelfDeps,
  now: number,
): Promise<Result<UsageSelf, Refusal>> {
  const { identityId, keyId } = caller;
  const found = await consult(() =>
    Promise.all([
      findRules(now, tenant, caller),
      spending(now, tenant.id, grantSubjects(caller), identityId, windowKey('day', now)),
    ]),
  );
  if (!found.ok) return found;
  const [rules, { gates, usage }] = found.value;
  const budgets = limitedGates(tenant, caller, rules, now).flatMap(({ id, limits }, n) => {
    const gate = gates[n];
    return limits.budget && gate ? [budgetLine(id.subject.kind, limits.budget, gate, now)] : [];
  });
  const atHome = region === tenant.homeRegion ? usage : null;
  return ok({
    status_line: statusLine(tenant.id, budgets, atHome),
    as_of: new Date(now).toISOString(),
    tenant: tenant.id,
    region,
    user: identityId,
    api_key: keyId ?? null,
    budgets,
    usage: atHome && {
      as_of: atHome.countedAt === null ? null : new Date(atHome.countedAt).toISOString(),
      today: usagePeriod(windowKey('day', now), atHome.day),
      this_month: usagePeriod(windowKey('month', now), atHome.month),
    },
  });
}

function budgetLine(of: BudgetLine['of'], { nanoUsd, enforcement }: Budget, gate: Gate, now: number): BudgetLine {
  const spent = spentAt(gate, now);
  const held = committedAt(gate, now) - spent;
  const left = nanoUsd - spent - held;
  const common = {
    of,
    month: windowKey('month', now),
    enforcement,
    percent: nanoUsd === 0n ? 100 : Number((spent * 100n) / nanoUsd),
    remaining: money(left < 0n ? 0n : left),
  };
  return of === 'tenant' ? common : { ...common, limit: money(nanoUsd), spent: money(spent), held: money(held) };
}

/** The budget that ends first, and today's requests: `acme · $3.20 of $50.00 · 47 requests today`. */
function statusLine(tenant: string, budgets: readonly BudgetLine[], usage: UserUsage | null): string {
  const tightest = budgets.reduce<BudgetLine | undefined>(
    (least, one) => (least && BigInt(least.remaining.nano_usd) <= BigInt(one.remaining.nano_usd) ? least : one),
    undefined,
  );
  const today = usage && sumOf(usage.day.map(({ counts }) => counts));
  const parts = [tenant];
  if (tightest) parts.push(budgetText(tightest));
  else if (usage) parts.push(`${formatUsd(sumOf(usage.month.map(({ counts }) => counts)).nanoUsd)} this month`);
  if (today) parts.push(`${requestsIn(today)} ${requestsIn(today) === 1n ? 'request' : 'requests'} today`);
  return parts.join(' · ');
}

function budgetText({ of, limit, spent, percent, remaining }: BudgetLine): string {
  if (of === 'tenant' || !limit || !spent)
    return `${formatUsd(BigInt(remaining.nano_usd))} left, ${percent}% of the tenant's budget spent`;
  const text = `${formatUsd(BigInt(spent.nano_usd))} of ${formatUsd(BigInt(limit.nano_usd))}`;
  return of === 'key' ? `${text} of this key` : text;
}

function usagePeriod(period: string, models: readonly ModelUsage[]): UsagePeriod {
  return {
    period,
    ...usageSums(sumOf(models.map(({ counts }) => counts))),
    models: models.map(({ model, counts }) => ({ model, ...usageSums(counts) })),
  };
}

function usageSums(counts: Counts): UsageSums {
  return {
    requests: Number(requestsIn(counts)),
    refused: Number(counts.refused),
    tokens: {
      input: Number(counts.input),
      output: Number(counts.output),
      cache_read: Number(counts.cacheRead),
      cache_write_5m: Number(counts.cacheWrite5m),
      cache_write_1h: Number(counts.cacheWrite1h),
    },
    spend: money(counts.nanoUsd),
  };
}

function money(nanoUsd: bigint): Money {
  return { usd: decimalUsd(nanoUsd), nano_usd: String(nanoUsd) };
}
