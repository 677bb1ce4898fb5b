import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { type GateId, reserving, returning } from '../gate.ts';
import { standing } from '../gate-rebuild.ts';
import type { GrantSubject } from '../grant.ts';
import { gatesOf } from '../orphan.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { type Intent, NO_TOKENS } from '../usage.ts';
import { listSubjects, type RebuildDeps, rebuildGates } from './gate-rebuild.ts';
import { gateKey, getGate, updateGate } from './gates.ts';
import { extendRequest, openRequest, settleRequest } from './requests.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const MONTH = '2026-11';
const STARTED = Date.UTC(2026, 10, 3, 10);
const NOW = Date.UTC(2026, 10, 22, 12);
const TENANT: GrantSubject = { kind: 'tenant' };
const ANNA: GrantSubject = { kind: 'user', identityId: 'usr_anna' };
const KEY: GrantSubject = { kind: 'key', keyId: 'abcdefghij' };

const tenant = (id: string) => parseTenantId(id) as TenantId;
const idOf = (tenantId: string, subject: GrantSubject): GateId => ({ tenantId: tenant(tenantId), subject });

function intent(tenantId: string, requestId: string, changes: Partial<Intent> = {}): Intent {
  return {
    requestId,
    tenantId: tenant(tenantId),
    identityId: 'usr_anna',
    callerType: 'user',
    model: 'claude-opus-5-5',
    bedrockModelId: 'eu.anthropic.claude-opus-5-5',
    region: 'eu-central-1',
    stream: true,
    startedAt: STARTED,
    reserved: { nanoUsd: 1_000n, inputTokens: 100, outputTokens: 4_096 },
    ...changes,
  };
}

const holdOf = ({ startedAt, reserved }: Intent) => ({ at: startedAt, money: reserved.nanoUsd, tokens: 0 });

async function begin(one: Intent): Promise<void> {
  await openRequest(store.tables, one);
  for (const id of gatesOf(one)) await updateGate(store.tables, id, reserving({}, holdOf(one)));
}

async function book(one: Intent, nanoUsd: bigint, settledAt = one.startedAt + 1_000): Promise<void> {
  await settleRequest(store.tables, one, { outcome: 'COMPLETED', tokens: NO_TOKENS, nanoUsd, flags: [], settledAt });
}

async function giveBack(one: Intent, nanoUsd: bigint): Promise<void> {
  for (const id of gatesOf(one)) {
    const gate = await getGate(store.tables, id);
    const used = { money: nanoUsd, tokens: 0 };
    await updateGate(store.tables, id, returning({}, holdOf(one), [], used, gate, one.startedAt));
  }
}

const standingOf = async (id: GateId) => standing(await getGate(store.tables, id), MONTH);

/** A clock that waiting moves, and what happens meanwhile. */
function deps(meanwhile: (waits: number) => Promise<void> = async () => {}): RebuildDeps & { waited: number[] } {
  let clock = NOW;
  const waited: number[] = [];
  return {
    waited,
    now: () => clock,
    wait: async (ms) => {
      clock += ms;
      waited.push(ms);
      await meanwhile(waited.length);
    },
  };
}

it('a gate that lost its way says what the ledger says: what is settled is spent, what is open is held', async () => {
  const key = { callerType: 'api_key', keyId: 'abcdefghij' } as const;
  const done = intent('drift', 'done-01');
  const open = intent('drift', 'open-02', key);
  const other = intent('drift', 'other-03', { identityId: 'usr_ben', startedAt: STARTED + 9 * 86_400_000 });
  for (const one of [done, open, other]) await begin(one);
  // Its settlement stands, and what it held was never given back.
  await book(done, 400n);
  await book(other, 70n);
  await giveBack(other, 70n);
  await extendRequest(store.tables, open, { nanoUsd: 50n, outputTokens: 5 }, STARTED);

  const rebuilt = await rebuildGates(store.tables, tenant('drift'), [TENANT, ANNA, KEY], MONTH, deps());
  expect(rebuilt).toEqual([
    {
      id: idOf('drift', TENANT),
      outcome: 'rebuilt',
      before: { committed: 2_070n, spent: 70n },
      after: { committed: 1_520n, spent: 470n },
    },
    {
      id: idOf('drift', ANNA),
      outcome: 'rebuilt',
      before: { committed: 2_000n, spent: 0n },
      after: { committed: 1_450n, spent: 400n },
    },
    {
      id: idOf('drift', KEY),
      outcome: 'rebuilt',
      before: { committed: 1_000n, spent: 0n },
      after: { committed: 1_050n, spent: 0n },
    },
  ]);
  for (const { id, after } of rebuilt) expect(await standingOf(id)).toEqual(after);
  const again = await rebuildGates(store.tables, tenant('drift'), [TENANT, ANNA, KEY], MONTH, deps());
  expect(again.map(({ outcome }) => outcome)).toEqual(['right', 'right', 'right']);
});

