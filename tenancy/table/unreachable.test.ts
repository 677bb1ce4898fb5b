import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { STARTING_CATALOGUE } from '../catalogue.ts';
import { parseTenantId, type Tenant } from '../tenant.ts';
import { NO_TOKENS } from '../usage.ts';
import { getApiKey, putApiKey } from './api-keys.ts';
import { listGrants, putGrant } from './grants.ts';
import { listLearntBetas, putLearntBeta } from './learnt-betas.ts';
import { findMachineClient } from './machine-clients.ts';
import { getModel, putModel } from './models.ts';
import { getPassportKey, putPassportKey } from './passport-keys.ts';
import { getRequest, openRequest, settleRequest } from './requests.ts';
import { getStaff } from './staff.ts';
import { openTables } from './tables.ts';
import { getTenant, putTenant } from './tenants.ts';
import { getUser, listUsers, noteUserSeen, putUser } from './users.ts';

/** Nothing listens there: the error is a refused connection. */
const client = new DynamoDBClient({
  endpoint: 'http://127.0.0.1:1',
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
});
const tables = openTables(DynamoDBDocumentClient.from(client), { directory: 'directory', ledger: 'ledger' });

const acme = parseTenantId('acme')!;
const tenant: Tenant = {
  id: acme,
  name: 'Acme',
  status: 'ACTIVE',
  tier: 'TRIAL',
  homeRegion: 'eu-central-1',
  allowedRegions: ['eu-central-1'],
  residency: 'geo',
  version: 1,
};
const user = {
  tenantId: acme,
  id: 'usr_anna',
  email: 'anna@acme.example',
  displayName: 'Anna',
  role: 'ADMIN',
  status: 'ACTIVE',
  invitedAt: 1,
  version: 1,
} as const;
const apiKey = {
  tenantId: acme,
  keyId: 'k3jD8sQ0aZ',
  name: 'laptop',
  ownerId: 'usr_anna',
  ownerDisabled: false,
  state: 'ACTIVE',
  secrets: [],
  version: 1,
} as const;
const intent = {
  requestId: 'r-1',
  tenantId: acme,
  identityId: 'usr_anna',
  callerType: 'user',
  model: 'm',
  bedrockModelId: 'b',
  region: 'eu-central-1',
  stream: true,
  startedAt: 1,
  reserved: { nanoUsd: 1_000_000n, inputTokens: 100, outputTokens: 4_096 },
} as const;

it.each<[string, () => Promise<unknown>]>([
  ['getUser', () => getUser(tables, acme, 'usr_anna')],
  ['listUsers', () => listUsers(tables, acme, { limit: 1 })],
  ['putUser', () => putUser(tables, null, user)],
  ['noteUserSeen', () => noteUserSeen(tables, user, 2)],
  ['getStaff', () => getStaff(tables, 'usr_anna')],
  ['findMachineClient', () => findMachineClient(tables, 'client')],
  ['getTenant', () => getTenant(tables, acme)],
  ['putTenant', () => putTenant(tables, tenant)],
  ['getApiKey', () => getApiKey(tables, acme, 'k3jD8sQ0aZ')],
  ['putApiKey', () => putApiKey(tables, apiKey)],
  ['listGrants', () => listGrants(tables, acme, [{ kind: 'tenant' }])],
  [
    'putGrant',
    () =>
      putGrant(tables, {
        id: 'g',
        tenantId: acme,
        subject: { kind: 'tenant' },
        model: '*',
        regions: '*',
        effect: 'allow',
      }),
  ],
  ['getModel', () => getModel(tables, 'claude-haiku-4-5')],
  ['putModel', () => putModel(tables, STARTING_CATALOGUE[0]!)],
  ['listLearntBetas', () => listLearntBetas(tables, 'us-east-1', 'm')],
  ['putLearntBeta', () => putLearntBeta(tables, 'us-east-1', 'm', 'b', 1)],
  ['getPassportKey', () => getPassportKey(tables, 'k1')],
  ['putPassportKey', () => putPassportKey(tables, { kid: 'k1', publicKeyPem: 'PEM' })],
  ['getRequest', () => getRequest(tables, acme, 'r-1')],
  ['openRequest', () => openRequest(tables, intent)],
  [
    'settleRequest',
    () =>
      settleRequest(tables, intent, { outcome: 'COMPLETED', nanoUsd: 1n, tokens: NO_TOKENS, flags: [], settledAt: 2 }),
  ],
])('%s throws when the store cannot be reached: an absence or a conflict is never guessed', async (_, call) => {
  await expect(call()).rejects.toThrow(/ECONNREFUSED/);
});
