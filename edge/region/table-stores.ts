import type { Region } from '../../tenancy/region.ts';
import { getApiKey } from '../../tenancy/table/api-keys.ts';
import { noteThreshold } from '../../tenancy/table/budget-thresholds.ts';
import { getGates, updateGate } from '../../tenancy/table/gates.ts';
import { listGrants } from '../../tenancy/table/grants.ts';
import { listLearntBetas, putLearntBeta } from '../../tenancy/table/learnt-betas.ts';
import { listLimitRules } from '../../tenancy/table/limit-rules.ts';
import { getModel, listModels } from '../../tenancy/table/models.ts';
import { getPassportKey } from '../../tenancy/table/passport-keys.ts';
import { listPrices } from '../../tenancy/table/prices.ts';
import { getProvisioningKey } from '../../tenancy/table/provisioning-keys.ts';
import { extendRequest, getRequest, openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import { countThrottled, listShareWindows, returnShare, takeShare } from '../../tenancy/table/shares.ts';
import { getSwitches, setCongested } from '../../tenancy/table/switches.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import { getUserUsage } from '../../tenancy/table/usage-sums.ts';
import { sameSettlement } from '../../tenancy/usage.ts';
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
    provisioningKey: (tenantId) => getProvisioningKey(tables, tenantId),
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
    settle: async (intent, settlement) => {
      const outcome = await settleRequest(tables, intent, settlement);
      if (outcome !== 'already_settled') return outcome;
      // Of an attempt whose answer was lost the next one finds the settlement there: it is this one.
      const stored = await getRequest(tables, intent.tenantId, intent.requestId);
      return stored?.settlement && sameSettlement(stored.settlement, settlement) ? 'settled' : outcome;
    },
    updateGate: (id, update) => updateGate(unretried, id, update),
    gates: (ids) => getGates(tables, ids),
    shareWindows: (model, before) => listShareWindows(tables, model, before),
    takeShare: (ask) => takeShare(unretried, ask),
    returnShare: (ask) => returnShare(unretried, ask),
    countThrottled: (ask, outcome) => countThrottled(unretried, ask, outcome),
    learntBetas: (model) => listLearntBetas(tables, region, model),
    keepLearntBeta: (model, beta, until) => putLearntBeta(tables, region, model, beta, until),
    setCongested: (model, until) => setCongested(unretried, model, until),
    userUsage: (tenantId, identityId, day) => getUserUsage(tables, tenantId, identityId, day),
    noteThreshold: once((event) => noteThreshold(tables, event)),
  };
}

/**
 * Past its first threshold every settlement of a budget reaches one: what this process has noted it need not note again.
 * There are at most a few for each gate and month.
 */
function once(note: Stores['noteThreshold']): Stores['noteThreshold'] {
  const noted = new Set<string>();
  return async (event) => {
    const { gate, percent, month, budget } = event;
    const name = JSON.stringify([gate, percent, month, String(budget)]);
    if (noted.has(name)) return 'known';
    const outcome = await note(event);
    noted.add(name);
    return outcome;
  };
}
