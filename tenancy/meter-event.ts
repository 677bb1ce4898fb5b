import { parseTenantId, type TenantId } from './tenant.ts';
import { DAY_MS, isUtcDay, startOfDay } from './utc-day.ts';

/** The meter at the payment service: what a tenant owes, in micro-USD. */
export const USAGE_METER = 'agent_runner_usage_micro_usd';

/** One value of one tenant's UTC day (`2026-11-21`). A correction is the next revision, never another value of the same one. */
export type MeterDay = { readonly tenantId: TenantId; readonly day: string; readonly revision: number };

/** What the payment service said, after it had taken a day's value, of why it does not count it. Time: ms epoch. */
export type MeterError = MeterDay & { readonly code: string; readonly message: string; readonly reportedAt: number };

/** The same, for people. */
export function whyNotCounted({ code, message }: Pick<MeterError, 'code' | 'message'>): string {
  return `the payment service does not count it: ${message} (${code})`;
}

/** Stripe's meter takes nothing of more than 35 days; days older than this are not sent to it, and become adjustments. */
const METER_DAYS = 30;

/** Whether the meter may still be told of a day. @param now ms since the epoch */
export function isWithinMeter(day: string, now: number): boolean {
  return now < startOfDay(day) + (METER_DAYS + 1) * DAY_MS;
}

/** Names a day's value to the payment service, `acme:2026-11-21:usage:r1`: 67 characters at most, of the 100 that Stripe takes. */
export function meterIdentifier({ tenantId, day, revision }: MeterDay): string {
  return `${tenantId}:${day}:usage:r${revision}`;
}

/** Reads such a name; null for any other text. */
export function parseMeterIdentifier(text: string): MeterDay | null {
  const [, tenant, day = '', digits] = /^([^:]+):([^:]+):usage:r([1-9]\d{0,15})$/.exec(text) ?? [];
  const tenantId = parseTenantId(tenant);
  const revision = Number(digits);
  return tenantId && isUtcDay(day) && Number.isSafeInteger(revision) ? { tenantId, day, revision } : null;
}
