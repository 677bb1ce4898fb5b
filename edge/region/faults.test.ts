import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { committedAt, type GateId, spentAt } from '../../tenancy/gate.ts';
import { getGate } from '../../tenancy/table/gates.ts';
import { getRequest } from '../../tenancy/table/requests.ts';
import { setGateStop } from '../../tenancy/table/switches.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { type Call, type DynamoDbFaults, type Fault, startDynamoDbFaults } from '../../tests/dynamodb-faults.ts';
import { openRegion, startModel, type TestModel, type TestRegion, type Told } from '../../tests/region.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';

let store: TestTables;
let network: DynamoDbFaults;
let model: TestModel;
let region: TestRegion;
beforeAll(async () => {
  [store, model] = await Promise.all([startTables(), startModel()]);
  network = await startDynamoDbFaults(store.url);
  region = await openRegion(network.url, store.tables, model.url, 2_000);
});
afterAll(async () => {
  await Promise.all([network.close(), model.close()]);
  await store.close();
});
beforeEach(() => {
  network.rule = () => null;
  model.play = () => ({ input: 10, output: 42, deltas: 1, bytes: 10, everyMs: 0 });
});

const BUDGET = 10_000_000_000n;
/** 10 of input at 5,000 nano-USD, 42 of output at 25,000. */
const COST = 1_100_000n;
let tenants = 0;
const tenant = (budget = BUDGET): Promise<TenantId> =>
  region.addTenant(`faulty-${++tenants}`, {
    tenant: { budget: { nanoUsd: budget, enforcement: 'hard' }, streams: 50 },
  });

const gateOf = (tenantId: TenantId): GateId => ({ tenantId, subject: { kind: 'tenant' } });
async function money(tenantId: TenantId): Promise<{ committed: bigint; spent: bigint }> {
  const gate = await getGate(store.tables, gateOf(tenantId));
  return { committed: committedAt(gate, Date.now()), spent: spentAt(gate, Date.now()) };
}
const reservation = (requestId: string): bigint => region.reserved.get(requestId)!;
const isTenantGate = ({ operation, text }: Call): boolean =>
  operation === 'UpdateItem' && text.includes('#GATE#TENANT');

/** Lets the n-th call (from 0) of those that `which` picks fail, once. */
function failOnce(which: (call: Call) => boolean, fault: Fault, nth = 0): void {
  let seen = 0;
  network.rule = (call) => (which(call) && seen++ === nth ? fault : null);
}
const errorOf = ({ text }: Told): { type: string; message: string } => JSON.parse(text).error;

describe('a gate whose answer does not come', () => {
  it.each<[Fault, boolean]>([
    ['failed', false],
    ['failed_after', true],
    ['lost_before', false],
    ['lost_after', true],
  ])(
    '(%s) refuses the request with 503, never lets it pass, and takes nothing back that it may not hold',
    async (fault, made) => {
      const tenantId = await tenant();
      failOnce(isTenantGate, fault);
      const before = model.calls.made;
      const asked = region.ask(tenantId);
      const told = await asked.done;
      expect(told.status).toBe(503);
      expect(told.headers['retry-after']).toBe('2');
      expect(model.calls.made).toBe(before);
      // Counted as reserved where it was, and below nothing nowhere.
      expect(await money(tenantId)).toEqual({ committed: made ? reservation(asked.requestId) : 0n, spent: 0n });
      const user = await getGate(store.tables, { tenantId, subject: { kind: 'user', identityId: 'usr_anna' } });
      expect(committedAt(user, Date.now())).toBe(0n);
      expect((await getRequest(store.tables, tenantId, asked.requestId))?.settlement).toMatchObject({
        outcome: 'REFUSED',
        nanoUsd: 0n,
      });
    },
  );

  it('is asked once: nothing is added twice', async () => {
    const tenantId = await tenant();
    network.operations.length = 0;
    failOnce(isTenantGate, 'lost_after');
    await region.ask(tenantId).done;
    // Two gates asked, two settlements of the request at most, one gate given back.
    expect(network.operations.filter((one) => one === 'UpdateItem')).toHaveLength(4);
  });

  it('in time is as one that does not come', async () => {
    const tenantId = await tenant();
    failOnce(isTenantGate, 3_000);
    const told = await region.ask(tenantId).done;
    expect(told.status).toBe(503);
    await expect.poll(async () => (await money(tenantId)).committed > 0n, { timeout: 10_000 }).toBe(true);
    expect((await money(tenantId)).spent).toBe(0n);
  });
});

