import { parseMeterIdentifier } from '../../tenancy/meter-event.ts';
import { getBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import { applyInvoice, applyMeterErrors, isApplied } from '../../tenancy/table/stripe-events.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { MeterFault, Payment } from '../payment.ts';
import type { WebhookEvent } from './read-event.ts';

export type ApplyDeps = {
  /** Those of the control region. */
  readonly tables: Tables;
  readonly payment: Pick<Payment, 'readMeterErrors'>;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly log: (line: WebhookLine) => void;
};

/** One line for the log. meter_errors: somebody must look, whoever's day it is. */
export type WebhookLine = {
  readonly event: 'webhook_refused' | 'webhook_failed' | 'meter_errors' | 'webhook_not_ours';
  readonly id?: string;
  readonly why?: string;
  readonly count?: number;
  readonly tenants?: readonly string[];
};

/** `ignored`: nothing of ours. `later`: it must come again. */
export type Effect = 'applied' | 'known' | 'behind' | 'ignored' | 'later';

/** Does what an event asks for, once, however often it comes. */
export async function applyEvent(deps: ApplyDeps, event: WebhookEvent): Promise<Effect> {
  switch (event.kind) {
    case 'other':
      return 'ignored';
    case 'invoice':
      return keepInvoice(deps, event);
    case 'meter_errors':
      return noteMeterErrors(deps, event);
  }
}

async function keepInvoice(
  { tables, now, log }: ApplyDeps,
  { id, type, at, facts, tenant, paymentFailed }: Extract<WebhookEvent, { kind: 'invoice' }>,
): Promise<Effect> {
  const tenantId = parseTenantId(tenant);
  const account = tenantId && (await getBillingAccount(tables, tenantId));
  // Metadata is anybody's to write who may use Stripe's dashboard: our own row says whose customer it is.
  if (!tenantId || account?.customerId !== facts.customerId) {
    log({ event: 'webhook_not_ours', id, why: `invoice ${facts.id} is of no tenant’s customer` });
    return 'ignored';
  }
  const told = { ...facts, tenantId, at, ...(paymentFailed ? { paymentFailedAt: at } : {}) };
  return applyInvoice(tables, { id, type }, told, now());
}

/** Of as many as one transaction takes, with their days; a report has a few of each kind. */
const MOST_ERRORS = 49;

async function noteMeterErrors(
  { tables, payment, now, log }: ApplyDeps,
  { id, type, at }: Extract<WebhookEvent, { kind: 'meter_errors' }>,
): Promise<Effect> {
  if (await isApplied(tables, id)) return 'known';
  const report = await payment.readMeterErrors(id);
  if (report.outcome !== 'read') {
    log({ event: 'webhook_failed', id, why: report.why });
    return 'later';
  }
  const ours = await Promise.all(report.errors.map((fault) => findDay(tables, fault, at)));
  const noted = [
    ...new Map(ours.flatMap((one) => (one ? [[`${one.tenantId} ${one.day} ${one.revision}`, one]] : []))).values(),
  ].slice(0, MOST_ERRORS);
  // A report names samples: more errors than are noted are days that nobody can name, and that are never VERIFIED.
  log({ event: 'meter_errors', id, count: report.count, tenants: [...new Set(noted.map((one) => one.tenantId))] });
  return applyMeterErrors(tables, { id, type }, noted, now());
}

async function findDay(tables: Tables, { identifier, code, message }: MeterFault, reportedAt: number) {
  const day = parseMeterIdentifier(identifier);
  return day && (await getBillingAccount(tables, day.tenantId)) ? { ...day, code, message, reportedAt } : null;
}
