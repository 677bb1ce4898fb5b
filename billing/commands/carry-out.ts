import { type BillingCommand, billingPauseMs } from '../../tenancy/billing-command.ts';
import { isPeriodUnfinished } from '../../tenancy/billing-period.ts';
import { endBillingAccount, getBillingAccount, keepBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import {
  type BillingCommandId,
  claimBillingCommand,
  finishBillingCommand,
  postponeBillingCommand,
} from '../../tenancy/table/billing-commands.ts';
import { askForDayRun, listDayRuns } from '../../tenancy/table/billing-day-runs.ts';
import { listBillingPeriods } from '../../tenancy/table/billing-periods.ts';
import { getOperation } from '../../tenancy/table/operations.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import { dayOf, daysBetween, monthOf } from '../../tenancy/utc-day.ts';
import type { NotDone, Payment } from '../payment.ts';

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
  readonly payment: Pick<Payment, 'createCustomer' | 'endSubscription'>;
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
      return billForTheLastTime(deps, command);
    case 'RERATE':
      return rerate(deps, command);
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
  if (made.outcome !== 'accepted') return notDone(made);
  const { outcome: _, ...ids } = made;
  const kept = await keepBillingAccount(tables, { tenantId, provider: 'stripe', ...ids, createdAt: now() });
  return { outcome: 'done', detail: `customer ${kept.customerId}` };
}

function notDone(answer: NotDone): Outcome {
  switch (answer.outcome) {
    case 'unclear':
      return { outcome: 'again', detail: `no clear answer of the payment service: ${answer.why}` };
    case 'busy':
      return {
        outcome: 'again',
        detail: `the payment service is busy: ${answer.why}`,
        ...(answer.afterMs === undefined ? {} : { afterMs: answer.afterMs }),
      };
    case 'refused':
      return { outcome: 'failed', detail: `the payment service refused: ${answer.why}. ${WAY_OUT[answer.reason]}` };
  }
}

/** A tenant that is closed drains for some minutes: what it used then may be of the next month. */
const DRAIN_MS = HOUR_MS;
const LOOK_AGAIN_MS = 6 * HOUR_MS;

/**
 * The last bill is that of the month in which the tenant was closed, as all others: with its close. Then its subscription
 * ends, which would bill empty months for ever.
 */
async function billForTheLastTime(
  { tables, payment, now }: CommandDeps,
  { tenantId, requestedAt }: BillingCommand,
): Promise<Outcome> {
  const account = await getBillingAccount(tables, tenantId);
  if (!account) return { outcome: 'done', detail: 'it never had a customer: there is nothing to bill' };
  if (account.endedAt === undefined) {
    const last = monthOf(dayOf(requestedAt + DRAIN_MS));
    const months = (await listBillingPeriods(tables, tenantId)).filter(({ month }) => month <= last);
    const waiting = months.filter(isPeriodUnfinished).map(({ month }) => month);
    if (!months.some(({ month }) => month === last)) waiting.push(last);
    if (waiting.length > 0) {
      const detail = `waits until its last months are closed and invoiced: ${waiting.join(', ')}`;
      return { outcome: 'wait', detail, at: now() + LOOK_AGAIN_MS };
    }
    const ended = await payment.endSubscription(account.subscriptionId);
    if (ended.outcome === 'unclear' || ended.outcome === 'busy' || ended.outcome === 'refused') return notDone(ended);
    await endBillingAccount(tables, tenantId, now());
  }
  return { outcome: 'done', detail: 'its last month is invoiced, and its subscription has ended' };
}

const RERATE_LOOK_MS = 15 * 60_000;

/** The job counts days for all tenants at once: it is asked for these, and this waits until they were run. */
async function rerate(
  { tables, now }: CommandDeps,
  { days: { from, to }, requestedAt }: Extract<BillingCommand, { readonly kind: 'RERATE' }>,
): Promise<Outcome> {
  const days = daysBetween(from, to);
  for (const day of days) await askForDayRun(tables, day, requestedAt);
  const runs = new Map((await listDayRuns(tables, from, to)).map(({ day, ran }) => [day, ran?.startedAt ?? 0]));
  const waiting = days.filter((day) => (runs.get(day) ?? 0) < requestedAt);
  if (waiting.length === 0) return { outcome: 'done', detail: `${days.length} days were counted and priced again` };
  const detail = `waits for the run of ${waiting.length} of ${days.length} days, from ${waiting[0]} on`;
  return { outcome: 'wait', detail, at: now() + RERATE_LOOK_MS };
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
