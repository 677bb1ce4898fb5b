import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microUsdOf } from './billing-amount.ts';
import {
  type BillingDay,
  isUnfinished,
  meterValueOf,
  type RatedDay,
  startBillingDay,
  toRatedDay,
} from './billing-day.ts';
import { advance, type BillingDayEvent, revise } from './billing-day-events.ts';
import type { DriftReport } from './drift.ts';
import { meterIdentifier } from './meter-event.ts';
import { NO_TOKEN_SUMS, type RatedLine } from './rating.ts';
import { parseTenantId } from './tenant.ts';

const ACME = parseTenantId('acme')!;
const START = startBillingDay(ACME, '2026-11-22');

const rated = (inputsHash: string, nanoUsd = 1_000n): RatedDay => ({
  requests: 1n,
  regions: ['eu-central-1'],
  tokens: NO_TOKEN_SUMS,
  nanoUsd,
  costNanoUsd: null,
  lines: 1,
  inputsHash,
  at: 1,
});

function reportsOf(onlyTheirs: number): DriftReport[] {
  const common = {
    accountId: '111122223333',
    region: 'eu-central-1',
    source: 'complete',
    onlyOurs: 0,
    onlyTheirs,
    differing: 0,
    union: 1_000,
    sampleOurs: [],
    sampleTheirs: [],
    sampleDiffering: [],
  } as const;
  return [
    { ...common, leg: 'requests' },
    { ...common, leg: 'tokens' },
  ];
}

function compared(onlyTheirs: number): BillingDayEvent {
  return { kind: 'compared', reports: reportsOf(onlyTheirs), at: 2 };
}

const asked = (by: string): BillingDayEvent => ({ kind: 'override_requested', by, reason: 'AWS lost an hour', at: 3 });
const approved = (by: string): BillingDayEvent => ({ kind: 'override_approved', by, at: 4 });
const planned = (microUsd: bigint): BillingDayEvent => ({ kind: 'push_planned', microUsd, at: 5 });
const PUSHED: BillingDayEvent = { kind: 'pushed', at: 6 };
const verified = (microUsd: bigint): BillingDayEvent => ({ kind: 'verified', microUsd, at: 7 });
const FAILED: BillingDayEvent = { kind: 'failed', step: 'push', why: 'the meter knows no such customer', at: 8 };
const notCounted = (at: number): BillingDayEvent => ({ kind: 'not_counted', why: 'no such customer', at });
const RETRIED: BillingDayEvent = { kind: 'retried' };

/** The day after events that are all allowed. */
function dayAfter(...events: BillingDayEvent[]): BillingDay {
  return events.reduce((day, event) => {
    const next = advance(day, event);
    if (!next.ok)
      throw new Error(`${event.kind}: ${JSON.stringify(next.reason, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`);
    return next.value;
  }, START);
}

function refusal(day: BillingDay, event: BillingDayEvent) {
  const next = advance(day, event);
  return next.ok ? null : next.reason;
}

