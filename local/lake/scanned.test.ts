import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lake, openLake } from '../lake.ts';

const folder = mkdtempSync(join(tmpdir(), "la'ke-"));
const sizes = { usage: 0, book: 0, cloudtrail: 0, invocations: 0, cur: 0, gathered: 0 };
let lake: Lake;
beforeAll(async () => {
  for (const day of ['2026-11-02', '2026-11-03']) {
    const path = day.replaceAll('-', '/');
    // Two files a day, so that a table's share of a day is half of all.
    for (const n of [1, 2]) {
      sizes.usage += write(`usage/dt=${day}/hour=0${n}/part-1.json`, '{"request_id":"a"}\n');
      sizes.book += write(`book/day=${day}/region=r${n}/part-1.json`, '{"request_id":"a","region":"longer"}\n');
      const trail = gzipSync('{"Records":[{"requestID":"a"}]}');
      sizes.cloudtrail += write(`AWSLogs/2/CloudTrail/r${n}/${path}/2_CloudTrail_r_x.json.gz`, trail);
      const log = gzipSync('{"requestId":"a","region":"r"}\n');
      sizes.invocations += write(`AWSLogs/2/BedrockModelInvocationLogs/r${n}/${path}/00/x.json.gz`, log);
    }
  }
  for (const month of ['2026-10', '2026-11']) {
    sizes.cur += write(`cur/x/data/BILLING_PERIOD=${month}/x-00001.csv.gz`, gzipSync(`${'a,'.repeat(18)}a\n`));
  }
  lake = await openLake({ folder, columns: { request_id: 'varchar', region: 'varchar' }, now: Date.now });
  for (const day of ['2026-11-02', '2026-11-03']) {
    const file = join(folder, `gathered/events/day=${day}/x`);
    const row = `select 'a' as account_id, 'r' as region, 't' as tenant_id, 'i' as id, true as in_day, 'n' as newest`;
    await lake.unload(row, file, 'ZSTD', new AbortController().signal);
    sizes.gathered += statSync(file).size;
  }
});
afterAll(async () => {
  await lake.close();
  rmSync(folder, { recursive: true });
});

function write(key: string, content: string | Buffer): number {
  mkdirSync(dirname(join(folder, key)), { recursive: true });
  writeFileSync(join(folder, key), content);
  return Buffer.byteLength(content);
}

async function scanned(sql: string): Promise<number> {
  return (await lake.export(sql, join(folder, 'results/x.csv'), new AbortController().signal)).scannedBytes;
}

it.each<[string, () => number]>([
  ['select * from usage', () => sizes.usage],
  ["select * from usage where dt = '2026-11-02'", () => sizes.usage / 2],
  ["select * from usage where dt = '2026-11-02' and hour = '01'", () => sizes.usage / 4],
  ["select * from usage where dt between '2026-11-01' and '2026-11-04'", () => sizes.usage],
  ["select * from book where day >= '2026-11-03'", () => sizes.book / 2],
  ["select * from book where day = '2026-11-03' and book_region = 'r1'", () => sizes.book / 4],
  ["select * from cloudtrail where day = '2026-11-03'", () => sizes.cloudtrail / 2],
  ["select * from cloudtrail where day = '2026-12-24'", () => 0],
  ["select * from invocations where day in ('2026-11-02', '2026-11-05')", () => sizes.invocations / 2],
  ["select * from cur where billing_period = '2026-11'", () => sizes.cur / 2],
  ["select * from cur where billing_period in ('2026-10', '2026-11')", () => sizes.cur],
  [
    `select count(*) from cur c join book b on b.region = c.product_region_code
      where c.billing_period = '2026-11' and b.day = '2026-11-02'`,
    () => sizes.cur / 2 + sizes.book / 2,
  ],
  [
    `select count(*) from cloudtrail c join invocations i on i.request_id = c.request_id
      where c.day = '2026-11-02' and i.day = '2026-11-03'`,
    () => sizes.cloudtrail / 2 + sizes.invocations / 2,
  ],
  [
    `with b as (select * from book where day = '2026-11-02')
      select count(*) from b left join usage u on u.request_id = b.request_id and u.dt = '2026-11-02'`,
    () => sizes.book / 2 + sizes.usage / 2,
  ],
  [
    'select count(*) from cloudtrail c join invocations i using (request_id)',
    () => sizes.cloudtrail + sizes.invocations,
  ],
  ["select id from gathered_events where day = '2026-11-02'", () => sizes.gathered / 2],
  ['select 1', () => 0],
])('%s', async (sql, expected) => {
  expect(await scanned(sql)).toBe(expected());
});
