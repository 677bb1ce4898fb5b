import { CONTROL_REGION, REGIONS } from '../tenancy/region.ts';
import type { FunctionEnvironment } from '../tenancy/table/function-environment.ts';
import type { TenantStores } from '../tenancy/table/tenant-items.ts';

/** Where everything of every tenant is. What has one address for all regions is one store, and is walked once. */
export function openStores({ tablesIn, endpoint }: Pick<FunctionEnvironment, 'tablesIn' | 'endpoint'>): TenantStores {
  const control = tablesIn(CONTROL_REGION);
  const others = endpoint('DYNAMODB') ? [] : REGIONS.filter((region) => region !== CONTROL_REGION);
  return { control, ledgers: [control, ...others.map((region) => tablesIn(region))] };
}