describe('a day', () => {
  it('goes from COLLECTING to VERIFIED where everything agrees', () => {
    const way = [{ kind: 'rated', rated: rated('a') } as const, compared(0), planned(1n), PUSHED, verified(1n)];
    const states = way.map((_, n) => dayAfter(...way.slice(0, n + 1)).state);
    expect(states).toEqual(['RATED', 'APPROVED', 'APPROVED', 'PUSHED', 'VERIFIED']);
    const end = dayAfter(...way);
    expect(end).toEqual({
      ...START,
      state: 'VERIFIED',
      rated: rated('a'),
      drift: { reports: reportsOf(0), reasons: [], at: 2 },
      push: { microUsd: 1n, identifier: 'acme:2026-11-22:usage:r1', plannedAt: 5 },
      pushedAt: 6,
      verifiedAt: 7,
    });
    expect([isUnfinished(dayAfter(...way.slice(0, 4))), isUnfinished(end)]).toEqual([true, false]);
  });

  it('is blocked by drift until two people answer for it', () => {
    const blocked = dayAfter({ kind: 'rated', rated: rated('a') }, compared(11));
    expect(blocked.state).toBe('DRIFT_BLOCKED');
    expect(blocked.drift?.reasons.map(({ kind, leg }) => [kind, leg])).toEqual([
      ['drift', 'requests'],
      ['drift', 'tokens'],
    ]);
    expect(refusal(blocked, planned(1n))).toMatchObject({ kind: 'wrong_state' });
    expect(refusal(blocked, approved('stf_bert'))).toMatchObject({ kind: 'wrong_state' });
    expect(refusal(blocked, { ...asked('stf_anna'), reason: ' ' } as BillingDayEvent)).toEqual({ kind: 'no_reason' });
    const waiting = dayAfter({ kind: 'rated', rated: rated('a') }, compared(11), asked('stf_anna'));
    expect(waiting.state).toBe('DRIFT_BLOCKED');
    expect(refusal(waiting, approved('stf_anna'))).toEqual({ kind: 'same_person' });
    const open = dayAfter({ kind: 'rated', rated: rated('a') }, compared(11), asked('stf_anna'), approved('stf_bert'));
    expect(open).toMatchObject({ state: 'APPROVED', override: { by: 'stf_anna', approvedBy: 'stf_bert' } });
    expect(open.overrideRequest).toBeUndefined();
  });

  it('is blocked where a region that was used was never compared', () => {
    const both = { ...rated('a'), regions: ['eu-central-1', 'us-east-1'] as const };
    const day = dayAfter({ kind: 'rated', rated: both }, compared(0));
    expect(day).toMatchObject({ state: 'DRIFT_BLOCKED', drift: { reasons: [{ kind: 'not_compared' }, {}] } });
    expect(refusal(START, compared(0))).toMatchObject({ kind: 'wrong_state' });
  });

  it('opens when the source has caught up, and closes when what was approved differs after all', () => {
    const first = { kind: 'rated', rated: rated('a') } as const;
    expect(dayAfter(first, compared(11), compared(0)).state).toBe('APPROVED');
    expect(dayAfter(first, compared(0), compared(11)).state).toBe('DRIFT_BLOCKED');
  });

  it('has no approval of anything but what two people looked at', () => {
    const overridden = [
      { kind: 'rated', rated: rated('a') } as const,
      compared(11),
      asked('stf_anna'),
      approved('stf_bert'),
    ];
    const day = dayAfter(...overridden);
    const same = advance(day, compared(11));
    expect(same.ok && same.value).toBe(day);
    for (const event of [compared(12), { kind: 'rated', rated: rated('b') } as const]) {
      const anew = dayAfter(...overridden, event);
      expect(anew.state).toBe(event.kind === 'rated' ? 'RATED' : 'DRIFT_BLOCKED');
      expect(anew.override).toBeUndefined();
    }
    expect(dayAfter(...overridden.slice(0, 3), compared(12)).overrideRequest).toBeUndefined();
  });

  it('does not change by what it knows', () => {
    const way = [{ kind: 'rated', rated: rated('a') } as const, compared(0), planned(1n), PUSHED, verified(1n)];
    for (let n = 1; n <= way.length; n++) {
      const day = dayAfter(...way.slice(0, n));
      const again = way.slice(0, n).filter(({ kind }) => kind !== 'compared' || n === 2);
      for (const event of again) expect(advance(day, event)).toEqual({ ok: true, value: day });
      for (const event of again) {
        const next = advance(day, event);
        expect(next.ok && next.value).toBe(day);
      }
    }
    const later = { ...rated('a'), at: 99 };
    expect(dayAfter(...way, { kind: 'rated', rated: later }).rated?.at).toBe(1);
  });

  it('takes what is new as a revision once its value is fixed', () => {
    const fixed = [{ kind: 'rated', rated: rated('a') } as const, compared(0), planned(1n)];
    for (const way of [fixed, [...fixed, PUSHED], [...fixed, PUSHED, verified(1n)]]) {
      const day = dayAfter(...way);
      expect(refusal(day, { kind: 'rated', rated: rated('b') })).toEqual({ kind: 'needs_revision' });
      expect(refusal(day, planned(2n))).toEqual({ kind: 'push_fixed', microUsd: 1n });
      const revised = revise(day);
      if (!revised.ok) throw new Error('not revised');
      const { superseded, next } = revised.value;
      expect(next).toEqual({ ...START, revision: 2 });
      expect(meterIdentifier(next)).toBe('acme:2026-11-22:usage:r2');
      expect(superseded).toEqual({ ...day, supersededBy: 2 });
      expect(isUnfinished(superseded)).toBe(false);
      expect(refusal(superseded, PUSHED)).toEqual({ kind: 'superseded', by: 2 });
      expect(revise(superseded)).toEqual({ ok: false, reason: { kind: 'superseded', by: 2 } });
    }
    expect(revise(dayAfter(...fixed.slice(0, 2)))).toEqual({
      ok: false,
      reason: { kind: 'wrong_state', state: 'APPROVED' },
    });
  });

  it('that is billed with another month is not pushed, and comes to the same for good', () => {
    const way = [
      { kind: 'rated', rated: rated('a') } as const,
      compared(0),
      { kind: 'adjusted', landsIn: '2027-01' } as const,
    ];
    const day = dayAfter(...way);
    expect(day).toMatchObject({ state: 'APPROVED', adjustedIn: '2027-01' });
    expect(isUnfinished(day)).toBe(false);
    expect(dayAfter(...way, { kind: 'adjusted', landsIn: '2027-01' })).toEqual(day);
    for (const event of [
      planned(1n),
      PUSHED,
      compared(11),
      FAILED,
      { kind: 'adjusted', landsIn: '2027-02' } as const,
    ]) {
      expect(refusal(day, event)).toMatchObject({ kind: 'wrong_state' });
    }
    expect(refusal(day, { kind: 'rated', rated: rated('b') })).toEqual({ kind: 'needs_revision' });
    expect(revise(day)).toMatchObject({ ok: true, value: { next: { revision: 2 }, superseded: { supersededBy: 2 } } });
    expect(refusal(dayAfter(...way.slice(0, 2), planned(1n)), way[2]!)).toMatchObject({ kind: 'wrong_state' });
    expect(refusal(dayAfter(way[0]!, compared(11)), way[2]!)).toMatchObject({ kind: 'wrong_state' });
  });

  it('is not verified by another sum than was pushed', () => {
    const pushed = dayAfter({ kind: 'rated', rated: rated('a') }, compared(0), planned(5n), PUSHED);
    expect(refusal(pushed, verified(4n))).toEqual({ kind: 'meter_differs', pushed: 5n, found: 4n });
  });

  it('that failed goes on from where it was, or tells the meter the same again', () => {
    const failedEarly = dayAfter({ kind: 'rated', rated: rated('a') }, compared(11), FAILED);
    expect(failedEarly).toMatchObject({ state: 'FAILED', failure: { step: 'push', at: 8 } });
    const before = [{ kind: 'rated', rated: rated('a') } as const, compared(11)];
    for (const some of [[], before.slice(0, 1), before, [...before, asked('stf_anna')]]) {
      expect(dayAfter(...some, FAILED, RETRIED)).toEqual(dayAfter(...some));
    }
    const asking = dayAfter({ kind: 'rated', rated: rated('a') }, compared(11), asked('stf_anna'), FAILED);
    expect(refusal(asking, approved('stf_bert'))).toMatchObject({ kind: 'wrong_state' });
    const answered = [...before, asked('stf_anna'), approved('stf_bert'), FAILED, RETRIED];
    expect(dayAfter(...answered)).toMatchObject({ state: 'APPROVED', override: { approvedBy: 'stf_bert' } });
    expect(dayAfter(...answered, compared(11))).toMatchObject({ state: 'APPROVED' });
    expect(dayAfter(...answered, compared(12))).toMatchObject({ state: 'DRIFT_BLOCKED' });
    expect(dayAfter(...answered, { kind: 'rated', rated: rated('b') })).not.toHaveProperty('override');
    const way = [{ kind: 'rated', rated: rated('a') } as const, compared(0), planned(5n), PUSHED, FAILED, RETRIED];
    for (const event of [PUSHED, verified(5n)]) {
      expect(refusal(dayAfter(...way.slice(0, 5)), event)).toMatchObject({ kind: 'wrong_state' });
    }
    expect(dayAfter(...way)).toMatchObject({ state: 'APPROVED', push: { microUsd: 5n } });
    expect(dayAfter(...way).failure).toBeUndefined();
    const done = dayAfter({ kind: 'rated', rated: rated('a') }, compared(0), planned(5n), PUSHED, verified(5n));
    expect(refusal(done, FAILED)).toMatchObject({ kind: 'wrong_state' });
  });

  it('is VERIFIED no more when the meter says that it does not count what it was told', () => {
    const way = [{ kind: 'rated', rated: rated('a') } as const, compared(0), planned(5n), PUSHED, verified(5n)];
    const done = dayAfter(...way);
    // Of what was told before: nobody told it since.
    expect(dayAfter(...way, notCounted(5))).toEqual(done);
    const failed = dayAfter(...way, notCounted(6));
    expect(failed).toMatchObject({ state: 'FAILED', failure: { step: 'verify', why: 'no such customer', at: 6 } });
    expect(failed.verifiedAt).toBeUndefined();
    expect(isUnfinished(failed)).toBe(true);
    expect(dayAfter(...way, notCounted(6), RETRIED, PUSHED, verified(5n))).toEqual(done);
    expect(refusal(dayAfter(...way.slice(0, 3)), notCounted(6))).toMatchObject({ kind: 'wrong_state' });
    expect(refusal({ ...done, supersededBy: 2 }, notCounted(6))).toMatchObject({ kind: 'superseded' });
  });
});

