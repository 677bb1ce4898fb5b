import { AwsError, type AwsInput, requiredText } from '../aws-json.ts';
import { type AppClient, STANDARD_SCOPES } from './app-client.ts';
import { assertPool, findClient } from './operation-input.ts';
import type { Pool } from './pool.ts';

/** The operations on app clients: made for machines alone, so with client credentials and nothing else. */
export function clientOperations(pool: Pool): Record<string, (input: AwsInput) => object> {
  return {
    CreateUserPoolClient: (input) => {
      assertPool(pool, input);
      const name = requiredText(input, 'ClientName');
      const [flows, scopes] = [texts(input, 'AllowedOAuthFlows'), texts(input, 'AllowedOAuthScopes')];
      const withSecret = input['GenerateSecret'] === true;
      if (flows.length === 0 || flows.some((flow) => flow !== 'client_credentials'))
        throw new AwsError('InvalidOAuthFlowException', `AllowedOAuthFlows ${flows.join(', ')} are not served here`);
      if (!withSecret)
        throw new AwsError(
          'InvalidOAuthFlowException',
          'client_credentials flow can not be selected if client does not have a client secret.',
        );
      if (input['AllowedOAuthFlowsUserPoolClient'] !== true)
        throw new AwsError('InvalidParameterException', 'AllowedOAuthFlowsUserPoolClient must be true');
      // Such a token is nobody's: the scopes that tell of a user are not for it.
      const wrong = scopes.find((scope) => STANDARD_SCOPES.includes(scope));
      if (scopes.length === 0 || wrong !== undefined)
        throw new AwsError(
          'InvalidOAuthFlowException',
          `${wrong ?? 'no scope'} is not supported with client_credentials`,
        );
      const unknown = scopes.find((scope) => !pool.clients.resourceScopes.includes(scope));
      if (unknown !== undefined) throw new AwsError('ScopeDoesNotExistException', `Scope does not exist: ${unknown}`);
      const client = pool.clients.create({
        name,
        grants: ['client_credentials'],
        scopes,
        withSecret,
        createdAt: pool.now(),
        ...tokenSeconds(input),
      });
      return { UserPoolClient: describe(pool, client) };
    },
    DescribeUserPoolClient: (input) => {
      assertPool(pool, input);
      return { UserPoolClient: describe(pool, findClient(pool, input)) };
    },
    DeleteUserPoolClient: (input) => {
      assertPool(pool, input);
      const { id } = findClient(pool, input);
      if (!pool.clients.delete(id))
        throw new AwsError('InvalidParameterException', `${id} belongs to the pool's settings`);
      return {};
    },
  };
}

const SECONDS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 };

/** `AccessTokenValidity`, by default in hours: 5 minutes to a day, as there. */
function tokenSeconds(input: AwsInput): Pick<AppClient, 'tokenSeconds'> {
  const validity = input['AccessTokenValidity'];
  if (validity === undefined) return {};
  const units = (input['TokenValidityUnits'] ?? {}) as { AccessToken?: keyof typeof SECONDS };
  const seconds = Number(validity) * (SECONDS[units.AccessToken ?? 'hours'] ?? Number.NaN);
  if (!(seconds >= 300 && seconds <= 86_400))
    throw new AwsError('InvalidParameterException', 'Invalid range for token validity.');
  return { tokenSeconds: seconds };
}

function texts(input: AwsInput, name: string): string[] {
  const list = input[name];
  return Array.isArray(list) ? list.map(String) : [];
}

function describe(pool: Pool, { id, name, secret, scopes, createdAt = 0, tokenSeconds: validity }: AppClient): object {
  return {
    UserPoolId: pool.poolId,
    ClientName: name ?? id,
    ClientId: id,
    ...(secret === undefined ? {} : { ClientSecret: secret }),
    CreationDate: createdAt / 1000,
    LastModifiedDate: createdAt / 1000,
    RefreshTokenValidity: 30,
    ...(validity === undefined
      ? {}
      : { AccessTokenValidity: validity, TokenValidityUnits: { AccessToken: 'seconds' } }),
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: [...scopes],
    AllowedOAuthFlowsUserPoolClient: true,
    EnableTokenRevocation: true,
  };
}
