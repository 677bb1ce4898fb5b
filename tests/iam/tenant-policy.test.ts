import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBillingDay } from '../../tenancy/billing-day.ts';
import { openPeriod } from '../../tenancy/billing-period.ts';
import { STARTING_CATALOGUE } from '../../tenancy/catalogue.ts';
import { startOperation } from '../../tenancy/operation.ts';
import { getApiKey, putApiKey } from '../../tenancy/table/api-keys.ts';
import { requestBilling } from '../../tenancy/table/billing-commands.ts';
import {
  createBillingDay,
  listBillingDays,
  listDayOfAllTenants,
  listUnfinishedBillingDays,
} from '../../tenancy/table/billing-days.ts';
import { listAdjustments, recordBillingPeriod } from '../../tenancy/table/billing-periods.ts';
import { commit } from '../../tenancy/table/commit.ts';
import { deleteGrant, listGrants, putGrant } from '../../tenancy/table/grants.ts';
import { listLimitRules, putLimitRule } from '../../tenancy/table/limit-rules.ts';
import { getModel, putModel } from '../../tenancy/table/models.ts';
import { operationWrites } from '../../tenancy/table/operations.ts';
import { listOverdue } from '../../tenancy/table/overdue-requests.ts';
import { deleteProvisioningKey, putProvisioningKey } from '../../tenancy/table/provisioning-keys.ts';
import { takeFromBucket } from '../../tenancy/table/query-buckets.ts';
import { eachRequestOfDay, getRequest } from '../../tenancy/table/requests.ts';
import { getGateStop, getSwitches, setGateStop, setSwitch } from '../../tenancy/table/switches.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { tenantPolicyStatements, tenantTrustStatement } from '../../tenancy/table/tenant-policy.ts';
import { getTenant, putTenant } from '../../tenancy/table/tenants.ts';
import { getUserUsage, listUsage } from '../../tenancy/table/usage-sums.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../tables.ts';
import { conditionHolds } from './condition.ts';
import { isAllowed } from './evaluate.ts';
import {
  callsOf as callsOfCommand,
  contextOf,
  recordTableCalls,
  type TableCall,
  tableArn,
} from './record-table-calls.ts';

const POLICY = tenantPolicyStatements({ directoryArn: tableArn('directory'), ledgerArns: [tableArn('ledger')] });
const allowed = (call: TableCall, tag?: string) => isAllowed(POLICY, call, contextOf(call, tag));

let store: TestTables;
let recorded: ReturnType<typeof recordTableCalls>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const idOf = (text: string): TenantId => parseTenantId(text)!;
const TENANTS = ['acme', 'acme-labs', 'globex'] as const;

beforeAll(async () => {
  for (const id of TENANTS) {
    await putTenant(store.tables, {
      id: idOf(id),
      name: id,
      status: 'ACTIVE',
      tier: 'STANDARD',
      homeRegion: 'eu-central-1',
      allowedRegions: ['eu-central-1'],
      residency: 'geo',
      version: 1,
    });
  }
});

/** The calls that `use` makes, even where it fails at last. */
async function callsOf(use: (tables: Tables) => Promise<unknown>): Promise<readonly TableCall[]> {
  recorded = recordTableCalls(store.documents);
  try {
    await use(store.tables);
  } finally {
    recorded.stop();
  }
  expect(recorded.calls).not.toEqual([]);
  return recorded.calls;
}

let version = 0;
beforeEach(() => {
  version = 0;
});