describe('a gate without capacity', () => {
  it.each<Fault>(['throttled', 'exceeded', 'conflict'])(
    '(%s) refuses its own tenant alone, for a second, and holds nothing',
    async (fault) => {
      const [hot, quiet] = await Promise.all([tenant(), tenant()]);
      network.rule = (call) =>
        isTenantGate(call) && call.text.includes(`#c0`) && call.text.includes(hot) ? fault : null;
      const asked = [region.ask(hot), region.ask(hot), region.ask(quiet), region.ask(quiet)];
      const told = await Promise.all(asked.map(({ done }) => done));
      expect(told.map(({ status }) => status)).toEqual([429, 429, 200, 200]);
      expect(told[0]?.headers['retry-after']).toBe('1');
      expect(errorOf(told[0]!).message).toBe(
        `tenant ${hot} makes more requests at once than can be counted; try again`,
      );
      expect(await money(hot)).toEqual({ committed: 0n, spent: 0n });
      expect(await money(quiet)).toEqual({ committed: 2n * COST, spent: 2n * COST });
    },
  );

  it('is asked again to take something back', async () => {
    const tenantId = await tenant();
    failOnce(isTenantGate, 'throttled', 1);
    expect((await region.ask(tenantId).done).status).toBe(200);
    expect(await money(tenantId)).toEqual({ committed: COST, spent: COST });
  });
});

describe('a give-back whose answer does not come', () => {
  it.each<[Fault, boolean]>([
    ['lost_before', false],
    ['lost_after', true],
    ['failed', false],
  ])('(%s) is not tried again: what stays is too much, never too little', async (fault, made) => {
    const tenantId = await tenant();
    failOnce(isTenantGate, fault, 1);
    const asked = region.ask(tenantId);
    expect((await asked.done).status).toBe(200);
    expect(await money(tenantId)).toEqual(
      made ? { committed: COST, spent: COST } : { committed: reservation(asked.requestId), spent: 0n },
    );
  });
});

describe('the book', () => {
  const isOpen = ({ operation }: Call): boolean => operation === 'PutItem';
  const isSettle = ({ operation, text }: Call): boolean => operation === 'UpdateItem' && text.includes('SETTLED');

  it.each<Fault>(['lost_before', 'lost_after', 'failed', 'failed_after', 'throttled'])(
    'whose intent gets no answer (%s) lets no call be made, and nothing stays open',
    async (fault) => {
      const tenantId = await tenant();
      failOnce(isOpen, fault);
      const before = model.calls.made;
      const asked = region.ask(tenantId);
      expect((await asked.done).status).toBe(503);
      expect(model.calls.made).toBe(before);
      expect(await money(tenantId)).toEqual({ committed: 0n, spent: 0n });
      const stored = await getRequest(store.tables, tenantId, asked.requestId);
      expect(stored === null || stored.settlement?.outcome === 'REFUSED').toBe(true);
    },
  );

  it.each<Fault>(['lost_before', 'lost_after', 'failed', 'failed_after', 'throttled', 'exceeded'])(
    'whose settlement gets no answer (%s) has it once, and the gates have it once',
    async (fault) => {
      const tenantId = await tenant();
      failOnce(isSettle, fault);
      const asked = region.ask(tenantId);
      expect((await asked.done).status).toBe(200);
      expect(await money(tenantId)).toEqual({ committed: COST, spent: COST });
      const stored = await getRequest(store.tables, tenantId, asked.requestId);
      expect(stored?.settlement).toMatchObject({ outcome: 'COMPLETED', nanoUsd: COST });
    },
  );

  it('that cannot be settled at all leaves all that was held: the sweeper will find it open', async () => {
    const tenantId = await tenant();
    network.rule = (call) => (isSettle(call) ? 'failed' : null);
    const asked = region.ask(tenantId);
    await asked.done;
    expect(await money(tenantId)).toEqual({ committed: reservation(asked.requestId), spent: 0n });
    expect((await getRequest(store.tables, tenantId, asked.requestId))?.settlement).toBeNull();
  });
});

