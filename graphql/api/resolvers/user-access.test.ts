import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeyWrite, getApiKey } from '../../../tenancy/table/api-keys.ts';
import { commit } from '../../../tenancy/table/commit.ts';
import { getMachineClient } from '../../../tenancy/table/machine-clients.ts';
import { getGateStop, setGateStop } from '../../../tenancy/table/switches.ts';
import { getUser, listUsers } from '../../../tenancy/table/users.ts';
import { isActiveAdmin } from '../../../tenancy/user.ts';
import { ADMIN, type Api, startApi } from '../api.fixture.ts';
import { addTenant, addUser, adminOf, tenantId, told } from '../people.fixture.ts';
import type { Principal } from '../principal.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await addTenant(api, 'acme');
  await addUser(api, 'acme', 'boss', { role: 'ADMIN' });
});
afterAll(() => api.close());

const acme = tenantId('acme');
const boss = adminOf('acme');
const USER = 'user { id status version }';
const codes = (payload: Record<string, unknown>) =>
  (payload['userErrors'] as { code: string }[]).map(({ code }) => code);
const disable = (id: string, by: Principal = boss, change = {}) =>
  api.change(
    by,
    'disableUser',
    { userId: `usr_acme:${id}`, expectedVersion: 1, reason: 'left', ...change },
    `${USER} revokedApiKeys`,
  );
const isEnabled = (id: string) => api.pool.accounts.get(id)?.enabled;

/** @returns the ids of so many live keys */
async function addKeys(ownerId: string, many: number): Promise<string[]> {
  const ids = Array.from({ length: many }, (_, n) => `${ownerId.padEnd(7, '0')}${String(n).padStart(3, '0')}`);
  const secrets = [{ sha256: 'a'.repeat(64), validUntil: api.now + 1e9 }];
  const rest = {
    tenantId: acme,
    ownerId,
    name: 'k',
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets,
    version: 1,
  } as const;
  for (const keyId of ids) await commit(apiKeyWrite(api.tables, { ...rest, keyId }));
  return ids;
}
const statesOf = async (ids: readonly string[]) =>
  new Set((await Promise.all(ids.map((id) => getApiKey(api.tables, acme, id)))).map((key) => key?.state));

const gateOf = (id: string) => getGateStop(api.tables, { tenantId: acme, subject: { kind: 'user', identityId: id } });

describe('the gate of a user', () => {
  it('is shut while the user is disabled: a token that is out lives for hours', async () => {
    await addUser(api, 'acme', 'gated');
    await disable('gated');
    expect(await gateOf('gated')).toMatchObject({ by: 'disabled', reason: 'left' });
    await api.change(boss, 'enableUser', { userId: 'usr_acme:gated', expectedVersion: 2 }, USER);
    expect(await gateOf('gated')).toBeNull();
  });

  it('keeps a kill switch that was thrown before', async () => {
    await addUser(api, 'acme', 'killed');
    const stop = { reason: 'spam', by: 'stf_admin', at: api.now };
    await setGateStop(api.tables, { tenantId: acme, subject: { kind: 'user', identityId: 'killed' } }, stop);
    await disable('killed');
    await api.change(boss, 'enableUser', { userId: 'usr_acme:killed', expectedVersion: 2 }, USER);
    expect(await gateOf('killed')).toEqual(stop);
  });
});

