import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { parseIdentityId } from '../../tenancy/caller.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getUser } from '../../tenancy/table/users.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { activateInvited } from '../first-sign-in.ts';

export type PostConfirmationDeps = {
  /** The control region's. */
  readonly tables: Tables;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
};

/**
 * Makes an invited user an active one when Cognito has confirmed who it is: after the first sign-in through another
 * identity provider, and after a password reset. It is not called for a user whom an admin made and who answers
 * NEW_PASSWORD_REQUIRED; the pre-token trigger does the same for them, and for anybody whom this one missed. So nothing
 * here is worth failing a confirmation for that has already happened: what goes wrong is logged. Safe to repeat.
 */
export async function confirmUser<Event extends PostConfirmationTriggerEvent>(
  { tables, log }: PostConfirmationDeps,
  event: Event,
): Promise<Event> {
  const { sub, 'custom:tenant_id': tenant } = event.request.userAttributes;
  const [tenantId, id] = [parseTenantId(tenant), parseIdentityId(sub)];
  try {
    const user = tenantId && id ? await getUser(tables, tenantId, id) : null;
    if (user) await activateInvited(tables, user);
  } catch (error) {
    log({ event: 'post_confirmation_failed', error: String(error) });
  }
  return event;
}
