import { statementOf } from '../../graphql/exports/statement.ts';
import { approveMoneyOverride, requestMoneyOverride } from '../../tenancy/billing-period.ts';
import { getBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import { recordDayRun } from '../../tenancy/table/billing-day-runs.ts';
import { getBillingPeriod, recordBillingPeriod } from '../../tenancy/table/billing-periods.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { DAY_MS, daysOf, monthAfter, monthOf, startOfDay } from '../../tenancy/utc-day.ts';
import { TOKEN_KINDS, type TokenKind } from './price-list.ts';
import type { Amount, Recomputed } from './recompute.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;
const MICRO_USD_OF_A_CENT = 10_000n;
const DIGITS_OF_NANO = 9;

/** What the close of the month was seen to be. */
export type ClosedMonth = {
  /** Tenants whose month waited for two people: AWS's bill is not by the simulated list of costs. */
  readonly answeredFor: number;
  /** Why a tenant's month is not INVOICED, in words; none is what is wanted. */
  readonly waiting: readonly string[];
};

/** When the month is over, ms. */
export function endOf({ plan }: Pick<World, 'plan'>): number {
  return startOfDay(`${monthAfter(monthOf(plan.days[0] ?? ''))}-01`);
}

/** Closes the month for all tenants, on the fourth day after it. Of days that were not lived nothing was counted. */
export async function closeTheMonth(world: World): Promise<ClosedMonth> {
  const { plan, tables } = world;
  const month = monthOf(plan.days[0] ?? '');
  const counts = { tenants: 0, settled: 0, quarantined: 0, writtenAgain: 0, corrected: 0 };
  for (const day of daysOf(month).filter((one) => !plan.days.includes(one))) {
    const startedAt = startOfDay(day) + 3 * DAY_MS + HOUR;
    await recordDayRun(tables, { day, ran: { startedAt, endedAt: startedAt, ...counts } });
  }
  if (world.now() < endOf(world)) {
    await world.turnTo(endOf(world));
    await world.closeMonths();
  }
  await world.turnTo(Math.max(world.now(), endOf(world) + 3 * DAY_MS + 3 * HOUR));
  await world.closeMonths();
  let answeredFor = 0;
  for (const { id } of plan.tenants) {
    const period = await getBillingPeriod(tables, id, month);
    if (!period?.money?.reasons.length) continue;
    const reason = 'the list of costs of this month is not AWS’s';
    const asked = requestMoneyOverride(period, { by: 'staff-1', reason, at: world.now() });
    const agreed = asked.ok ? approveMoneyOverride(asked.value, 'staff-2', world.now()) : asked;
    if (!agreed.ok) throw new Error(`${id}: nobody could answer for it: ${agreed.reason.kind}`);
    await recordBillingPeriod(tables, period, agreed.value);
    answeredFor += 1;
  }
  const reports = await world.closeMonths();
  const waiting = reports.filter(({ state }) => state !== 'INVOICED');
  return { answeredFor, waiting: waiting.map(({ tenantId, state, why }) => `${tenantId}: ${state}, ${why}`) };
}

/** Closes what is over once more. @returns what was left to close, in words */
export async function closeAgain(world: World): Promise<readonly string[]> {
  return (await world.closeMonths()).map(
    ({ tenantId, month, state }) => `${tenantId} ${month} was closed again: ${state}`,
  );
}

export type ComparedStatements = {
  readonly differences: readonly string[];
  readonly statements: number;
  readonly rows: number;
};

/**
 * Lays each tenant's statement, as the file that it gets, beside what was recomputed: every day and kind of token, and the sum,
 * to the nano-dollar; and its invoice at Stripe, to the cent.
 */
export async function compareStatements(world: World, recomputed: Recomputed): Promise<ComparedStatements> {
  const month = monthOf(world.plan.days[0] ?? '');
  const differences: string[] = [];
  const same = (what: string, billed: unknown, owed: unknown) => {
    if (billed !== owed) differences.push(`${what}: stated ${billed}, owed ${owed}`);
  };
  let rows = 0;
  for (const { id } of world.plan.tenants) {
    const owed = recomputed.days.get(id) ?? new Map<string, Amount>();
    const invoiceId = (await getBillingPeriod(world.tables, id, month))?.invoice?.id ?? '';
    const stated = readStatement(await statementText(world, id, month));
    rows += stated.length;
    same(`${id}: invoice`, [...new Set(stated.map((row) => row.invoiceId))].join() || invoiceId, invoiceId);
    let total = 0n;
    for (const [day, amount] of owed) {
      for (const kind of TOKEN_KINDS) {
        const some = stated.filter((row) => row.day === day && row.kind === kind);
        const sum = (of: 'tokens' | 'nanoUsd') => some.reduce((all, row) => all + row[of], 0n);
        same(`${id} ${day}: ${kind} tokens`, sum('tokens'), amount.tokens[kind]);
        same(`${id} ${day}: ${kind} nano-USD`, sum('nanoUsd'), amount.charge[kind]);
        total += amount.charge[kind];
      }
    }
    same(
      `${id}: the whole statement`,
      stated.reduce((all, row) => all + row.nanoUsd, 0n),
      total,
    );
    const invoiced = await totalOf(world, id, invoiceId);
    const microUsd = recomputed.meter.get(id) ?? 0n;
    const off = invoiced * MICRO_USD_OF_A_CENT - microUsd;
    // Half a cent goes either way.
    if (2n * (off < 0n ? -off : off) > MICRO_USD_OF_A_CENT)
      differences.push(`${id}: invoiced ${invoiced} cents of ${microUsd} micro-USD`);
  }
  return { differences, statements: world.plan.tenants.length, rows };
}

async function totalOf({ account, tables }: World, tenantId: TenantId, invoiceId: string): Promise<bigint> {
  const customer = await getBillingAccount(tables, tenantId);
  const invoice = await account.stripe().invoices.retrieve(invoiceId);
  if (invoice.customer !== customer?.customerId) throw new Error(`${invoiceId} is not ${tenantId}'s`);
  return BigInt(invoice.total);
}

async function statementText({ tables }: World, tenantId: TenantId, month: string): Promise<string> {
  const asked = { tenantId, from: `${month}-01`, stage: 'INVOICED' } as Parameters<typeof statementOf>[0];
  let text = '';
  for await (const piece of statementOf(asked, tables)) text += piece.text;
  return text;
}

type Stated = {
  readonly day: string;
  readonly kind: TokenKind;
  readonly tokens: bigint;
  readonly nanoUsd: bigint;
  readonly invoiceId: string;
};

const KINDS: Readonly<Record<string, TokenKind>> = {
  input: 'input',
  output: 'output',
  cache_read: 'cacheRead',
  cache_write_5m: 'cacheWrite5m',
  cache_write_1h: 'cacheWrite1h',
};

/** A statement as whoever gets it reads it: by the names in its first line. No cell of these has a comma of its own. */
function readStatement(text: string): readonly Stated[] {
  const [head = '', ...lines] = text.trimEnd().split('\r\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name: string) => cells[names.indexOf(name)] ?? '';
    const kind = KINDS[cell('x_TokenClass')];
    if (!kind || cells.length !== names.length) throw new Error(`the statement has ${line}`);
    return {
      day: cell('ChargePeriodStart').slice(0, 'yyyy-mm-dd'.length),
      kind,
      tokens: BigInt(cell('PricingQuantity')),
      nanoUsd: nanoOf(cell('BilledCost')),
      invoiceId: cell('InvoiceId'),
    };
  });
}

function nanoOf(usd: string): bigint {
  const [whole = '', fraction = ''] = usd.split('.');
  return BigInt(whole + fraction.padEnd(DIGITS_OF_NANO, '0'));
}
