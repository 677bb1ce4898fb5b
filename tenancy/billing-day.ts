import { type MeteredDay, meterValue } from './billing-amount.ts';
import type { DriftOverride, DriftReason, DriftReport, OverrideRequest } from './drift.ts';
import { type RatedLine, sumNanoUsd, sumTokens, type TokenSums, type UsageGroup } from './rating.ts';
import type { Region } from './region.ts';
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

/** A day that nothing is known of yet: its first revision. */
export function startBillingDay(tenantId: TenantId, day: string): BillingDay {
  return { tenantId, day, revision: 1, state: 'COLLECTING', version: 1 };
}

/** Whether it is billed: the meter says the same, or an adjustment does. */
export function isSettled({ state, adjustedIn }: BillingDay): boolean {
  return state === 'VERIFIED' || adjustedIn !== undefined;
}

/** The last revision of each day, by the day. */
export function lastOfEach<Day extends BillingDayId>(days: readonly Day[]): ReadonlyMap<string, Day> {
  const last = new Map<string, Day>();
  for (const one of days) if (one.revision > (last.get(one.day)?.revision ?? 0)) last.set(one.day, one);
  return last;
}

/** Whether there is still something to be done for it. */
export function isUnfinished(day: BillingDay): boolean {
  return !isSettled(day) && day.supersededBy === undefined;
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
