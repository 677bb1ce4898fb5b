import { DeleteCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type GateId, reserving, returning } from '../../tenancy/gate.ts';
import { standing } from '../../tenancy/gate-rebuild.ts';
import { gatesOf } from '../../tenancy/orphan.ts';
import { gateKey, getGate, readGates, updateGate } from '../../tenancy/table/gates.ts';
import { openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import { putTenant } from '../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { type Intent, NO_TOKENS } from '../../tenancy/usage.ts';
import { startTables } from '../../tests/tables.ts';
import { type ResetDeps, resetGates } from './reset.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());
afterEach(async () => {
  for (const TableName of ['directory', 'ledger']) {
    const { Items = [] } = await store.documents.send(new ScanCommand({ TableName }));
    for (const { pk, sk } of Items) await store.documents.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
  }
});

const MONTH = '2026-11';
const NOW = Date.UTC(2026, 10, 5, 2, 15);
const HOUR = 3_600_000;
const STARTED = Date.UTC(2026, 10, 4, 10);

const tenant = (id: string) => parseTenantId(id) as TenantId;
const tenantGate = (id: string): GateId => ({ tenantId: tenant(id), subject: { kind: 'tenant' } });
const annaGate = (id: string): GateId => ({ tenantId: tenant(id), subject: { kind: 'user', identityId: 'usr_anna' } });

async function addTenant(id: string): Promise<void> {
  await putTenant(store.tables, {
    id: tenant(id),
    name: id,
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
  });
}

function intent(tenantId: string, requestId: string, startedAt = STARTED): Intent {
  return {
    requestId,
    tenantId: tenant(tenantId),
    identityId: 'usr_anna',
    callerType: 'api_key',
    keyId: 'abcdefghij',
    model: 'claude-opus-5-5',
    bedrockModelId: 'eu.anthropic.claude-opus-5-5',
    region: 'eu-central-1',
    stream: true,
    startedAt,
    reserved: { nanoUsd: 1_000n, inputTokens: 100, outputTokens: 4_096 },
  };
}

const holdOf = ({ startedAt, reserved }: Intent) => ({ at: startedAt, money: reserved.nanoUsd, tokens: 0 });

async function begin(one: Intent): Promise<void> {
  await openRequest(store.tables, one);
  for (const id of gatesOf(one)) await updateGate(store.tables, id, reserving({}, holdOf(one)));
}

/** A request that came to its end as it should. */
async function serve(one: Intent, nanoUsd: bigint): Promise<void> {
  await begin(one);
  const settledAt = one.startedAt + 1_000;
  await settleRequest(store.tables, one, { outcome: 'COMPLETED', tokens: NO_TOKENS, nanoUsd, flags: [], settledAt });
  for (const id of gatesOf(one)) {
    const gate = await getGate(store.tables, id);
    await updateGate(
      store.tables,
      id,
      returning({}, holdOf(one), [], { money: nanoUsd, tokens: 0 }, gate, one.startedAt),
    );
  }
}

async function tenantWithRequest(id: string, startedAt = STARTED): Promise<void> {
  await addTenant(id);
  await serve(intent(id, `${id}-01`, startedAt), 400n);
}

async function bend(id: GateId, counter: string, by: bigint): Promise<void> {
  const add = new Map([[counter, by]]);
  await updateGate(store.tables, id, { add, atMost: new Map(), refusedWhenClosed: false, remove: [] });
}

const standingOf = async (id: GateId, month = MONTH) => standing(await getGate(store.tables, id), month);
const marksOf = async (id: string) => (await readGates(store.tables, [tenantGate(id)]))[0] ?? {};

type Line = Readonly<Record<string, unknown>>;

/** @param meanwhile what happens during the n-th wait; `cutOff` ends the run's time */
async function run(at = NOW, meanwhile: (waits: number, cutOff: () => void) => Promise<void> = async () => {}) {
  const lines: Line[] = [];
  const time = new AbortController();
  let [clock, waits] = [at, 0];
  const deps: ResetDeps = {
    tables: store.tables,
    region: 'eu-central-1',
    now: () => clock,
    wait: async (ms) => {
      waits += 1;
      await meanwhile(waits, () => time.abort());
      time.signal.throwIfAborted();
      clock += ms;
    },
    emit: (line) => void lines.push(JSON.parse(line) as Line),
    signal: time.signal,
  };
  const counts = await resetGates(deps);
  return { ...counts, metrics: lines.at(-1) ?? {}, lines: lines.slice(0, -1), waits };
}

it('makes a counter right that went astray; the difference is a metric of the region, and a line if it is over a cent', async () => {
  await tenantWithRequest('acme');
  await tenantWithRequest('globex');
  await bend(tenantGate('acme'), `committed.${MONTH}`, 500_000_000n);
  await bend(annaGate('acme'), `committed.${MONTH}`, -10_000_000n);
  await bend(annaGate('acme'), `spent.${MONTH}`, 7n);

  const { metrics, lines } = await run();
  for (const id of [tenantGate('acme'), annaGate('acme'), tenantGate('globex')])
    expect(await standingOf(id)).toEqual({ committed: 400n, spent: 400n });
  expect(metrics).toEqual({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'AgentRunner',
          Dimensions: [['region']],
          Metrics: Object.keys(metrics)
            .filter((name) => /^(tenants|gates)_/.test(name))
            .map((Name) => ({ Name, Unit: Name.endsWith('nano_usd') ? 'None' : 'Count' })),
        },
      ],
    },
    record: 'gates_reset',
    region: 'eu-central-1',
    tenants_reset: 2,
    tenants_reset_failed: 0,
    tenants_reset_left: 0,
    gates_looked_at: 6,
    gates_rebuilt: 2,
    gates_busy: 0,
    gates_difference_nano_usd: 510_000_000,
    gates_largest_difference_nano_usd: 500_000_000,
  });
  expect(lines).toEqual([
    {
      record: 'log',
      event: 'gate_differed',
      tenantId: 'acme',
      gate: 'tenant',
      month: MONTH,
      committedBefore: '500000400',
      committedAfter: '400',
      spentBefore: '400',
      spentAfter: '400',
    },
  ]);
});

