import type { CloudFrontResultResponse } from 'aws-lambda';
import { discoveryAnswer } from '../../tenancy/discovery.ts';
import type { EdgeProvider } from '../../tenancy/edge-provider.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { shapeAnswer } from './answer.ts';
import type { Settings } from './settings.ts';

/** What a token of the platform's own pool needs; its app clients get refresh tokens without asking. */
const POOL_SCOPES = ['openid'];

/**
 * Tells where a tenant's people sign in: with its own identity provider, or with the platform's pool. Who asks has shown
 * nothing, so a tenant that is suspended or does not exist is told of like one that has no provider.
 */
export function discover(
  tenantId: TenantId,
  providers: readonly EdgeProvider[],
  { proxyOrigin, issuer }: Settings,
  requestId: string,
): CloudFrontResultResponse {
  const { protocol, host } = new URL(proxyOrigin);
  const pool = { issuer: issuer.url, clientId: issuer.loginClientId, scopes: POOL_SCOPES };
  const own = providers.find((provider) => provider.tenantId === tenantId);
  return shapeAnswer(discoveryAnswer(`${protocol}//${tenantId}.proxy.${host}`, own ?? pool, requestId));
}