it('no order of events pushes what is not approved, verifies what is not pushed, or pushes two values', () => {
  const event: fc.Arbitrary<BillingDayEvent> = fc.oneof(
    fc.constantFrom('a', 'b').map((hash): BillingDayEvent => ({ kind: 'rated', rated: rated(hash) })),
    fc.constantFrom(0, 10, 11, 500).map(compared),
    fc.constantFrom('stf_anna', 'stf_bert').map(asked),
    fc.constantFrom('stf_anna', 'stf_bert').map(approved),
    fc.constantFrom(1n, 2n).map(planned),
    fc.constant(PUSHED),
    fc.constantFrom(1n, 2n).map(verified),
    fc.constantFrom<BillingDayEvent>(FAILED, RETRIED, notCounted(5), notCounted(9), {
      kind: 'adjusted',
      landsIn: '2027-01',
    }),
  );
  // Half of the time what is next on the good way, so that the end of it is reached.
  const step = fc.tuple(fc.boolean(), event);
  let ended = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      let day = START;
      let value: bigint | undefined;
      let wasPushed = false;
      for (const [onTheWay, any] of steps) {
        const next = advance(day, onTheWay ? nextOf(day) : any);
        if (!next.ok) continue;
        day = next.value;
        if (day.state === 'PUSHED') wasPushed = true;
        if (day.push) value ??= day.push.microUsd;
        expect(day.push?.microUsd).toBe(value);
        expect(day.push !== undefined && day.adjustedIn !== undefined).toBe(false);
        if (day.push || day.adjustedIn) {
          const { override, drift } = day;
          expect(drift?.reasons.length === 0 || override !== undefined).toBe(true);
          if (override) expect(override.by).not.toBe(override.approvedBy);
        }
        if (day.state === 'APPROVED' || day.state === 'PUSHED' || day.state === 'VERIFIED')
          expect(day.rated).toBeDefined();
        if (day.state === 'PUSHED') expect(day.push).toBeDefined();
        if (day.state === 'VERIFIED') expect(wasPushed).toBe(true);
        if (day.state === 'VERIFIED') ended++;
      }
    }),
    { seed: 15, numRuns: 1_000 },
  );
  expect(ended).toBeGreaterThan(500);
});

