import { expect, it } from 'vitest';
import { addTenantClaim, type PreTokenEvent } from './tenant-claim.ts';

const machines = new Map([['robot', 'acme']]);
const decide = (event: PreTokenEvent) => addTenantClaim(event, (id) => machines.get(id)).response;

function userEvent(userAttributes: Record<string, string>): PreTokenEvent {
  return {
    version: '3',
    triggerSource: 'TokenGeneration_HostedAuth',
    region: 'eu-central-1',
    userPoolId: 'eu-central-1_Local',
    userName: 'alice',
    // The client's own entry must not count for a user who signs in through it.
    callerContext: { awsSdkVersion: 'x', clientId: 'robot' },
    request: { userAttributes, groupConfiguration: {}, clientMetadata: { tenant_id: 'globex' } },
    response: { claimsAndScopeOverrideDetails: {} },
  };
}

function machineEvent(clientId: string): PreTokenEvent {
  return {
    ...userEvent({}),
    version: '3',
    triggerSource: 'TokenGeneration_ClientCredentials',
    callerContext: { awsSdkVersion: 'x', clientId },
    request: {
      userAttributes: { 'custom:tenant_id': 'globex' },
      groupConfiguration: {},
      clientMetadata: { tenant_id: 'globex', 'custom:tenant_id': 'globex' },
    },
  } as PreTokenEvent;
}

const acmeInAccessTokenOnly = {
  claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: { tenant_id: 'acme' } } },
};

it('takes a user’s tenant from the stored attribute', () => {
  expect(decide(userEvent({ 'custom:tenant_id': 'acme' }))).toEqual(acmeInAccessTokenOnly);
});

it('takes a machine’s tenant from its client id, whatever it says of itself', () => {
  expect(decide(machineEvent('robot'))).toEqual(acmeInAccessTokenOnly);
  expect(() => decide(machineEvent('stray'))).toThrow('belongs to no tenant');
});

it.each([
  [{}],
  [{ 'custom:tenant_id': '' }],
  [{ 'custom:tenant_id': 'ACME' }],
  [{ 'custom:tenant_id': 'acme/globex' }],
  [{ tenant_id: 'acme' }],
])('refuses a user with the attributes %j', (attributes) => {
  expect(() => decide(userEvent(attributes as Record<string, string>))).toThrow('belongs to no tenant');
});
