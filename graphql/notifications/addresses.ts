import type { Reader } from '../../tenancy/notification.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getUser, listUsers } from '../../tenancy/table/users.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { User } from '../../tenancy/user.ts';
import type { FindAddresses } from './tell.ts';

const PAGE = 100;

/**
 * Finds addresses in the users' rows. Who is disabled is told nothing; what would reach nobody goes to the platform.
 * @param tables of the control region: nobody's address is anywhere else
 * @param operations reads what has no reader of its own
 */
export function findAddressesIn(tables: Tables, operations: string): FindAddresses {
  return async (tenantId, readers) => {
    const found = await Promise.all(readers.map((reader) => usersOf(tables, tenantId, reader)));
    const addresses = found.flat().flatMap(({ status, email }) => (status === 'DISABLED' ? [] : [email]));
    return addresses.length > 0 ? addresses : [operations];
  };
}

async function usersOf(tables: Tables, tenantId: TenantId, reader: Reader): Promise<User[]> {
  if (reader.kind === 'user') {
    const user = await getUser(tables, tenantId, reader.identityId);
    return user ? [user] : [];
  }
  const admins: User[] = [];
  let after: string | undefined;
  do {
    const { users, next } = await listUsers(tables, tenantId, {
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    admins.push(...users.filter(({ role }) => role === 'ADMIN'));
    after = next?.after;
  } while (after !== undefined);
  return admins;
}
