import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { dirname, join } from 'node:path';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { decodeJwt } from 'jose';
import { expect, inject, it } from 'vitest';
import { inviteUser } from '../graphql/api/user-pool.ts';
import { FUNCTION_KEYS } from '../local/functions.ts';
import { call } from '../local/issuer/issuer-fixture.ts';
import { MACHINE_SCOPE } from '../local/seed-people.ts';
import { getUser, putUser } from '../tenancy/table/users.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { SCOPES } from '../tenancy/user.ts';
import { ask } from './ask.ts';
import { tablesOf } from './books.ts';
import { machineToken, tokenOf } from './sign-in.ts';

const platform = inject('platform');
const { issuer, tenants, staff, otherStaff, machineClients, clientId } = platform;

it.each([
  ['acme’s developer', tenants.acme.developer, { tenant_id: 'acme', role: 'tenant_member' }],
  ['acme’s admin', tenants.acme.admin, { tenant_id: 'acme', role: 'tenant_admin' }],
  ['globex’s admin', tenants.globex.admin, { tenant_id: 'globex', role: 'tenant_admin' }],
  ['the platform’s admin', staff, { role: 'platform_admin' }],
  ['the platform’s support', otherStaff.support, { role: 'platform_support' }],
  ['the platform’s billing', otherStaff.billing, { role: 'platform_billing' }],
])('the access token of %s says who that is', async (_, who, claims) => {
  const { tenant_id, role, ar_scopes } = decodeJwt(await tokenOf(platform, who));
  expect({ tenant_id, role, ar_scopes }).toEqual({ tenant_id: undefined, ar_scopes: undefined, ...claims });
});

it('the tokens of machines name their scopes, and their own tenant whatever they say', async () => {
  const reads = SCOPES.filter((scope) => scope.endsWith(':read')).join(' ');
  const { tenant_id, role, ar_scopes } = decodeJwt(await machineToken(platform, machineClients.acme));
  expect({ tenant_id, role, ar_scopes }).toEqual({ tenant_id: 'acme', role: undefined, ar_scopes: reads });
  const own = decodeJwt(await machineToken(platform, machineClients.platform));
  expect([own['tenant_id'], own['ar_scopes']]).toEqual([undefined, reads]);
});

it('no token of the platform’s own, and no machine’s, opens a tenant’s hostname; its people’s do', async () => {
  const status = async (token: string) => {
    const headers = { host: tenants.acme.host, authorization: `Bearer ${token}` };
    return (await ask(`${platform.proxy.url}/v1/models`, { method: 'GET', headers })).status;
  };
  for (const who of [staff, otherStaff.support, otherStaff.billing])
    expect(await status(await tokenOf(platform, who))).toBe(401);
  for (const who of Object.values(machineClients)) expect(await status(await machineToken(platform, who))).toBe(401);
  expect(await status(await tokenOf(platform, tenants.acme.admin))).toBe(200);
  expect(await status(await tokenOf(platform, tenants.globex.admin))).toBe(403);
});

it('an invitation is mailed, opens the first sign-in, and makes its user active', async () => {
  const acme = parseTenantId('acme')!;
  const email = `invited-${randomUUID()}@acme.example`;
  const client = new CognitoIdentityProviderClient({
    endpoint: issuer.apiUrl,
    region: 'eu-central-1',
    credentials: FUNCTION_KEYS,
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(issuer.ca) }) }),
  });
  const pool = { client, userPoolId: 'eu-central-1_local', machineScope: MACHINE_SCOPE };
  const invited = await inviteUser(pool, { tenantId: acme, email });
  client.destroy();
  if (invited.outcome !== 'invited') throw new Error(`the invitation was answered with ${invited.outcome}`);
  const tables = tablesOf(platform);
  const row = { tenantId: acme, id: invited.id, email, displayName: 'New', role: 'ADMIN', invitedAt: 1 } as const;
  await putUser(tables, null, { ...row, status: 'INVITED', version: 1 });

  const mails = readFileSync(join(dirname(platform.logs), 'mail.log'), 'utf8')
    .trim()
    .split('\n');
  const mail = mails.map((line) => JSON.parse(line)).find(({ to }) => to === email);
  const password = /password is (\S+)/.exec(mail.text)?.[1];
  const unsigned = async (operation: string, input: object) => {
    const headers = { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` };
    const body = JSON.stringify({ ClientId: clientId, ...input });
    return JSON.parse((await call(issuer.ca, `${issuer.apiUrl}/`, { method: 'POST', headers, body })).text);
  };
  const { Session } = await unsigned('InitiateAuth', {
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: email, PASSWORD: password },
  });
  const { AuthenticationResult } = await unsigned('RespondToAuthChallenge', {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session,
    ChallengeResponses: { USERNAME: email, NEW_PASSWORD: 'my own words' },
  });
  expect(decodeJwt(AuthenticationResult.AccessToken)).toMatchObject({ tenant_id: 'acme', role: 'tenant_admin' });
  const active = { ...row, status: 'ACTIVE', version: 2, lastSeenAt: expect.any(Number) };
  expect(await getUser(tables, acme, invited.id)).toEqual(active);
});
