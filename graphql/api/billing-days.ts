import { type BillingDay, type BillingDayId, isSettled } from '../../tenancy/billing-day.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { Access } from './access.ts';
import { type Connection, NO_ITEMS, readPageArgs, toConnection } from './connection.ts';
import type { Context } from './context.ts';
import { GraphqlRefusal } from './errors.ts';

/** A page of all tenants' day. */
export type BillingBoard = Connection<BillingDay> & { readonly day: string };

/**
 * Whether a caller who reaches a day's tenant may see the day. What is not billed yet may still be wrong, and no customer
 * shall pay by it or plan by it; staff who look with a tenant's eyes see what the tenant sees.
 */
export function maySeeBillingDay(day: BillingDay, access: Access): boolean {
  return access.platform() !== null || isSettled(day);
}

/** A page of a month's days, each with all of its revisions, in their order; those alone that the caller may see. */
export async function pageOfDays(
  tenantId: TenantId,
  month: string,
  page: Parameters<typeof readPageArgs>[0],
  { access, loaders }: Context,
): Promise<Connection<BillingDay>> {
  const { limit, after } = readPageArgs(page);
  const from = after === undefined ? null : readPlaceInMonth(after);
  const reach = await access.tenant(tenantId);
  if (reach?.self !== null) return NO_ITEMS;
  const all = await loaders.billingDays(tenantId, month);
  const rest = all.filter((one) => maySeeBillingDay(one, access) && (!from || isAfter(one, from)));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return toConnection({ items, ...(last && rest.length > limit ? { next: placeInMonth(last) } : {}) });
}

type PlaceInMonth = Pick<BillingDayId, 'day' | 'revision'>;

function placeInMonth({ day, revision }: PlaceInMonth): string {
  return `${day}:${revision}`;
}

function readPlaceInMonth(place: string): PlaceInMonth {
  const [, day, revision] = /^(\d{4}-\d\d-\d\d):([1-9]\d{0,3})$/.exec(place) ?? [];
  if (day === undefined) throw noCursor();
  return { day, revision: Number(revision) };
}

function isAfter(one: PlaceInMonth, place: PlaceInMonth): boolean {
  return one.day === place.day ? one.revision > place.revision : one.day > place.day;
}

export function noCursor(): GraphqlRefusal {
  return new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
}
