import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleApi, openConsoleApi } from '../../tests/bench/console/console-api.ts';
import { CONSOLE_QUERIES } from '../../tests/bench/console/queries.ts';
import { seedConsole } from '../../tests/bench/console/seed.ts';
import { FULL_SIZE, SMALL_SIZE, type StoreSize } from '../../tests/bench/console/store-size.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';

/** A twentieth of what the bench has in CI, a fiftieth elsewhere; the days of usage are what is asked for. */
const PART = process.env['CI'] ? 20 : 50;
const LARGE_SIZE: StoreSize = {
  tenants: FULL_SIZE.tenants / PART,
  users: FULL_SIZE.users / PART,
  things: FULL_SIZE.things / 10,
  auditEntries: FULL_SIZE.auditEntries / PART,
  prices: FULL_SIZE.prices / 10,
  usageDays: SMALL_SIZE.usageDays,
};

type Filled = { readonly store: TestTables; readonly api: ConsoleApi };
let small: Filled;
let large: Filled;
beforeAll(async () => {
  small = await fill(SMALL_SIZE);
  large = await fill(LARGE_SIZE);
}, 600_000);
afterAll(async () => {
  for (const { store, api } of [small, large]) {
    await api.close();
    await store.close();
  }
});

async function fill(size: StoreSize): Promise<Filled> {
  const store = await startTables({ large: true });
  await seedConsole(store, size);
  return { store, api: await openConsoleApi(store.url) };
}

describe.each(CONSOLE_QUERIES)('the console’s query $name', (query) => {
  it('costs as much in a large table as in a small one, and no more than its bound', async () => {
    const one = await small.api.ask(query);
    const other = await large.api.ask(query);
    const { readUnits, writeUnits, calls } = other.cost;
    expect({ readUnits, writeUnits, calls }).toEqual({
      readUnits: one.cost.readUnits,
      writeUnits: one.cost.writeUnits,
      calls: one.cost.calls,
    });
    expect(readUnits).toBeGreaterThan(0);
    expect(readUnits).toBeLessThanOrEqual(query.maxReadUnits);
  });

  it('is answered in full: a page is full, and nothing is missing where something is', async () => {
    const { data } = await large.api.ask(query);
    const nodes = [...JSON.stringify(data).matchAll(/"hasNextPage":(true|false)/g)].map(([, more]) => more);
    // The catalogue has fewer models than a page, and a filter that matches nothing has no page.
    const whole = ['models with prices', 'audit, a filter that matches nothing'].includes(query.name);
    expect(nodes.every((more) => more === String(!whole))).toBe(true);
    expect(JSON.stringify(data)).not.toMatch(/"(tenant|node|owner|budget)":null/);
  });
});
