import type { TenantId } from '../tenancy/tenant.ts';

/** Thrown when somebody else writes the same day: nobody may go on with what he read of it. */
export class DayChanged extends Error {}

export function changed(tenantId: TenantId, date: string): never {
  throw new DayChanged(`${tenantId} ${date} was changed by somebody else`);
}
