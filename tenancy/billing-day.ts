import { type MeteredDay, meterValue } from './billing-amount.ts';
import {
  approveOverride,
  type DriftOverride,
  type DriftReason,
  type DriftReport,
  judgeDrift,
  type OverrideRequest,
} from './drift.ts';
import { type RatedLine, sumNanoUsd, sumTokens, type TokenSums, type UsageGroup } from './rating.ts';
import type { Region } from './region.ts';
import { no, ok, type Result } from './result.ts';
import type { TenantId } from './tenant.ts';
import { TOKEN_CLASSES } from './usage.ts';

/**
 * How far a tenant's day has come. COLLECTING: not counted yet. RATED: counted and priced. DRIFT_BLOCKED: the books do not
 * agree with AWS's. APPROVED: they do, or two people answer for it. PUSHED: the meter was told. VERIFIED: it says the same.
 */
export const BILLING_DAY_STATES = [
  'COLLECTING',
  'RATED',
  'DRIFT_BLOCKED',
  'APPROVED',
  'PUSHED',
  'VERIFIED',
  'FAILED',
] as const;
export type BillingDayState = (typeof BILLING_DAY_STATES)[number];

/** The steps of the daily run, in their order. */
export const BILLING_STEPS = ['complete', 'count', 'cross_check', 'gate', 'price', 'push', 'verify'] as const;
export type BillingStep = (typeof BILLING_STEPS)[number];

/** What a day was counted and priced as. `at`: ms since the epoch. */
export type RatedDay = {
  readonly requests: bigint;
  /** Where they were made from: each of these must agree with AWS. */
  readonly regions: readonly Region[];
  readonly tokens: TokenSums;
  /** What the tenant is charged. */
  readonly nanoUsd: bigint;
  /** What AWS charges the platform; null where no price of that book was in force: it is not known, and never 0. */
  readonly costNanoUsd: bigint | null;
  /** Lines of both books, which are stored under `inputsHash`. */
  readonly lines: number;
  /** Of everything that the lines are made of, as hex: what was counted, and the prices. Equal inputs change nothing. */
  readonly inputsHash: string;
  readonly at: number;
};

/** What the meter is to be told, and under which name. Fixed for good before it is told for the first time. */
export type MeterPush = { readonly microUsd: bigint; readonly identifier: string; readonly plannedAt: number };

export type BillingDayId = {
  readonly tenantId: TenantId;
  /** `2026-11-22`, UTC. */
  readonly day: string;
  /** 1, 2, ...: a correction is a new one, and nothing of the one before it changes. The last one counts. */
  readonly revision: number;
};

/** A tenant's day in the books of billing. Times: ms since the epoch. */
export type BillingDay = BillingDayId & {
  readonly state: BillingDayState;
  readonly rated?: RatedDay;
  /** What the last comparison came to. No reasons: the gate is open. */
  readonly drift?: {
    readonly reports: readonly DriftReport[];
    readonly reasons: readonly DriftReason[];
    readonly at: number;
  };
  /** One person's wish; it waits for another's. */
  readonly overrideRequest?: OverrideRequest;
  readonly override?: DriftOverride;
  readonly push?: MeterPush;
  readonly pushedAt?: number;
  readonly verifiedAt?: number;
  /** The month whose invoice has it as an adjustment: its own is closed, or the day is too old for the meter. */
  readonly adjustedIn?: string;
  readonly failure?: { readonly step: BillingStep; readonly why: string; readonly at: number };
  readonly supersededBy?: number;
  /** Counts up with each write: who writes names the version that he saw. */
  readonly version: number;
};

