import { type BillingDay, type BillingStep, meterValueOf, startBillingDay } from '../tenancy/billing-day.ts';
import { advance, type BillingDayEvent, revise } from '../tenancy/billing-day-events.ts';
import type { DriftReport } from '../tenancy/drift.ts';
import type { MissingPrice } from '../tenancy/rating.ts';
import type { Result } from '../tenancy/result.ts';
import { getBillingAccount } from '../tenancy/table/billing-accounts.ts';
import {
  createBillingDay,
  getLatestBillingDay,
  listBillingDays,
  recordBillingDay,
  recordRevision,
} from '../tenancy/table/billing-days.ts';
import { putBillingLines } from '../tenancy/table/billing-lines.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { monthOf } from '../tenancy/utc-day.ts';
import { adjustDay, whyAdjusted } from './adjust-day.ts';
import { type Completeness, isComplete } from './complete.ts';
import { changed } from './day-changed.ts';
import { type PushDeps, pushDay, verifyDay } from './push.ts';
import type { Rated } from './rate-day.ts';

/** What was found out about a tenant's day before anything of it is written. */
export type Findings = {
  readonly completeness: Completeness;
  readonly rated: Result<Rated, readonly MissingPrice[]>;
  readonly reports: readonly DriftReport[];
};

/** How far a tenant's day came, and why no further. */
export type Billed = { readonly day: BillingDay; readonly why?: string };

/**
 * Carries one tenant's day as far as it goes: counted, priced, compared, told to the meter, and read back from it. Each step
 * is written before the next begins, and finds what an earlier run has done: it may end anywhere and be run again.
 */
export async function billDay(deps: PushDeps, tenantId: TenantId, date: string, findings: Findings): Promise<Billed> {
  const { tables, now } = deps;
  let day = await open(tables, tenantId, date);
  const step = async (event: BillingDayEvent): Promise<string | null> => {
    const after = advance(day, event);
    if (!after.ok) return after.reason.kind;
    if (after.value !== day) day = await record(tables, day, after.value);
    return null;
  };
  const fail = async (at: BillingStep, why: string): Promise<Billed> => {
    await step({ kind: 'failed', step: at, why, at: now() });
    return { day, why };
  };
  if (day.state === 'FAILED') await step({ kind: 'retried' });

  const { completeness, rated, reports } = findings;
  if (!isComplete(completeness)) return unlessDone(day, whyIncomplete(completeness), (why) => fail('complete', why));
  if (!rated.ok) return unlessDone(day, whyUnpriced(rated.reason), (why) => fail('price', why));

  await putBillingLines(tables, { tenantId, day: date, inputsHash: rated.value.rated.inputsHash }, rated.value.lines);
  if ((await step({ kind: 'rated', rated: rated.value.rated })) === 'needs_revision') {
    day = await reviseDay(tables, day);
    await step({ kind: 'rated', rated: rated.value.rated });
  }
  if (!day.push) {
    await step({ kind: 'compared', reports, at: now() });
    if (day.state === 'DRIFT_BLOCKED') return { day, why: day.drift?.reasons.map(({ text }) => text).join('; ') ?? '' };
  }
  if (day.state === 'APPROVED' && day.adjustedIn === undefined) {
    const account = await getBillingAccount(tables, tenantId);
    if (!account) return fail('push', 'the tenant has no customer yet: see its billing commands');
    if (!day.push) {
      const month = await listBillingDays(tables, tenantId, monthOf(date));
      const microUsd = meterValueOf({ day: date, rated: rated.value.rated }, month);
      const reason = await whyAdjusted(deps, account, date, microUsd);
      if (reason) {
        const adjusted = await adjustDay(deps, account, { day, nanoUsd: rated.value.rated.nanoUsd, month, reason });
        return adjusted.ok ? { day: adjusted.value } : fail('verify', adjusted.reason);
      }
      await step({ kind: 'push_planned', microUsd, at: now() });
    }
    const pushed = await pushDay(deps, account, day);
    if (pushed !== null) return fail('push', pushed);
    await step({ kind: 'pushed', at: now() });
  }
  if (day.state === 'PUSHED') {
    const account = await getBillingAccount(tables, tenantId);
    if (!account) return fail('verify', 'the tenant has no customer any more');
    const verified = await verifyDay(deps, account, day);
    if (!verified.ok) return fail('verify', verified.reason);
    await step({ kind: 'verified', microUsd: verified.value, at: now() });
  }
  return { day };
}

async function open(tables: Tables, tenantId: TenantId, date: string): Promise<BillingDay> {
  const found = await getLatestBillingDay(tables, tenantId, date);
  if (found) return found;
  const first = startBillingDay(tenantId, date);
  return (await createBillingDay(tables, first)) === 'created' ? first : changed(tenantId, date);
}

async function record(tables: Tables, before: BillingDay, after: BillingDay): Promise<BillingDay> {
  return (await recordBillingDay(tables, before, after)) ?? changed(before.tenantId, before.day);
}

/** What was told to the meter stays as it was told; what is new is a revision beside it. */
async function reviseDay(tables: Tables, day: BillingDay): Promise<BillingDay> {
  const revised = revise(day);
  if (!revised.ok) return changed(day.tenantId, day.day);
  return (await recordRevision(tables, day, revised.value)) ?? changed(day.tenantId, day.day);
}

/** What was told to the meter was right when it was told: until it can be counted anew it stands. */
async function unlessDone(day: BillingDay, why: string, fail: (why: string) => Promise<Billed>): Promise<Billed> {
  return day.push ? { day, why } : fail(why);
}

function whyIncomplete({ missing, extra, different, open, samples }: Completeness): string {
  const parts = [
    open.length > 0 ? `${open.length} requests have not ended (${open.slice(0, 3).join(', ')})` : '',
    missing > 0 ? `${missing} records are not in the lake, although they were written there again` : '',
    extra > 0 ? `${extra} records in the lake are unknown to the book` : '',
    different > 0 ? `${different} records in the lake are not as the book has them` : '',
  ];
  const some = samples.length > 0 ? `: ${samples.slice(0, 3).join(', ')}` : '';
  return `${parts.filter(Boolean).join('; ')}${some}`;
}

function whyUnpriced(missing: readonly MissingPrice[]): string {
  const all = missing.map(
    ({ model, region, tier, at }) =>
      `${model} in ${region}${tier ? ` for ${tier}` : ''} at ${new Date(at).toISOString()}`,
  );
  return `no price of the book of charges was in force: ${all.join(', ')}`;
}