it('writes nothing where all agrees but when it looked, and looks again the next day', async () => {
  await tenantWithRequest('acme');
  await addTenant('idle');
  const gates = async () => readGates(store.tables, gatesOf(intent('acme', 'any')));
  const [own, ...rest] = await gates();
  const { metrics, lines } = await run();
  expect(metrics).toMatchObject({ gates_looked_at: 3, gates_rebuilt: 0, gates_difference_nano_usd: 0 });
  expect(lines).toEqual([]);
  expect(await gates()).toEqual([{ ...own, resetBegunAt: NOW, resetDoneAt: expect.any(Number) }, ...rest]);
  // Who never made a request has no gate, and gets none.
  expect(await readGates(store.tables, [tenantGate('idle')])).toEqual([undefined]);

  expect((await run(NOW + HOUR)).tenants).toEqual({ reset: 0, failed: 0, left: 0 });
  expect((await run(NOW + 24 * HOUR)).tenants.reset).toBe(1);
});

it('does no harm to traffic: a gate that changes meanwhile is tried again with what came, or left as it is', async () => {
  await tenantWithRequest('acme');
  await bend(tenantGate('acme'), `committed.${MONTH}`, 5_000n);
  const restless = await run(NOW, (waits) => begin(intent('acme', `more-0${waits}`, STARTED + waits)));
  expect(restless.gates).toEqual({ lookedAt: 3, rebuilt: 0, busy: 3 });
  const held = BigInt(restless.waits) * 1_000n;
  expect(await standingOf(tenantGate('acme'))).toEqual({ committed: 5_400n + held, spent: 400n });

  const once = await run(NOW + 24 * HOUR, async (waits) => {
    if (waits === 1) await begin(intent('acme', 'once-01', STARTED + 9));
  });
  expect(once.gates).toEqual({ lookedAt: 3, rebuilt: 1, busy: 0 });
  expect(await standingOf(tenantGate('acme'))).toEqual({ committed: 1_400n + held, spent: 400n });
});

it('is held up by no tenant that fails, and names it without its content', async () => {
  for (const id of ['acme', 'globex', 'initech']) await tenantWithRequest(id);
  for (const id of ['acme', 'initech']) await bend(tenantGate(id), `spent.${MONTH}`, 9n);
  // A request without a model, a counter that is none, a tenant's row without a name.
  await store.documents.send(
    new UpdateCommand({
      TableName: 'ledger',
      Key: { pk: 'TENANT#acme#REQUEST#acme-01', sk: 'REQUEST' },
      UpdateExpression: 'REMOVE model',
    }),
  );
  await store.documents.send(
    new PutCommand({
      TableName: 'ledger',
      Item: { ...gateKey(tenantGate('globex')), kind: 'GATE', tenantId: 'globex', [`spent.${MONTH}`]: 'sesame' },
    }),
  );
  await store.documents.send(
    new PutCommand({ TableName: 'directory', Item: { pk: 'TENANT#initech', sk: 'TENANT', kind: 'TENANT' } }),
  );
  const { tenants, lines } = await run();
  expect(tenants).toEqual({ reset: 1, failed: 2, left: 0 });
  expect(await standingOf(tenantGate('initech'))).toEqual({ committed: 400n, spent: 400n });
  expect(lines.map(({ event, tenantId }) => `${event} ${tenantId}`).sort()).toEqual([
    'gate_reset_failed acme',
    'gate_reset_failed globex',
  ]);
  expect(JSON.stringify(lines)).not.toContain('sesame');
  // They are due again at once, and not before the end of a day who was done.
  expect((await run(NOW + HOUR)).tenants).toEqual({ reset: 0, failed: 2, left: 0 });
});

