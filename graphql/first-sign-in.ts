import type { Tables } from '../tenancy/table/tables.ts';
import { getUser, putUser } from '../tenancy/table/users.ts';
import type { User } from '../tenancy/user.ts';

/** Two sign-ins at once, and an admin who edits the user meanwhile: more than that in a row is no accident. */
const ATTEMPTS = 5;

/**
 * Makes an invited user an active one; any other is left as it is. Safe to repeat.
 * @returns the user as it is then, which the caller has to judge anew: it may have been disabled meanwhile. Null: gone
 * @throws Error when the store cannot be reached, or others kept writing the user
 */
export async function activateInvited(tables: Tables, seen: User): Promise<User | null> {
  let user: User | null = seen;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (user?.status !== 'INVITED') return user;
    const active: User = { ...user, status: 'ACTIVE', version: user.version + 1 };
    if ((await putUser(tables, user, active)) === 'stored') return active;
    user = await getUser(tables, seen.tenantId, seen.id);
  }
  throw new Error(`user ${seen.id} could not be activated: others kept writing it`);
}
