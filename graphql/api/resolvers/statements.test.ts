import { createHash } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { centsOf, microUsdOf } from '../../../tenancy/billing-amount.ts';
import { advance } from '../../../tenancy/billing-day-events.ts';
import { beginClosing, closePeriod, invoicePeriod, openPeriod } from '../../../tenancy/billing-period.ts';
import { type Export, exportObjectKey } from '../../../tenancy/export.ts';
import { parseUsd } from '../../../tenancy/money.ts';
import { listBillingDays, recordBillingDay } from '../../../tenancy/table/billing-days.ts';
import {
  getBillingPeriod,
  listAdjustments,
  recordAdjustment,
  recordBillingPeriod,
} from '../../../tenancy/table/billing-periods.ts';
import { getExport } from '../../../tenancy/table/exports.ts';
import { daysOf } from '../../../tenancy/utc-day.ts';
import { type ExportLine, exportBatch } from '../../exports/export.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { comparedDay, countedDay, pushedDay, storeBillingDay } from '../billing-days.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

let api: Api;
let tenant: SeededTenant;
let tenants = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  api.now = Date.parse('2026-11-22T12:00:00Z');
  tenants += 1;
  tenant = await seedTenant(api, `own-${tenants}`);
});

const request = (who: Principal, month: string, input: Record<string, unknown> = {}) =>
  api.change(
    who,
    'requestStatement',
    { tenantId: `ten_${tenant.id}`, month, ...input },
    'export { id kind from to status fileName }',
  );
const code = ({ userErrors }: Record<string, unknown>) => (userErrors as { code: string }[])[0]?.code ?? 'done';

const verified = async (day: string, model?: string) =>
  storeBillingDay(api.tables, tenant.id, day, [
    await countedDay(api.tables, tenant.id, day, { at: api.now, ...(model ? { model } : {}) }),
    comparedDay(api.now),
    ...pushedDay(api.now),
  ]);
/** A day of September that October is billed with. */
const adjusted = async (nanoUsd: bigint, reason: string) => {
  const counted = await countedDay(api.tables, tenant.id, '2026-09-30', { at: api.now });
  const day = await storeBillingDay(api.tables, tenant.id, '2026-09-30', [counted, comparedDay(api.now)]);
  const one = { tenantId: tenant.id, day: day.day, revision: 1, landsIn: '2026-10', nanoUsd, reason, at: api.now };
  await recordAdjustment(api.tables, day, { ...day, adjustedIn: '2026-10' }, one);
};
const AGREES = { reports: [], reasons: [], at: 1 };
const closed = async () => {
  const days = await listBillingDays(api.tables, tenant.id, '2026-10');
  const adjustments = await listAdjustments(api.tables, tenant.id, '2026-10');
  const closing = beginClosing(openPeriod(tenant.id, '2026-10'), api.now);
  if (!closing.ok) throw new Error(closing.reason.kind);
  const done = closePeriod({ ...closing.value, money: AGREES }, days, adjustments, {
    counted: new Set(daysOf('2026-10')),
    now: api.now,
  });
  if (!done.ok) throw new Error(done.reason.kind);
  await recordBillingPeriod(api.tables, null, done.value);
};
const invoiced = async (id: string) => {
  const period = await getBillingPeriod(api.tables, tenant.id, '2026-10');
  const sent = period && invoicePeriod(period, id, api.now);
  if (!sent?.ok || !period) throw new Error('not closed');
  await recordBillingPeriod(api.tables, period, sent.value);
};