export type BillingDayEvent =
  | { readonly kind: 'rated'; readonly rated: RatedDay }
  /** Whether the gate is open is decided here, from what was counted and compared: nobody hands in a verdict. */
  | { readonly kind: 'compared'; readonly reports: readonly DriftReport[]; readonly at: number }
  | ({ readonly kind: 'override_requested' } & OverrideRequest)
  | { readonly kind: 'override_approved'; readonly by: string; readonly at: number }
  /** Before the meter is told: a run that dies in between tells it the same. */
  | { readonly kind: 'push_planned'; readonly microUsd: bigint; readonly at: number }
  | { readonly kind: 'pushed'; readonly at: number }
  /** `microUsd`: what the meter says of the day. */
  | { readonly kind: 'verified'; readonly microUsd: bigint; readonly at: number }
  /** After it had taken the value, the payment service says (at that time) that it does not count it. */
  | { readonly kind: 'not_counted'; readonly why: string; readonly at: number }
  /** In place of a push. */
  | { readonly kind: 'adjusted'; readonly landsIn: string }
  | { readonly kind: 'failed'; readonly step: BillingStep; readonly why: string; readonly at: number }
  | { readonly kind: 'retried' };

/** Why an event changes nothing. */
export type BillingDayRefusal =
  | { readonly kind: 'wrong_state'; readonly state: BillingDayState; readonly event: BillingDayEvent['kind'] }
  /** The meter or an invoice may have it already: what is new is a revision of its own. */
  | { readonly kind: 'needs_revision' }
  | { readonly kind: 'superseded'; readonly by: number }
  | { readonly kind: 'same_person' }
  | { readonly kind: 'no_reason' }
  | { readonly kind: 'push_fixed'; readonly microUsd: bigint }
  | { readonly kind: 'meter_differs'; readonly pushed: bigint; readonly found: bigint };

type Advanced = Result<BillingDay, BillingDayRefusal>;

export function startBillingDay(tenantId: TenantId, day: string): BillingDay {
  return { tenantId, day, revision: 1, state: 'COLLECTING', version: 1 };
}

/** The name under which the meter knows a revision of a day: told twice, it is counted once. At most 100 characters. */
export function pushIdentifier({ tenantId, day, revision }: BillingDayId): string {
  return `${tenantId}:${day}:usage:r${revision}`;
}

/** Whether it is billed: the meter says the same, or an adjustment does. */
export function isSettled({ state, adjustedIn }: BillingDay): boolean {
  return state === 'VERIFIED' || adjustedIn !== undefined;
}

/** Whether there is still something to be done for it. */
export function isUnfinished(day: BillingDay): boolean {
  return !isSettled(day) && day.supersededBy === undefined;
}

/** Whether somebody else may know what it comes to: then it comes to that for good. */
function isFixed({ push, adjustedIn }: BillingDay): boolean {
  return push !== undefined || adjustedIn !== undefined;
}

/**
 * What a day was counted as, with what its lines of both books come to.
 * @param cost null where prices are missing in that book
 * @throws RangeError when lines have other tokens than were counted: such a bill is not made
 */
export function toRatedDay(
  groups: readonly Pick<UsageGroup, 'region' | 'requests' | 'tokens'>[],
  charge: readonly RatedLine[],
  cost: readonly RatedLine[] | null,
  { inputsHash, at }: Pick<RatedDay, 'inputsHash' | 'at'>,
): RatedDay {
  const tokens = sumTokens(groups);
  for (const lines of cost ? [charge, cost] : [charge]) {
    const rated = sumTokens(lines);
    const lost = TOKEN_CLASSES.filter((name) => rated[name] !== tokens[name]);
    if (lost.length > 0) throw new RangeError(`lines and counts differ in ${lost.join(', ')}`);
  }
  return {
    requests: groups.reduce((sum, { requests }) => sum + requests, 0n),
    regions: [...new Set(groups.map(({ region }) => region))].sort(),
    tokens,
    nanoUsd: sumNanoUsd(charge),
    costNanoUsd: cost && sumNanoUsd(cost),
    lines: charge.length + (cost?.length ?? 0),
    inputsHash,
    at,
  };
}

/**
 * The day after an event. What happens twice happens once: then the very same day is returned, and there is nothing to write.
 */
