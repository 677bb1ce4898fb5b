import { readFileSync } from 'node:fs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import type { ProvisioningKey } from '../provisioning.ts';
import { parseTenantId } from '../tenant.ts';
import { deleteProvisioningKey, getProvisioningKey, putProvisioningKey } from './provisioning-keys.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const ACME = parseTenantId('acme')!;
const KEY: ProvisioningKey = {
  tenantId: ACME,
  keyId: '0d4c9b7e6f',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  validUntil: 1_763_805_720_000,
};

it('storage.md shows the key exactly as it is stored', async () => {
  await putProvisioningKey(store.tables, KEY);
  const [, ours = ''] = readFileSync(new URL('storage.md', import.meta.url), 'utf8').split('\n## Provisioning keys\n');
  const [example] = [...ours.split('\n## ')[0]!.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json!));
  const { Item } = await store.documents.send(
    new GetCommand({ TableName: 'directory', Key: { pk: example.pk, sk: example.sk } }),
  );
  expect(Item).toEqual(example);
});

it('there is one, the last, until it is taken away', async () => {
  await putProvisioningKey(store.tables, { ...KEY, keyId: 'aaaaaaaaaa' });
  await putProvisioningKey(store.tables, KEY);
  expect(await getProvisioningKey(store.tables, ACME)).toEqual(KEY);
  await deleteProvisioningKey(store.tables, ACME);
  expect(await getProvisioningKey(store.tables, ACME)).toBeNull();
  await deleteProvisioningKey(store.tables, ACME);
});