type Written = { readonly row: Export; readonly text: string | undefined; readonly lines: readonly ExportLine[] };
/** What graphql/exports writes of it. */
async function written(payload: Record<string, unknown>): Promise<Written> {
  const [, id = ''] = (payload['export'] as { id: string }).id.split(':');
  const files = new Map<string, string>();
  const lines: ExportLine[] = [];
  const image = marshall({ pk: `TENANT#${tenant.id}#EXPORT`, sk: id, kind: 'EXPORT', tenantId: tenant.id, id });
  const record = { eventName: 'INSERT', dynamodb: { NewImage: image as never, SequenceNumber: '1' } } as const;
  const deps = {
    tables: api.tables,
    sourcesOf: async () => ({ home: api.tables, control: api.tables }),
    files: {
      put: async (key: string, content: AsyncIterable<Buffer>) => {
        const parts: Buffer[] = [];
        for await (const part of content) parts.push(part);
        files.set(key, Buffer.concat(parts).toString());
      },
    },
    stores: { control: api.tables, ledgers: [api.tables] },
    archiveSigner: () => Promise.reject(new Error('no archive is asked for here')),
    sha256: () => createHash('sha256'),
    now: () => api.now,
    log: (line: ExportLine) => void lines.push(line),
  };
  for (let attempt = 0; attempt < 3; attempt++) await exportBatch(deps, { Records: [record] }, api.now + 1e6);
  const row = await getExport(api.tables, { tenantId: tenant.id, id });
  if (!row) throw new Error('no export');
  return { row, text: files.get(exportObjectKey(row)), lines };
}
const rowsOf = (text = ''): Record<string, string>[] => parse(text, { columns: true });
const billedCost = (text?: string) =>
  rowsOf(text).reduce((sum, row) => sum + (parseUsd(row['BilledCost'] ?? '') ?? 0n), 0n);

describe('a statement', () => {
  it('comes to what the lines of the API, the period and the invoice come to', async () => {
    await verified('2026-10-30', 'model-a');
    await verified('2026-10-31', 'model-b');
    await adjusted(1_234_567_891n, 'counted again: =A1');
    await closed();
    const { data } = await api.ask(
      tenant.admin,
      `{ tenant(slug: "${tenant.id}") { billingPeriod(month: "2026-10") { state totals { chargeUsd chargeNanoUsd meterMicroUsd adjustmentsUsd }
        days(first: 9) { nodes { chargeUsd lines { amountUsd } } } adjustments { amountUsd } } } }`,
    );
    const { billingPeriod: period } = (data?.['tenant'] ?? {}) as {
      billingPeriod: {
        totals: { chargeUsd: string; chargeNanoUsd: string; meterMicroUsd: string; adjustmentsUsd: string };
        days: { nodes: { chargeUsd: string; lines: { amountUsd: string }[] }[] };
        adjustments: { amountUsd: string }[];
      };
    };
    const { text, row } = await written(await request(tenant.admin, '2026-10'));
    const sum = (usd: readonly string[]) => usd.reduce((all, one) => all + (parseUsd(one) ?? 0n), 0n);
    const lines = period.days.nodes.flatMap((day) => day.lines.map(({ amountUsd }) => amountUsd));
    const adjustments = period.adjustments.map(({ amountUsd }) => amountUsd);
    // By hand: two days of 3.000003 USD, and 1.234567891 USD that came late.
    expect(period.totals).toEqual({
      chargeUsd: '7.234573891',
      chargeNanoUsd: '7234573891',
      meterMicroUsd: '6000006',
      adjustmentsUsd: '1.234567891',
    });
    expect(sum([...lines, ...adjustments])).toBe(7_234_573_891n);
    expect(billedCost(text)).toBe(7_234_573_891n);
    expect(row).toMatchObject({ state: 'READY', file: { rows: 3 } });
    // The invoice: the meter's value and the sum of adjustments, each rounded once to cents.
    const meter = BigInt(period.totals.meterMicroUsd);
    expect(centsOf(meter) + centsOf(microUsdOf(parseUsd(period.totals.adjustmentsUsd) ?? 0n))).toBe(600n + 123n);
  });

  it('of a month that is closed is the same bytes for ever, and of one that was sent it names the invoice', async () => {
    await verified('2026-10-30');
    const late = await verified('2026-10-31');
    const before = await written(await request(tenant.admin, '2026-10'));
    await adjusted(-5n, 'a credit');
    await closed();
    const made = await request(tenant.admin, '2026-10');
    expect(made).toMatchObject({
      export: {
        kind: 'STATEMENT',
        from: '2026-10-01',
        to: '2026-10-31',
        fileName: `${tenant.id}-statement-2026-10-closed.csv`,
      },
    });
    const first = await written(made);
    expect(before.row).toMatchObject({ stage: 'PRELIMINARY' });
    expect(exportObjectKey(before.row)).toContain('-preliminary.csv');
    expect(billedCost(before.text)).toBe(6_000_006_000n);
    expect(billedCost(first.text)).toBe(6_000_005_995n);
    // Whatever becomes known later is another month's.
    api.now += 9 * 86_400_000;
    const doubted = advance(late, { kind: 'not_counted', why: 'no customer', at: api.now });
    if (!doubted.ok || doubted.value.verifiedAt !== undefined) throw new Error('not doubted');
    await recordBillingDay(api.tables, late, doubted.value);
    expect((await written(await request(tenant.admin, '2026-10'))).text).toBe(first.text);
    await invoiced('in_7');
    const sent = await request(SUPPORT, '2026-10');
    expect(sent).toMatchObject({ export: { fileName: `${tenant.id}-statement-2026-10.csv` } });
    const last = await written(sent);
    expect(rowsOf(last.text).map(({ InvoiceId }) => InvoiceId)).toEqual(['in_7', 'in_7', 'in_7']);
    expect(last.text?.replaceAll('in_7', '')).toBe(first.text);
    expect((await written(await request(ADMIN, '2026-10'))).text).toBe(last.text);
  });

  it('is never put down when it would lie', async () => {
    await verified('2026-10-30');
    await verified('2026-10-31');
    await closed();
    await adjusted(1n, 'after the books were closed');
    // A month that is closed takes nothing.
    expect(await listAdjustments(api.tables, tenant.id, '2026-10')).toEqual([]);
    const period = await getBillingPeriod(api.tables, tenant.id, '2026-10');
    if (!period?.closed) throw new Error('not closed');
    await recordBillingPeriod(api.tables, period, { ...period, closed: { ...period.closed, nanoUsd: 1n } });
    const { row, text, lines } = await written(await request(tenant.admin, '2026-10'));
    expect(text).toBeUndefined();
    expect(row).toMatchObject({ state: 'FAILED' });
    expect(lines).toHaveLength(3);
  });
});

