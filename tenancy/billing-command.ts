import type { TenantId } from './tenant.ts';

/** What the control plane asks of billing, which alone speaks with the payment service. */
export const BILLING_COMMAND_KINDS = ['CREATE_CUSTOMER', 'FINAL_BILL'] as const;
export type BillingCommandKind = (typeof BILLING_COMMAND_KINDS)[number];

/** PENDING until billing has carried it out. */
export const BILLING_COMMAND_STATES = ['PENDING', 'DONE', 'FAILED'] as const;
export type BillingCommandState = (typeof BILLING_COMMAND_STATES)[number];

/** Times: ms epoch. */
export type BillingCommand = {
  /** That of the operation that asks for it: asked twice, it is one command. As text, ids are in the order of their times. */
  readonly id: string;
  readonly tenantId: TenantId;
  readonly kind: BillingCommandKind;
  readonly state: BillingCommandState;
  readonly requestedAt: number;
  readonly requestedBy: string;
};
