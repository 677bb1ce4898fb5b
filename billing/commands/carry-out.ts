import { type BillingCommand, billingPauseMs } from '../../tenancy/billing-command.ts';
import { getBillingAccount, keepBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import {
  type BillingCommandId,
  claimBillingCommand,
  finishBillingCommand,
  postponeBillingCommand,
} from '../../tenancy/table/billing-commands.ts';
import { getOperation } from '../../tenancy/table/operations.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import type { Payment } from '../payment.ts';

/** One line for the log: ids and reasons, never a person's address. */
export type CommandLine = {
  readonly event: 'billing_command_failed' | 'billing_command_stuck' | 'billing_command_lost' | 'billing_image_damaged';
  readonly command: string;
  readonly tenant?: string;
  readonly why?: string;
};

export type CommandDeps = {
  /** Those of the control region, where commands are. */
  readonly tables: Tables;
  readonly payment: Pick<Payment, 'createCustomer'>;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly log: (line: CommandLine) => void;
};

/** What came of one try. `again`: it came to nothing, and comes again after a pause, of `afterMs` at least. `wait`: until `at` (ms epoch) there is nothing to do. */
type Outcome =
  | { readonly outcome: 'done' | 'failed'; readonly detail: string }
  | { readonly outcome: 'again'; readonly detail: string; readonly afterMs?: number }
  | { readonly outcome: 'wait'; readonly detail: string; readonly at: number };

/** So many tries to no end are somebody's to look at; the command goes on nevertheless. */
const STUCK_AFTER = 8;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * Takes a command up, if it is due and nobody else has it, and carries it out as far as it goes. Each part of it may have
 * been done before.
 * @throws when the tables cannot be reached: the lease ends by itself, and what was done is found again
 */
export async function carryOut(deps: CommandDeps, id: BillingCommandId): Promise<void> {
  const { tables, now, log } = deps;
  const command = await claimBillingCommand(tables, id, now());
  if (!command) return;
  const { attempts = 1 } = command;
  const line = { command: command.id, tenant: command.tenantId };
  const result = await run(deps, command);
  switch (result.outcome) {
    case 'wait':
      return void (await postponeBillingCommand(tables, command, result.detail, result.at));
    case 'again': {
      const pause = Math.max(billingPauseMs(attempts), result.afterMs ?? 0);
      await postponeBillingCommand(tables, command, result.detail, now() + pause);
      if (attempts >= STUCK_AFTER) log({ event: 'billing_command_stuck', ...line, why: result.detail });
      return;
    }
    case 'done':
    case 'failed': {
      const state = result.outcome === 'done' ? 'DONE' : 'FAILED';
      await finishBillingCommand(tables, command, { state, detail: result.detail }, now());
      if (state === 'FAILED') log({ event: 'billing_command_failed', ...line, why: result.detail });
      return;
    }
  }
}

function run(deps: CommandDeps, command: BillingCommand): Promise<Outcome> {
  switch (command.kind) {
    case 'CREATE_CUSTOMER':
      return createCustomer(deps, command);
    case 'FINAL_BILL':
      // The last bill is that of the period in which the tenant closed, which ends by the clock.
      return Promise.resolve({ outcome: 'wait', detail: 'waits for the period to close', at: deps.now() + DAY_MS });
    case 'RERATE':
      return Promise.resolve({
        outcome: 'wait',
        detail: 'waits for a run that counts its days again',
        at: deps.now() + HOUR_MS,
      });
  }
}

async function createCustomer({ tables, payment, now }: CommandDeps, command: BillingCommand): Promise<Outcome> {
  const { tenantId, attempts = 1, firstTriedAt, resumed = 0 } = command;
  const known = await getBillingAccount(tables, tenantId);
  if (known) return { outcome: 'done', detail: `customer ${known.customerId}` };
  const tenant = await getTenant(tables, tenantId);
  if (!tenant) return { outcome: 'failed', detail: `there is no tenant ${tenantId} any more; nothing is left to do` };
  const email = await adminsEmail(tables, command);
  const made = await payment.createCustomer({
    tenantId,
    name: tenant.name,
    // What was refused once may have been remembered under its name.
    commandId: resumed === 0 ? command.id : `${command.id}:${resumed}`,
    ...(email === undefined ? {} : { email }),
    ...(attempts > 1 && firstTriedAt !== undefined ? { triedSince: firstTriedAt } : {}),
  });
  switch (made.outcome) {
    case 'accepted': {
      const { outcome: _, ...ids } = made;
      const kept = await keepBillingAccount(tables, { tenantId, provider: 'stripe', ...ids, createdAt: now() });
      return { outcome: 'done', detail: `customer ${kept.customerId}` };
    }
    case 'unclear':
      return { outcome: 'again', detail: `no clear answer of the payment service: ${made.why}` };
    case 'busy':
      return {
        outcome: 'again',
        detail: `the payment service is busy: ${made.why}`,
        ...(made.afterMs === undefined ? {} : { afterMs: made.afterMs }),
      };
    case 'refused':
      return { outcome: 'failed', detail: `the payment service refused: ${made.why}. ${WAY_OUT[made.reason]}` };
  }
}

const WAY_OUT = {
  credentials: 'Give billing a valid STRIPE_API_KEY, then retry',
  missing: 'See what is missing at the payment service, then retry',
  conflict: 'Retry: it is sent under a new name',
  invalid: 'Mend the tenant’s data or its admin’s address, then retry',
} as const;

/** A command has the id of the operation that asks for it, whose input says who is told of invoices. */
async function adminsEmail(tables: Tables, command: BillingCommand): Promise<string | undefined> {
  const operation = await getOperation(tables, command);
  return operation?.kind === 'ONBOARD' ? operation.input.adminEmail : undefined;
}