export function advance(day: BillingDay, event: BillingDayEvent): Advanced {
  if (day.supersededBy !== undefined) return no({ kind: 'superseded', by: day.supersededBy });
  switch (event.kind) {
    case 'rated':
      return onRated(day, event.rated);
    case 'compared':
      return onCompared(day, event);
    case 'override_requested':
      return onOverrideRequested(day, event);
    case 'override_approved':
      return onOverrideApproved(day, event);
    case 'push_planned':
      return onPushPlanned(day, event);
    case 'pushed':
      if (day.state === 'PUSHED' || day.state === 'VERIFIED') return ok(day);
      if (day.state !== 'APPROVED' || !day.push) return wrongState(day, event);
      return ok({ ...day, state: 'PUSHED', pushedAt: event.at });
    case 'verified':
      return onVerified(day, event);
    case 'not_counted':
      return onNotCounted(day, event);
    case 'adjusted':
      if (day.adjustedIn === event.landsIn) return ok(day);
      if (day.state !== 'APPROVED' || isFixed(day)) return wrongState(day, event);
      return ok({ ...day, adjustedIn: event.landsIn });
    case 'failed': {
      if (isSettled(day)) return wrongState(day, event);
      const { kind: _, ...failure } = event;
      return ok({ ...day, state: 'FAILED', failure });
    }
    case 'retried':
      return onRetried(day, event);
  }
}

function wrongState({ state }: BillingDay, { kind: event }: BillingDayEvent): Advanced {
  return no({ kind: 'wrong_state', state, event });
}

/** Of what was counted anew nobody knows yet whether it agrees: a comparison and an override were about something else. */
function onRated(day: BillingDay, rated: RatedDay): Advanced {
  if (day.state === 'FAILED') return wrongState(day, { kind: 'rated', rated });
  if (day.rated?.inputsHash === rated.inputsHash) return ok(day);
  if (isFixed(day)) return no({ kind: 'needs_revision' });
  const { drift: _, overrideRequest: __, override: ___, ...rest } = day;
  return ok({ ...rest, state: 'RATED', rated });
}

function onCompared(day: BillingDay, event: BillingDayEvent & { readonly kind: 'compared' }): Advanced {
  const { reports, at } = event;
  if (isFixed(day) || !day.rated || day.state === 'FAILED') return wrongState(day, event);
  const verdict = judgeDrift(reports, day.rated.regions);
  const reasons = verdict.open ? [] : verdict.reasons;
  const drift = { reports, reasons, at };
  if (day.drift && sameDrift(day.drift, drift)) return ok(day);
  // Two people answered for what the comparison before this one said.
  const { overrideRequest: _, override: __, ...rest } = day;
  return ok({ ...rest, state: verdict.open ? 'APPROVED' : 'DRIFT_BLOCKED', drift });
}

