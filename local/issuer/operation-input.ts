import { AwsError, type AwsInput, requiredText } from '../aws-json.ts';
import type { AppClient } from './app-client.ts';
import type { Pool } from './pool.ts';
import type { User } from './users.ts';

/** What the operations of the Cognito API read from their input, and the exceptions with which they refuse it. */
export function assertPool(pool: Pool, input: AwsInput): void {
  if (input['UserPoolId'] !== pool.poolId)
    throw new AwsError('ResourceNotFoundException', `User pool ${String(input['UserPoolId'])} does not exist.`);
}

/** The user of an admin operation: `Username` may be the `sub` of one, as there. */
export function findUser(pool: Pool, input: AwsInput): User {
  assertPool(pool, input);
  const name = requiredText(input, 'Username');
  const user = pool.users.get(name) ?? pool.users.list().find(({ sub }) => sub === name);
  if (user === undefined) throw new AwsError('UserNotFoundException', 'User does not exist.');
  return user;
}

export function findClient(pool: Pool, input: AwsInput): AppClient {
  const client = pool.clients.get(requiredText(input, 'ClientId'));
  if (client === undefined) throw new AwsError('ResourceNotFoundException', 'User pool client does not exist.');
  return client;
}

export function assertPassword(password: string): string {
  if (password.length < 8)
    throw new AwsError('InvalidPasswordException', 'Password did not conform with policy: Password not long enough');
  return password;
}

export function readAttributes(input: AwsInput): Record<string, string> {
  const list = (input['UserAttributes'] ?? []) as { Name: string; Value?: string }[];
  if (list.some(({ Name }) => Name === 'sub'))
    throw new AwsError('InvalidParameterException', 'Cannot modify the non-mutable attribute sub');
  return Object.fromEntries(list.map(({ Name, Value = '' }) => [Name, Value]));
}
