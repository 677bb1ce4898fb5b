import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Seed } from '../local/seed.ts';
import { signIn } from '../local/sign-in.ts';
import type { PlatformJson } from './start-platform.ts';

type Slug = keyof Seed['tenants'];

/** The ID token of the tenant's developer: authentic, but no access token. */
export async function idToken(platform: PlatformJson, tenant: Slug): Promise<string> {
  const { client_id: clientId } = decodeJwt(platform.tenants[tenant].accessToken);
  const { apiUrl, ca } = platform.issuer;
  const { username, password } = platform.tenants[tenant].developer;
  return (await signIn({ apiUrl, caPath: ca }, String(clientId), username, password)).idToken;
}

/** A token with every claim of the tenant's own access token, well signed, by an issuer that nobody registered. */
export async function foreignIssuerToken(platform: PlatformJson, tenant: Slug): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const { kid = 'foreign' } = await exportJWK(publicKey);
  return new SignJWT({ ...decodeJwt(platform.tenants[tenant].accessToken), iss: 'https://issuer.example' })
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(privateKey);
}
