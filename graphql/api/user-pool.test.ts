import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ACCESS_KEYS, call, claims, startTestIssuer, type TestIssuer } from '../../local/issuer/issuer-fixture.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import {
  createMachineClient,
  deleteMachineClient,
  disableUser,
  enableUser,
  inviteUser,
  type UserPool,
} from './user-pool.ts';

// Passwords are hashed, on machines that may be busy: a slow answer is no failure.
vi.setConfig({ testTimeout: 30_000 });

const [acme, globex] = [parseTenantId('acme')!, parseTenantId('globex')!];
let at: TestIssuer;
let pool: UserPool;

beforeAll(async () => {
  at = await startTestIssuer();
  pool = poolWith(ACCESS_KEYS.AKIALOCALADMIN00001);
});
afterAll(async () => {
  pool.client.destroy();
  await at.stop();
});

function poolWith(secretAccessKey: string): UserPool {
  const client = new CognitoIdentityProviderClient({
    endpoint: at.origin,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIALOCALADMIN00001', secretAccessKey },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(at.issuer.caPath) }) }),
  });
  return { client, userPoolId: 'eu-central-1_Local', machineScope: 'agent-runner/usage.read' };
}

/** InitiateAuth and its like go unsigned. */
async function unsigned(operation: string, input: object) {
  const { text } = await call(at.issuer.caPath, `${at.origin}/`, {
    method: 'POST',
    headers: { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` },
    body: JSON.stringify({ ClientId: 'cli', ...input }),
  });
  return JSON.parse(text);
}
const signIn = (USERNAME: string, PASSWORD: string) =>
  unsigned('InitiateAuth', { AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } });
const refresh = (REFRESH_TOKEN: string) =>
  unsigned('InitiateAuth', { AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN } });

describe('an invitation', () => {
  it('is mailed once and opens the sign-in of a user of that tenant', async () => {
    const invited = await inviteUser(pool, { tenantId: acme, email: 'anna@acme.example' });
    expect(invited).toEqual({ outcome: 'invited', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(await inviteUser(pool, { tenantId: acme, email: 'Anna@acme.example' })).toEqual({
      ...invited,
      outcome: 'known',
    });
    const mails = at.mails.filter(({ to }) => to === 'anna@acme.example');
    expect(mails).toHaveLength(1);
    const password = /password is (\S+)/.exec(mails[0]!.text)![1]!;
    const { Session } = await signIn('anna@acme.example', password);
    const { AuthenticationResult } = await unsigned('RespondToAuthChallenge', {
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session,
      ChallengeResponses: { USERNAME: 'anna@acme.example', NEW_PASSWORD: 'my own words' },
    });
    expect(claims(AuthenticationResult.AccessToken)).toMatchObject({
      sub: 'id' in invited && invited.id,
      tenant_id: 'acme',
    });
  });

  it('to an address of another tenant, or of staff, is refused', async () => {
    await inviteUser(pool, { tenantId: globex, email: 'bob@mail.example' });
    await inviteUser(pool, { tenantId: null, email: 'sam@mail.example' });
    expect(await inviteUser(pool, { tenantId: null, email: 'sam@mail.example' })).toMatchObject({ outcome: 'known' });
    const taken = { outcome: 'email_taken' };
    expect(await inviteUser(pool, { tenantId: acme, email: 'bob@mail.example' })).toEqual(taken);
    expect(await inviteUser(pool, { tenantId: acme, email: 'sam@mail.example' })).toEqual(taken);
    expect(await inviteUser(pool, { tenantId: null, email: 'bob@mail.example' })).toEqual(taken);
  });

  it('with a wrong secret is no invitation', async () => {
    const forged = inviteUser(poolWith('wrong'), { tenantId: acme, email: 'eve@acme.example' });
    await expect(forged).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    expect(at.issuer.users.get('eve@acme.example')).toBeUndefined();
  });
});

describe('a user', () => {
  it('who is disabled neither signs in nor refreshes, and signs in anew once enabled', async () => {
    const attributes = { email: 'carol@acme.example', 'custom:tenant_id': 'acme' };
    const made = await at.issuer.users.create({
      username: 'carol@acme.example',
      password: 'correct horse',
      permanent: true,
      attributes,
    });
    const { sub = '' } = made ?? {};
    const signedIn = async () => (await signIn('carol@acme.example', 'correct horse')).AuthenticationResult;
    const { RefreshToken } = await signedIn();
    expect(await refresh(RefreshToken)).toHaveProperty('AuthenticationResult');
    for (let n = 0; n < 2; n++) await disableUser(pool, sub);
    expect(await signedIn()).toBeUndefined();
    expect(await refresh(RefreshToken)).toMatchObject({ __type: 'NotAuthorizedException' });
    for (let n = 0; n < 2; n++) await enableUser(pool, sub);
    expect(await refresh(RefreshToken)).toMatchObject({ __type: 'NotAuthorizedException' });
    expect(await signedIn()).toBeDefined();
    // Who is not there cannot sign in: nothing is left to be shut.
    await disableUser(pool, 'nobody');
  });
});

describe('a machine client', () => {
  it('gets no token that its pool’s trigger refuses, and none at all once it is deleted', async () => {
    const { clientId, clientSecret } = await createMachineClient(pool, 'usage export');
    const token = () =>
      at.post('/oauth2/token', { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
    // Our trigger knows no such client: Cognito's word alone opens nothing.
    expect(JSON.parse((await token()).text)).toMatchObject({ error: 'invalid_grant' });
    for (let n = 0; n < 2; n++) await deleteMachineClient(pool, clientId);
    expect(JSON.parse((await token()).text)).toMatchObject({ error: 'invalid_client' });
  });

  it('outlives a restart of the pool, and its tokens live for a quarter of an hour', async () => {
    const { clientId, clientSecret } = await createMachineClient(pool, 'nightly');
    const preToken = async <Event>(event: Event) => event;
    const again = await startTestIssuer({ folder: at.folder, preToken });
    const answer = await again.post('/oauth2/token', {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    await again.issuer.close();
    const { access_token, expires_in } = JSON.parse(answer.text);
    expect([expires_in, claims(access_token)]).toEqual([
      900,
      expect.objectContaining({ sub: clientId, client_id: clientId, scope: 'agent-runner/usage.read' }),
    ]);
  });

  it('with a scope that the pool does not have is not made', async () => {
    const made = createMachineClient({ ...pool, machineScope: 'agent-runner/everything' }, 'greedy');
    await expect(made).rejects.toMatchObject({ name: 'ScopeDoesNotExistException' });
    const personal = createMachineClient({ ...pool, machineScope: 'openid' }, 'greedy');
    await expect(personal).rejects.toMatchObject({ name: 'InvalidOAuthFlowException' });
  });
});
