import { type IdentityProvider, PROVIDER_DEFAULTS } from '../../tenancy/identity-provider.ts';
import { commit } from '../../tenancy/table/commit.ts';
import { claimPair, getIdentityProvider, identityProviderWrite } from '../../tenancy/table/identity-providers.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { type Okta, startOkta } from '../okta.ts';
import { CLAUDE_GROUP, type Seed } from '../seed.ts';
import type { Keep } from './parts.ts';
import { REDIRECT_URIS } from './user-pool.ts';

/** The native app that people of initech sign in through. */
export const OKTA_CLIENT_ID = '0oaLocalAgentRunner';
/** What its tokens for the gateway are for. */
export const OKTA_AUDIENCE = 'api://agent-runner';

/** Starts initech's identity provider, and registers it: its address is another one at each start. */
export async function startTenantsOkta(
  keep: Keep,
  tables: Tables,
  { okta }: Seed,
  { folder, authority, now }: { readonly folder: string; readonly authority: string; readonly now: number },
): Promise<Okta> {
  const users = Object.values(okta.users);
  const client = { id: OKTA_CLIENT_ID, redirectUris: REDIRECT_URIS };
  const { apiToken } = okta;
  const started = keep(await startOkta({ folder, authority, audience: OKTA_AUDIENCE, client, users, apiToken }));
  const tenantId = parseTenantId('initech');
  if (!tenantId) throw new Error('seed: initech is no tenant id');
  const before = await getIdentityProvider(tables, tenantId);
  const provider: IdentityProvider = {
    ...PROVIDER_DEFAULTS,
    tenantId,
    issuer: started.issuer,
    audience: OKTA_AUDIENCE,
    jwksUri: started.jwksUri,
    clientId: OKTA_CLIENT_ID,
    identityClaim: 'uid',
    allowedGroups: [CLAUDE_GROUP],
    verifiedAt: now,
    version: (before?.version ?? 0) + 1,
  };
  await claimPair(tables, provider, now);
  await commit([identityProviderWrite(tables, provider)]);
  return started;
}
