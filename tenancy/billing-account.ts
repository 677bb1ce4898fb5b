import type { TenantId } from './tenant.ts';

/** Who a tenant is at the payment service. Times: ms epoch. */
export type BillingAccount = {
  readonly tenantId: TenantId;
  readonly provider: 'stripe';
  readonly customerId: string;
  readonly subscriptionId: string;
  /** The subscription bills what was used from here on: a day that ended before is an adjustment. */
  readonly startsAt: number;
  readonly createdAt: number;
};
