import { getApiKey } from '../../tenancy/table/api-keys.ts';
import { listGrants } from '../../tenancy/table/grants.ts';
import { getModel } from '../../tenancy/table/models.ts';
import { getPassportKey } from '../../tenancy/table/passport-keys.ts';
import { openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import type { Stores } from './stores.ts';

/** The stores over the tables. `once` are the same tables behind a client that never tries again. */
export function tableStores(tables: Tables, once: Tables): Stores {
  return {
    passportKey: (kid) => getPassportKey(tables, kid),
    tenant: (id) => getTenant(tables, id),
    apiKey: (tenantId, keyId) => getApiKey(tables, tenantId, keyId),
    model: (name) => getModel(tables, name),
    grants: (tenantId, subjects) => listGrants(tables, tenantId, subjects),
    open: (intent) => openRequest(once, intent),
    settle: (intent, settlement) => settleRequest(tables, intent, settlement),
  };
}
