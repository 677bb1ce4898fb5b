import { getApiKey } from '../../tenancy/table/api-keys.ts';
import { noteThreshold } from '../../tenancy/table/budget-thresholds.ts';
import { getGates, updateGate } from '../../tenancy/table/gates.ts';
import { listGrants } from '../../tenancy/table/grants.ts';
import { listLimitRules } from '../../tenancy/table/limit-rules.ts';
import { getModel, listModels } from '../../tenancy/table/models.ts';
import { getPassportKey } from '../../tenancy/table/passport-keys.ts';
import { listPrices } from '../../tenancy/table/prices.ts';
import { extendRequest, openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import { countThrottled, listShareWindows, returnShare, takeShare } from '../../tenancy/table/shares.ts';
import { getSwitches, setCongested } from '../../tenancy/table/switches.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import type { Stores } from './stores.ts';

/**
 * The stores over the tables.
 * @param tables over a client that tries again @param unretried over one that never does, for what must happen once
 */
export function tableStores(tables: Tables, unretried: Tables): Stores {
  return {
    passportKey: (kid) => getPassportKey(tables, kid),
    tenant: (id) => getTenant(tables, id),
    apiKey: (tenantId, keyId) => getApiKey(tables, tenantId, keyId),
    switches: () => getSwitches(tables),
    model: async (name) => {
      const model = await getModel(tables, name);
      return model && { model, prices: await listPrices(tables, model.id) };
    },
    models: () => listModels(tables),
    rules: async (tenantId, subjects) => {
      const [grants, limits] = await Promise.all([
        listGrants(tables, tenantId, subjects),
        listLimitRules(tables, tenantId, subjects),
      ]);
      return { grants, limits };
    },
    open: (intent) => openRequest(unretried, intent),
    extend: (intent, more, now) => extendRequest(unretried, intent, more, now),
    settle: (intent, settlement) => settleRequest(tables, intent, settlement),
    updateGate: (id, update) => updateGate(unretried, id, update),
    gates: (ids) => getGates(tables, ids),
    shareWindows: (model, before) => listShareWindows(tables, model, before),
    takeShare: (ask) => takeShare(unretried, ask),
    returnShare: (ask) => returnShare(unretried, ask),
    countThrottled: (ask, outcome) => countThrottled(unretried, ask, outcome),
    setCongested: (model, until) => setCongested(unretried, model, until),
    noteThreshold: (event) => noteThreshold(tables, event),
  };
}
