import { randomInt } from 'node:crypto';
import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { AwsError, type AwsInput, requiredText } from '../aws-json.ts';
import { type AppClient, secretHashMatches } from './app-client.ts';
import { assertPassword, findClient } from './operation-input.ts';
import type { Pool } from './pool.ts';
import type { User } from './users.ts';

const CODE_MS = 3_600_000;
/** A code of six digits falls to patience unless tries are counted. */
const TRIES = 5;

type Code = { readonly code: string; readonly expiresAt: number; tries: number };

/** ForgotPassword and ConfirmForgotPassword: unsigned, since the code in the mail is the proof. */
export function passwordResetOperations(pool: Pool): Record<string, (input: AwsInput) => Promise<object> | object> {
  const codes = new Map<string, Code>();
  return {
    ForgotPassword: (input) => {
      const { user, username } = whoAsks(pool, input);
      if (user?.status === 'FORCE_CHANGE_PASSWORD')
        throw new AwsError('NotAuthorizedException', 'User password cannot be reset in the current state.');
      const email = user?.attributes['email'] ?? username;
      if (user?.enabled) {
        const code = String(randomInt(1_000_000)).padStart(6, '0');
        codes.set(user.username, { code, expiresAt: pool.now() + CODE_MS, tries: TRIES });
        pool.mail({ to: email, text: `Your password reset code is ${code}` });
      }
      // Nobody learns here who has an account: the answer for a stranger has the same shape.
      const Destination = email.replace(/^(.).*@(.).*$/, '$1***@$2***');
      return { CodeDeliveryDetails: { Destination, DeliveryMedium: 'EMAIL', AttributeName: 'email' } };
    },
    ConfirmForgotPassword: async (input) => {
      const { client, user } = whoAsks(pool, input);
      const password = assertPassword(requiredText(input, 'Password'));
      const given = requiredText(input, 'ConfirmationCode');
      const known = codes.get(user?.username ?? '');
      if (user === undefined || known === undefined || known.expiresAt <= pool.now())
        throw new AwsError('ExpiredCodeException', 'Invalid code provided, please request a code again.');
      known.tries -= 1;
      if (known.tries < 0)
        throw new AwsError('LimitExceededException', 'Attempt limit exceeded, please try after some time.');
      if (known.code !== given)
        throw new AwsError('CodeMismatchException', 'Invalid verification code provided, please try again.');
      codes.delete(user.username);
      await pool.users.setPassword(user.username, password, true);
      await confirmed(pool, client, user);
      return {};
    },
  };
}

/** Calls the post-confirmation trigger where Cognito does: not after NEW_PASSWORD_REQUIRED, which confirms nobody. */
async function confirmed(pool: Pool, client: AppClient, user: User): Promise<void> {
  const event: PostConfirmationTriggerEvent = {
    version: '1',
    region: pool.region,
    userPoolId: pool.poolId,
    userName: user.username,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: client.id },
    triggerSource: 'PostConfirmation_ConfirmForgotPassword',
    request: { userAttributes: { sub: user.sub, 'cognito:user_status': user.status, ...user.attributes } },
    response: {},
  };
  await pool.postConfirmation(event).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError('UserLambdaValidationException', `PostConfirmation failed with error ${why}.`);
  });
}

function whoAsks(pool: Pool, input: AwsInput): { client: AppClient; username: string; user: User | undefined } {
  const client = findClient(pool, input);
  const username = requiredText(input, 'Username');
  if (!secretHashMatches(client, username, input['SecretHash']))
    throw new AwsError('NotAuthorizedException', `Unable to verify secret hash for client ${client.id}`);
  return { client, username, user: pool.users.get(username) };
}