function nextOf({ state, push }: BillingDay): BillingDayEvent {
  if (state === 'COLLECTING') return { kind: 'rated', rated: rated('a') };
  if (state === 'RATED' || state === 'DRIFT_BLOCKED') return compared(0);
  if (state === 'APPROVED') return push ? PUSHED : planned(1n);
  return state === 'FAILED' ? RETRIED : verified(push?.microUsd ?? 0n);
}

describe('what a day was rated as', () => {
  const line = (change: Partial<RatedLine>): RatedLine => ({
    book: 'charge',
    model: 'm',
    region: 'eu-central-1',
    tier: 'TRIAL',
    charged: true,
    tokenClass: 'input',
    priceId: 'p',
    perToken: 3,
    tokens: 10n,
    nanoUsd: 30n,
    ...change,
  });
  const groups = [
    { region: 'us-east-1' as const, requests: 1n, tokens: NO_TOKEN_SUMS },
    { region: 'eu-central-1' as const, requests: 1n, tokens: { ...NO_TOKEN_SUMS, input: 9n } },
    { region: 'eu-central-1' as const, requests: 1n, tokens: { ...NO_TOKEN_SUMS, input: 1n } },
  ];

  it('is the sum of its lines, which have every token that was counted', () => {
    const day = toRatedDay(groups, [line({})], [line({ book: 'cost', nanoUsd: 20n })], { inputsHash: 'a', at: 1 });
    expect(day).toEqual({
      requests: 3n,
      regions: ['eu-central-1', 'us-east-1'],
      tokens: { ...NO_TOKEN_SUMS, input: 10n },
      nanoUsd: 30n,
      costNanoUsd: 20n,
      lines: 2,
      inputsHash: 'a',
      at: 1,
    });
    expect(toRatedDay(groups, [line({})], null, { inputsHash: 'a', at: 1 })).toMatchObject({
      costNanoUsd: null,
      lines: 1,
    });
  });

  it('is nothing when a token was lost or found on the way, in either book', () => {
    for (const wrong of [[], [line({ tokens: 9n })], [line({ tokens: 11n })], [line({ tokenClass: 'output' })]]) {
      const of = { inputsHash: 'a', at: 1 };
      expect(() => toRatedDay(groups, wrong, [line({})], of)).toThrow('lines and counts differ in');
      expect(() => toRatedDay(groups, [line({})], wrong, of)).toThrow('lines and counts differ in');
    }
  });
});

