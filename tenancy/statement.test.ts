import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACME, chargeLine, countedAs, dayAfter, pushedAs } from './billed-month.fixture.ts';
import { type BilledDay, billedDays, totalsOf } from './billed-month.ts';
import { type BillingDay, meterValueOf } from './billing-day.ts';
import { type BillingAdjustment, beginClosing, closePeriod, openPeriod } from './billing-period.ts';
import { toCsv } from './csv.ts';
import type { RatedLine } from './rating.ts';
import { adjustmentRows, billedCostOf, dayRows, STATEMENT_COLUMNS, type StatementRow } from './statement.ts';
import { daysOf } from './utc-day.ts';

const AGREES = { reports: [], reasons: [], at: 1 };

const HEAD = { tenantId: ACME, month: '2026-11', invoiceId: 'in_1' };
const DAY = '2026-11-20';
const cellsOf = (row: StatementRow | undefined) =>
  Object.fromEntries(STATEMENT_COLUMNS.map((name, n) => [name, row?.[n]]));
const billed = (day: string, lines: readonly RatedLine[]) => pushedAs(countedAs(day, lines), 1n) as BilledDay;

describe('a line', () => {
  it('says by FOCUS’s names what tokens of one price cost', () => {
    // 1,234,567 tokens at 0.30 USD per million: 0.3703701 USD.
    const lines = [chargeLine(1_234_567n, 300, { tier: 'PREMIUM' })];
    expect(cellsOf(dayRows(HEAD, billed(DAY, lines), lines)[0])).toEqual({
      BilledCost: '0.3703701',
      BillingAccountId: 'acme',
      BillingCurrency: 'USD',
      BillingPeriodStart: '2026-11-01T00:00:00Z',
      BillingPeriodEnd: '2026-12-01T00:00:00Z',
      ChargeCategory: 'Usage',
      ChargeClass: '',
      ChargeDescription: 'claude-haiku-4-5 in eu-central-1: input tokens',
      ChargeFrequency: 'Usage-Based',
      ChargePeriodStart: '2026-11-20T00:00:00Z',
      ChargePeriodEnd: '2026-11-21T00:00:00Z',
      ConsumedQuantity: '1234567',
      ConsumedUnit: 'Tokens',
      ContractedCost: '0.3703701',
      ContractedUnitPrice: '0.0000003',
      EffectiveCost: '0.3703701',
      InvoiceId: 'in_1',
      InvoiceIssuerName: 'agent-runner',
      ListCost: '0.3703701',
      ListUnitPrice: '0.0000003',
      PricingCategory: 'Standard',
      PricingQuantity: '1234567',
      PricingUnit: 'Tokens',
      ProviderName: 'agent-runner',
      PublisherName: 'Anthropic',
      RegionId: 'eu-central-1',
      ServiceCategory: 'AI and Machine Learning',
      ServiceName: 'Claude on Amazon Bedrock',
      SkuId: 'claude-haiku-4-5/input',
      SkuPriceId: 'claude-haiku-4-5/charge/-/-/2026-01-01T00:00:00.000Z/input',
      SubAccountId: 'acme',
      x_Model: 'claude-haiku-4-5',
      x_Tier: 'PREMIUM',
      x_TokenClass: 'input',
      x_Revision: '1',
    });
  });

  it('of what is not charged costs nothing, and says whose it was', () => {
    const lines = [chargeLine(5n, 0, { charged: false, priceId: 'not_charged', tier: null })];
    expect(cellsOf(dayRows(HEAD, billed(DAY, lines), lines)[0])).toMatchObject({
      BilledCost: '0.00',
      ChargeDescription: 'claude-haiku-4-5 in eu-central-1: input tokens of the platform’s own calls',
      SkuPriceId: 'not_charged',
      x_Tier: '',
    });
  });

  it('of an adjustment is a correction of its day, in the month that it is billed with', () => {
    const one = { tenantId: ACME, day: '2026-09-30', revision: 3, landsIn: '2026-11', nanoUsd: -1n, at: 1 };
    const [row] = adjustmentRows(HEAD, [{ ...one, reason: '=cmd|calc' }]);
    expect(cellsOf(row)).toMatchObject({
      BilledCost: '-0.000000001',
      EffectiveCost: '-0.000000001',
      BillingPeriodStart: '2026-11-01T00:00:00Z',
      ChargeCategory: 'Adjustment',
      ChargeClass: 'Correction',
      ChargePeriodStart: '2026-09-30T00:00:00Z',
      ConsumedQuantity: '',
      SkuId: '',
      x_Revision: '3',
    });
    expect(toCsv([row ?? []])).toMatch(/^-0\.000000001,acme,.*,'=cmd\|calc,/);
  });
});

it('lines that do not come to what the day is billed are never written', () => {
  const lines = [chargeLine(10n, 3_000), chargeLine(1n, 1, { tokenClass: 'output' })];
  const day = billed(DAY, lines.slice(0, 1));
  expect(() => dayRows(HEAD, day, lines)).toThrow(/do not come to what it is billed/);
  expect(() => dayRows(HEAD, day, [])).toThrow(/do not come to what it is billed/);
  expect(() => dayRows(HEAD, day, [chargeLine(10n, 3_000, { book: 'cost' })])).toThrow(/do not come/);
  expect(() => billedCostOf([['']])).toThrow(/no cost/);
});

describe('a month of random days, revisions and adjustments', () => {
  const amount = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 13n }), fc.integer({ min: 0, max: 90_000 }));
  const counted = fc
    .array(amount, { maxLength: 3 })
    .map((all) => all.map(([tokens, perToken], n) => chargeLine(tokens, perToken, { model: `model-${n}` })));
  /** What a day is counted as, time after time. */
  const month = fc.array(fc.array(counted, { minLength: 1, maxLength: 3 }), { minLength: 30, maxLength: 30 });
  const others = fc.array(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), { maxLength: 4 });

  it('has a statement whose lines come to the period, open and closed, by their very texts', () => {
    fc.assert(
      fc.property(month, others, (counts, amounts) => {
        const dates = daysOf('2026-11');
        const linesOf = new Map<BillingDay, readonly RatedLine[]>();
        const books: BillingDay[] = [];
        for (const [n, times] of counts.entries()) {
          let before: BillingDay | string = dates[n] ?? '';
          for (const lines of times) {
            const rated = countedAs(before, lines);
            if (!rated.rated) throw new Error('not rated');
            const told = meterValueOf({ day: rated.day, rated: rated.rated }, books);
            const isLate = told < 0n;
            const day: BillingDay = isLate
              ? dayAfter(rated, { kind: 'adjusted', landsIn: '2026-12' })
              : pushedAs(rated, told);
            linesOf.set(day, lines);
            books.push(day);
            before = day;
          }
        }
        const adjustments: BillingAdjustment[] = amounts.map((nanoUsd, n) => ({
          tenantId: ACME,
          day: '2026-10-30',
          revision: n + 2,
          landsIn: '2026-11',
          nanoUsd,
          reason: 'late',
          at: 1,
        }));
        const written = (period: ReturnType<typeof openPeriod>) => [
          ...billedDays(period, books).flatMap((day) => dayRows(HEAD, day, linesOf.get(day) ?? [])),
          ...adjustmentRows(HEAD, adjustments),
        ];
        const open = openPeriod(ACME, '2026-11');
        expect(billedCostOf(written(open))).toBe(totalsOf(open, books, adjustments).nanoUsd);
        const now = Date.parse('2026-12-03T00:00:00Z');
        const closing = beginClosing(open, now);
        if (!closing.ok) throw new Error(closing.reason.kind);
        const closed = closePeriod({ ...closing.value, money: AGREES }, books, adjustments, {
          counted: new Set(daysOf('2026-11')),
          now,
        });
        if (!closed.ok) throw new Error(closed.reason.kind);
        const { closed: sums } = closed.value;
        const rows = written(closed.value);
        expect(billedCostOf(rows)).toBe((sums?.nanoUsd ?? 0n) + (sums?.adjustmentsNanoUsd ?? 0n));
        // Whatever the store's order was.
        expect(toCsv(rows)).toBe(toCsv(written({ ...closed.value, state: 'INVOICED' })));
        for (const row of rows) {
          const { PricingQuantity: tokens, ListUnitPrice: price, BilledCost: cost, ChargeCategory: of } = cellsOf(row);
          if (of !== 'Usage') continue;
          const nano = (text: string | undefined) => {
            const [whole = '', fraction = ''] = (text ?? '').split('.');
            return BigInt(whole + fraction.padEnd(9, '0'));
          };
          expect(BigInt(tokens ?? '') * nano(price)).toBe(nano(cost));
        }
      }),
      { seed: 26, numRuns: 40 },
    );
  });
});