/** What a tenant's admin does, by the functions that do it. */
const ADMIN: readonly (readonly [string, (tables: Tables, tenant: TenantId) => Promise<unknown>])[] = [
  ['getTenant', (tables, tenant) => getTenant(tables, tenant)],
  [
    'listGrants',
    (tables, tenant) => listGrants(tables, tenant, [{ kind: 'tenant' }, { kind: 'user', identityId: 'usr_anna' }]),
  ],
  [
    'putGrant',
    (tables, tenantId) =>
      putGrant(tables, { id: 'g', tenantId, subject: { kind: 'tenant' }, model: '*', regions: '*', effect: 'allow' }),
  ],
  ['deleteGrant', (tables, tenantId) => deleteGrant(tables, { id: 'g', tenantId, subject: { kind: 'tenant' } })],
  ['getApiKey', (tables, tenant) => getApiKey(tables, tenant, 'k3jD8sQ0aZ')],
  [
    'putApiKey',
    (tables, tenantId) =>
      putApiKey(tables, {
        tenantId,
        keyId: 'k3jD8sQ0aZ',
        name: 'laptop',
        ownerId: 'usr_anna',
        ownerDisabled: false,
        state: 'ACTIVE',
        secrets: [],
        version: ++version,
      }),
  ],
  ['listLimitRules', (tables, tenant) => listLimitRules(tables, tenant, [{ kind: 'user', identityId: 'usr_anna' }])],
  [
    'putLimitRule',
    (tables, tenant) =>
      putLimitRule(tables, tenant, {
        subject: { kind: 'user', identityId: 'usr_anna' },
        limits: { requestsPerMinute: 3 },
      }),
  ],
  ['getUserUsage', (tables, tenant) => getUserUsage(tables, tenant, 'usr_anna', '2026-11-22')],
  [
    'listUsage, of the tenant',
    (tables, tenant) => listUsage(tables, tenant, { sum: 'tenantDay', first: '2026-11-22', last: '2026-11-22' }),
  ],
  [
    'listUsage, of users',
    (tables, tenant) =>
      listUsage(tables, tenant, { sum: 'userDay', users: ['usr_anna'], first: '2026-11-22', last: '2026-11-22' }),
  ],
  [
    'listUsage, of sessions',
    (tables, tenant) => listUsage(tables, tenant, { sum: 'session', users: null, windows: ['2026-11-22'] }),
  ],
  ['eachRequestOfDay', (tables, tenant) => eachRequestOfDay(tables, tenant, '2026-11-22', () => {})],
  ['getRequest', (tables, tenant) => getRequest(tables, tenant, 'r-1')],
  ['listBillingDays', (tables, tenant) => listBillingDays(tables, tenant, '2026-11')],
  ['listAdjustments', (tables, tenant) => listAdjustments(tables, tenant)],
  ['getGateStop', (tables, tenantId) => getGateStop(tables, { tenantId, subject: { kind: 'tenant' } })],
];

describe.each(ADMIN)('%s', (_, use) => {
  it.each(TENANTS)('is allowed for %s with its own tag, and with no other', async (tenant) => {
    const calls = await callsOf((tables) => use(tables, idOf(tenant)));
    expect(calls.filter((call) => !allowed(call, tenant))).toEqual([]);
    for (const other of [...TENANTS, 'acm', 'acme-', 'acme-lab', '*', '?', 'acme*', '']) {
      if (other !== tenant) expect(calls.filter((call) => allowed(call, other))).toEqual([]);
    }
    expect(calls.filter((call) => allowed(call))).toEqual([]);
  });
});

