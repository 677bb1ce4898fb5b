import { type BillingStep, isSettled } from '../tenancy/billing-day.ts';
import type { Price } from '../tenancy/price.ts';
import { cutsOf } from '../tenancy/rating.ts';
import { recordDayRun } from '../tenancy/table/billing-day-runs.ts';
import { type BillingRun, holdBillingRun } from '../tenancy/table/billing-runs.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { DAY_MS, dayOf, startOfDay } from '../tenancy/utc-day.ts';
import { type Billed, billDay, type Findings } from './bill-day.ts';
import { type CompleteDeps, completeDay, NOTHING_BOOKED } from './complete.ts';
import { countDay } from './count.ts';
import { crossCheckDay } from './cross-check.ts';
import { DayChanged } from './day-changed.ts';
import type { Scope } from './day-sql.ts';
import { gatherDay } from './gather.ts';
import type { Lake } from './lake.ts';
import { correctOrphans, type OrphanDeps } from './orphans.ts';
import type { PushDeps } from './push.ts';
import { quarantineDay } from './quarantine.ts';
import { rateDay } from './rate-day.ts';

export type RunDeps = PushDeps &
  Omit<CompleteDeps, 'lake'> &
  Omit<OrphanDeps, 'lake'> & {
    readonly lake: Lake;
    /** Every price of every model, of both books. */
    readonly prices: () => Promise<readonly Price[]>;
    readonly sha256: (text: string) => string;
    /** Another one for each run. */
    readonly holder: string;
  };

/** What a run came to. */
export type DayReport = {
  readonly day: string;
  /** Lines that arrived and are no usage records. */
  readonly quarantined: number;
  /** Records that the transport had lost. */
  readonly writtenAgain: number;
  /** Estimates that the truth took the place of. */
  readonly corrected: number;
  readonly tenants: readonly (Billed & { readonly tenantId: TenantId })[];
};

/** A run that has not told anything for so long has died. */
const HELD_MS = 10 * 60_000;
/** So many days later a request may still arrive and be counted with its day, without anybody asking. */
const ARRIVALS = 2;

/**
 * The daily run of one day (`2026-11-22`, UTC), for all tenants that used anything on it. It may be killed anywhere and run
 * again, as often as one likes: what is done is found, what changed is a revision, and what agrees changes no byte.
 * @returns `busy` when another run has the place; else how far each tenant's day came
 * @throws when the lake or the tables cannot be reached; what one tenant's day fails with stops no other's
 */
export async function runDay(deps: RunDeps, day: string): Promise<DayReport | 'busy'> {
  const { tables, now, progress } = deps;
  const startedAt = now();
  // A day that is not over has requests to come, and would be revised with each run.
  if (startOfDay(day) + DAY_MS > startedAt) throw new RangeError(`${day} is not over`);
  let place: BillingRun = { holder: deps.holder, day, step: 'complete', detail: 'it begins', startedAt, heldUntil: 0 };
  const hold = (): Promise<boolean> => {
    const at = now();
    return holdBillingRun(tables, { ...place, heldUntil: at + HELD_MS }, at);
  };
  const tell = async (step: BillingStep, detail: string): Promise<void> => {
    progress(`${day} ${step}: ${detail}`);
    place = { ...place, step, detail };
    if (!(await hold())) throw new Error('another run has taken the place of this one');
  };
  if (!(await hold())) return 'busy';
  try {
    return await work(deps, day, startedAt, tell);
  } finally {
    // Whatever it ended with, the next one need not wait.
    await holdBillingRun(tables, { ...place, heldUntil: 0 }, now());
  }
}

async function work(
  deps: RunDeps,
  day: string,
  startedAt: number,
  tell: (step: BillingStep, detail: string) => Promise<void>,
): Promise<DayReport> {
  const { lake, now, progress } = deps;
  // What is written again arrives today.
  const scope: Scope = { day, through: latestOf(dayOf(startedAt), dayOf(startOfDay(day) + ARRIVALS * DAY_MS)) };
  await tell('complete', 'the lake is laid beside the book');
  await gatherDay(lake, scope);
  const quarantined = await quarantineDay(lake, scope, progress);
  let completed = await completeDay(deps, scope);
  const corrected = await correctOrphans(deps, scope);
  if (corrected > 0) {
    progress(`${day}: ${corrected} estimates gave way to what Bedrock's log tells`);
    const again = await completeDay(deps, scope);
    completed = { ...again, writtenAgain: completed.writtenAgain + again.writtenAgain };
  }
  const prices = await deps.prices();
  await tell('count', `${completed.tenants.size} tenants`);
  const counted = await countDay(lake, scope, cutsOf(prices, day));
  await tell('cross_check', 'it is laid beside what AWS wrote down');
  const drift = await crossCheckDay(lake, scope);

  const tenants: (Billed & { readonly tenantId: TenantId })[] = [];
  const lost = await knownTo(
    deps,
    [...drift.keys()].filter((one) => !completed.tenants.has(one)),
  );
  const all = [...completed.tenants, ...lost.map((one) => [one, NOTHING_BOOKED] as const)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  for (const [index, [tenantId, completeness]] of all.entries()) {
    await tell('push', `${index + 1} of ${all.length} tenants`);
    const rated = rateDay(day, counted.get(tenantId) ?? [], prices, { sha256: deps.sha256, at: now() });
    const findings: Findings = { completeness, rated, reports: drift.get(tenantId) ?? [] };
    tenants.push({ tenantId, ...(await billTenant(deps, tenantId, day, findings)) });
  }
  const settled = tenants.filter((one) => isSettled(one.day)).length;
  await recordDayRun(deps.tables, {
    day,
    ran: {
      startedAt,
      endedAt: now(),
      tenants: all.length,
      settled,
      quarantined,
      writtenAgain: completed.writtenAgain,
      corrected,
    },
  });
  await tell('verify', `${settled} of ${all.length} tenants are billed`);
  return { day, quarantined, writtenAgain: completed.writtenAgain, corrected, tenants };
}

/** Tenants of ours, of those whom AWS alone knows on a day: all that we knew of them is lost. */
async function knownTo({ tenants }: Pick<RunDeps, 'tenants'>, some: readonly TenantId[]): Promise<readonly TenantId[]> {
  const known: TenantId[] = [];
  if (some.length > 0) for await (const one of tenants()) if (some.includes(one)) known.push(one);
  return known;
}

const CONTEST_TRIES = 3;

/** Somebody who approves an override, or a webhook, may write the same day in between: it is read anew, and goes on from there. */
async function billTenant(deps: RunDeps, tenantId: TenantId, day: string, findings: Findings): Promise<Billed> {
  for (let tries = 1; ; tries++) {
    try {
      return await billDay(deps, tenantId, day, findings);
    } catch (error) {
      if (!(error instanceof DayChanged) || tries === CONTEST_TRIES) throw error;
      deps.progress(`${error.message}; it is read anew`);
    }
  }
}

function latestOf(one: string, other: string): string {
  return one > other ? one : other;
}
