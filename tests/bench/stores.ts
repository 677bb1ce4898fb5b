import { createHash } from 'node:crypto';
import type { Stores } from '../../edge/region/stores.ts';
import type { ApiKey } from '../../tenancy/api-key.ts';
import type { Caller } from '../../tenancy/caller.ts';
import { STARTING_CATALOGUE } from '../../tenancy/catalogue.ts';
import { applyUpdate, NEW_GATE } from '../../tenancy/gate.ts';
import type { Grant } from '../../tenancy/grant.ts';
import type { Model } from '../../tenancy/model.ts';
import { startingPrices } from '../../tenancy/price-list.ts';
import { NO_SWITCHES } from '../../tenancy/switches.ts';
import { putApiKey } from '../../tenancy/table/api-keys.ts';
import { putGrant } from '../../tenancy/table/grants.ts';
import { putModel } from '../../tenancy/table/models.ts';
import { type PassportKey, putPassportKey } from '../../tenancy/table/passport-keys.ts';
import { putPrice } from '../../tenancy/table/prices.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { putTenant } from '../../tenancy/table/tenants.ts';
import { parseTenantId, type Tenant, type TenantId } from '../../tenancy/tenant.ts';

/** One tenant with one key and one grant: as little as lets a request through every gate. */
const TENANT_ID = parseTenantId('acme') as TenantId;
const KEY_ID = 'bench00001';
export const KEY_SHA256 = createHash('sha256').update('bench').digest('hex');
export const MODEL = 'claude-sonnet-4-5';
export const REGION = 'eu-central-1';
export const CALLER: Caller = {
  tenantId: TENANT_ID,
  identityId: `key_${KEY_ID}`,
  callerType: 'api_key',
  keyId: KEY_ID,
};

const TENANT: Tenant = {
  id: TENANT_ID,
  name: 'Acme Corporation',
  status: 'ACTIVE',
  tier: 'PREMIUM',
  homeRegion: REGION,
  allowedRegions: [REGION],
  residency: 'geo',
  version: 1,
};
const API_KEY: ApiKey = {
  tenantId: TENANT_ID,
  keyId: KEY_ID,
  name: 'bench',
  ownerId: 'usr_bench',
  ownerDisabled: false,
  state: 'ACTIVE',
  secrets: [{ sha256: KEY_SHA256, validUntil: Date.UTC(2100) }],
  version: 1,
};
const GRANT: Grant = {
  id: 'grt_everything',
  tenantId: TENANT_ID,
  subject: { kind: 'tenant' },
  model: '*',
  regions: '*',
  effect: 'allow',
  byPlatform: true,
};

function catalogueModel(name: string): Model | null {
  return STARTING_CATALOGUE.find(({ id }) => id === name) ?? null;
}

/** Stores that answer at once and keep nothing: what is left is the proxy's own work. */
export function memoryStores(passportKey: PassportKey): Stores {
  return {
    passportKey: async (kid) => (kid === passportKey.kid ? passportKey : null),
    tenant: async () => TENANT,
    apiKey: async () => API_KEY,
    provisioningKey: async () => null,
    switches: async () => NO_SWITCHES,
    model: async (name) => {
      const model = catalogueModel(name);
      return model && { model, prices: startingPrices(model.id) };
    },
    models: async () => STARTING_CATALOGUE,
    rules: async () => ({ grants: [GRANT], limits: [] }),
    open: async () => 'opened',
    extend: async () => 'extended',
    settle: async () => 'settled',
    updateGate: async (_, update) => ({ outcome: 'done', gate: applyUpdate(NEW_GATE, update) ?? NEW_GATE }),
    gates: async (ids) => ids.map(() => NEW_GATE),
    shareWindows: async () => [],
    learntBetas: async () => new Map(),
    keepLearntBeta: async () => {},
    takeShare: async () => 'given',
    returnShare: async () => {},
    countThrottled: async () => {},
    setCongested: async () => {},
    userUsage: async () => ({ day: [], month: [], countedAt: null }),
    noteThreshold: async () => 'noted',
  };
}

/** Writes the same tenant into real tables. */
export async function fillTables(tables: Tables, passportKey: PassportKey): Promise<void> {
  const model = catalogueModel(MODEL);
  if (model) await putModel(tables, model);
  for (const price of startingPrices(MODEL)) await putPrice(tables, price);
  await putTenant(tables, TENANT);
  await putApiKey(tables, API_KEY);
  await putGrant(tables, GRANT);
  await putPassportKey(tables, passportKey);
}
