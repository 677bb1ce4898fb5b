import {
  type BillingDay,
  type BillingDayState,
  type BillingStep,
  isSettled,
  type RatedDay,
  startBillingDay,
} from './billing-day.ts';
import { approveOverride, type DriftReport, judgeDrift, type OverrideRequest } from './drift.ts';
import { meterIdentifier } from './meter-event.ts';
import { no, ok, type Result } from './result.ts';

/** What happens to a day of billing. Times: ms since the epoch. */
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

/** Whether somebody else may know what it comes to: then it comes to that for good. */
function isFixed({ push, adjustedIn }: BillingDay): boolean {
  return push !== undefined || adjustedIn !== undefined;
}

/**
 * The day after an event. What happens twice happens once: then the very same day is returned, and there is nothing to write.
 */
export function advance(day: BillingDay, event: BillingDayEvent): Advanced {
  // Also of what was replaced it must be known whether the meter has it.
  if (day.supersededBy !== undefined && event.kind !== 'verified')
    return no({ kind: 'superseded', by: day.supersededBy });
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
  return ok({ ...day, push: { microUsd, identifier: meterIdentifier(day), plannedAt } });
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

/**
 * Where nobody knows what the meter was told, the same is told again. Else the day is counted and compared anew; what two
 * people answered for stands if that comes to the same.
 */
function onRetried(day: BillingDay, event: BillingDayEvent & { readonly kind: 'retried' }): Advanced {
  if (day.state !== 'FAILED') return wrongState(day, event);
  const { failure: _, pushedAt: __, ...rest } = day;
  return ok({ ...rest, state: stateBefore(rest) });
}

function stateBefore({ rated, drift, override, push }: Omit<BillingDay, 'failure'>): BillingDayState {
  if (push || override || drift?.reasons.length === 0) return 'APPROVED';
  if (drift) return 'DRIFT_BLOCKED';
  return rated ? 'RATED' : 'COLLECTING';
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
