import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getRequest } from '../../tenancy/table/requests.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { kill, overspend, rush, seeded } from '../../tests/admission-proof.ts';
import { openRegion, startModel, type TestModel, type TestRegion } from '../../tests/region.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';

let store: TestTables;
let model: TestModel;
let region: TestRegion;
beforeAll(async () => {
  [store, model] = await Promise.all([startTables(), startModel()]);
  region = await openRegion(store.url, store.tables, model.url);
});
afterAll(async () => {
  await model.close();
  await store.close();
});

describe('200 requests at once at a budget for 20', () => {
  it('spend at most the budget and the declared reservation of those that ran; all of it is in the books', async () => {
    const before = model.calls.made;
    const rushed = await rush(region, model, store.tables, {
      slug: 'rush',
      requests: 200,
      room: 20,
      tries: 1,
      random: seeded(5),
    });
    expect(Object.keys(rushed.statuses).sort()).toEqual(['200', '429']);
    expect(rushed.passed).toBeGreaterThanOrEqual(20);
    // The one that asked for the size of a reservation is a call as well.
    expect(model.calls.made - before - 1).toBe(rushed.passed);
    expect(overspend(rushed)).toBeLessThanOrEqual(20);
    expect(rushed.committed).toBe(rushed.spent);
    const acme = parseTenantId('rush')!;
    const stored = await Promise.all([...region.reserved.keys()].map((id) => getRequest(store.tables, acme, id)));
    const settled = stored.flatMap((one) => (one?.settlement ? [one.settlement] : []));
    expect(settled.filter(({ outcome }) => outcome !== 'REFUSED')).toHaveLength(rushed.passed);
    expect(settled.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n)).toBe(rushed.spent);
  }, 120_000);
});

describe('a kill switch', () => {
  it.each(['gate', 'region'] as const)(
    '(%s) refuses the next request and cuts what runs',
    async (by) => {
      const kills = await kill(region, model, store.tables, { slug: `kill-${by}`, streams: 5, by, random: seeded(6) });
      expect(kills).toHaveLength(5);
      await expect.poll(() => model.calls.running, { timeout: 10_000 }).toBe(0);
    },
    120_000,
  );
});
