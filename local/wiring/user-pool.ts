import { appendFileSync } from 'node:fs';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import type { PreTokenEvent } from '../issuer/pool.ts';
import { type Issuer, startIssuer } from '../issuer.ts';
import type { LambdaFunction } from '../lambda.ts';
import { MACHINE_SCOPE } from '../seed-people.ts';
import type { Parts } from './parts.ts';

/** The app client that people sign in through. */
export const CLIENT_ID = 'agent-runner-local-cli';
const USER_POOL_ID = `${CONTROL_REGION}_local`;
/** Half of what Cognito allows at most: a working day on a laptop. */
const TOKEN_SECONDS = 12 * 3600;

/** What a function is told that works in the pool. */
export function userPoolEnv({ apiUrl, caPath }: Pick<Issuer, 'apiUrl' | 'caPath'>): Readonly<Record<string, string>> {
  return { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: apiUrl, NODE_EXTRA_CA_CERTS: caPath, USER_POOL_ID };
}

/**
 * The user pool, with the deployed triggers behind it.
 * @param mails in place of a mailbox; only this user can read what an invitation or a code opens
 */
export async function startUserPool(
  { functions, env, accessKeys, keep }: Parts,
  { folder, mails }: { readonly folder: string; readonly mails: string },
): Promise<Issuer> {
  const [preToken, postConfirmation] = await Promise.all([
    functions.start('graphql-pre-token', CONTROL_REGION, env),
    functions.start('graphql-post-confirmation', CONTROL_REGION, env),
  ]);
  return keep(
    await startIssuer({
      folder,
      region: CONTROL_REGION,
      poolId: USER_POOL_ID,
      clients: [{ id: CLIENT_ID, grants: ['password'], scopes: ['openid', 'email'], tokenSeconds: TOKEN_SECONDS }],
      resourceScopes: [MACHINE_SCOPE],
      accessKeys,
      preToken: async (event) => (await triggered(preToken, event)) as PreTokenEvent,
      postConfirmation: (event) => triggered(postConfirmation, event),
      mail: (mail) => appendFileSync(mails, `${JSON.stringify(mail)}\n`, { mode: 0o600 }),
    }),
  );
}

/** As Cognito calls a trigger: what its function throws is why there is no token. */
async function triggered(trigger: LambdaFunction, event: object): Promise<unknown> {
  const result = await trigger.invoke(event);
  if (!result.ok) throw new Error(result.error.errorMessage);
  return result.payload;
}