describe('disableUser', () => {
  it.each([0, 3, 95])('ends the sign-in and all of %i keys, and leaves those of others alone', async (many) => {
    const id = `owner${many}`;
    await addUser(api, 'acme', id);
    const others = await addKeys(`x${many}`, 2);
    const keys = await addKeys(id, many);
    const input = { idempotencyKey: id };
    const first = await disable(id, boss, input);
    expect(first).toMatchObject({ user: { status: 'DISABLED', version: 2 }, revokedApiKeys: many, userErrors: [] });
    expect([...(await statesOf(keys))]).toEqual(many > 0 ? ['REVOKED'] : []);
    expect([...(await statesOf(others))]).toEqual(['ACTIVE']);
    expect(isEnabled(id)).toBe(false);
    expect(await disable(id, boss, input)).toEqual({ ...first, replayed: true });
    expect(codes(await disable(id, boss, { expectedVersion: 2 }))).toEqual(['WRONG_STATE']);
  });

  it('tells which keys, why, and nothing of their secrets', async () => {
    await addUser(api, 'acme', 'quiet');
    const keys = await addKeys('quiet', 42);
    await disable('quiet');
    const entries = (await told(api, 'acme', 'disableUser')).filter(({ target }) => target.id === 'usr_acme:quiet');
    const named = entries.flatMap(({ changes }) => changes.filter(({ field }) => field === 'revokedApiKeys'));
    expect(named.flatMap(({ after }) => JSON.parse(after ?? '[]') as string[]).sort()).toEqual(keys);
    expect(entries.find(({ reason }) => reason === 'left')?.changes).toContainEqual({
      field: 'status',
      before: '"ACTIVE"',
      after: '"DISABLED"',
    });
    expect(JSON.stringify(entries)).not.toContain('a'.repeat(64));
  });

  it('ends the OAuth clients that the user made, and nobody else’s, unless they are to be kept', async () => {
    const make = async (by: Principal): Promise<string> => {
      const input = { tenantId: 'ten_acme', name: 'ci', scopes: ['usage:read'] };
      const made = await api.change(by, 'createMachineClient', input, 'machineClient { id }');
      return (made['machineClient'] as { id: string }).id.split(':')[1] ?? '';
    };
    for (const keepMachineClients of [false, true]) {
      const name = `maker-${keepMachineClients}`;
      await addUser(api, 'acme', name, { role: 'ADMIN' });
      const [own, other] = [await make(adminOf('acme', name)), await make(boss)];
      const payload = await api.change(
        boss,
        'disableUser',
        { userId: `usr_acme:${name}`, expectedVersion: 1, reason: 'left', keepMachineClients },
        'revokedMachineClients',
      );
      expect(payload).toMatchObject({ revokedMachineClients: keepMachineClients ? 0 : 1, userErrors: [] });
      const revoked = async (id: string) => (await getMachineClient(api.tables, acme, id))?.revokedAt !== undefined;
      expect([await revoked(own), await revoked(other)]).toEqual([!keepMachineClients, false]);
      expect([api.pool.clients.has(own), api.pool.clients.has(other)]).toEqual([keepMachineClients, true]);
    }
  });

  it('ends a key that was made while it ran', async () => {
    await addUser(api, 'acme', 'quick');
    let late: string[] = [];
    // The first reading of the keys is over when the transaction is sent; this one comes in between.
    const stack = api.tables.ledger.getDocumentClient().middlewareStack;
    stack.add(
      (next, context) => async (args) => {
        const name = (context as { commandName?: string }).commandName;
        if (name === 'TransactWriteItemsCommand' && late.length === 0 && isEnabled('quick') === false) {
          late = ['pending'];
          late = await addKeys('quick', 1);
        }
        return next(args);
      },
      { step: 'initialize', name: 'late-key' },
    );
    // By the platform, whose calls go through this client.
    expect(await disable('quick', ADMIN)).toMatchObject({ user: { status: 'DISABLED' }, revokedApiKeys: 1 });
    stack.remove('late-key');
    expect([...(await statesOf(late))]).toEqual(['REVOKED']);
  });

  it('must say why', async () => {
    await addUser(api, 'acme', 'why');
    for (const reason of ['', ' ', 'x'.repeat(501)])
      expect(codes(await disable('why', boss, { reason }))).toEqual(['INVALID']);
    expect([isEnabled('why'), (await getUser(api.tables, acme, 'why'))?.status]).toEqual([true, 'ACTIVE']);
  });

  it('of the last admin ends nothing before it is refused', async () => {
    const keys = await addKeys('boss', 41);
    const others = (await listUsers(api.tables, acme, { limit: 100 })).users.filter(isActiveAdmin);
    expect(others.map(({ id }) => id)).toEqual(['boss']);
    expect(codes(await disable('boss'))).toEqual(['LAST_ADMIN']);
    expect([...(await statesOf(keys)), isEnabled('boss')]).toEqual(['ACTIVE', true]);
  });

  it('of two admins by each other leaves one of them, who can sign in', async () => {
    for (let round = 0; round < 5; round++) {
      const slug = `pair-${round}`;
      await addTenant(api, slug);
      const ids = ['a', 'b'].map((name) => `${name}${round}`);
      for (const id of ids) await addUser(api, slug, id, { role: 'ADMIN' });
      await Promise.all(
        ids.map((id, n) => disable(id, adminOf(slug, ids[1 - n]), { userId: `usr_${slug}:${id}` }).catch(() => null)),
      );
      const rows = await Promise.all(ids.map((id) => getUser(api.tables, tenantId(slug), id)));
      expect(rows.map((row) => row?.status).sort()).toEqual(['ACTIVE', 'DISABLED']);
      expect(rows.map((row) => row?.status === 'ACTIVE')).toEqual(ids.map(isEnabled));
    }
  });
});

describe('enableUser', () => {
  const enable = (id: string, by: Principal, change = {}) =>
    api.change(by, 'enableUser', { userId: `usr_acme:${id}`, expectedVersion: 2, ...change }, USER);

  it('lets in again, but no key', async () => {
    await addUser(api, 'acme', 'back');
    const keys = await addKeys('back', 1);
    await disable('back');
    expect(await enable('back', boss)).toMatchObject({ user: { status: 'INVITED', version: 3 }, userErrors: [] });
    expect([...(await statesOf(keys)), isEnabled('back')]).toEqual(['REVOKED', true]);
    expect(codes(await enable('back', boss, { expectedVersion: 3 }))).toEqual(['WRONG_STATE']);
  });

  it('is no way back in by an old key of its request', async () => {
    await addUser(api, 'acme', 'twice');
    await disable('twice');
    await enable('twice', boss, { idempotencyKey: 'old' });
    await disable('twice', boss, { expectedVersion: 3 });
    expect(await enable('twice', boss, { idempotencyKey: 'old' })).toMatchObject({
      replayed: true,
      user: { status: 'DISABLED' },
    });
    expect(isEnabled('twice')).toBe(false);
  });

  it('of an admin is not for a tenant’s machine client', async () => {
    const robot: Principal = {
      kind: 'machine',
      id: 'robot',
      tenantId: acme,
      scopes: new Set(['users:write', 'users:read']),
    };
    await addUser(api, 'acme', 'second', { role: 'ADMIN' });
    await disable('second');
    expect(codes(await enable('second', robot))).toEqual(['BEYOND_OWN']);
    expect(isEnabled('second')).toBe(false);
    expect(codes(await enable('second', ADMIN))).toEqual([]);
  });

  it('opens the account of a disabling that died halfway', async () => {
    await addUser(api, 'acme', 'shut');
    await api.pool.port.disable('shut');
    expect(codes(await enable('shut', boss, { expectedVersion: 1 }))).toEqual(['WRONG_STATE']);
    expect(isEnabled('shut')).toBe(true);
  });
});
