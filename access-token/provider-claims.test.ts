import { expect, it } from 'vitest';
import { PROVIDER_DEFAULTS } from '../tenancy/identity-provider.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { readProviderClaims } from './provider-claims.ts';

const NOW = 1_795_000_000_000;
const provider = {
  ...PROVIDER_DEFAULTS,
  tenantId: parseTenantId('acme')!,
  issuer: 'https://acme.okta.com/oauth2/aus1',
  audience: 'api://gateway',
  jwksUri: 'https://acme.okta.com/oauth2/aus1/v1/keys',
};
const good = {
  iss: provider.issuer,
  aud: provider.audience,
  sub: 'ada',
  scp: ['openid'],
  iat: NOW / 1000,
  exp: NOW / 1000 + 60,
};

it('reads claims of this provider alone, whoever it is called by', () => {
  expect(readProviderClaims(good, provider, NOW)).toMatchObject({
    outcome: 'authentic',
    identity: { identityId: 'idp_ada', callerType: 'user' },
  });
  for (const change of [{ iss: `${good.iss}2` }, { aud: 'api://other' }, { aud: [['api://gateway']] }, { aud: {} }]) {
    expect(readProviderClaims({ ...good, ...change }, provider, NOW)).toMatchObject({ outcome: 'invalid' });
  }
});
