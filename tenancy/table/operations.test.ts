import { readFileSync } from 'node:fs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import {
  beginStep,
  endStep,
  OPERATION_LEASE_MS,
  type Operation,
  resumeOperation,
  startOperation,
} from '../operation.ts';
import { mintRequestId } from '../request-id.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { commit } from './commit.ts';
import {
  claimOperation,
  getOperation,
  listDueOperations,
  listOperations,
  operationWrites,
  readOperationImage,
  recordOperation,
} from './operations.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const NOW = 1_763_805_600_000;
let tenantId: TenantId;
let tenants = 0;
beforeEach(() => {
  tenants += 1;
  tenantId = parseTenantId(`tenant-${tenants}`)!;
});

function one(startedAt = NOW): Operation {
  const id = mintRequestId(startedAt, crypto.getRandomValues(new Uint8Array(10)));
  return startOperation('ONBOARD', { id, tenantId, startedBy: 'stf_admin', startedAt, input: {} });
}
async function started(startedAt = NOW): Promise<Operation> {
  const operation = one(startedAt);
  expect(await commit(operationWrites(store.tables, null, operation))).toEqual({ outcome: 'done' });
  return operation;
}
const end = (operation: Operation) => endStep(beginStep(operation, NOW), { outcome: 'failed', why: 'broken' }, NOW + 1);

it('storage.md shows operations exactly as they are stored', async () => {
  const [, ours = ''] = readFileSync(new URL('storage.md', import.meta.url), 'utf8').split('\n## Operations\n');
  const [only = ''] = ours.split('\n## ');
  const examples = [...only.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => JSON.parse(json));
  const id = { tenantId: parseTenantId('acme')!, id: '019aa8c1-7e01-7a10-8f02-0d4c9b7e6f23' };
  const input = { adminEmail: 'ada@acme.example' };
  const first = startOperation('ONBOARD', { ...id, startedBy: 'stf_admin', startedAt: NOW, input });
  await commit(operationWrites(store.tables, null, first));
  const begun = (await claimOperation(store.tables, id, NOW + 100))!;
  const done = endStep(begun, { outcome: 'done', detail: 'invited' }, NOW + 200);
  await recordOperation(store.tables, begun, beginStep(done, NOW + 300));
  const stored = examples.map(({ pk, sk }) =>
    store.documents.send(new GetCommand({ TableName: 'ledger', Key: { pk, sk } })),
  );
  expect((await Promise.all(stored)).map(({ Item }) => Item)).toEqual(examples);
  expect(examples).toHaveLength(2);
});

it('a tenant has one unfinished operation, and may have the next when that is finished', async () => {
  const first = await started();
  expect(await commit(operationWrites(store.tables, null, one()))).toEqual({ outcome: 'refused', index: 1 });
  expect(await recordOperation(store.tables, first, end(first))).toMatchObject({ status: 'FAILED', version: 2 });
  const second = await started(NOW + 5);
  // The first may not go on while the second is unfinished.
  const failed = (await getOperation(store.tables, first))!;
  const goesOn = { ...resumeOperation(failed, NOW), version: failed.version + 1 };
  expect(await commit(operationWrites(store.tables, failed, goesOn))).toEqual({ outcome: 'refused', index: 1 });
  await recordOperation(store.tables, second, end(second));
  expect(await commit(operationWrites(store.tables, failed, goesOn))).toEqual({ outcome: 'done' });
});

it('many workers take an operation up, and one has it until its lease is over', async () => {
  const operation = await started();
  const claims = await Promise.all(Array.from({ length: 8 }, () => claimOperation(store.tables, operation, NOW)));
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await claimOperation(store.tables, operation, NOW + OPERATION_LEASE_MS - 1)).toBeNull();
  expect(await claimOperation(store.tables, operation, NOW + OPERATION_LEASE_MS)).toMatchObject({ version: 3 });
});

it('a worker that was taken for dead writes nothing any more', async () => {
  const operation = await started();
  const slow = (await claimOperation(store.tables, operation, NOW))!;
  const other = (await claimOperation(store.tables, operation, NOW + OPERATION_LEASE_MS))!;
  expect(await recordOperation(store.tables, slow, end(slow))).toBeNull();
  expect(await getOperation(store.tables, operation)).toEqual(other);
});

it('what is due is found by the index, by nobody too early, and never when it is finished', async () => {
  const operation = await started(NOW + 60_000);
  const ofOurs = async (now: number) =>
    (await listDueOperations(store.tables, now, 100)).filter((due) => due.tenantId === tenantId);
  expect(await ofOurs(NOW + 59_999)).toEqual([]);
  expect(await ofOurs(NOW + 60_000)).toEqual([{ tenantId, id: operation.id }]);
  await recordOperation(store.tables, operation, end(operation));
  expect(await ofOurs(NOW + 10_000_000)).toEqual([]);
});

it('lists a tenant’s operations newest first, in pages, without its place', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) {
    const operation = await started(NOW + n);
    ids.unshift(operation.id);
    if (n < 2) await recordOperation(store.tables, operation, end(operation));
  }
  const first = await listOperations(store.tables, tenantId, { limit: 2 });
  const rest = await listOperations(store.tables, tenantId, { limit: 2, after: first.next! });
  expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
  expect(rest.next).toBeUndefined();
});

it('reads the image of an operation alone', async () => {
  const { id } = one();
  const place = { pk: `TENANT#${tenantId}#OPERATION`, sk: id };
  expect(readOperationImage(marshall({ ...place, kind: 'OPERATION', deadline: 5 }))).toEqual({
    tenantId,
    id,
    dueAt: 5,
  });
  expect(readOperationImage(marshall({ ...place, kind: 'OPERATION' }))).toEqual({ tenantId, id });
  expect(readOperationImage(marshall({ ...place, kind: 'EXPORT', deadline: 5 }))).toBeNull();
  expect(readOperationImage(marshall({ ...place, pk: 'TENANT#acme', kind: 'OPERATION' }))).toBeNull();
});