it('ends in time; the next run takes first whom no run has begun, so that nobody waits for ever', async () => {
  const ids = Array.from({ length: 10 }, (_, n) => `tenant-${n}`);
  for (const id of ids) {
    await addTenant(id);
    await bend(tenantGate(id), `committed.${MONTH}`, 0n);
  }
  const begun = async () => {
    const marks = await Promise.all(ids.map(async (id) => [id, (await marksOf(id))['resetBegunAt']] as const));
    return new Map(marks.filter(([, at]) => at !== undefined));
  };
  const first = await run(NOW, async (_, cutOff) => cutOff());
  expect(first.tenants).toEqual({ reset: 0, failed: 0, left: 10 });
  const before = await begun();
  expect(before.size).toBe(8);
  expect(first.lines.map(({ event }) => event)).toEqual(Array.from(before, () => 'gate_reset_cut_off'));

  await run(NOW + HOUR, async (_, cutOff) => cutOff());
  const after = await begun();
  for (const id of ids.filter((one) => !before.has(one))) expect(after.get(id)).toBe(NOW + HOUR);

  expect((await run(NOW + 2 * HOUR)).tenants).toEqual({ reset: 10, failed: 0, left: 0 });
});

it('tells of a gate that it wrote before its time was over', async () => {
  await tenantWithRequest('acme');
  await bend(annaGate('acme'), `committed.${MONTH}`, 20_000_000n);
  await bend(tenantGate('acme'), `committed.${MONTH}`, 1n);
  const { metrics, lines } = await run(NOW, async (waits, cutOff) => {
    if (waits === 1) await bend(tenantGate('acme'), `spent.${MONTH}`, 1n);
    else cutOff();
  });
  expect(metrics).toMatchObject({ tenants_reset_left: 1, gates_rebuilt: 1, gates_difference_nano_usd: 20_000_000 });
  expect(lines).toMatchObject([{ event: 'gate_differed', gate: 'user' }, { event: 'gate_reset_cut_off' }]);
});

it('shares the tenants with a run at the same time', async () => {
  const ids = ['acme', 'globex', 'initech'];
  for (const id of ids) await tenantWithRequest(id);
  const [one, other] = await Promise.all([run(), run()]);
  expect(one.tenants.reset + other.tenants.reset).toBe(3);
  expect(one.gates.lookedAt + other.gates.lookedAt).toBe(9);
});

it('leaves to a run that is at work what it has begun', async () => {
  await tenantWithRequest('acme');
  const first = await run(NOW, async (waits) => {
    if (waits === 1) expect((await run(NOW + 60_000)).tenants).toEqual({ reset: 0, failed: 0, left: 0 });
  });
  expect(first.tenants).toEqual({ reset: 1, failed: 0, left: 0 });
});

it('counts no gate as off whose counters of windows long over it takes away', async () => {
  await tenantWithRequest('acme');
  await bend(tenantGate('acme'), 'committed.2026-08', 5n);
  expect((await run()).gates).toEqual({ lookedAt: 3, rebuilt: 0, busy: 0 });
  expect([...(await getGate(store.tables, tenantGate('acme'))).counters.keys()]).not.toContain('committed.2026-08');
});

it('looks at the last month as well for the first days of one', async () => {
  await tenantWithRequest('acme', Date.UTC(2026, 10, 1, 9));
  await bend(tenantGate('acme'), `committed.${MONTH}`, 5n);
  expect((await run(Date.UTC(2026, 11, 4, 2))).gates.lookedAt).toBe(0);
  expect((await run(Date.UTC(2026, 11, 3, 2))).gates).toEqual({ lookedAt: 3, rebuilt: 1, busy: 0 });
  expect(await standingOf(tenantGate('acme'))).toEqual({ committed: 400n, spent: 400n });
});
