import type { BillingAccount } from '../tenancy/billing-account.ts';
import type { BillingDay } from '../tenancy/billing-day.ts';
import { whyNotCounted } from '../tenancy/meter-event.ts';
import { no, ok, type Result } from '../tenancy/result.ts';
import { listMeterErrors } from '../tenancy/table/meter-errors.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import type { Payment } from './payment.ts';

export type PushDeps = {
  /** Those of the control region, where the books of billing are. */
  readonly tables: Tables;
  readonly payment: Pick<Payment, 'pushDay' | 'readDay'>;
  /** ms since the epoch */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
};

const ATTEMPTS = 5;
/** The meter's own count follows what it was told by some seconds. */
const READ_ATTEMPTS = 12;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [500, 30_000];

type Push = Pick<PushDeps, 'payment' | 'now' | 'pause'>;

/**
 * Tells the meter what was planned, under the name that was planned, as often as it takes: the name makes it one. When nobody
 * knows whether it was taken, the meter is asked before it is told again; its name is remembered for a day alone.
 * @returns null when it is told; else why not
 */
export async function pushDay(deps: Push, account: BillingAccount, day: BillingDay): Promise<string | null> {
  const { payment, now, pause } = deps;
  const { push } = day;
  if (!push) return 'nothing is planned to be told';
  const { customerId } = account;
  let why = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const told = await payment.pushDay({ ...day, customerId, microUsd: push.microUsd, at: now() });
    switch (told.outcome) {
      case 'accepted':
      case 'duplicate':
        return null;
      case 'too_old':
        return 'the day is too old for the meter: it must become an adjustment';
      case 'refused':
        return `the payment service refused it: ${told.why}`;
      case 'unclear': {
        ({ why } = told);
        await pause(pauseMs(attempt));
        const read = await payment.readDay({ customerId, day: day.day });
        if (read.outcome === 'read' && read.microUsd === push.microUsd && push.microUsd !== 0n) return null;
        break;
      }
      case 'busy':
        ({ why } = told);
        await pause(told.afterMs ?? pauseMs(attempt));
        break;
    }
  }
  return `the payment service did not take it in ${ATTEMPTS} tries: ${why}`;
}

/**
 * Reads back what the meter counts. An equal value is not enough where the payment service has said, since it was told, that
 * it does not count it: then it is equal to an earlier revision's.
 * @returns micro-USD, once that is what it was told
 */
export async function verifyDay(
  { tables, payment, pause }: PushDeps,
  { customerId }: BillingAccount,
  { tenantId, day, revision, push, pushedAt = 0 }: BillingDay,
): Promise<Result<bigint, string>> {
  let why = 'it was never asked';
  for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt++) {
    const read = await payment.readDay({ customerId, day });
    const said = (await listMeterErrors(tables, tenantId, day)).find((one) => one.revision === revision);
    if (said && said.reportedAt >= pushedAt) return no(whyNotCounted(said));
    switch (read.outcome) {
      case 'read':
        if (read.microUsd === push?.microUsd) return ok(read.microUsd);
        why = `the meter says ${read.microUsd} micro-USD, and was told ${push?.microUsd ?? 'nothing'}`;
        if (said) why += `; of an earlier try ${whyNotCounted(said)}`;
        break;
      case 'busy':
        ({ why } = read);
        break;
      case 'refused':
        return no(`the payment service refused to tell: ${read.why}`);
    }
    await pause(read.outcome === 'busy' && read.afterMs !== undefined ? read.afterMs : pauseMs(attempt));
  }
  return no(why);
}

function pauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
}