it('knows everybody of the tenant who made requests in the month', async () => {
  const key = { callerType: 'api_key', keyId: 'abcdefghij' } as const;
  await begin(intent('listed', 'l-01', key));
  await begin(intent('listed', 'l-02', { identityId: 'usr_ben', startedAt: NOW - 1 }));
  await begin(intent('listed', 'l-03', { identityId: 'usr_old', startedAt: Date.UTC(2026, 9, 31) }));
  expect(await listSubjects(store.tables, tenant('listed'), MONTH, NOW)).toEqual([
    TENANT,
    ANNA,
    KEY,
    { kind: 'user', identityId: 'usr_ben' },
  ]);
});

it('leaves a gate alone that changes while the ledger is read, and comes back to it', async () => {
  const first = intent('busy', 'b-01');
  await begin(first);
  await book(first, 400n);
  const second = intent('busy', 'b-02');
  const once = deps(async (waits) => {
    if (waits === 1) await begin(second);
  });
  const [rebuilt] = await rebuildGates(store.tables, tenant('busy'), [TENANT], MONTH, once);
  expect(rebuilt).toMatchObject({ outcome: 'rebuilt', after: { committed: 1_400n, spent: 400n } });
  expect(once.waited.length).toBeGreaterThan(1);
});

it('gives up on a gate that never rests, and has changed nothing there', async () => {
  const first = intent('restless', 'b-01');
  await begin(first);
  await book(first, 400n);
  const restless = deps((waits) => begin(intent('restless', `more-0${waits}`, { startedAt: STARTED + waits })));
  const [rebuilt] = await rebuildGates(store.tables, tenant('restless'), [TENANT], MONTH, restless);
  expect(rebuilt).toMatchObject({ outcome: 'busy', before: rebuilt?.after });
  const held = BigInt(restless.waited.length) * 1_000n;
  expect(await standingOf(idOf('restless', TENANT))).toEqual({ committed: 1_000n + held, spent: 0n });
});

it('waits for what only just ended: it is about to give back what it held', async () => {
  const one = intent('fresh', 'f-01', { startedAt: NOW - 60_000 });
  await begin(one);
  await book(one, 400n, NOW - 1_000);
  const late = deps();
  const [rebuilt] = await rebuildGates(store.tables, tenant('fresh'), [TENANT], MONTH, late);
  // Only when it can be sure that the request will not come any more.
  expect(rebuilt?.outcome).toBe('rebuilt');
  expect(late.waited.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(19_000);

  const two = intent('fresher', 'f-02', { startedAt: NOW - 60_000 });
  await begin(two);
  await book(two, 400n, NOW - 1_000);
  const inTime = deps(async (waits) => {
    if (waits === 2) await giveBack(two, 400n);
  });
  await rebuildGates(store.tables, tenant('fresher'), [TENANT], MONTH, inTime);
  expect(await standingOf(idOf('fresher', TENANT))).toEqual({ committed: 400n, spent: 400n });
});

it('takes counters away whose windows are long over', async () => {
  const id = idOf('stale', TENANT);
  const one = intent('stale', 's-01');
  await begin(one);
  await book(one, 10n);
  await giveBack(one, 10n);
  await store.documents.send(
    new UpdateCommand({
      TableName: 'ledger',
      Key: gateKey(id),
      UpdateExpression: 'SET #a = :one, #b = :one, #c = :one',
      ExpressionAttributeNames: { '#a': 'committed.2026-08', '#b': 'requests.2026-11-02T10:00', '#c': 'streams.1' },
      ExpressionAttributeValues: { ':one': 1 },
    }),
  );
  await rebuildGates(store.tables, tenant('stale'), [TENANT], MONTH, deps());
  expect([...(await getGate(store.tables, id)).counters.keys()].sort()).toEqual([
    `committed.${MONTH}`,
    `spent.${MONTH}`,
  ]);
});

it('refuses a month whose counters nobody keeps', async () => {
  await expect(rebuildGates(store.tables, tenant('acme'), [TENANT], '2026-08', deps())).rejects.toThrow(RangeError);
});
