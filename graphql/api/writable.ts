import { withoutKeys } from '../../tenancy/api-key.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { Reach } from './access.ts';
import type { Context } from './context.ts';
import { type UserError, userError } from './errors.ts';
import type { NodeId } from './ids.ts';
import { mistaken, type Planned } from './mutation.ts';
import { type Principal, walledIn } from './principal.ts';

/** A tenant that the caller may change something in, or the refusal. */
export type Writable =
  | { readonly ok: true; readonly tenant: Tenant; readonly reach: Reach }
  | { readonly ok: false; readonly refusal: Planned<never> };

/**
 * Opens the tenant that an id of the input belongs to. One that is not the caller's is answered like one that nobody has.
 * @param field the input's field that the id came from @param what it names, for the message
 */
export async function openForWriting(
  { access, loaders, principal }: Context,
  id: Pick<Extract<NodeId, { readonly tenantId: Tenant['id'] }>, 'tenantId'> | null,
  field: string,
  what: string,
): Promise<Writable> {
  const reach = id && (await access.tenant(id.tenantId));
  const tenant = reach && (await loaders.tenant(reach.tenantId));
  if (!tenant) return { ok: false, refusal: mistaken(missing(field, what)) };
  const shut = whyNotWritable(principal, tenant, field);
  if (shut) return { ok: false, refusal: mistaken(shut, tenant.id) };
  return { ok: true, tenant, reach };
}

/**
 * Why nothing of a tenant may be changed at this time; null when it may. One that is suspended, or on its way out, is read
 * by its people and changed by the platform alone: whoever was stopped for what he did must not go on preparing for the
 * day that it ends. One that is gone is changed by nobody.
 * @param field the input's field that names the tenant, or the thing of it
 */
export function whyNotWritable(
  principal: Principal,
  { status }: Pick<Tenant, 'status'>,
  field: string,
): UserError | null {
  if (walledIn(principal) === null ? status !== 'CLOSED' : status === 'ACTIVE') return null;
  const message = `the tenant is ${status}, and only the platform changes anything in it; ask its support`;
  return userError('WRONG_STATE', field, message);
}

/** The same answer for what does not exist and for what is not the caller's. */
export function missing(field: string, what: string): UserError {
  return userError('NOT_FOUND', field, `there is no such ${what}`);
}

/**
 * What is wrong with a text that people write. A key in it would stay in the store, in answers and in the trail, and each
 * of their readers could use it.
 */
export function whyTextWrong(field: string, text: string, max: number): UserError | null {
  const { length } = text.trim();
  if (length < 1 || length > max) return userError('INVALID', field, `must be 1 to ${max} characters`);
  // A text that turns its line around passes for another, in a mail as in a trail.
  if (/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text)) {
    return userError('INVALID', field, 'must not hold control characters');
  }
  if (withoutKeys(text) === text) return null;
  return userError('INVALID', field, 'must not hold an API key; report that key as leaked instead');
}

/** Of people's names, in characters. */
export const NAME_LENGTH = 200;
/** The mail itself proves an address; this only keeps out what can be none. */
const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u;
const EMAIL_LENGTH = 254;

/** Why a text can be nobody's address; null when it may be one. */
export function whyNoEmail(field: string, text: string): UserError | null {
  if (EMAIL.test(text) && text.length <= EMAIL_LENGTH) return null;
  return userError('INVALID', field, 'must be an email address');
}

export const MAX_REASON = 500;
