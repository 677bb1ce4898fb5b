import { expect, it } from 'vitest';
import { parseTenantId } from './tenant.ts';
import { activeAdminChange, leavesNoAdmin, type MachineClient, machineClientLiveness, type User } from './user.ts';

const acme = parseTenantId('acme')!;
const user = (id: string, change: Partial<User> = {}): User => ({
  tenantId: acme,
  id,
  email: `${id}@acme.example`,
  displayName: id,
  role: 'ADMIN',
  status: 'ACTIVE',
  invitedAt: 1,
  version: 1,
  ...change,
});

it.each<[string, User[], User, boolean]>([
  ['the only admin is demoted', [user('a')], user('a', { role: 'MEMBER' }), true],
  ['the only admin is disabled', [user('a')], user('a', { status: 'DISABLED' }), true],
  ['one of two is demoted', [user('a'), user('b')], user('a', { role: 'MEMBER' }), false],
  ['the other has not come yet', [user('a'), user('b', { status: 'INVITED' })], user('a', { role: 'MEMBER' }), true],
  ['the other is disabled', [user('a'), user('b', { status: 'DISABLED' })], user('a', { role: 'MEMBER' }), true],
  ['the other is a member', [user('a'), user('b', { role: 'MEMBER' })], user('a', { status: 'DISABLED' }), true],
  ['an invitation is withdrawn', [user('a', { status: 'INVITED' })], user('a', { status: 'DISABLED' }), false],
  ['a member is disabled', [user('a'), user('b', { role: 'MEMBER' })], user('b', { status: 'DISABLED' }), false],
  ['the only admin is renamed', [user('a')], user('a', { displayName: 'A' }), false],
  ['an admin is added', [], user('a'), false],
])('whether a tenant is left without an admin when %s', (_, users, change, left) =>
  expect(leavesNoAdmin(users, change)).toBe(left),
);

it('counts how many active admins a change makes or takes', () => {
  expect(activeAdminChange(null, user('a'))).toBe(1);
  expect(activeAdminChange(null, user('a', { status: 'INVITED' }))).toBe(0);
  expect(activeAdminChange(user('a'), user('a', { role: 'MEMBER' }))).toBe(-1);
  expect(activeAdminChange(user('a'), user('a', { displayName: 'b' }))).toBe(0);
});

it('a machine client lives from its making to its end, or until it is revoked', () => {
  const client: MachineClient = {
    clientId: 'c',
    tenantId: null,
    name: 'n',
    scopes: [],
    createdBy: 'u',
    expiresAt: 10,
    version: 1,
  };
  expect(machineClientLiveness(client, 9)).toBe('live');
  expect(machineClientLiveness(client, 10)).toBe('expired');
  expect(machineClientLiveness({ ...client, revokedAt: 5 }, 9)).toBe('revoked');
  expect(machineClientLiveness(null, 9)).toBe('unknown');
});
