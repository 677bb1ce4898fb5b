import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { admin, call, claims, startTestIssuer, type TestIssuer } from './issuer-fixture.ts';

// Passwords are hashed, on machines that may be busy: a slow answer is no failure.
vi.setConfig({ testTimeout: 30_000 });

let at: TestIssuer;
beforeAll(async () => {
  at = await startTestIssuer();
});
afterAll(() => at.stop());

const attributes = [
  { Name: 'email', Value: 'carol@acme.example' },
  { Name: 'custom:tenant_id', Value: 'acme' },
];

/** InitiateAuth goes unsigned: the password is its proof. */
async function unsigned(operation: string, input: object) {
  const { text } = await call(at.issuer.caPath, `${at.origin}/`, {
    method: 'POST',
    headers: { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` },
    body: JSON.stringify(input),
  });
  return JSON.parse(text);
}
const signInAs = (username: string, password: string, ClientId = 'cli') =>
  unsigned('InitiateAuth', {
    AuthFlow: 'USER_PASSWORD_AUTH',
    ClientId,
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });

it('takes a user from creation over the first sign-in to global sign-out', async () => {
  const created = await admin(at, 'AdminCreateUser', {
    Username: 'carol',
    TemporaryPassword: 'temporary',
    UserAttributes: attributes,
  });
  expect(created.body['User']).toMatchObject({ Username: 'carol', Enabled: true, UserStatus: 'FORCE_CHANGE_PASSWORD' });
  expect(await admin(at, 'AdminCreateUser', { Username: 'CAROL' })).toMatchObject({
    status: 400,
    body: { __type: 'UsernameExistsException' },
  });

  const challenge = await signInAs('carol', 'temporary');
  expect(challenge).toMatchObject({ ChallengeName: 'NEW_PASSWORD_REQUIRED' });
  const respond = (username: string) =>
    unsigned('RespondToAuthChallenge', {
      ClientId: 'cli',
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session: challenge.Session,
      ChallengeResponses: { USERNAME: username, NEW_PASSWORD: 'my own words' },
    });
  expect(await respond('alice')).toMatchObject({ __type: 'NotAuthorizedException' });
  const { AuthenticationResult: first } = await respond('carol');
  expect(claims(first.AccessToken)).toMatchObject({
    username: 'carol',
    tenant_id: 'acme',
    scope: 'aws.cognito.signin.user.admin',
  });
  expect(await respond('carol')).toMatchObject({ __type: 'NotAuthorizedException' });

  const { AuthenticationResult: second } = await signInAs('Carol', 'my own words');
  const refresh = () =>
    unsigned('InitiateAuth', {
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      ClientId: 'cli',
      AuthParameters: { REFRESH_TOKEN: second.RefreshToken },
    });
  expect((await refresh()).AuthenticationResult.AccessToken).toEqual(expect.any(String));
  expect((await admin(at, 'AdminUserGlobalSignOut', { Username: 'carol' })).status).toBe(200);
  expect(await refresh()).toMatchObject({ __type: 'NotAuthorizedException' });
});

it('lets a disabled user neither sign in nor refresh, until enabled', async () => {
  await admin(at, 'AdminCreateUser', { Username: 'dave', UserAttributes: attributes });
  await admin(at, 'AdminSetUserPassword', { Username: 'dave', Password: 'correct horse', Permanent: true });
  const { AuthenticationResult: tokens } = await signInAs('dave', 'correct horse');
  await admin(at, 'AdminDisableUser', { Username: 'dave' });
  expect(await signInAs('dave', 'correct horse')).toMatchObject({ __type: 'NotAuthorizedException' });
  const refreshed = await at.post('/oauth2/token', {
    grant_type: 'refresh_token',
    client_id: 'cli',
    refresh_token: tokens.RefreshToken,
  });
  expect(refreshed.status).toBe(400);
  await admin(at, 'AdminEnableUser', { Username: 'dave' });
  expect(await signInAs('dave', 'correct horse')).toHaveProperty('AuthenticationResult');
});

it('answers an unknown user exactly as a wrong password', async () => {
  expect(await signInAs('ghost', 'whatever1')).toEqual(await signInAs('dave', 'whatever1'));
});

it('changes attributes, but moves nobody to another tenant', async () => {
  await admin(at, 'AdminCreateUser', { Username: 'erin', UserAttributes: attributes });
  await admin(at, 'AdminUpdateUserAttributes', {
    Username: 'erin',
    UserAttributes: [{ Name: 'email', Value: 'erin@acme.example' }],
  });
  const moved = await admin(at, 'AdminUpdateUserAttributes', {
    Username: 'erin',
    UserAttributes: [{ Name: 'custom:tenant_id', Value: 'globex' }],
  });
  expect(moved).toMatchObject({ status: 400, body: { __type: 'InvalidParameterException' } });
  const { body } = await admin(at, 'AdminGetUser', { Username: 'erin' });
  expect(body['UserAttributes']).toEqual(
    expect.arrayContaining([
      { Name: 'email', Value: 'erin@acme.example' },
      { Name: 'custom:tenant_id', Value: 'acme' },
    ]),
  );
  expect((await admin(at, 'ListUsers', {})).body['Users']).toContainEqual(
    expect.objectContaining({ Username: 'erin' }),
  );
});

it.each([
  ['a wrong secret', { secret: 'wrong' }],
  ['a signature for another service', { service: 'secretsmanager' }],
  ['a signature for another region', { region: 'us-east-1' }],
])('refuses an admin operation with %s', async (_, sign: { secret?: string; service?: string; region?: string }) => {
  expect(await admin(at, 'ListUsers', {}, sign)).toMatchObject({
    status: 400,
    body: { __type: 'InvalidSignatureException' },
  });
});

it('refuses an admin operation without a signature, for another pool, or unknown', async () => {
  expect(await unsigned('AdminGetUser', { Username: 'erin' })).toMatchObject({
    __type: 'MissingAuthenticationTokenException',
  });
  expect((await admin(at, 'ListUsers', { UserPoolId: 'eu-central-1_Other' })).body).toMatchObject({
    __type: 'ResourceNotFoundException',
  });
  expect(await unsigned('constructor', {})).toMatchObject({ __type: 'UnknownOperationException' });
});

it('demands the secret hash of a client that has a secret', async () => {
  const own = await startTestIssuer({
    clients: [{ id: 'web', secret: 's', grants: ['password'], scopes: ['openid'] }],
  });
  await own.issuer.users.create({
    username: 'frank',
    password: 'correct horse',
    permanent: true,
    attributes: { 'custom:tenant_id': 'acme' },
  });
  const input = (SECRET_HASH: string) => ({
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    ClientId: 'web',
    AuthParameters: { USERNAME: 'frank', PASSWORD: 'correct horse', SECRET_HASH },
  });
  expect((await admin(own, 'AdminInitiateAuth', input('wrong'))).status).toBe(400);
  const right = createHmac('sha256', 's').update('frankweb').digest('base64');
  expect((await admin(own, 'AdminInitiateAuth', input(right))).status).toBe(200);
  await own.stop();
});

describe('a forgotten password', () => {
  const forgot = (Username: string) => unsigned('ForgotPassword', { ClientId: 'cli', Username });
  const confirm = (Username: string, ConfirmationCode: string) =>
    unsigned('ConfirmForgotPassword', { ClientId: 'cli', Username, ConfirmationCode, Password: 'words anew' });
  const mailed = (at: TestIssuer) => /code is ([0-9]{6})/.exec(at.mails.at(-1)?.text ?? '')?.[1] ?? '';

  it('is reset by the code in the mail, once, and the post-confirmation trigger is told', async () => {
    const confirmed: unknown[] = [];
    const own = await startTestIssuer({ postConfirmation: async (event) => confirmed.push(event) });
    const ask = async (operation: string, input: object) => {
      const { text } = await own.call('/', {
        method: 'POST',
        headers: { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` },
        body: JSON.stringify({ ClientId: 'cli', Username: 'gina', ...input }),
      });
      return JSON.parse(text);
    };
    const user = { username: 'gina', password: 'old words 1', permanent: true };
    await own.issuer.users.create({ ...user, attributes: { email: 'gina@acme.example', 'custom:tenant_id': 'acme' } });
    expect(await ask('ForgotPassword', {})).toMatchObject({ CodeDeliveryDetails: { Destination: 'g***@a***' } });
    const code = mailed(own);
    const wrong = code === '000000' ? '000001' : '000000';
    const reset = (ConfirmationCode: string) =>
      ask('ConfirmForgotPassword', { ConfirmationCode, Password: 'words anew' });
    expect(await reset(wrong)).toMatchObject({ __type: 'CodeMismatchException' });
    expect(confirmed).toEqual([]);
    expect(await reset(code)).toEqual({});
    expect(confirmed).toEqual([
      expect.objectContaining({
        version: '1',
        triggerSource: 'PostConfirmation_ConfirmForgotPassword',
        userName: 'gina',
        request: { userAttributes: expect.objectContaining({ 'custom:tenant_id': 'acme', sub: expect.any(String) }) },
      }),
    ]);
    expect(await reset(code)).toMatchObject({ __type: 'ExpiredCodeException' });
    await own.stop();
  });

  it('is not guessed: five tries end the code', async () => {
    await admin(at, 'AdminCreateUser', { Username: 'hugo', UserAttributes: attributes });
    expect(await forgot('hugo')).toMatchObject({ __type: 'NotAuthorizedException' });
    await admin(at, 'AdminSetUserPassword', { Username: 'hugo', Password: 'correct horse', Permanent: true });
    await forgot('hugo');
    const code = mailed(at);
    const wrong = code === '000000' ? '000001' : '000000';
    for (let n = 0; n < 5; n++) expect(await confirm('hugo', wrong)).toMatchObject({ __type: 'CodeMismatchException' });
    expect(await confirm('hugo', code)).toMatchObject({ __type: 'LimitExceededException' });
  });

  it('of nobody looks like anybody’s, and mails nothing', async () => {
    const before = at.mails.length;
    expect(await forgot('nobody@acme.example')).toMatchObject({ CodeDeliveryDetails: { Destination: 'n***@a***' } });
    expect(await confirm('nobody@acme.example', '000000')).toMatchObject({ __type: 'ExpiredCodeException' });
    expect(at.mails).toHaveLength(before);
  });
});
