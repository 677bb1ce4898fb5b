import { type BillingDay, isSettled } from '../../tenancy/billing-day.ts';
import type { Access } from './access.ts';
import type { Connection } from './connection.ts';

/** A page of all tenants' day. */
export type BillingBoard = Connection<BillingDay> & { readonly day: string };

/**
 * Whether a caller who reaches a day's tenant may see the day. What is not billed yet may still be wrong, and no customer
 * shall pay by it or plan by it; staff who look with a tenant's eyes see what the tenant sees.
 */
export function maySeeBillingDay(day: BillingDay, access: Access): boolean {
  return access.platform() !== null || isSettled(day);
}