describe('requestStatement', () => {
  it('is for admins of the tenant, all staff, and machines that may read usage as well', async () => {
    const machine = (...scopes: string[]): Principal => ({
      kind: 'machine',
      id: 'm',
      tenantId: tenant.id,
      scopes: new Set(['tenants:read', 'exports:read', ...scopes]),
    });
    await expect(request(tenant.ann, '2026-11')).rejects.toThrow(/FORBIDDEN/);
    await expect(request(machine('usage:read'), '2026-11')).rejects.toThrow(/FORBIDDEN/);
    const looking: Principal = {
      ...(ADMIN as Extract<Principal, { kind: 'staff' }>),
      viewingAs: { id: 'v', staffId: ADMIN.id, tenantId: tenant.id, reason: 'r', expiresAt: api.now + 1e6 },
    };
    await expect(request(looking, '2026-11')).rejects.toThrow(/FORBIDDEN/);
    const scopes = ['exports:write'];
    const input = { tenantId: `ten_${tenant.id}`, month: '2026-11' };
    const refused = await api.change(machine(...scopes), 'requestStatement', input, 'export { __typename }');
    expect(code(refused)).toBe('BEYOND_OWN');
    for (const who of [machine('exports:write', 'usage:read'), tenant.admin, SUPPORT]) {
      expect(code(await request(who, '2026-11'))).toBe('done');
    }
    expect(code(await request(ADMIN, '2026-11'))).toBe('LIMIT_REACHED');
  });

  it('of another tenant is answered like one of none, and of no month says so', async () => {
    const other = await seedTenant(api, `other-${tenants}`);
    const foreign = await request(tenant.admin, '2026-11', { tenantId: `ten_${other.id}` });
    expect(foreign).toEqual(await request(tenant.admin, '2026-11', { tenantId: 'ten_missing' }));
    for (const month of ['2026-10', '2026-12']) expect(code(await request(tenant.admin, month))).toBe('NOT_FOUND');
    const days = { tenantId: `ten_${tenant.id}`, kind: 'STATEMENT', from: '2026-11-01', to: '2026-11-30' };
    expect(code(await api.change(tenant.admin, 'requestExport', days, 'export { id }'))).toBe('INVALID');
  });

  it('of a tenant that is gone is the staff’s to ask for', async () => {
    const gone = await seedTenant(api, `gone-${tenants}`, { status: 'CLOSED', closedAt: api.now });
    const input = { tenantId: `ten_${gone.id}` };
    expect(code(await request(gone.admin, '2026-11', input))).toBe('WRONG_STATE');
    expect(code(await request(SUPPORT, '2026-11', input))).toBe('done');
  });
});
