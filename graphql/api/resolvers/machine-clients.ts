import { listMachineClients } from '../../../tenancy/table/machine-clients.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { machineClientNodeId } from '../ids.ts';
import type { Resolvers } from '../resolver-types.ts';

/** Machine clients as they are read. Their secrets are kept nowhere. */
export const machineClientResolvers = {
  Tenant: {
    async machineClients({ id }, args, { access }) {
      const { limit, after = '' } = readPageArgs(args);
      const reach = await access.tenant(id);
      if (reach?.self !== null) return NO_ITEMS;
      const all = await listMachineClients(reach.tables, id);
      const rest = all.filter(({ clientId }) => clientId > after);
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return toConnection({ items, ...(last && rest.length > limit ? { next: last.clientId } : {}) });
    },
  },
  MachineClient: {
    // One of the platform's own belongs to no tenant, and is reached by none of the API's ways.
    id: ({ tenantId, clientId }) => (tenantId === null ? clientId : machineClientNodeId(tenantId, clientId)),
    scopes: ({ scopes }) => [...scopes],
    revokedAt: ({ revokedAt }) => revokedAt ?? null,
  },
} satisfies Resolvers;
