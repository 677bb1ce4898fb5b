import { type GrantSubject, grantSubjects } from '../../tenancy/grant.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { AdmitDeps } from './admit.ts';
import { keep } from './kept.ts';
import type { Stores } from './stores.ts';

/** Staff change a model's translation or a price without a deploy, and see it within this time, in ms. */
const MODEL_LIFE_MS = 30_000;
/** A tenant's row and its rules may reach another region in either order: rules are read again after this time, in ms. */
const RULES_LIFE_MS = 60_000;

/**
 * The directory's slow-moving parts, read once for many requests. A tenant's rules are kept under the version that
 * stands in its row, which is read with every request: a grant taken away is gone for the next one.
 */
export function keepDirectory(
  stores: Pick<Stores, 'model' | 'models' | 'rules'>,
): Pick<AdmitDeps, 'model' | 'models' | 'rules'> {
  const rules = keep(
    (tenantId: TenantId, subjects: readonly GrantSubject[], _version: number) => stores.rules(tenantId, subjects),
    RULES_LIFE_MS,
  );
  return {
    model: keep(stores.model, MODEL_LIFE_MS),
    models: keep(stores.models, MODEL_LIFE_MS),
    rules: (now, tenant, caller) => rules(now, tenant.id, grantSubjects(caller), tenant.rulesVersion ?? 0),
  };
}
