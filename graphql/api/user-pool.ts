import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminUserGlobalSignOutCommand,
  type AttributeType,
  type CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
  ResourceNotFoundException,
  UserNotFoundException,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { UserPool as Bound, Invited } from './context.ts';

/** The pool that everybody signs in to. The caller's client decides endpoint, retries and timeouts. */
export type UserPool = {
  readonly client: CognitoIdentityProviderClient;
  readonly userPoolId: string;
  /** The resource server's scope that a machine's client is given: what it may do says `ar_scopes`, from our table. */
  readonly machineScope: string;
};

/**
 * Makes a user whose name is the email address, and mails a temporary password. Safe to repeat. An address that is used
 * in another tenant, or by staff, is taken: whose it is, is not told.
 * @param tenantId null for somebody of the platform's staff
 */
export async function inviteUser(
  { client, userPoolId }: Pick<UserPool, 'client' | 'userPoolId'>,
  { tenantId, email }: { readonly tenantId: TenantId | null; readonly email: string },
): Promise<Invited> {
  // The address is proven by the password that is mailed to it; unverified, no forgotten password could be reset.
  const UserAttributes = [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
    ...(tenantId === null ? [] : [{ Name: 'custom:tenant_id', Value: tenantId }]),
  ];
  const who = { UserPoolId: userPoolId, Username: email };
  try {
    const { User } = await client.send(
      new AdminCreateUserCommand({ ...who, UserAttributes, DesiredDeliveryMediums: ['EMAIL'] }),
    );
    return { outcome: 'invited', id: attribute(User?.Attributes, 'sub') ?? noSub() };
  } catch (error) {
    if (!(error instanceof UsernameExistsException)) throw error;
    const { UserAttributes: found } = await client.send(new AdminGetUserCommand(who));
    // Its attribute is immutable: who is in another tenant is never moved into this one by an invitation.
    if ((attribute(found, 'custom:tenant_id') ?? null) !== tenantId) return { outcome: 'email_taken' };
    return { outcome: 'known', id: attribute(found, 'sub') ?? noSub() };
  }
}

/**
 * Ends a user's sign-in: no new one, no refresh. In this order, or a sign-in between the two would outlive both. Access
 * tokens already out live to their end. Safe to repeat. @param id the user's `sub`
 */
export async function disableUser({ client, userPoolId }: UserPool, id: string): Promise<void> {
  const who = { UserPoolId: userPoolId, Username: id };
  try {
    await client.send(new AdminDisableUserCommand(who));
    await client.send(new AdminUserGlobalSignOutCommand(who));
  } catch (error) {
    // Who is not in the pool cannot sign in: nothing is left to be shut.
    if (!(error instanceof UserNotFoundException)) throw error;
  }
}

/** Lets a user sign in again. Safe to repeat. @param id the user's `sub` */
export async function enableUser({ client, userPoolId }: UserPool, id: string): Promise<void> {
  await client.send(new AdminEnableUserCommand({ UserPoolId: userPoolId, Username: id }));
}

/**
 * Makes an app client with client credentials. Not safe to repeat: of an attempt whose answer was lost a client is left
 * behind whose secret nobody has and which our table does not know, so that it gets no token.
 * @returns its id, and its secret, which is shown once and kept nowhere
 */
export async function createMachineClient(
  { client, userPoolId, machineScope }: UserPool,
  name: string,
): Promise<{ readonly clientId: string; readonly clientSecret: string }> {
  const { UserPoolClient } = await client.send(
    new CreateUserPoolClientCommand({
      UserPoolId: userPoolId,
      ClientName: name,
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: [machineScope],
      AllowedOAuthFlowsUserPoolClient: true,
      // A revoked client's last token is good until it ends: short, since a machine asks for another without anybody's help.
      AccessTokenValidity: 15,
      TokenValidityUnits: { AccessToken: 'minutes' },
    }),
  );
  const { ClientId: clientId, ClientSecret: clientSecret } = UserPoolClient ?? {};
  if (!clientId || !clientSecret) throw new Error('Cognito made a client without an id or a secret');
  return { clientId, clientSecret };
}

/** Takes an app client away. Safe to repeat. */
export async function deleteMachineClient({ client, userPoolId }: UserPool, clientId: string): Promise<void> {
  try {
    await client.send(new DeleteUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: clientId }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

/** The pool as resolvers have it. */
export function bindUserPool(pool: UserPool): Bound {
  return {
    invite: (who) => inviteUser(pool, who),
    disable: (userId) => disableUser(pool, userId),
    enable: (userId) => enableUser(pool, userId),
    createMachineClient: (name) => createMachineClient(pool, name),
    deleteMachineClient: (clientId) => deleteMachineClient(pool, clientId),
  };
}

function attribute(attributes: readonly AttributeType[] | undefined, name: string): string | undefined {
  return attributes?.find(({ Name }) => Name === name)?.Value;
}

function noSub(): never {
  throw new Error('Cognito described a user without a sub');
}
