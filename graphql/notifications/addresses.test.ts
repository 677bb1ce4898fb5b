import { afterAll, beforeAll, expect, it } from 'vitest';
import { putUser } from '../../tenancy/table/users.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { User } from '../../tenancy/user.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { findAddressesIn } from './addresses.ts';

let store: TestTables;
const acme = parseTenantId('acme')!;
const globex = parseTenantId('globex')!;
const user = (id: string, change: Partial<User>): User => ({
  tenantId: acme,
  id,
  email: `${id}@example.test`,
  displayName: id,
  role: 'MEMBER',
  status: 'ACTIVE',
  invitedAt: 1,
  version: 1,
  ...change,
});

beforeAll(async () => {
  store = await startTables();
  for (const one of [
    user('ann', { role: 'ADMIN' }),
    user('bob', {}),
    user('cid', { role: 'ADMIN', status: 'INVITED' }),
    user('dan', { role: 'ADMIN', status: 'DISABLED' }),
    user('eve', { tenantId: globex, role: 'ADMIN' }),
  ])
    await putUser(store.tables, null, one);
});
afterAll(() => store.close());

const find = (...readers: Parameters<ReturnType<typeof findAddressesIn>>[1]) =>
  findAddressesIn(store.tables, 'operations@example.test')(acme, readers);

it('admins are those of the tenant who are not disabled', async () => {
  expect(await find({ kind: 'admins' })).toEqual(['ann@example.test', 'cid@example.test']);
});

it('a user is told what is the user’s, beside the admins', async () => {
  const both = await find({ kind: 'user', identityId: 'bob' }, { kind: 'admins' });
  expect(both).toEqual(['bob@example.test', 'ann@example.test', 'cid@example.test']);
});

it('what would reach nobody goes to the platform', async () => {
  expect(await find({ kind: 'user', identityId: 'dan' })).toEqual(['operations@example.test']);
  expect(await find({ kind: 'user', identityId: 'eve' })).toEqual(['operations@example.test']);
});
