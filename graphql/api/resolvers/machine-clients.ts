import { listMachineClientPage } from '../../../tenancy/table/machine-clients.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { machineClientNodeId } from '../ids.ts';
import type { Resolvers } from '../resolver-types.ts';

/** Machine clients as they are read. Their secrets are kept nowhere. */
export const machineClientResolvers = {
  Query: {
    async machineClients(_, args, { access }) {
      const page = readPageArgs(args);
      const tables = access.platform();
      return tables ? toConnection(await listMachineClientPage(tables, null, page)) : NO_ITEMS;
    },
  },
  Tenant: {
    async machineClients({ id }, args, { access }) {
      const page = readPageArgs(args);
      const reach = await access.tenant(id);
      return reach?.self === null ? toConnection(await listMachineClientPage(reach.tables, id, page)) : NO_ITEMS;
    },
  },
  MachineClient: {
    id: ({ tenantId, clientId }) => machineClientNodeId(tenantId, clientId),
    scopes: ({ scopes }) => [...scopes],
    revokedAt: ({ revokedAt }) => revokedAt ?? null,
  },
} satisfies Resolvers;
