import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ACMES, clear, inOrder, scan } from '../../tests/storage-examples.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { type BillingPeriod, compareMoney, openPeriod } from '../billing-period.ts';
import { parseTenantId } from '../tenant.ts';
import {
  billingPeriodWrite,
  getBillingPeriod,
  listBillingPeriods,
  listUnfinishedPeriods,
  recordBillingPeriod,
} from './billing-periods.ts';
import { commit } from './commit.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());
beforeEach(() => clear(store.documents));

const ACME = parseTenantId('acme')!;
const closed = (nanoUsd: bigint, adjustmentsNanoUsd: bigint, at: number) => ({
  closed: { nanoUsd, microUsd: nanoUsd / 1_000n, adjustmentsNanoUsd, at },
});

function closing(month: string, oursNanoUsd: bigint | null): BillingPeriod {
  const report = {
    tenantId: ACME,
    region: 'eu-central-1',
    source: 'complete',
    oursNanoUsd,
    theirsNanoUsd: 19_000_000_000n,
    models: [{ name: 'claude-haiku-4-5', nanoUsd: 18_250_000_000n }],
    usageTypes: [{ name: 'EUC1-Claude4.5Haiku-input-tokens', nanoUsd: 19_000_000_000n }],
  } as const;
  const compared = compareMoney(
    { ...openPeriod(ACME, month), state: 'CLOSING' },
    [report],
    ['eu-central-1'],
    1_791_072_000_000,
  );
  if (!compared.ok) throw new Error('not compared');
  return compared.value;
}

/** Writes a month as often as its version says. */
async function write(period: BillingPeriod): Promise<void> {
  let stored: BillingPeriod | null = null;
  for (let version = 1; version <= period.version; version++) {
    stored = await recordBillingPeriod(store.tables, stored, period);
  }
  expect(stored).toEqual(period);
}

it('months are stored as storage.md shows them, and read as they were written', async () => {
  const months: BillingPeriod[] = [
    {
      ...openPeriod(ACME, '2026-08'),
      state: 'CLOSED',
      ...closed(0n, 0n, 1_788_480_000_000),
      nothingDue: true,
      version: 3,
    },
    {
      ...closing('2026-09', 18_250_000_000n),
      override: {
        by: 'stf_billing',
        reason: 'AWS billed a call of September twice, see case 9',
        at: 1_791_100_000_000,
        approvedBy: 'stf_admin',
        approvedAt: 1_791_103_600_000,
      },
      draft: { id: 'in_1QwBH7', heldAt: 1_790_900_000_000 },
      why: 'neither VERIFIED nor adjusted: 2026-09-30',
      version: 6,
    },
    {
      ...openPeriod(ACME, '2026-10'),
      state: 'INVOICED',
      ...closed(18_250_000_000n, -2_000_000n, 1_793_750_400_000),
      invoice: { id: 'in_1QxGJ2', at: 1_793_754_000_000 },
      version: 3,
    },
  ];
  for (const month of months) await write(month);
  expect(await scan(store.documents)).toEqual(inOrder(ACMES.filter(({ kind }) => kind === 'BILLING_PERIOD')));
  expect(await listBillingPeriods(store.tables, ACME)).toEqual(months);
  expect(await listUnfinishedPeriods(store.tables, 5)).toEqual([{ tenantId: ACME, month: '2026-09' }]);
});

it('a cost that is not known, and a wish that waits, are read as they were written', async () => {
  const overrideRequest = { by: 'stf_billing', reason: 'see case 9', at: 1 };
  const period = { ...closing('2026-09', null), overrideRequest };
  await recordBillingPeriod(store.tables, null, period);
  expect(await getBillingPeriod(store.tables, ACME, '2026-09')).toEqual(period);
});

it('a write in a transaction is of the version that was read, and no other', async () => {
  const first = await recordBillingPeriod(store.tables, null, closing('2026-09', 1n));
  const after = { ...first!, why: 'read' };
  expect(await commit([billingPeriodWrite(store.tables, first!, after)])).toEqual({ outcome: 'done' });
  const second = { ...after, version: 2 };
  expect(await getBillingPeriod(store.tables, ACME, '2026-09')).toEqual(second);
  expect(await listUnfinishedPeriods(store.tables, 5)).toEqual([{ tenantId: ACME, month: '2026-09' }]);
  const late = billingPeriodWrite(store.tables, first!, { ...first!, why: 'late' });
  expect(await commit([late])).toEqual({ outcome: 'refused', index: 0 });
  expect(await getBillingPeriod(store.tables, ACME, '2026-09')).toEqual(second);
});
