import { CliError, messageOf, plain } from './failure.ts';
import type { Fetch } from './fetch.ts';
import { isLoopback } from './gateway.ts';

/** How to sign in to a gateway, as it says itself. */
export type GatewayMetadata = { readonly issuer: string; readonly clientId: string; readonly scope: string };

const PATH = '/.well-known/oauth-protected-resource';
/** Without it there is no refresh token at most issuers; Cognito gives one unasked and refuses the scope. */
const OFFLINE = 'offline_access';

/**
 * Asks a gateway where its people sign in (RFC 9728).
 * @throws CliError when it does not answer, or not for itself
 */
export async function readGatewayMetadata(gateway: string, fetch: Fetch): Promise<GatewayMetadata> {
  const url = gateway + PATH;
  const response = await fetch(url, { headers: { accept: 'application/json' } }).catch((error: unknown) => {
    throw new CliError({ kind: 'unreachable', url: gateway, reason: messageOf(error) });
  });
  const wrong = (reason: string) => new CliError({ kind: 'not_understood', url, reason });
  if (response.status !== 200) throw wrong(`status ${response.status}`);
  const body = (await response.json().catch(() => undefined)) as Readonly<Record<string, unknown>> | undefined;
  if (typeof body !== 'object' || body === null) throw wrong('it is no JSON object');
  const { resource, authorization_servers: servers, agent_runner_client_id: clientId, scopes_supported: scopes } = body;
  if (typeof resource !== 'string' || !isFor(gateway, resource))
    throw wrong(`it speaks for ${plain(String(resource))}`);
  const issuer = Array.isArray(servers) ? servers[0] : undefined;
  if (typeof issuer !== 'string' || !issuer.startsWith('https://') || !URL.canParse(issuer))
    throw wrong('it names no issuer to sign in at');
  if (typeof clientId !== 'string' || clientId === '') throw wrong('it names no client to sign in with');
  return { issuer, clientId, scope: scopeOf(scopes) };
}

/**
 * A gateway that speaks for another host would have its visitors sign in there, and be handed the token. On this machine
 * the gateway stands behind ports that its own name knows nothing of.
 */
function isFor(gateway: string, resource: string): boolean {
  if (!URL.canParse(resource)) return false;
  const [asked, said] = [new URL(gateway), new URL(resource)];
  if (asked.origin === said.origin) return true;
  if (!isLoopback(asked.hostname) || !isLoopback(said.hostname)) return false;
  return asked.hostname === said.hostname || !asked.hostname.endsWith('.localhost');
}

/** All that the gateway names; who signs in and stays signed in is what they are for. */
function scopeOf(scopes: unknown): string {
  const named = Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [];
  return [...new Set(['openid', ...named])].filter((scope) => scope !== '').join(' ');
}

/** What to ask an issuer for: a refresh token by its own name where it says that it has one. */
export function withOffline(scope: string, supported: readonly string[] | undefined): string {
  return supported?.includes(OFFLINE) && !scope.split(' ').includes(OFFLINE) ? `${scope} ${OFFLINE}` : scope;
}