describe('a running request', () => {
  /** Flows past half a step at once, and then on for a while. */
  const long = () => ({ input: 10, output: 3_000, deltas: 60, bytes: 230, everyMs: 50 });
  const isExtension = ({ operation, text }: Call): boolean =>
    operation === 'UpdateItem' && text.includes('outputTokens') && !text.includes('SETTLED');

  it('extends its reservation in the book and at the gates, and gives all of it back', async () => {
    const tenantId = await tenant();
    model.play = long;
    network.operations.length = 0;
    const asked = region.ask(tenantId);
    expect((await asked.done).status).toBe(200);
    const stored = await getRequest(store.tables, tenantId, asked.requestId);
    expect(stored?.intent.reserved.outputTokens).toBe(8_000);
    expect(stored?.intent.reserved.nanoUsd).toBe(reservation(asked.requestId) + 3_904n * 25_000n);
    expect(await money(tenantId)).toEqual({ committed: 75_050_000n, spent: 75_050_000n });
  });

  it('is not ended by one extension that the book could not take', async () => {
    const tenantId = await tenant();
    model.play = long;
    failOnce(isExtension, 'failed');
    const told = await region.ask(tenantId).done;
    expect(told.text).toContain('message_stop');
    expect(await money(tenantId)).toEqual({ committed: 75_050_000n, spent: 75_050_000n });
  });

  it('ends with an error when its budget gives no more, and what it used is spent', async () => {
    const asked0 = region.ask(await tenant());
    await asked0.done;
    const tenantId = await tenant(reservation(asked0.requestId) + 1_000n);
    model.play = long;
    const told = await region.ask(tenantId).done;
    expect(told.status).toBe(200);
    expect(told.text).not.toContain('message_stop');
    expect(told.text).toMatch(
      /event: error\ndata: .*rate_limit_error.*is left of the budget.*, not enough for this request; ask/,
    );
    const { committed, spent } = await money(tenantId);
    expect(committed).toBe(spent);
    expect(spent > 50_000_000n).toBe(true);
  });

  it('that is cut off before its tokens were told has spent all that it held: the next try is not free', async () => {
    const tenantId = await tenant();
    model.play = () => ({ input: 10, output: 42, deltas: 1, bytes: 10, everyMs: 60_000 });
    const before = model.calls.made;
    const asked = region.ask(tenantId, { body: { stream: false } });
    await expect.poll(() => model.calls.made, { timeout: 10_000 }).toBe(before + 1);
    await setGateStop(store.tables, gateOf(tenantId), { reason: 'a test', by: 'staff', at: 1 });
    const told = await asked.done;
    expect(errorOf(told).message).toContain('calls are stopped for this tenant');
    const { settlement } = (await getRequest(store.tables, tenantId, asked.requestId))!;
    expect(settlement).toMatchObject({ outcome: 'PARTIAL', flags: ['usage_unknown', 'cut_off'] });
    const held = settlement!.nanoUsd;
    expect(held >= reservation(asked.requestId)).toBe(true);
    expect(await money(tenantId)).toEqual({ committed: held, spent: held });
  });
});
