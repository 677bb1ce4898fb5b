import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError, type AwsInput, requiredText } from '../aws-json.ts';
import { type AppClient, secretHashMatches } from './app-client.ts';
import { clientOperations } from './client-operations.ts';
import { assertPassword, assertPool, findClient, findUser, readAttributes } from './operation-input.ts';
import { passwordResetOperations } from './password-reset.ts';
import type { Pool } from './pool.ts';
import { refreshedTokens } from './token-endpoint.ts';
import { PreTokenRefused, type Tokens, type TriggerSource, userTokens } from './tokens.ts';
import type { User } from './users.ts';

/** The scope of a token that was not asked for at the hosted pages. */
const DIRECT_SCOPE = ['aws.cognito.signin.user.admin'];
const REFRESH_MS = 30 * 86_400_000;

/** Operations that the real service takes unsigned: they prove themselves by what they carry. */
export const UNSIGNED = ['InitiateAuth', 'RespondToAuthChallenge', 'ForgotPassword', 'ConfirmForgotPassword'];

type Operations = Record<string, (input: AwsInput) => Promise<object> | object>;

/** The Cognito operations that the platform uses, by name. */
export function poolOperations(pool: Pool): Operations {
  const challenges = new Map<string, string>();
  const initiate = (input: AwsInput) => initiateAuth(pool, challenges, input);
  return {
    AdminCreateUser: async (input) => {
      assertPool(pool, input);
      const given = input['TemporaryPassword'];
      const password = typeof given === 'string' ? assertPassword(given) : randomBytes(18).toString('base64url');
      const created = await pool.users.create({
        username: requiredText(input, 'Username'),
        attributes: readAttributes(input),
        password,
      });
      if (created === undefined) throw new AwsError('UsernameExistsException', 'User account already exists');
      const { username, attributes } = created;
      if (input['MessageAction'] !== 'SUPPRESS' && attributes['email'] !== undefined)
        pool.mail({
          to: attributes['email'],
          text: `Your username is ${username} and temporary password is ${password}`,
        });
      return { User: { ...describe(created), Attributes: listAttributes(created) } };
    },
    AdminSetUserPassword: async (input) => {
      const user = findUser(pool, input);
      const password = assertPassword(requiredText(input, 'Password'));
      await pool.users.setPassword(user.username, password, input['Permanent'] === true);
      return {};
    },
    AdminGetUser: (input) => {
      const user = findUser(pool, input);
      return { ...describe(user), UserAttributes: listAttributes(user) };
    },
    AdminUpdateUserAttributes: (input) => {
      const user = findUser(pool, input);
      const changed = readAttributes(input);
      // As our pool declares it: a user never moves to another tenant.
      if ('custom:tenant_id' in changed)
        throw new AwsError('InvalidParameterException', 'custom:tenant_id: Attribute cannot be updated.');
      pool.users.update(user.username, { attributes: { ...user.attributes, ...changed } });
      return {};
    },
    AdminDisableUser: (input) => {
      pool.users.update(findUser(pool, input).username, { enabled: false });
      return {};
    },
    AdminEnableUser: (input) => {
      pool.users.update(findUser(pool, input).username, { enabled: true });
      return {};
    },
    AdminDeleteUser: (input) => {
      pool.users.remove(findUser(pool, input).username);
      return {};
    },
    AdminUserGlobalSignOut: (input) => {
      pool.users.signOut(findUser(pool, input).username);
      return {};
    },
    ListUsers: (input) => {
      assertPool(pool, input);
      return { Users: pool.users.list().map((user) => ({ ...describe(user), Attributes: listAttributes(user) })) };
    },
    InitiateAuth: initiate,
    AdminInitiateAuth: (input) => {
      assertPool(pool, input);
      return initiate(input);
    },
    RespondToAuthChallenge: (input) => answerNewPassword(pool, challenges, input),
    ...passwordResetOperations(pool),
    ...clientOperations(pool),
  };
}

