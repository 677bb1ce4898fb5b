import type { ApiKey } from '../../../tenancy/api-key.ts';
import { apiKeyRevocation, listApiKeys } from '../../../tenancy/table/api-keys.ts';
import { commit } from '../../../tenancy/table/commit.ts';
import { listMachineClients, putMachineClient } from '../../../tenancy/table/machine-clients.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import { disableForGood, listUsers } from '../../../tenancy/table/users.ts';
import { listViewAs, viewAsEnding } from '../../../tenancy/table/view-as.ts';
import type { TenantId } from '../../../tenancy/tenant.ts';
import type { UserPool } from '../../api/context.ts';

export type RevokeDeps = {
  readonly tables: Tables;
  readonly userPool: Pick<UserPool, 'disable' | 'deleteMachineClient'>;
  readonly now: () => number;
};

/** How much was ended; `complete`: false when the time was over before all was. */
export type Revoked = { readonly ended: number; readonly complete: boolean };

const PAGE = 100;
export const CLOSED_REASON = 'the tenant is being closed';

/**
 * Ends every credential of a tenant, and deletes none: what is only gone could be written anew by somebody who read it
 * before. What is ended already is passed over, so that each call goes on where the one before it stopped.
 * @param until ms epoch
 */
export async function revokeAll(deps: RevokeDeps, tenantId: TenantId, until: number): Promise<Revoked> {
  let ended = 0;
  for (const kind of [keys, users, machineClients, looks]) {
    for await (const end of kind(deps, tenantId)) {
      if (deps.now() >= until) return { ended, complete: false };
      await end();
      ended += 1;
    }
  }
  return { ended, complete: true };
}

/** What is to be ended, one after the other. */
type Endings = AsyncGenerator<() => Promise<unknown>>;

async function* keys({ tables }: RevokeDeps, tenantId: TenantId): Endings {
  let after: string | undefined;
  do {
    const page: { readonly items: readonly ApiKey[]; readonly next?: string } = await listApiKeys(tables, tenantId, {
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const one of page.items) {
      if (one.state === 'REVOKED') continue;
      yield async () => {
        const { outcome } = await commit([apiKeyRevocation(tables, one, CLOSED_REASON)]);
        if (outcome === 'busy') throw new Error('somebody changes a key at this moment');
      };
    }
    after = page.next;
  } while (after !== undefined);
}

async function* users({ tables, userPool }: RevokeDeps, tenantId: TenantId): Endings {
  for (let after: string | undefined, more = true; more; ) {
    const page = await listUsers(tables, tenantId, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const user of page.users) {
      if (user.status === 'DISABLED') continue;
      yield async () => {
        // The row last: it says that the account's sign-ins have ended too.
        await userPool.disable(user.id);
        await disableForGood(tables, user);
      };
    }
    after = page.next?.after;
    more = page.next !== null;
  }
}

async function* machineClients({ tables, userPool, now }: RevokeDeps, tenantId: TenantId): Endings {
  for (const client of await listMachineClients(tables, tenantId)) {
    if (client.revokedAt !== undefined) continue;
    yield async () => {
      await userPool.deleteMachineClient(client.clientId);
      const stored = await putMachineClient(tables, { ...client, revokedAt: now(), version: client.version + 1 });
      if (stored === 'conflict') throw new Error('somebody changes a machine client at this moment');
    };
  }
}

async function* looks({ tables, now }: RevokeDeps, tenantId: TenantId): Endings {
  for (const session of await listViewAs(tables, tenantId)) {
    if (session.expiresAt > now()) yield () => commit([viewAsEnding(tables, session, now())]);
  }
}
