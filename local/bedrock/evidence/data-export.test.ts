import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COLUMNS, type LineItem } from './cost-and-usage.ts';
import { openDataExport } from './data-export.ts';

let folder: string;
let held: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'export-'));
  held = undefined;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => openDataExport(folder, (item) => item.product_region_code === held);
const paths = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted();
const rows = (path = NOVEMBER) =>
  gunzipSync(readFileSync(join(folder, path)))
    .toString()
    .trimEnd()
    .split('\n');

const NOVEMBER = 'cur/agent-runner/data/BILLING_PERIOD=2026-11/agent-runner-00001.csv.gz';
const DECEMBER = NOVEMBER.replace('2026-11', '2026-12');

function item(change: Partial<LineItem> = {}): LineItem {
  return {
    ...(Object.fromEntries(COLUMNS.map((column) => [column, column])) as LineItem),
    bill_billing_period_start_date: '2026-11-01T00:00:00.000Z',
    line_item_usage_amount: '1.5000000000',
    line_item_unblended_cost: '0.0000000001',
    tags: '{"iamPrincipal/tenant_id":"acme","iamPrincipal/x":"a, b"}',
    ...change,
  };
}

test('a month is one gzip CSV file, with the names of its columns', async () => {
  const bill = open();
  bill.add(item());
  bill.add(item({ bill_billing_period_start_date: '2026-12-01T00:00:00.000Z' }));
  await bill.flush();
  expect(paths()).toEqual([NOVEMBER, DECEMBER]);
  const [head, row, ...others] = rows();
  expect(head).toBe(COLUMNS.join(','));
  expect(row).toContain(',1.5000000000,line_item_currency_code,0.0000000001,');
  expect(row).toMatch(/,"\{""iamPrincipal\/tenant_id"":""acme"",""iamPrincipal\/x"":""a, b""\}"$/);
  expect(others).toEqual([]);
});

test('calls of the same hour, caller and kind are one row', async () => {
  const bill = open();
  for (const principal of ['anna', 'anna', 'bert']) bill.add(item({ line_item_iam_principal: principal }));
  await bill.flush();
  expect(rows().slice(1)).toEqual([
    expect.stringMatching(/,3\.0000000000,.*,0\.0000000002,anna,/),
    expect.stringMatching(/,1\.5000000000,.*,0\.0000000001,bert,/),
  ]);
});

test('a delivery takes the place of the one before, and has all that that had', async () => {
  const bill = open();
  bill.add(item());
  await bill.flush();
  bill.add(item());
  bill.add(item({ line_item_usage_type: 'another' }));
  await bill.flush();
  expect(paths()).toEqual([NOVEMBER]);
  expect(rows().slice(1)).toEqual([expect.stringContaining(',3.0000000000,'), expect.stringContaining(',another,')]);
});

test('an export that is opened anew goes on from what the bucket has', async () => {
  const nameless = { bill_bill_type: '', line_item_iam_principal: '', tags: '' };
  for (let n = 0; n < 3; n += 1) {
    const bill = open();
    bill.add(item());
    bill.add(item(nameless));
    await bill.flush();
  }
  expect(rows().slice(1)).toEqual([
    expect.stringMatching(/^bill_bill_type,.*,4\.5000000000,.*,0\.0000000003,.*""acme"".*$/),
    expect.stringMatching(/^,.*,4\.5000000000,.*,0\.0000000003,,.*,$/),
  ]);
});

test('what is held comes later, and what was delivered of it before stays', async () => {
  const bill = open();
  bill.add(item({ product_region_code: 'us-east-1' }));
  await bill.flush();
  held = 'us-east-1';
  bill.add(item({ product_region_code: 'us-east-1' }));
  bill.add(item({ product_region_code: 'eu-central-1' }));
  await bill.flush();
  expect(rows().slice(1)).toEqual([
    expect.stringMatching(/,1\.5000000000,.*,us-east-1,/),
    expect.stringMatching(/,1\.5000000000,.*,eu-central-1,/),
  ]);
  held = undefined;
  await bill.flush();
  expect(rows().slice(1)[0]).toMatch(/,3\.0000000000,.*,us-east-1,/);
});

test('nothing is lost, and nothing counts twice, when the disk refuses', async () => {
  const bill = open();
  bill.add(item());
  writeFileSync(join(folder, 'cur'), 'in the way of what is to be read');
  await expect(bill.flush()).rejects.toThrow();
  rmSync(join(folder, 'cur'));
  await bill.flush();
  bill.add(item());
  rmSync(join(folder, NOVEMBER));
  mkdirSync(join(folder, NOVEMBER, 'in the way of what is to be written'), { recursive: true });
  await expect(bill.flush()).rejects.toThrow();
  rmSync(join(folder, NOVEMBER), { recursive: true });
  await bill.flush();
  expect(rows().slice(1)).toEqual([expect.stringContaining(',3.0000000000,')]);
});