async function initiateAuth(pool: Pool, challenges: Map<string, string>, input: AwsInput): Promise<object> {
  const client = findClient(pool, input);
  const parameters = (input['AuthParameters'] ?? {}) as AwsInput;
  switch (input['AuthFlow']) {
    case 'USER_PASSWORD_AUTH':
    case 'ADMIN_USER_PASSWORD_AUTH': {
      if (!client.grants.includes('password'))
        throw new AwsError('InvalidParameterException', 'USER_PASSWORD_AUTH flow not enabled for this client');
      const username = requiredText(parameters, 'USERNAME');
      const user = await pool.users.signIn(username, requiredText(parameters, 'PASSWORD'));
      if (user === undefined || !secretHashMatches(client, username, parameters['SECRET_HASH']))
        throw new AwsError('NotAuthorizedException', 'Incorrect username or password.');
      if (user.status === 'CONFIRMED') return signedIn(pool, client, user, 'TokenGeneration_Authentication');
      const session = randomUUID();
      challenges.set(session, user.username);
      return { ChallengeName: 'NEW_PASSWORD_REQUIRED', Session: session, ChallengeParameters: {} };
    }
    case 'REFRESH_TOKEN_AUTH':
    case 'REFRESH_TOKEN': {
      const tokens = await refused(refreshedTokens(pool, client, requiredText(parameters, 'REFRESH_TOKEN')));
      if (tokens === undefined) throw new AwsError('NotAuthorizedException', 'Invalid Refresh Token');
      return { AuthenticationResult: result(tokens), ChallengeParameters: {} };
    }
    default:
      throw new AwsError('InvalidParameterException', `AuthFlow ${String(input['AuthFlow'])} is not served here`);
  }
}

async function answerNewPassword(pool: Pool, challenges: Map<string, string>, input: AwsInput): Promise<object> {
  const client = findClient(pool, input);
  const session = requiredText(input, 'Session');
  const username = challenges.get(session);
  const responses = (input['ChallengeResponses'] ?? {}) as AwsInput;
  const password = assertPassword(requiredText(responses, 'NEW_PASSWORD'));
  const user = pool.users.get(username ?? '');
  if (input['ChallengeName'] !== 'NEW_PASSWORD_REQUIRED' || user === undefined || responses['USERNAME'] !== username)
    throw new AwsError('NotAuthorizedException', 'Invalid session for the user.');
  challenges.delete(session);
  await pool.users.setPassword(user.username, password, true);
  return signedIn(pool, client, user, 'TokenGeneration_NewPasswordChallenge');
}

async function signedIn(pool: Pool, client: AppClient, user: User, source: TriggerSource): Promise<object> {
  const authTime = Math.floor(pool.now() / 1000);
  const originJti = randomUUID();
  const tokens = await refused(userTokens(pool, client, DIRECT_SCOPE, { user, authTime, originJti }, source));
  const refreshToken = pool.users.startSession({
    username: user.username,
    clientId: client.id,
    scopes: DIRECT_SCOPE,
    authTime,
    originJti,
    expiresAt: pool.now() + REFRESH_MS,
  });
  return { AuthenticationResult: { ...result(tokens), RefreshToken: refreshToken }, ChallengeParameters: {} };
}

async function refused<T>(tokens: Promise<T>): Promise<T> {
  try {
    return await tokens;
  } catch (error) {
    if (error instanceof PreTokenRefused) throw new AwsError('UserLambdaValidationException', error.message);
    throw error;
  }
}

function result({ accessToken, idToken, expiresIn }: Tokens): object {
  return { AccessToken: accessToken, IdToken: idToken, ExpiresIn: expiresIn, TokenType: 'Bearer' };
}

function listAttributes(user: User): { Name: string; Value: string }[] {
  return Object.entries({ sub: user.sub, ...user.attributes }).map(([Name, Value]) => ({ Name, Value }));
}

function describe(user: User): object {
  return {
    Username: user.username,
    Enabled: user.enabled,
    UserStatus: user.status,
    UserCreateDate: user.createdAt / 1000,
    UserLastModifiedDate: user.modifiedAt / 1000,
  };
}