function sameDrift(one: NonNullable<BillingDay['drift']>, other: NonNullable<BillingDay['drift']>): boolean {
  const written = ({ reports, reasons }: typeof one) =>
    JSON.stringify([reports, reasons], (_, value: unknown) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
  return written(one) === written(other);
}

function onOverrideRequested(
  day: BillingDay,
  event: BillingDayEvent & { readonly kind: 'override_requested' },
): Advanced {
  if (day.state !== 'DRIFT_BLOCKED') return wrongState(day, event);
  const { kind: _, ...overrideRequest } = event;
  if (overrideRequest.reason.trim() === '') return no({ kind: 'no_reason' });
  return ok({ ...day, overrideRequest });
}

function onOverrideApproved(
  day: BillingDay,
  event: BillingDayEvent & { readonly kind: 'override_approved' },
): Advanced {
  const { overrideRequest, ...rest } = day;
  if (day.state !== 'DRIFT_BLOCKED' || !overrideRequest) return wrongState(day, event);
  const override = approveOverride(overrideRequest, event.by, event.at);
  return override.ok ? ok({ ...rest, state: 'APPROVED', override: override.value }) : no({ kind: override.reason });
}

function onPushPlanned(day: BillingDay, event: BillingDayEvent & { readonly kind: 'push_planned' }): Advanced {
  const { microUsd, at: plannedAt } = event;
  if (day.push)
    return day.push.microUsd === microUsd ? ok(day) : no({ kind: 'push_fixed', microUsd: day.push.microUsd });
  if (day.state !== 'APPROVED' || isFixed(day)) return wrongState(day, event);
  return ok({ ...day, push: { microUsd, identifier: pushIdentifier(day), plannedAt } });
}

function onVerified(day: BillingDay, event: BillingDayEvent & { readonly kind: 'verified' }): Advanced {
  if (day.state === 'VERIFIED') return ok(day);
  if (day.state !== 'PUSHED' || !day.push) return wrongState(day, event);
  const { microUsd: pushed } = day.push;
  if (event.microUsd !== pushed) return no({ kind: 'meter_differs', pushed, found: event.microUsd });
  return ok({ ...day, state: 'VERIFIED', verifiedAt: event.at });
}

/** VERIFIED or not: it is told again, and read back again. What was told since then is another matter. */
function onNotCounted(day: BillingDay, event: BillingDayEvent & { readonly kind: 'not_counted' }): Advanced {
  const { why, at } = event;
  const { verifiedAt: _, ...rest } = day;
  if (day.state !== 'PUSHED' && day.state !== 'VERIFIED') return wrongState(day, event);
  if (at < (day.pushedAt ?? 0)) return ok(day);
  return ok({ ...rest, state: 'FAILED', failure: { step: 'verify', why, at } });
}

/** Where nobody knows what the meter was told, the same is told again; else the day begins anew. */
function onRetried(day: BillingDay, event: BillingDayEvent & { readonly kind: 'retried' }): Advanced {
  if (day.state !== 'FAILED') return wrongState(day, event);
  if (day.push) {
    const { failure: _, pushedAt: __, ...rest } = day;
    return ok({ ...rest, state: 'APPROVED' });
  }
  const { tenantId, day: date, revision, version } = day;
  return ok({ tenantId, day: date, revision, state: 'COLLECTING', version });
}

/**
 * The next revision of a day that the meter or an invoice may have. Both are written together.
 * @returns `wrong_state` while what is new can still go into this one
 */
export function revise(
  day: BillingDay,
): Result<
  { readonly superseded: BillingDay; readonly next: BillingDay },
  | Extract<BillingDayRefusal, { readonly kind: 'superseded' }>
  | { readonly kind: 'wrong_state'; readonly state: BillingDayState }
> {
  if (day.supersededBy !== undefined) return no({ kind: 'superseded', by: day.supersededBy });
  if (!isFixed(day)) return no({ kind: 'wrong_state', state: day.state });
  const revision = day.revision + 1;
  const next: BillingDay = { ...startBillingDay(day.tenantId, day.day), revision };
  return ok({ superseded: { ...day, supersededBy: revision }, next });
}

/**
 * What the meter is to be told of a day, in micro-USD. One writer at a time for a tenant: of two days that are planned side
 * by side, neither would know of the other.
 * @param month all revisions of all days of the day's month, in any order, itself among them or not
 */
export function meterValueOf(
  { day, rated }: Pick<BillingDay, 'day'> & { readonly rated: Pick<RatedDay, 'nanoUsd'> },
  month: readonly BillingDay[],
): bigint {
  const told = new Map<string, MeteredDay & { readonly revision: number }>();
  for (const { day: date, revision, rated: its, push } of month) {
    if (date === day || !its || !push || revision <= (told.get(date)?.revision ?? 0)) continue;
    told.set(date, { revision, nanoUsd: its.nanoUsd, microUsd: push.microUsd });
  }
  return meterValue(rated.nanoUsd, [...told.values()]);
}
