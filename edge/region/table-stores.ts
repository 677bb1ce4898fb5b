import type { Region } from '../../tenancy/region.ts';
import { getApiKey } from '../../tenancy/table/api-keys.ts';
import { noteThreshold } from '../../tenancy/table/budget-thresholds.ts';
import { getGates, updateGate } from '../../tenancy/table/gates.ts';
import { listGrants } from '../../tenancy/table/grants.ts';
import { listLearntBetas, putLearntBetas } from '../../tenancy/table/learnt-betas.ts';
import { listLimitRules } from '../../tenancy/table/limit-rules.ts';
import { getModel, listModels } from '../../tenancy/table/models.ts';
import { getPassportKey } from '../../tenancy/table/passport-keys.ts';
import { listPrices } from '../../tenancy/table/prices.ts';
import { extendRequest, openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import { getUserUsage } from '../../tenancy/table/rollups.ts';
import { countServed, getShareWindow, takeShare } from '../../tenancy/table/shares.ts';
import { getSwitches, setCongested } from '../../tenancy/table/switches.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import type { Stores } from './stores.ts';

/**
 * The stores over the tables.
 * @param tables over a client that tries again @param unretried over one that never does, for what must happen once
 */
export function tableStores(tables: Tables, unretried: Tables, region: Region): Stores {
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
    learntBetas: (model) => listLearntBetas(tables, region, model),
    keepLearntBetas: (model, betas, until) => putLearntBetas(tables, region, model, betas, until),
    shareWindow: (model, window) => getShareWindow(tables, model, window),
    takeShare: (...asked) => takeShare(unretried, ...asked),
    countServed: (...told) => countServed(unretried, ...told),
    setCongested: (model, until) => setCongested(unretried, model, until),
    userUsage: (tenantId, identityId, day) => getUserUsage(tables, tenantId, identityId, day),
    noteThreshold: (event) => noteThreshold(tables, event),
  };
}
