import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { orphanSettlement } from '../orphan.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import type { Intent, Settlement } from '../usage.ts';
import { getOverdue, listOverdue, type OverdueRequest, settleOrphan } from './overdue-requests.ts';
import { REQUEST_LEASE_MS, REQUEST_SHARDS } from './request-entity.ts';
import { extendRequest, getRequest, openRequest, settleRequest } from './requests.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const STARTED = 1_795_312_345_678;
const OVER = STARTED + REQUEST_LEASE_MS + 1;

const intent = (requestId: string, tenant = 'acme'): Intent => ({
  requestId,
  tenantId: parseTenantId(tenant) as TenantId,
  identityId: 'usr_anna',
  callerType: 'user',
  model: 'claude-opus-5-5',
  bedrockModelId: 'eu.anthropic.claude-opus-5-5',
  region: 'eu-central-1',
  stream: true,
  startedAt: STARTED,
  reserved: { nanoUsd: 1_000_000n, inputTokens: 100, outputTokens: 4_096 },
});

const truth = (changes: Partial<Settlement> = {}): Settlement => ({
  outcome: 'COMPLETED',
  nanoUsd: 12_345n,
  tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
  flags: [],
  settledAt: OVER + 5_000,
  ...changes,
});

async function allOverdue(now: number): Promise<string[]> {
  const names: string[] = [];
  for (const shard of REQUEST_SHARDS) for await (const name of listOverdue(store.tables, shard, now)) names.push(name);
  return names;
}

async function overdue(requestId: string, now = OVER): Promise<OverdueRequest> {
  const found = await getOverdue(store.tables, `TENANT#acme#REQUEST#${requestId}`, now);
  if (!found) throw new Error('not overdue');
  return found;
}

async function swept(requestId: string): Promise<void> {
  await openRequest(store.tables, intent(requestId));
  const found = await overdue(requestId);
  expect(await settleOrphan(store.tables, found, orphanSettlement(found.intent, OVER))).toBe('settled');
}

it('finds every open request of every shard once its deadline has passed, page after page, and no other', async () => {
  const ids = Array.from({ length: 230 }, (_, n) => `list-${n.toString(16).padStart(4, '0')}`);
  for (const id of ids) await openRequest(store.tables, intent(id));
  await settleRequest(store.tables, intent(ids[0] ?? ''), truth());
  await extendRequest(store.tables, intent(ids[1] ?? ''), { nanoUsd: 0n, outputTokens: 0 }, STARTED + 60_000);
  const names = (found: string[]) => found.map((name) => name.split('#').at(-1)).sort();
  expect(names(await allOverdue(OVER))).toEqual(ids.slice(2));
  expect(await allOverdue(OVER - 1)).toEqual([]);
  expect(names(await allOverdue(OVER + 60_000))).toEqual(ids.slice(1));
});

it('reads one with all that it holds by now, and not one that is overdue no more', async () => {
  await openRequest(store.tables, intent('read'));
  await extendRequest(store.tables, intent('read'), { nanoUsd: 500n, outputTokens: 10 }, STARTED);
  expect(await overdue('read')).toEqual({
    intent: { ...intent('read'), reserved: { nanoUsd: 1_000_500n, inputTokens: 100, outputTokens: 4_106 } },
    deadline: STARTED + REQUEST_LEASE_MS,
  });
  const name = 'TENANT#acme#REQUEST#read';
  expect(await getOverdue(store.tables, name, OVER - 1)).toBeNull();
  await settleRequest(store.tables, intent('read'), truth());
  expect(await getOverdue(store.tables, name, OVER)).toBeNull();
  expect(await getOverdue(store.tables, 'TENANT#acme#REQUEST#none', OVER)).toBeNull();
});

it('a damaged one is an error of its own', async () => {
  await openRequest(store.tables, intent('damaged'));
  const Key = { pk: 'TENANT#acme#REQUEST#damaged', sk: 'REQUEST' };
  const { Item } = await store.documents.send(new GetCommand({ TableName: 'ledger', Key }));
  await store.documents.send(new PutCommand({ TableName: 'ledger', Item: { ...Item, reserved: 'much' } }));
  await expect(getOverdue(store.tables, Key.pk, OVER)).rejects.toThrow();
  await expect(getOverdue(store.tables, 'PLATFORM', OVER)).rejects.toThrow(/damaged/);
});

it('settles it as an orphan once, however many come at the same time', async () => {
  await openRequest(store.tables, intent('race'));
  const found = await overdue('race');
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => settleOrphan(store.tables, found, orphanSettlement(found.intent, OVER))),
  );
  expect(outcomes.filter((outcome) => outcome === 'settled')).toHaveLength(1);
  expect((await getRequest(store.tables, intent('race').tenantId, 'race'))?.settlement).toMatchObject({
    outcome: 'ORPHAN',
    nanoUsd: 1_000_000n,
    tokens: { input: 100, output: 4_096 },
  });
  expect(await allOverdue(OVER)).not.toContain('TENANT#acme#REQUEST#race');
});

it('does not settle what was extended or settled since it was read', async () => {
  await openRequest(store.tables, intent('alive'));
  const found = await overdue('alive');
  // Of the same instant, and so with the same deadline.
  await extendRequest(store.tables, intent('alive'), { nanoUsd: 5n, outputTokens: 1 }, STARTED);
  expect(await settleOrphan(store.tables, found, orphanSettlement(found.intent, OVER))).toBe('not_ours');
  const again = await overdue('alive');
  // A sign of life alone.
  await extendRequest(store.tables, intent('alive'), { nanoUsd: 0n, outputTokens: 0 }, STARTED + 1);
  expect(await settleOrphan(store.tables, again, orphanSettlement(again.intent, OVER))).toBe('not_ours');
  expect(await settleOrphan(store.tables, found, orphanSettlement(found.intent, OVER))).toBe('not_ours');
  await settleRequest(store.tables, intent('alive'), truth());
  expect(await settleOrphan(store.tables, found, orphanSettlement(found.intent, OVER))).toBe('not_ours');
  expect((await getRequest(store.tables, intent('alive').tenantId, 'alive'))?.settlement).toEqual(truth());
});

it('the truth takes the place of the estimate, once, and says what it replaced', async () => {
  await swept('late');
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, n) => settleRequest(store.tables, intent('late'), truth({ settledAt: OVER + n }))),
  );
  const replaced = outcomes.filter((outcome) => typeof outcome === 'object');
  expect(replaced).toEqual([{ replaced: 1_000_000n }]);
  const stored = (await getRequest(store.tables, intent('late').tenantId, 'late'))?.settlement;
  expect(stored).toEqual(truth({ settledAt: OVER + outcomes.indexOf(replaced[0] ?? 'settled'), replaced: 1_000_000n }));
  // Its first answer was lost: it finds itself there.
  expect(await settleRequest(store.tables, intent('late'), truth({ settledAt: stored?.settledAt ?? 0 }))).toEqual({
    replaced: 1_000_000n,
  });
});

it('neither a refusal nor a replay takes its place', async () => {
  await swept('stays');
  expect(await settleRequest(store.tables, intent('stays'), truth({ outcome: 'REFUSED', nanoUsd: 0n }))).toBe(
    'already_settled',
  );
  const replay = { ...intent('stays'), startedAt: STARTED + 1 };
  expect(await settleRequest(store.tables, replay, truth())).toBe('already_settled');
  expect((await getRequest(store.tables, intent('stays').tenantId, 'stays'))?.settlement?.outcome).toBe('ORPHAN');
});
