import { type BillingDay, startBillingDay, toRatedDay } from './billing-day.ts';
import { advance, type BillingDayEvent, revise } from './billing-day-events.ts';
import { NO_TOKEN_SUMS, type RatedLine } from './rating.ts';
import type { Region } from './region.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

export const ACME = parseTenantId('acme') as TenantId;
const REGION: Region = 'eu-central-1';
/** ms since the epoch */
const AT = Date.parse('2026-12-02T00:00:00Z');

/** A line of the book of charges: tokens of the class `input`, at a price in nano-USD. */
export function chargeLine(tokens: bigint, perToken: number, change: Partial<RatedLine> = {}): RatedLine {
  return {
    book: 'charge',
    model: 'claude-haiku-4-5',
    region: REGION,
    tier: 'STANDARD',
    charged: true,
    tokenClass: 'input',
    priceId: 'claude-haiku-4-5/charge/-/-/2026-01-01T00:00:00.000Z',
    perToken,
    tokens,
    nanoUsd: tokens * BigInt(perToken),
    ...change,
  };
}

/** A day after some events. @throws Error where one is refused */
export function dayAfter(day: BillingDay, ...events: readonly BillingDayEvent[]): BillingDay {
  return events.reduce((one, event) => {
    const next = advance(one, event);
    if (!next.ok) throw new Error(`${event.kind}: ${next.reason.kind}`);
    return next.value;
  }, day);
}

/** A day that is counted as these lines, and agrees with AWS's books; or the next revision of one that was counted. */
export function countedAs(day: string | BillingDay, lines: readonly RatedLine[]): BillingDay {
  const start = typeof day === 'string' ? startBillingDay(ACME, day) : nextOf(day);
  const input = lines.reduce((sum, { tokens }) => sum + tokens, 0n);
  const groups = [{ region: REGION, requests: 1n, tokens: { ...NO_TOKEN_SUMS, input } }];
  const rated = toRatedDay(groups, lines, null, { inputsHash: `${start.day}:${start.revision}`, at: AT });
  const report = {
    accountId: '111111111111',
    region: REGION,
    source: 'complete',
    onlyOurs: 0,
    onlyTheirs: 0,
    differing: 0,
    union: 10,
    sampleOurs: [],
    sampleTheirs: [],
    sampleDiffering: [],
  } as const;
  const reports = [
    { ...report, leg: 'requests' },
    { ...report, leg: 'tokens' },
  ] as const;
  return dayAfter(start, { kind: 'rated', rated }, { kind: 'compared', reports, at: AT });
}

function nextOf(day: BillingDay): BillingDay {
  const revised = revise(day);
  if (!revised.ok) throw new Error(revised.reason.kind);
  return revised.value.next;
}

/** What the meter was told of a day, and, unless said, read back. */
export function pushedAs(day: BillingDay, microUsd: bigint, isVerified = true): BillingDay {
  const told: BillingDayEvent[] = [
    { kind: 'push_planned', microUsd, at: AT },
    { kind: 'pushed', at: AT },
  ];
  return dayAfter(day, ...told, ...(isVerified ? [{ kind: 'verified', microUsd, at: AT } as const] : []));
}
