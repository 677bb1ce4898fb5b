import type { TenantId } from './tenant.ts';

/** What the control plane asks of billing, which alone speaks with the payment service. */
export const BILLING_COMMAND_KINDS = ['CREATE_CUSTOMER', 'FINAL_BILL'] as const;
export type BillingCommandKind = (typeof BILLING_COMMAND_KINDS)[number];

/** PENDING until billing has carried it out, or cannot. A FAILED one is made PENDING again by whoever has mended why. */
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
  /** How often billing has taken it up; absent before the first time. */
  readonly attempts?: number;
  /** When it was first taken up: from then on something may stand at the payment service whose answer was lost. */
  readonly firstTriedAt?: number;
  /** How often it was told to go on after it had failed. */
  readonly resumed?: number;
  /** What came of it, or why it waits or failed and what to do, for people. */
  readonly detail?: string;
  readonly finishedAt?: number;
};

/** A worker that has not written for so long (ms) is dead: longer than the function may run, or two would be at one command. */
export const BILLING_LEASE_MS = 90_000;

const LONGEST_PAUSE_MS = 3_600_000;

/** How long (ms) a command waits whose try came to nothing. @param attempts so far, 1 or more */
export function billingPauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, 5_000 * 2 ** Math.min(20, attempts - 1));
}
