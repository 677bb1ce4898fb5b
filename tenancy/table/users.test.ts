import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { executeTransactWrite } from 'dynamodb-toolbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { staffWrite } from './staff.ts';
import { getUser, listUsers, noteUserSeen, putUser, userWrite, whyUserRefused } from './users.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const tenantId = (text: string): TenantId => parseTenantId(text)!;
const user = (tenant: string, id: string, change: Partial<User> = {}): User => ({
  tenantId: tenantId(tenant),
  id,
  email: `${id}@${tenant}.example`,
  displayName: id,
  role: 'ADMIN',
  status: 'ACTIVE',
  invitedAt: 1,
  version: 1,
  ...change,
});
const next = (before: User, change: Partial<User>): User => ({ ...before, ...change, version: before.version + 1 });
const change = (before: User, fields: Partial<User>) => putUser(store.tables, before, next(before, fields));
async function activeAdmins(tenant: string): Promise<unknown> {
  const Key = { pk: `TENANT#${tenant}`, sk: 'ADMINS' };
  const { Item } = await store.documents.send(new GetCommand({ TableName: 'ledger', Key }));
  return Item?.['active'];
}

describe('a user', () => {
  const anna = user('initech', 'anna', { role: 'MEMBER' });

  it('comes back as it was stored, to its own tenant alone', async () => {
    expect(await putUser(store.tables, null, anna)).toBe('stored');
    expect(await getUser(store.tables, anna.tenantId, 'anna')).toEqual(anna);
    expect(await getUser(store.tables, tenantId('hooli'), 'anna')).toBeNull();
    await expect(getUser(store.tables, anna.tenantId, 'x#anna')).rejects.toThrow(RangeError);
  });

  it('is made once, and changed by one of many who read the same version', async () => {
    expect(await putUser(store.tables, null, { ...anna, displayName: 'Impostor' })).toBe('conflict');
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, n) => change(anna, { displayName: `writer ${n}` })),
    );
    expect(outcomes.filter((one) => one === 'stored')).toHaveLength(1);
    expect(await getUser(store.tables, anna.tenantId, 'anna')).toMatchObject({
      displayName: `writer ${outcomes.indexOf('stored')}`,
      version: 2,
    });
  });

  it('is seen without a new version, and a change leaves the sighting alone', async () => {
    const bob = user('initech', 'bob');
    await putUser(store.tables, null, bob);
    await noteUserSeen(store.tables, bob, 77);
    expect(await change(bob, { displayName: 'Bob' })).toBe('stored');
    expect(await getUser(store.tables, bob.tenantId, 'bob')).toEqual(
      next({ ...bob, lastSeenAt: 77 }, { displayName: 'Bob' }),
    );
    await noteUserSeen(store.tables, user('initech', 'ghost'), 77);
    expect(await getUser(store.tables, bob.tenantId, 'ghost')).toBeNull();
  });

  it('neither skips a version nor becomes another', async () => {
    expect(() => userWrite(store.tables, anna, { ...anna, version: 3 })).toThrow(RangeError);
    expect(() => userWrite(store.tables, anna, next(user('hooli', 'anna'), {}))).toThrow(RangeError);
    expect(() => userWrite(store.tables, null, { ...anna, version: 2 })).toThrow(RangeError);
  });
});

describe('the users of a tenant', () => {
  it('are listed page by page, and no other tenant’s among them', async () => {
    for (const id of ['a', 'b', 'c']) await putUser(store.tables, null, user('umbrella', id, { role: 'MEMBER' }));
    await putUser(store.tables, null, user('umbrella-labs', 'd', { role: 'MEMBER' }));
    const page = (after?: string) =>
      listUsers(store.tables, tenantId('umbrella'), { limit: 2, ...(after === undefined ? {} : { after }) });
    const first = await page();
    expect([first.users.map(({ id }) => id), first.next]).toEqual([['a', 'b'], { after: 'b' }]);
    const second = await page('b');
    expect([second.users.map(({ id }) => id), second.next]).toEqual([['c'], null]);
    expect((await page('bb')).users.map(({ id }) => id)).toEqual(['c']);
    expect((await page('zz')).users).toEqual([]);
    await expect(page('a#b')).rejects.toThrow(RangeError);
  });
});

describe('the last admin of a tenant', () => {
  it('stays: demoted, disabled, or with an invited one to follow', async () => {
    const [boss, guest] = [user('hooli', 'boss'), user('hooli', 'guest', { status: 'INVITED' })];
    await putUser(store.tables, null, boss);
    await putUser(store.tables, null, guest);
    expect(await change(boss, { role: 'MEMBER' })).toBe('last_admin');
    expect(await change(boss, { status: 'DISABLED' })).toBe('last_admin');
    expect(await getUser(store.tables, boss.tenantId, 'boss')).toEqual(boss);
    expect(await change(guest, { status: 'ACTIVE' })).toBe('stored');
    expect(await change(boss, { role: 'MEMBER' })).toBe('stored');
    expect(await activeAdmins('hooli')).toBe(1);
  });

  it('is told to nobody who saw the user as it no longer is', async () => {
    const chief = user('wayne', 'chief');
    await putUser(store.tables, null, chief);
    await change(chief, { displayName: 'Chief' });
    expect(await change(chief, { role: 'MEMBER' })).toBe('conflict');
  });

  it.each(['tyrell-a', 'tyrell-b', 'tyrell-c'])('stays when twenty are demoted at once (%s)', async (tenant) => {
    const admins = Array.from({ length: 20 }, (_, n) => user(tenant, `admin-${n}`));
    for (const one of admins) expect(await putUser(store.tables, null, one)).toBe('stored');
    expect(await activeAdmins(tenant)).toBe(20);
    // Who meets another at the counter reads and tries again, as every caller does.
    const outcomes = await Promise.all(
      admins.map(async (one, n) => {
        for (;;) {
          const outcome = await change(one, n % 2 ? { role: 'MEMBER' } : { status: 'DISABLED' });
          if (outcome !== 'conflict') return outcome;
        }
      }),
    );
    expect(outcomes.filter((one) => one === 'last_admin')).toHaveLength(1);
    const { users } = await listUsers(store.tables, tenantId(tenant), { limit: 100 });
    const left = users.filter(({ role, status }) => role === 'ADMIN' && status === 'ACTIVE');
    expect(left.map(({ id }) => id)).toEqual([admins[outcomes.indexOf('last_admin')]?.id]);
    expect(await activeAdmins(tenant)).toBe(1);
  });

  it('stays, and with it all else that the transaction would have written', async () => {
    const only = user('cyberdyne', 'only');
    await putUser(store.tables, null, only);
    const after = next(only, { status: 'DISABLED' });
    const other = {
      id: 's-1',
      email: 'e',
      displayName: 'd',
      role: 'PLATFORM_ADMIN',
      status: 'ACTIVE',
      version: 1,
    } as const;
    const write = executeTransactWrite(...userWrite(store.tables, only, after), staffWrite(store.tables, other));
    const error = await write.catch((one: unknown) => one);
    expect(whyUserRefused(error, only, after)).toBe('last_admin');
    expect(await getUser(store.tables, only.tenantId, 'only')).toEqual(only);
    expect(whyUserRefused(new Error('no answer'), only, after)).toBeNull();
  });
});