it('the pushes of a month add up to it, rounded once, whatever is corrected and in whatever order (I8)', () => {
  const steps = fc.array(
    fc.record({ day: fc.integer({ min: 1, max: 5 }), nanoUsd: fc.bigInt({ min: 0n, max: 5_000n }) }),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const month: BillingDay[] = [];
      for (const [n, { day, nanoUsd }] of all.entries()) {
        const date = `2026-11-0${day}`;
        const last = month.findLastIndex((one) => one.day === date);
        let fresh = startBillingDay(ACME, date);
        if (month[last]) {
          const revised = revise(month[last]);
          if (!revised.ok) throw new Error('not revised');
          month[last] = revised.value.superseded;
          fresh = revised.value.next;
        }
        const its = rated(`${n}`, nanoUsd);
        const value = meterValueOf({ day: date, rated: its }, n % 2 ? month : month.toReversed());
        const pushed = [{ kind: 'rated', rated: its } as const, compared(0), planned(value), PUSHED].reduce(
          (one, event) => {
            const next = advance(one, event);
            if (!next.ok) throw new Error(event.kind);
            return next.value;
          },
          fresh,
        );
        month.push(pushed);
        const inForce = month.filter(({ supersededBy }) => supersededBy === undefined);
        const exact = inForce.reduce((sum, one) => sum + (one.rated?.nanoUsd ?? 0n), 0n);
        expect(inForce.reduce((sum, one) => sum + (one.push?.microUsd ?? 0n), 0n)).toBe(microUsdOf(exact));
        expect(new Set(month.map((one) => one.push?.identifier)).size).toBe(month.length);
      }
    }),
    { seed: 10, numRuns: 200 },
  );
});
