import { call } from '../local/issuer/issuer-fixture.ts';
import { signIn } from '../local/sign-in.ts';
import type { PlatformJson } from './start-platform.ts';

/** A person's access token. */
export async function tokenOf(
  { issuer, clientId }: Pick<PlatformJson, 'issuer' | 'clientId'>,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<string> {
  return (await signIn({ apiUrl: issuer.apiUrl, caPath: issuer.ca }, clientId, username, password)).accessToken;
}

/** A machine's, which claims, in vain, to be of another tenant. */
export async function machineToken(
  { issuer }: Pick<PlatformJson, 'issuer'>,
  { clientId, secret }: { readonly clientId: string; readonly secret: string },
): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
    aws_client_metadata: JSON.stringify({ tenant_id: 'globex' }),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { text } = await call(issuer.ca, issuer.tokenUrl, { method: 'POST', headers, body: body.toString() });
  return JSON.parse(text).access_token;
}
