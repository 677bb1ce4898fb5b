import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getKeyUses, type KeyUse, noteKeyUse } from '../../tenancy/table/key-uses.ts';
import { openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { type Intent, NO_TOKENS } from '../../tenancy/usage.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { rollUpBatch } from './rollup.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 22, 12);
const KEY = 'abcdefghij';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

let tenants = 0;
const newTenant = (): TenantId => parseTenantId(`tenant-${++tenants}`)!;
const usesOf = async (tenantId: TenantId) => (await getKeyUses(store.tables, tenantId, [KEY, 'never-used'])).get(KEY);

let ids = 0;
/** A request that was made and has ended, as the ledger's stream tells of it. */
async function ended(tenantId: TenantId, how: Partial<Intent>): Promise<DynamoDBRecord> {
  const intent: Intent = {
    requestId: `request-${++ids}-00`,
    tenantId,
    identityId: 'anna',
    callerType: 'api_key',
    model: 'claude-opus-5-5',
    bedrockModelId: 'eu.anthropic.claude-opus-5-5',
    region: 'eu-central-1',
    stream: true,
    startedAt: NOON,
    reserved: { nanoUsd: 5n, inputTokens: 1, outputTokens: 1 },
    ...how,
  };
  const settlement = { outcome: 'COMPLETED', tokens: NO_TOKENS, nanoUsd: 1n, flags: [], settledAt: NOON + 1 } as const;
  await openRequest(store.tables, intent);
  await settleRequest(store.tables, intent, settlement);
  const Key = marshall({ pk: `TENANT#${tenantId}#REQUEST#${intent.requestId}`, sk: 'REQUEST' });
  const { Item = {} } = await store.client.send(new GetItemCommand({ TableName: 'ledger', Key }));
  return { eventName: 'MODIFY', dynamodb: { SequenceNumber: String(ids), NewImage: Item as never } };
}

async function offer(...Records: DynamoDBRecord[]): Promise<void> {
  const deps = { now: () => NOON, pause: async () => {}, random: () => 0, log: () => {} };
  const answer = await rollUpBatch({ ...deps, tables: store.tables, homeOf: async () => store.tables }, { Records });
  expect(answer.batchItemFailures).toEqual([]);
}

it('a request that has ended is the last use of its key and of its secret, to the minute', async () => {
  const tenantId = newTenant();
  const [old, young] = ['aaaaaaaa', 'bbbbbbbb'];
  const first = await ended(tenantId, { keyId: KEY, keyFingerprint: old, startedAt: NOON + 7_000 });
  const later = { region: 'us-east-1', model: 'claude-haiku-4-5', startedAt: NOON + 5 * MINUTE + 59_999 } as const;
  const second = await ended(tenantId, { keyId: KEY, keyFingerprint: young, ...later });
  await offer(await ended(tenantId, { startedAt: NOON + 90 * MINUTE }));
  expect(await usesOf(tenantId)).toBeUndefined();
  await offer(first);
  expect(await usesOf(tenantId)).toMatchObject({ at: NOON, region: 'eu-central-1', model: 'claude-opus-5-5' });
  await offer(first, second);
  const bySecret = new Map([
    [old, NOON],
    [young, NOON + 5 * MINUTE],
  ]);
  const last = { at: NOON + 5 * MINUTE, region: 'us-east-1', model: 'claude-haiku-4-5', bySecret };
  expect(await usesOf(tenantId)).toEqual(last);
  await offer(second, first);
  await offer(first);
  expect(await usesOf(tenantId)).toEqual(last);
});

it('is the latest of all, in whatever order they come and however often', async () => {
  const some = fc.record({ minute: fc.nat(5), fingerprint: fc.constantFrom('aaaaaaaa', 'bbbbbbbb') });
  await fc.assert(
    fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 6 }), async (all) => {
      const tenantId = newTenant();
      for (const { minute, fingerprint } of all) {
        const use = { tenantId, keyId: KEY, fingerprint, at: NOON + minute * MINUTE, region: 'eu-central-1' } as const;
        await noteKeyUse(store.tables, { ...use, model: `m${minute}` } satisfies KeyUse);
      }
      const latest = (some: readonly { readonly minute: number }[]) => Math.max(...some.map(({ minute }) => minute));
      const bySecret = new Map(
        [...Map.groupBy(all, ({ fingerprint }) => fingerprint)].map(([fingerprint, own]) => [
          fingerprint,
          NOON + latest(own) * MINUTE,
        ]),
      );
      const found = await usesOf(tenantId);
      expect(found).toMatchObject({ at: NOON + latest(all) * MINUTE, model: `m${latest(all)}` });
      expect(found?.bySecret).toEqual(bySecret);
    }),
    { seed: 5, numRuns: 60 },
  );
});
