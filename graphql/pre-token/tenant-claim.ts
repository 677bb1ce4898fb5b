import type { PreTokenGenerationV2TriggerEvent, PreTokenGenerationV3TriggerEvent } from 'aws-lambda';
import { parseTenantId } from '../../tenancy/tenant.ts';

/** A user's sign-in or refresh (version 2's shape), or a machine's client credentials (version 3's). */
export type PreTokenEvent = PreTokenGenerationV2TriggerEvent | PreTokenGenerationV3TriggerEvent;

/**
 * Puts `tenant_id` into the access token: of a user from the stored attribute `custom:tenant_id`, of a machine from
 * `tenantOfClient`, by client id. Never from `clientMetadata`: that is what the caller itself sent
 * (`aws_client_metadata`), and a machine of one tenant would name another there.
 * Throws when there is no tenant or no tenant id in it: Cognito then makes no token at all.
 */
export function addTenantClaim<Event extends PreTokenEvent>(
  event: Event,
  tenantOfClient: (clientId: string) => unknown,
): Event {
  const machine = event.triggerSource === 'TokenGeneration_ClientCredentials';
  const named = machine
    ? tenantOfClient(event.callerContext.clientId)
    : event.request.userAttributes['custom:tenant_id'];
  const tenantId = parseTenantId(named);
  // The message reaches whoever asked for the token: it says what to do, and no other tenant's name.
  if (tenantId === null)
    throw new Error(`this ${machine ? 'client' : 'user'} belongs to no tenant; ask your tenant admin`);
  return {
    ...event,
    response: {
      claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: { tenant_id: tenantId } } },
    },
  };
}
