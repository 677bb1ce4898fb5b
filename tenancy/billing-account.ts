import type { TenantId } from './tenant.ts';

/** Who a tenant is at the payment service. Times: ms epoch. */
export type BillingAccount = {
  readonly tenantId: TenantId;
  readonly provider: 'stripe';
  readonly customerId: string;
  readonly subscriptionId: string;
  /** The subscription bills what was used from here on: a day that ended before is an adjustment. */
  readonly startsAt: number;
  /** When the subscription ended: the tenant was closed, and its last month was invoiced. */
  readonly endedAt?: number;
  readonly createdAt: number;
};
