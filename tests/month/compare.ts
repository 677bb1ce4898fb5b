import type Stripe from 'stripe';
import { getBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import { listBillingDays } from '../../tenancy/table/billing-days.ts';
import { listBillingLines } from '../../tenancy/table/billing-lines.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { TOKEN_KINDS } from './price-list.ts';
import { type Amount, type Recomputed, sumOf } from './recompute.ts';

export type Compared = {
  /** In words; none is what is wanted. */
  readonly differences: readonly string[];
  readonly days: number;
  readonly lines: number;
  readonly nanoUsd: bigint;
};

/**
 * Lays the books of billing and the meter beside what was recomputed: states, requests, tokens and nano-USD by kind of token and
 * book, day by day, and each tenant's month at the meter in micro-USD, to the last of them.
 * @param month `2026-09`
 */
export async function compareMonth(
  { tables, stripe }: { readonly tables: Tables; readonly stripe: Stripe },
  month: string,
  tenants: readonly TenantId[],
  recomputed: Recomputed,
): Promise<Compared> {
  const differences: string[] = [];
  const same = (what: string, billed: unknown, owed: unknown) => {
    if (billed !== owed) differences.push(`${what}: billed ${billed}, owed ${owed}`);
  };
  let [count, lines, nanoUsd] = [0, 0, 0n];
  for (const tenantId of recomputed.days.keys()) {
    if (!tenants.some((one) => one === tenantId)) differences.push(`${tenantId} used Bedrock, and is no tenant`);
  }
  for (const tenantId of tenants) {
    const owed = recomputed.days.get(tenantId) ?? new Map<string, Amount>();
    const billed = (await listBillingDays(tables, tenantId, month)).filter((one) => one.supersededBy === undefined);
    same(`${tenantId}: days`, billed.map(({ day }) => day).join(' '), [...owed.keys()].sort().join(' '));
    for (const day of billed) {
      const [name, amount] = [`${tenantId} ${day.day}`, owed.get(day.day)];
      same(`${name}: state`, day.state, 'VERIFIED');
      if (!amount || !day.rated) continue;
      const { rated } = day;
      const all = await listBillingLines(tables, { tenantId, day: day.day, inputsHash: rated.inputsHash }, rated);
      [count, lines, nanoUsd] = [count + 1, lines + all.length, nanoUsd + rated.nanoUsd];
      same(`${name}: requests`, rated.requests, BigInt(amount.requests.size));
      same(`${name}: charge`, rated.nanoUsd, sumOf([amount]));
      same(`${name}: cost`, rated.costNanoUsd, sumOf([amount], 'cost'));
      for (const book of ['charge', 'cost'] as const) {
        for (const kind of TOKEN_KINDS) {
          const some = all.filter((line) => line.book === book && line.tokenClass === kind);
          const sum = (of: 'tokens' | 'nanoUsd') => some.reduce((total, line) => total + line[of], 0n);
          same(`${name}: ${kind} tokens, ${book}`, sum('tokens'), amount.tokens[kind]);
          same(`${name}: ${kind} nano-USD, ${book}`, sum('nanoUsd'), amount[book][kind]);
        }
      }
    }
    const told = await readMeter(tables, stripe, tenantId, month);
    same(`${tenantId}: the meter's month`, told, recomputed.meter.get(tenantId) ?? 0n);
  }
  return { differences, days: count, lines, nanoUsd };
}

/** What Stripe itself says of a tenant's month, in micro-USD. */
async function readMeter(tables: Tables, stripe: Stripe, tenantId: TenantId, month: string): Promise<bigint> {
  const account = await getBillingAccount(tables, tenantId);
  if (!account) return 0n;
  const [meter] = (await stripe.billing.meters.list()).data;
  if (!meter) throw new Error('Stripe has no meter');
  const start = new Date(`${month}-01T00:00:00Z`);
  const end = new Date(start).setUTCMonth(start.getUTCMonth() + 1);
  let sum = 0n;
  const window = { start_time: start.getTime() / 1_000, end_time: end / 1_000, value_grouping_window: 'day' } as const;
  const summaries = stripe.billing.meters.listEventSummaries(meter.id, {
    customer: account.customerId,
    limit: 100,
    ...window,
  });
  for await (const { aggregated_value: value } of summaries) sum += BigInt(value);
  return sum;
}
