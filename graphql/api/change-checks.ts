import type { Tenant } from '../../tenancy/tenant.ts';
import { type UserError, userError } from './errors.ts';
import { type Principal, walledIn } from './principal.ts';

/**
 * Why nothing of a tenant may be changed at this time; null when it may. A tenant that is suspended, or on its way out,
 * is read by its people and changed by the platform alone; one that is gone is changed by nobody.
 * @param field the input's field that names the tenant, or the thing of it
 */
export function whyNotWritable(
  principal: Principal,
  { status }: Pick<Tenant, 'status'>,
  field: string,
): UserError | null {
  const isOpen = walledIn(principal) === null ? status !== 'CLOSED' : status === 'ACTIVE';
  return isOpen ? null : userError('WRONG_STATE', field, `the tenant is ${status}; nothing of it can be changed`);
}

/** Why a text for people is none; null when it is fine. */
export function whyNotText(field: string, text: string, atMost: number): UserError | null {
  const { length } = text.trim();
  return length >= 1 && length <= atMost ? null : userError('INVALID', field, `must be 1 to ${atMost} characters`);
}