describe('is denied to a tenant:', () => {
  const READ = { TableName: 'ledger' };
  it.each<[string, (tables: Tables) => Promise<unknown>]>([
    ['the platform’s switches', (tables) => getSwitches(tables)],
    ['to throw one', (tables) => setSwitch(tables, 'platform', null)],
    ['a model', (tables) => getModel(tables, 'claude-haiku-4-5')],
    ['to change one', (tables) => putModel(tables, STARTING_CATALOGUE[0]!)],
    ['the index of what is open', (tables) => listOverdue(tables, '0', 1).next()],
    [
      'the platform’s buckets',
      (tables) => takeFromBucket(tables, { tenantId: null, principalId: 'acme' }, { capacity: 9, refill: 1 }, 1, 1),
    ],
    ['what all tenants’ day comes to', (tables) => listDayOfAllTenants(tables, '2026-11-22', { limit: 5 })],
    ['which days are unfinished', (tables) => listUnfinishedBillingDays(tables, 5)],
    ['to write a day of its bill', (tables) => createBillingDay(tables, startBillingDay(idOf('acme'), '2026-11-22'))],
    [
      'to write a month of its bill',
      (tables) => recordBillingPeriod(tables, null, openPeriod(idOf('acme'), '2026-11')),
    ],
    [
      'to open its own gate',
      (tables) => setGateStop(tables, { tenantId: idOf('acme'), subject: { kind: 'tenant' } }, null),
    ],
    ...['USAGE#2026-11', 'GATE#TENANT', 'BUCKET#usr_anna', 'REQUEST#r-1', 'CHAIN'].map(
      (own): [string, (tables: Tables) => Promise<unknown>] => [
        `to write its own ${own}`,
        () =>
          store.documents.send(new PutCommand({ TableName: 'ledger', Item: { pk: `TENANT#acme#${own}`, sk: 'X' } })),
      ],
    ),
    [
      'to take an entry out of its own trail',
      () => store.documents.send(new DeleteCommand({ ...READ, Key: { pk: 'TENANT#acme#AUDIT', sk: 'X' } })),
    ],
    ['a scan', () => store.documents.send(new ScanCommand(READ))],
    ['a scan of an index', () => store.documents.send(new ScanCommand({ ...READ, IndexName: 'byDay' }))],
    [
      'one foreign key in a batch',
      () =>
        store.documents.send(
          new BatchGetCommand({
            RequestItems: { ledger: { Keys: ['TENANT#acme', 'TENANT#acme-labs'].map((pk) => ({ pk, sk: 'TENANT' })) } },
          }),
        ),
    ],
    [
      'even its own items by BatchWriteItem',
      () =>
        store.documents.send(
          new BatchWriteCommand({
            RequestItems: { ledger: [{ PutRequest: { Item: { pk: 'TENANT#acme', sk: 'X' } } }] },
          }),
        ),
    ],
    [
      'a key that only begins like its own',
      () => store.documents.send(new GetCommand({ ...READ, Key: { pk: 'TENANT#acmex', sk: 'X' } })),
    ],
    [
      'a key without an id',
      () => store.documents.send(new DeleteCommand({ ...READ, Key: { pk: 'TENANT#', sk: 'X' } })),
    ],
    [
      'another’s day by index',
      () =>
        store.documents.send(
          new QueryCommand({
            ...READ,
            IndexName: 'byDay',
            KeyConditionExpression: 'dayShard = :pk',
            ExpressionAttributeValues: { ':pk': 'TENANT#acme-labs#DAY#2026-11-22#0' },
          }),
        ),
    ],
  ])('%s', async (_, use) => {
    const calls = await callsOf(use);
    expect(calls.some((call) => !allowed(call, 'acme'))).toBe(true);
    const own = calls.filter((call) => allowed(call, 'acme'));
    expect(own).toEqual([]);
  });

  it('one foreign item in a transaction, which DynamoDB then refuses as a whole', async () => {
    const put = (pk: string) => ({ Put: { TableName: 'ledger', Item: { pk, sk: 'X' } } });
    const calls = await callsOf(() =>
      store.documents.send(new TransactWriteCommand({ TransactItems: [put('TENANT#acme'), put('TENANT#acme-labs')] })),
    );
    expect(calls.map((call) => [call.action, allowed(call, 'acme')])).toEqual([
      ['dynamodb:PutItem', true],
      ['dynamodb:PutItem', false],
    ]);
  });

  it('what names no table of ours, and PartiQL in any form', () => {
    const own = { leadingKeys: ['TENANT#acme'] };
    const call = { ...own, action: 'dynamodb:GetItem', resource: tableArn('directory') };
    expect(allowed(call, 'acme')).toBe(true);
    expect(allowed({ ...call, resource: tableArn('directory-of-others') }, 'acme')).toBe(false);
    expect(allowed({ ...call, resource: tableArn('ledger', 'open') }, 'acme')).toBe(false);
    for (const action of ['PartiQLSelect', 'PartiQLUpdate', 'DescribeTable', 'DeleteTable', 'GetRecords'])
      expect(allowed({ ...call, action: `dynamodb:${action}` }, 'acme')).toBe(false);
  });

  it('a call whose keys IAM is not told, and a scan by whatever action', () => {
    const call = { action: 'dynamodb:Query', resource: tableArn('ledger') };
    expect(allowed({ ...call, leadingKeys: null }, 'acme')).toBe(false);
    expect(allowed({ ...call, leadingKeys: [] }, 'acme')).toBe(false);
    const scanning = {
      ...contextOf({ ...call, leadingKeys: ['TENANT#acme'] }, 'acme'),
      'dynamodb:FullTableScan': 'true',
    };
    expect(isAllowed(POLICY, call, scanning)).toBe(false);
    expect(isAllowed(POLICY, call, { ...scanning, 'dynamodb:FullTableScan': 'false' })).toBe(true);
  });

  it('what a further statement would open: a scan stays shut', () => {
    const everything = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
    for (const action of ['dynamodb:Scan', 'dynamodb:PartiQLSelect', 'dynamodb:BatchWriteItem'])
      expect(isAllowed([...POLICY, everything], { action, resource: tableArn('ledger') }, {})).toBe(false);
  });
});

it('whatever belongs to acme’s items is not acme-labs’s, in either direction', () => {
  const keys = ['TENANT#acme', 'TENANT#acme#x', 'TENANT#acme-labs', 'TENANT#acme-labs#x', 'TENANT#acm', 'XTENANT#acme'];
  const open = (tag: string) =>
    keys.filter((one) =>
      allowed({ action: 'dynamodb:GetItem', resource: tableArn('ledger'), leadingKeys: [one] }, tag),
    );
  expect(open('acme')).toEqual(['TENANT#acme', 'TENANT#acme#x']);
  expect(open('acme-labs')).toEqual(['TENANT#acme-labs', 'TENANT#acme-labs#x']);
});

