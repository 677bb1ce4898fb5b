import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putLimitRule } from '../../../tenancy/table/limit-rules.ts';
import { getUser, listUsers } from '../../../tenancy/table/users.ts';
import { isActiveAdmin } from '../../../tenancy/user.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { addTenant, addUser, adminOf, memberOf, tenantId, told } from '../people.fixture.ts';
import type { Principal } from '../principal.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const slug of ['acme', 'globex', 'asleep']) await addTenant(api, slug);
  await addUser(api, 'acme', 'boss', { role: 'ADMIN' });
  await addUser(api, 'acme', 'worker');
  await addUser(api, 'globex', 'stranger');
  await addUser(api, 'asleep', 'boss2', { role: 'ADMIN' });
  await addUser(api, 'asleep', 'worker2');
  const input = { tenantId: 'ten_asleep', expectedVersion: 1, reason: 'unpaid' };
  await api.change(ADMIN, 'suspendTenant', input, 'tenant { status }');
});
afterAll(() => api.close());

const USER = 'user { id email displayName role status version }';
const boss = adminOf('acme');
const robot: Principal = {
  kind: 'machine',
  id: 'robot',
  tenantId: tenantId('acme'),
  scopes: new Set(['users:write', 'users:read']),
};
const invite = (email: string, change = {}) => ({ tenantId: 'ten_acme', email, displayName: 'Ann', ...change });
const codes = (payload: Record<string, unknown>) =>
  (payload['userErrors'] as { code: string }[]).map(({ code }) => code);

describe('users', () => {
  const document =
    'query($slug: String!, $after: String) { tenant(slug: $slug) { users(first: 1, after: $after) { nodes { id email role invitedAt ownLimits { requestsPerMinute tokensPerMinute } } pageInfo { hasNextPage endCursor } } } }';

  it('are listed a page at a time, with the limits that are their own', async () => {
    const subject = { kind: 'user', identityId: 'worker' } as const;
    await putLimitRule(api.tables, tenantId('acme'), {
      subject,
      limits: { requestsPerMinute: 7, tokensPerMinute: null },
    });
    const first = await api.ask(boss, document, { slug: 'acme' });
    expect(first).toMatchObject({
      errors: [],
      data: {
        tenant: { users: { nodes: [{ id: 'usr_acme:boss', ownLimits: null }], pageInfo: { hasNextPage: true } } },
      },
    });
    const { endCursor } = (first.data as { tenant: { users: { pageInfo: { endCursor: string } } } }).tenant.users
      .pageInfo;
    const second = await api.ask(boss, document, { slug: 'acme', after: endCursor });
    expect(second.data).toMatchObject({
      tenant: {
        users: { nodes: [{ id: 'usr_acme:worker', ownLimits: { requestsPerMinute: 7, tokensPerMinute: null } }] },
      },
    });
  });

  it('are not for members, who see themselves alone', async () => {
    expect(await api.ask(memberOf('acme'), document, { slug: 'acme' })).toMatchObject({
      data: { tenant: { users: null } },
      errors: [{ code: 'FORBIDDEN' }],
    });
    const node = 'query($id: ID!) { node(id: $id) { ... on User { email } } }';
    expect(await api.ask(memberOf('acme'), node, { id: 'usr_acme:worker' })).toMatchObject({
      data: { node: { email: 'worker@acme.example' } },
    });
    const others = await api.ask(memberOf('acme'), node, { id: 'usr_acme:boss' });
    expect(others).toEqual(await api.ask(memberOf('acme'), node, { id: 'usr_acme:nobody' }));
    expect(others).toEqual(await api.ask(memberOf('acme'), node, { id: 'usr_globex:stranger' }));
    expect(others).toEqual({ data: { node: null }, errors: [] });
  });
});

