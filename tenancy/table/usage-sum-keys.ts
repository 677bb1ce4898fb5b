import type { TenantId } from '../tenant.ts';
import type { SumName, SumSlot } from '../usage-sum.ts';
import { key } from './keys.ts';
import { damaged } from './tables.ts';

export const KINDS: Readonly<Record<SumName, string>> = {
  tenantHour: 'USAGE_TENANT_HOUR',
  tenantDay: 'USAGE_TENANT_DAY',
  hour: 'USAGE_HOUR',
  day: 'USAGE_DAY',
  userDay: 'USAGE_USER_DAY',
  month: 'USAGE_MONTH',
  session: 'USAGE_SESSION',
};

/** Of a tenant's own sums all windows stand in one partition: a chart is one query. */
export function tenantPartition(tenantId: TenantId, sum: 'tenantHour' | 'tenantDay'): string {
  return sum === 'tenantHour' ? key`TENANT#${tenantId}#USAGE#HOURS` : key`TENANT#${tenantId}#USAGE#DAYS`;
}

export function userPartition(tenantId: TenantId, identityId: string): string {
  return key`TENANT#${tenantId}#USAGE#USER#${identityId}`;
}

/** The sums that have a partition for each day, or each month, with all users in it, one after the other. */
export type SharedSum = 'hour' | 'day' | 'month' | 'session';

/** @param window a day; of sums by month, a month */
export function windowPartition(tenantId: TenantId, sum: SharedSum, window: string): string {
  switch (sum) {
    case 'hour':
      return key`TENANT#${tenantId}#USAGE#HOURS#${window}`;
    case 'day':
      return key`TENANT#${tenantId}#USAGE#DAYS#${window}`;
    case 'month':
      return key`TENANT#${tenantId}#USAGE#MONTHS#${window}`;
    case 'session':
      return key`TENANT#${tenantId}#USAGE#SESSIONS#${window}`;
  }
}

/** What a user's sums begin with in such a partition. */
export function userPrefix(identityId: string): string {
  return key`USER#${identityId}#`;
}

/** Stands where there is none: a key id has ten letters and digits. */
const NONE = '-';

/** Where a sum stands. */
export function sumKey(slot: SumSlot): { readonly pk: string; readonly sk: string } {
  const { sum, tenantId, window, model, region } = slot;
  const { identityId = NONE, keyId = NONE, sessionId = NONE } = slot;
  const day = window.slice(0, '2026-11-22'.length);
  const rest = key`KEY#${keyId}#MODEL#${model}#REGION#${region}`;
  switch (sum) {
    case 'tenantHour':
    case 'tenantDay':
      return { pk: tenantPartition(tenantId, sum), sk: key`${window}#MODEL#${model}#REGION#${region}` };
    case 'userDay':
      return { pk: userPartition(tenantId, identityId), sk: `${key`${window}#`}${rest}` };
    case 'hour':
      return {
        pk: windowPartition(tenantId, sum, day),
        sk: `${userPrefix(identityId)}${key`${window.slice(-'13'.length)}#`}${rest}`,
      };
    case 'day':
    case 'month':
      return { pk: windowPartition(tenantId, sum, window), sk: `${userPrefix(identityId)}${rest}` };
    case 'session':
      return {
        pk: windowPartition(tenantId, sum, window),
        sk: `${userPrefix(identityId)}${key`SESSION#${sessionId}#`}${rest}`,
      };
  }
}

/** A number of a sum, as it is stored. */
export function toBigint(stored: unknown): bigint {
  return typeof stored === 'number' || typeof stored === 'bigint' ? BigInt(stored) : damaged('sum', String(stored));
}