it('PutCommand is seen with its key too', async () => {
  const calls = await callsOf(() =>
    store.documents.send(new PutCommand({ TableName: 'ledger', Item: { pk: 'TENANT#acme#x', sk: 'X' } })),
  );
  const call = { action: 'dynamodb:PutItem', resource: tableArn('ledger'), leadingKeys: ['TENANT#acme#x'] };
  expect(calls).toEqual([{ ...call, attributes: ['pk', 'sk'] }]);
});

it('what is done to a tenant, what its billing is asked, and the key that opens it first are read by it and written by none of its', async () => {
  const tenantId = idOf('acme');
  const id = '019aa8c1-7e01-7a10-8f02-0d4c9b7e6f23';
  const operation = startOperation('ONBOARD', { id, tenantId, startedBy: 'acme', startedAt: 1, input: {} });
  const command = {
    id,
    tenantId,
    kind: 'CREATE_CUSTOMER',
    state: 'DONE',
    requestedAt: 1,
    requestedBy: 'acme',
  } as const;
  const key = { tenantId, keyId: 'abcdefghij', sha256: 'ab'.repeat(32), validUntil: 1 };
  const calls = await callsOf(async (tables) => {
    await commit(operationWrites(tables, null, operation));
    await requestBilling(tables, command);
    await putProvisioningKey(tables, key);
    await deleteProvisioningKey(tables, tenantId);
  });
  expect(calls.map((call) => allowed(call, 'acme'))).toEqual([false, false, false, false, false]);
});

describe('of what stands at its own keys, a tenant sets nothing that is the platform’s:', () => {
  const given = { id: 'g', tenantId: idOf('acme'), subject: { kind: 'tenant' }, model: '*', regions: '*' } as const;
  it('where it is served and what it bought', async () => {
    const tenant = await getTenant(store.tables, idOf('acme'));
    const calls = await callsOf((tables) => putTenant(tables, { ...tenant!, version: tenant!.version + 1 }));
    expect(calls.map((call) => allowed(call, 'acme'))).toEqual([false]);
  });

  it('a grant that gives something', async () => {
    const bought = await callsOf((tables) => putGrant(tables, { ...given, effect: 'allow', byPlatform: true }));
    expect(bought.map((call) => [call.action, allowed(call, 'acme')])).toEqual([
      ['dynamodb:PutItem', false],
      ['dynamodb:UpdateItem', true],
    ]);
    const handedOn = await callsOf((tables) => putGrant(tables, { ...given, effect: 'allow' }));
    expect(handedOn.map((call) => allowed(call, 'acme'))).toEqual([true, true]);
  });

  it.each([
    ['SET tier = :x', {}],
    ['SET #a = :x', { '#a': 'tier' }],
    ['SET nextTier = :x', {}],
    ['SET a = :x REMOVE #b.c', { '#b': 'allowedRegions' }],
    ['SET a = if_not_exists(byPlatform, :x)', {}],
  ])('by the update %s', async (UpdateExpression, names) => {
    const [call] = callsOfCommand('UpdateItem', {
      TableName: 'directory',
      Key: { pk: 'TENANT#acme', sk: 'TENANT' },
      UpdateExpression,
      ExpressionAttributeNames: names,
    });
    expect(allowed(call!, 'acme')).toBe(false);
  });

  it('but what only looks like it is its own', () => {
    const [call] = callsOfCommand('UpdateItem', {
      TableName: 'directory',
      Key: { pk: 'TENANT#acme', sk: 'TENANT' },
      UpdateExpression: 'SET #a.tier = :tier ADD rulesVersion :one',
      ExpressionAttributeNames: { '#a': 'a' },
    });
    expect(call?.attributes).toEqual(['pk', 'sk', 'a', 'rulesVersion']);
    expect(allowed(call!, 'acme')).toBe(true);
  });
});

describe('the role is assumed', () => {
  const { Action, Condition, Principal } = tenantTrustStatement(['arn:aws:iam::111122223333:role/control-plane']);
  it('by the control plane, which has to tag the session', () => {
    expect(Principal.AWS).toEqual(['arn:aws:iam::111122223333:role/control-plane']);
    expect(Action).toEqual(['sts:AssumeRole', 'sts:TagSession']);
  });
  it.each<[string, Record<string, string | string[]>, boolean]>([
    ['with its tenant', { 'aws:RequestTag/tenant_id': 'acme', 'aws:TagKeys': ['tenant_id'] }, true],
    ['not without', {}, false],
    ['not with an empty one', { 'aws:RequestTag/tenant_id': '', 'aws:TagKeys': ['tenant_id'] }, false],
    ['not with a tag besides', { 'aws:RequestTag/tenant_id': 'acme', 'aws:TagKeys': ['tenant_id', 'role'] }, false],
  ])('%s', (_, context, expected) => {
    expect(conditionHolds(Condition, context)).toBe(expected);
  });
});