describe('inviteUser', () => {
  it('mails once, makes the row, tells the trail, and answers the same key with the same', async () => {
    const input = invite('Ann@ACME.example', { idempotencyKey: 'ann', role: 'ADMIN' });
    const first = await api.change(boss, 'inviteUser', input, USER);
    expect(first).toMatchObject({
      user: { email: 'ann@acme.example', displayName: 'Ann', role: 'ADMIN', status: 'INVITED', version: 1 },
      replayed: false,
      userErrors: [],
    });
    expect(await api.change(boss, 'inviteUser', input, USER)).toEqual({ ...first, replayed: true });
    expect(api.pool.mails.filter((to) => to === 'ann@acme.example')).toHaveLength(1);
    const [entry] = await told(api, 'acme', 'inviteUser');
    expect(entry).toMatchObject({
      outcome: 'ALLOWED',
      actor: { kind: 'user', id: 'boss' },
      target: { kind: 'User', id: (first['user'] as { id: string }).id },
    });
    expect(entry?.changes).toContainEqual({ field: 'role', before: null, after: '"ADMIN"' });
  });

  it('gives the account of an invitation that died halfway its row', async () => {
    await api.pool.port.invite({ tenantId: tenantId('acme'), email: 'half@acme.example' });
    expect(await api.change(boss, 'inviteUser', invite('half@acme.example'), USER)).toMatchObject({
      user: { status: 'INVITED' },
    });
    expect(api.pool.mails.filter((to) => to === 'half@acme.example')).toHaveLength(1);
  });

  it('says the same of an address that is used here and one that is used elsewhere', async () => {
    const here = await api.change(boss, 'inviteUser', invite('worker@acme.example'), USER);
    const elsewhere = await api.change(boss, 'inviteUser', invite('stranger@globex.example'), USER);
    expect(codes(here)).toEqual(['TAKEN']);
    expect(elsewhere).toEqual(here);
  });

  it.each(['', 'plain', 'two@at@x', 'a b@x', '@x', 'x@', `${'a'.repeat(250)}@x.io`, 'a\u0000@x'])(
    'refuses the address %j',
    async (email) => {
      const refused = await api.change(boss, 'inviteUser', invite(email), USER);
      expect(refused).toMatchObject({ user: null, userErrors: [{ code: 'INVALID', field: ['input', 'email'] }] });
    },
  );

  it('is for admins of that tenant and of the platform', async () => {
    for (const other of [memberOf('acme'), SUPPORT])
      await expect(api.change(other, 'inviteUser', invite('x@acme.example'), USER)).rejects.toThrow(/FORBIDDEN/);
    const foreign = await api.change(boss, 'inviteUser', invite('x@acme.example', { tenantId: 'ten_globex' }), USER);
    const missing = await api.change(boss, 'inviteUser', invite('x@acme.example', { tenantId: 'ten_missing' }), USER);
    expect(codes(foreign)).toEqual(['NOT_FOUND']);
    expect(missing).toEqual(foreign);
  });

  it('of an admin is beyond a tenant’s machine client, which may invite members', async () => {
    expect(codes(await api.change(robot, 'inviteUser', invite('r1@acme.example', { role: 'ADMIN' }), USER))).toEqual([
      'BEYOND_OWN',
    ]);
    expect(codes(await api.change(robot, 'inviteUser', invite('r2@acme.example'), USER))).toEqual([]);
    const promoted = { userId: 'usr_acme:worker', expectedVersion: 1, role: 'ADMIN' };
    expect(codes(await api.change(robot, 'updateUser', promoted, USER))).toEqual(['BEYOND_OWN']);
  });
});

