import type { Answer } from './answer.ts';
import type { EdgeProvider } from './edge-provider.ts';

/** Where a client learns, from a tenant's hostname alone, where its people sign in (RFC 9728, section 3). */
export const DISCOVERY_PATH = '/.well-known/oauth-protected-resource';

/** Who a client signs in with, and as which public client. */
export type SignInPlace = Pick<EdgeProvider, 'issuer' | 'clientId' | 'scopes'>;

/** Long enough for a client's questions at one sign-in, short enough that a provider that is set or removed is soon known. */
const KEPT_SECONDS = 60;

/**
 * The metadata of a tenant's host as a protected resource. Nobody has shown a credential yet: it says of a tenant without
 * a provider what it says of a tenant that does not exist.
 * @param resource the tenant's base URL
 */
export function discoveryAnswer(
  resource: string,
  { issuer, clientId, scopes }: SignInPlace,
  requestId: string,
): Answer {
  return {
    statusCode: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': `private, max-age=${KEPT_SECONDS}`,
      'request-id': requestId,
      'x-content-type-options': 'nosniff',
    },
    body: JSON.stringify({
      resource,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: scopes,
      ...(clientId === undefined ? {} : { agent_runner_client_id: clientId }),
    }),
  };
}
