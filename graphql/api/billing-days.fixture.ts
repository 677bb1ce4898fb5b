import { type BillingDay, startBillingDay, toRatedDay } from '../../tenancy/billing-day.ts';
import { advance, type BillingDayEvent } from '../../tenancy/billing-day-events.ts';
import type { DriftReport } from '../../tenancy/drift.ts';
import { NO_TOKEN_SUMS, type RatedLine } from '../../tenancy/rating.ts';
import { createBillingDay, getBillingDay, recordBillingDay } from '../../tenancy/table/billing-days.ts';
import { putBillingLines } from '../../tenancy/table/billing-lines.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';

const LINE = {
  region: 'eu-central-1',
  tier: 'STANDARD',
  charged: true,
  tokenClass: 'input',
  tokens: 1_000_001n,
} as const;

/** A day's lines of both books: 3.000003 USD charged, 2.000002 USD of cost. */
function linesOf(model: string): readonly [charge: RatedLine, cost: RatedLine] {
  return [
    { ...LINE, model, book: 'charge', priceId: 'p-charge', perToken: 3_000, nanoUsd: 3_000_003_000n },
    { ...LINE, model, book: 'cost', priceId: 'p-cost', perToken: 2_000, nanoUsd: 2_000_002_000n },
  ];
}

/** The day's event of being counted, with its lines stored. @param at ms since the epoch */
export async function countedDay(
  tables: Tables,
  tenantId: TenantId,
  day: string,
  { model = 'claude-haiku-4-5', at }: { readonly model?: string; readonly at: number },
): Promise<BillingDayEvent> {
  const [charge, cost] = linesOf(model);
  await putBillingLines(tables, { tenantId, day, inputsHash: 'ab' }, [charge, cost]);
  const groups = [{ region: LINE.region, requests: 7n, tokens: { ...NO_TOKEN_SUMS, input: LINE.tokens } }];
  return { kind: 'rated', rated: toRatedDay(groups, [charge], [cost], { inputsHash: 'ab', at }) };
}

/** Both logs of AWS's beside the books. @param strays ids that the books alone have, of 400; none: they agree */
export function comparedDay(at: number, strays: readonly string[] = [], accountId = '111111111111'): BillingDayEvent {
  const report = {
    accountId,
    region: LINE.region,
    source: 'complete',
    onlyTheirs: 0,
    differing: 0,
    union: 400,
    sampleTheirs: [],
    sampleDiffering: [],
  } as const;
  const reports: DriftReport[] = [
    { ...report, leg: 'requests', onlyOurs: strays.length, sampleOurs: strays },
    { ...report, leg: 'tokens', onlyOurs: 0, sampleOurs: [] },
  ];
  return { kind: 'compared', reports, at };
}

/** More ids than may stray. */
export const STRAYS = ['a', 'b', 'c', 'd', 'e'].map((name) => `stray-${name}`);

/** What follows once the gate is open, up to VERIFIED. */
export function pushedDay(at: number): BillingDayEvent[] {
  const microUsd = 3_000_003n;
  return [
    { kind: 'push_planned', microUsd, at },
    { kind: 'pushed', at },
    { kind: 'verified', microUsd, at },
  ];
}

/** Stores a tenant's day, and what becomes of it: one write for each event, as the daily run does. */
export async function storeBillingDay(
  tables: Tables,
  tenantId: TenantId,
  day: string,
  events: readonly BillingDayEvent[],
): Promise<BillingDay> {
  const start = startBillingDay(tenantId, day);
  await createBillingDay(tables, start);
  let one = await getBillingDay(tables, start);
  for (const event of events) {
    const next = one && advance(one, event);
    if (!one || !next?.ok) throw new Error(`the day cannot be ${event.kind}`);
    one = await recordBillingDay(tables, one, next.value);
  }
  if (!one) throw new Error('somebody else wrote the day');
  return one;
}
