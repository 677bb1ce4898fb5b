import type { TenantId } from './tenant.ts';
import { DAY_MS, isUtcDay, startOfDay } from './utc-day.ts';

/** What the control plane asks of billing, which alone speaks with the payment service. */
export const BILLING_COMMAND_KINDS = ['CREATE_CUSTOMER', 'FINAL_BILL', 'RERATE'] as const;
export type BillingCommandKind = (typeof BILLING_COMMAND_KINDS)[number];

/** PENDING until billing has carried it out, or cannot. A FAILED one is made PENDING again by whoever has mended why. */
export const BILLING_COMMAND_STATES = ['PENDING', 'DONE', 'FAILED'] as const;
export type BillingCommandState = (typeof BILLING_COMMAND_STATES)[number];

/** The first and the last day (UTC, `2026-11-22`), both included. */
export type CommandDays = { readonly from: string; readonly to: string };

/** What each kind is asked with. A RERATE: which days billing is to count and price again, and why, in the words of who asks. */
type Asked =
  | { readonly kind: Exclude<BillingCommandKind, 'RERATE'> }
  | { readonly kind: 'RERATE'; readonly days: CommandDays; readonly reason: string };

/** Times: ms epoch. */
export type BillingCommand = Asked & {
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

/** So many days one RERATE may have: two months, with whose days a correction is found too late. */
export const MAX_RERATED_DAYS = 62;

/** Why days cannot be counted again. `not_over`: the last of them has not ended. */
export type NoDays = 'no_day' | 'wrong_order' | 'too_many' | 'not_over';

/** Whether these days can be counted again; null when they can. @param now ms since the epoch */
export function whyNoDays({ from, to }: CommandDays, now: number): NoDays | null {
  if (!isUtcDay(from) || !isUtcDay(to)) return 'no_day';
  const [first, end] = [startOfDay(from), startOfDay(to) + DAY_MS];
  if (first >= end) return 'wrong_order';
  if (end - first > MAX_RERATED_DAYS * DAY_MS) return 'too_many';
  return end > now ? 'not_over' : null;
}

/** A worker that has not written for so long (ms) is dead: longer than the function may run, or two would be at one command. */
export const BILLING_LEASE_MS = 90_000;

const LONGEST_PAUSE_MS = 3_600_000;

/** How long (ms) a command waits whose try came to nothing. @param attempts so far, 1 or more */
export function billingPauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, 5_000 * 2 ** Math.min(20, attempts - 1));
}
