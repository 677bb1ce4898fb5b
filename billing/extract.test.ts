import { afterAll, beforeAll, expect, it } from 'vitest';
import { shardOf } from '../tenancy/table/request-entity.ts';
import { openRequest, settleRequest } from '../tenancy/table/requests.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { startTables, type TestTables } from '../tests/tables.ts';
import { requestOf } from './day.fixture.ts';
import { extractDay } from './extract.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const DAY = '2026-11-22';
const NOON = Date.parse(`${DAY}T12:00:00Z`);
const ACME = parseTenantId('acme')!;

it('has each region’s settled requests once, and names those that are open', async () => {
  const frankfurt = requestOf(ACME, NOON, { input: 1 });
  const virginia = requestOf(ACME, NOON, { input: 2 }, { region: 'us-east-1' });
  // It never reached Bedrock, and has no usage record.
  const refused = requestOf(ACME, NOON, {}, { outcome: 'REFUSED' });
  const open = requestOf(ACME, NOON, {});
  for (const { intent } of [frankfurt, virginia, refused, open]) await openRequest(store.tables, intent);
  for (const { intent, settlement } of [frankfurt, virginia, refused]) {
    await settleRequest(store.tables, intent, settlement);
  }
  const files = new Map<string, readonly string[]>([[`book/day=${DAY}/region=us-east-1/part-0-00009.json`, ['stale']]]);
  const found = await extractDay(
    {
      lake: {
        put: async (key, lines) => void files.set(key, lines),
        list: async (prefix) => [...files.keys()].filter((key) => key.startsWith(prefix)),
        remove: async (key) => void files.delete(key),
      },
      // One store has the requests of both, as on one machine.
      ledgers: new Map([
        ['eu-central-1', store.tables],
        ['us-east-1', store.tables],
      ]),
      tenants: async function* () {
        yield ACME;
      },
      progress: () => {},
    },
    DAY,
  );
  const ids = [...files].map(([key, lines]) => [
    key,
    lines.map((line) => (JSON.parse(line) as { request_id: string }).request_id),
  ]);
  expect(ids).toEqual([
    [
      `book/day=${DAY}/region=eu-central-1/part-${shardOf(frankfurt.intent.requestId)}-00001.json`,
      [frankfurt.intent.requestId],
    ],
    [
      `book/day=${DAY}/region=us-east-1/part-${shardOf(virginia.intent.requestId)}-00001.json`,
      [virginia.intent.requestId],
    ],
  ]);
  expect([...found]).toEqual([[ACME, [open.intent.requestId]]]);
});
