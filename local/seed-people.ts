import { randomBytes } from 'node:crypto';
import { randomBase62 } from '../tenancy/api-key.ts';
import { putMachineClient } from '../tenancy/table/machine-clients.ts';
import { putStaff } from '../tenancy/table/staff.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import { putUser } from '../tenancy/table/users.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { SCOPES, type Scope, type StaffRole, type UserRole } from '../tenancy/user.ts';
import type { Clients } from './issuer/clients.ts';
import type { UserDirectory } from './issuer/users.ts';

/** The scope of the pool's resource server that machines sign in with. */
export const MACHINE_SCOPE = 'agent-runner/manage';
const DAY_MS = 86_400_000;

export type SignIn = { readonly username: string; readonly password: string };
/** `id`: the `sub`, under which our row of the person stands. */
export type SeededPerson = SignIn & { readonly id: string };
export type MachineSignIn = { readonly clientId: string; readonly secret: string };

/** Where people and machines are made: the pool that they sign in to, and our own rows of them. */
export type People = {
  readonly tables: Tables;
  readonly users: UserDirectory;
  readonly clients: Clients;
  /** ms epoch */
  readonly now: number;
};

/** Someone who can sign in at once, with a row of ours: `<name>@<tenant>.example`. */
export async function seedUser(
  { tables, users, now }: People,
  tenantId: TenantId,
  { name, displayName, role }: { readonly name: string; readonly displayName: string; readonly role: UserRole },
): Promise<SeededPerson> {
  const email = `${name}@${tenantId}.example`;
  const made = await signUp(users, email, { 'custom:tenant_id': tenantId });
  const row = {
    tenantId,
    id: made.id,
    email,
    displayName,
    role,
    status: 'ACTIVE',
    invitedAt: now,
    version: 1,
  } as const;
  const outcome = await putUser(tables, null, row);
  if (outcome !== 'stored') throw new Error(`seed: ${email} has a row already (${outcome})`);
  return made;
}

/** One of the platform's own: of no tenant, so without the attribute that every tenant's user has. */
export async function seedStaff({ tables, users }: People, name: string, role: StaffRole): Promise<SeededPerson> {
  const email = `${name}@agent-runner.example`;
  const made = await signUp(users, email, {});
  const row = { id: made.id, email, displayName: `Platform ${name}`, role, status: 'ACTIVE', version: 1 } as const;
  if ((await putStaff(tables, row)) !== 'stored') throw new Error(`seed: ${email} has a row already`);
  return made;
}

/** What a machine may do: read all there is, or everything that a machine may. */
const MACHINE_SCOPES = {
  reader: SCOPES.filter((scope) => scope.endsWith(':read')),
  automation: SCOPES,
} as const satisfies Record<string, readonly Scope[]>;

/** A machine of a tenant or with `null` of the platform. */
export async function seedMachine(
  { tables, clients, now }: People,
  tenantId: TenantId | null,
  kind: keyof typeof MACHINE_SCOPES,
  createdBy: string,
): Promise<MachineSignIn> {
  const name = `${tenantId ?? 'platform'} ${kind}`;
  const grants = ['client_credentials'] as const;
  const { id: clientId, secret = '' } = clients.create({ name, grants, scopes: [MACHINE_SCOPE], withSecret: true });
  const scopes: Scope[] = [...MACHINE_SCOPES[kind]];
  const row = { clientId, tenantId, name, scopes, createdBy, expiresAt: now + 365 * DAY_MS, version: 1 };
  if ((await putMachineClient(tables, row)) !== 'stored') throw new Error(`seed: client ${clientId} has a row already`);
  return { clientId, secret };
}

async function signUp(
  users: UserDirectory,
  username: string,
  attributes: Record<string, string>,
): Promise<SeededPerson> {
  const password = `Aa1-${randomBase62(randomBytes(48), 16)}`;
  const user = await users.create({
    username,
    password,
    permanent: true,
    attributes: { email: username, email_verified: 'true', ...attributes },
  });
  if (!user) throw new Error(`seed: ${username} exists already`);
  return { username, password, id: user.sub };
}