describe('updateUser', () => {
  it('changes name and role of the version that was seen', async () => {
    await addUser(api, 'acme', 'carl');
    const input = { userId: 'usr_acme:carl', expectedVersion: 1, displayName: ' Carl ', role: 'ADMIN' };
    expect(await api.change(boss, 'updateUser', input, USER)).toMatchObject({
      user: { displayName: 'Carl', role: 'ADMIN', version: 2 },
    });
    expect(codes(await api.change(boss, 'updateUser', input, USER))).toEqual(['CONFLICT_VERSION']);
    const changes = (await told(api, 'acme', 'updateUser')).find(({ outcome }) => outcome === 'ALLOWED')?.changes;
    expect(changes).toContainEqual({ field: 'displayName', before: '"carl"', after: '"Carl"' });
    const blank = { ...input, expectedVersion: 2, displayName: ' ' };
    expect(codes(await api.change(boss, 'updateUser', blank, USER))).toEqual(['INVALID']);
  });

  it.each(['updateUser', 'disableUser', 'enableUser'])(
    'answers %s of a foreign user like that of a missing one',
    async (name) => {
      const reason = name === 'disableUser' ? { reason: 'left' } : {};
      const ask = (userId: string) => api.change(boss, name, { userId, expectedVersion: 1, ...reason }, USER);
      const foreign = await ask('usr_globex:stranger');
      expect(codes(foreign)).toEqual(['NOT_FOUND']);
      for (const id of ['usr_globex:nobody', 'usr_acme:nobody', 'usr_nowhere:nobody', 'ten_acme', 'nonsense'])
        expect(await ask(id)).toEqual(foreign);
      expect(await getUser(api.tables, tenantId('globex'), 'stranger')).toMatchObject({ status: 'ACTIVE', version: 1 });
      for (const other of [memberOf('acme'), SUPPORT])
        await expect(
          api.change(other, name, { userId: 'usr_acme:worker', expectedVersion: 1, ...reason }, USER),
        ).rejects.toThrow(/FORBIDDEN/);
    },
  );

  it('of a suspended tenant is for the platform alone', async () => {
    const input = { userId: 'usr_asleep:worker2', expectedVersion: 1, displayName: 'W' };
    expect(codes(await api.change(adminOf('asleep', 'boss2'), 'updateUser', input, USER))).toEqual(['WRONG_STATE']);
    expect(codes(await api.change(ADMIN, 'updateUser', input, USER))).toEqual([]);
    const invited = invite('x@asleep.example', { tenantId: 'ten_asleep' });
    expect(codes(await api.change(adminOf('asleep', 'boss2'), 'inviteUser', invited, USER))).toEqual(['WRONG_STATE']);
  });
});

describe('the last admin', () => {
  it('is left by 20 demotions at once', async () => {
    await addTenant(api, 'initech');
    const ids = Array.from({ length: 20 }, (_, n) => `admin${n}`);
    for (const id of ids) await addUser(api, 'initech', id, { role: 'ADMIN' });
    const demote = async (id: string, n: number) => {
      const by = adminOf('initech', ids[(n + 1) % ids.length]);
      // Who is told to try again does: what must hold must hold in the end.
      for (;;) {
        const input = { userId: `usr_initech:${id}`, expectedVersion: 1, role: 'MEMBER' };
        const answer = await api.change(by, 'updateUser', input, USER).catch((error: Error) => error);
        if (!(answer instanceof Error)) return codes(answer);
        expect(answer.message).toMatch(/UNAVAILABLE/);
      }
    };
    const refused = (await Promise.all(ids.map(demote))).flat();
    expect(refused).toEqual(['LAST_ADMIN']);
    const { users } = await listUsers(api.tables, tenantId('initech'), { limit: 100 });
    expect(users.filter(isActiveAdmin)).toHaveLength(1);
  }, 60_000);

  it('neither demotes nor disables itself, and keeps its account and keys', async () => {
    await addTenant(api, 'solo');
    await addUser(api, 'solo', 'only', { role: 'ADMIN' });
    const own = { userId: 'usr_solo:only', expectedVersion: 1 };
    const only = adminOf('solo', 'only');
    expect(codes(await api.change(only, 'updateUser', { ...own, role: 'MEMBER' }, USER))).toEqual(['LAST_ADMIN']);
    expect(codes(await api.change(only, 'disableUser', { ...own, reason: 'tired' }, USER))).toEqual(['LAST_ADMIN']);
    expect(api.pool.accounts.get('only')?.enabled).toBe(true);
  });
});
