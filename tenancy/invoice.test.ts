import fc from 'fast-check';
import { expect, it } from 'vitest';
import { INVOICE_STATES, type Invoice, type InvoiceState, supersedes } from './invoice.ts';
import { parseTenantId } from './tenant.ts';

const invoice = (state: InvoiceState, at: number, paymentFailedAt?: number): Invoice => ({
  id: 'in_1',
  customerId: 'cus_1',
  tenantId: parseTenantId('acme')!,
  state,
  totalCents: 1n,
  dueCents: 1n,
  periodStart: 0,
  periodEnd: 1,
  at,
  ...(paymentFailedAt === undefined ? {} : { paymentFailedAt }),
});

/** What is known after tidings in an order. */
const known = (told: readonly Invoice[]) =>
  told.reduce<Invoice | null>((before, one) => (supersedes(one, before) ? one : before), null);

/** The lives that an invoice may have at Stripe. */
const LIVES: readonly (readonly InvoiceState[])[] = [
  ['DRAFT', 'OPEN', 'PAID'],
  ['DRAFT', 'OPEN', 'VOID'],
  ['DRAFT', 'OPEN', 'UNCOLLECTIBLE', 'PAID'],
  ['DRAFT', 'OPEN', 'UNCOLLECTIBLE', 'VOID'],
  ['DRAFT', 'PAID'],
];

it('its end is known in whatever order and however often its life is told', () => {
  const lives = fc.constantFrom(...LIVES).chain((life) => {
    const told = life.map((state, n) => invoice(state, 1_000 * n));
    return fc
      .shuffledSubarray([...told, ...told, ...told], { minLength: told.length * 3 })
      .map((order) => ({ end: told.at(-1), order }));
  });
  fc.assert(
    fc.property(lives, ({ end, order }) => {
      expect(known(order)).toEqual(end);
    }),
  );
});

it('an end stays, whatever is told later', () => {
  for (const end of ['PAID', 'VOID'] as const)
    for (const state of INVOICE_STATES) {
      if (state !== end) expect(supersedes(invoice(state, 9_000), invoice(end, 1)), `${end} ${state}`).toBe(false);
    }
});

it('of one state the later counts, and within a second the failure', () => {
  expect(supersedes(invoice('OPEN', 2), invoice('OPEN', 1))).toBe(true);
  expect(supersedes(invoice('OPEN', 1), invoice('OPEN', 2))).toBe(false);
  expect(supersedes(invoice('OPEN', 1), invoice('OPEN', 1))).toBe(false);
  expect(supersedes(invoice('OPEN', 1, 1), invoice('OPEN', 1))).toBe(true);
  expect(supersedes(invoice('OPEN', 1), invoice('OPEN', 1, 1))).toBe(false);
});
