import { readFileSync } from 'node:fs';
import { request } from 'node:https';

export type Tokens = { readonly accessToken: string; readonly idToken: string };

/** Signs a user in with a password over the Cognito API (`InitiateAuth`), trusting the local certificate authority. */
export async function signIn(
  issuer: { readonly apiUrl: string; readonly caPath: string },
  clientId: string,
  username: string,
  password: string,
): Promise<Tokens> {
  const body = JSON.stringify({
    AuthFlow: 'USER_PASSWORD_AUTH',
    ClientId: clientId,
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
  };
  const text = await new Promise<string>((resolve, reject) => {
    const options = { method: 'POST', headers, ca: readFileSync(issuer.caPath), agent: false } as const;
    const outgoing = request(issuer.apiUrl, options, (incoming) => {
      let received = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk;
      });
      incoming.on('end', () => resolve(received)).on('error', reject);
    });
    outgoing.on('error', reject).end(body);
  });
  const { AuthenticationResult: result, message } = JSON.parse(text);
  if (!result) throw new Error(`the issuer refused to sign ${username} in: ${message ?? text}`);
  return { accessToken: result.AccessToken, idToken: result.IdToken };
}
