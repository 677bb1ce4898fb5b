import { readFileSync } from 'node:fs';
import { ScanCommand as ScanItems } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import type { ApiKey } from '../api-key.ts';
import { STARTING_CATALOGUE } from '../catalogue.ts';
import { type Grant, type GrantSubject, grantSubjects } from '../grant.ts';
import type { Model } from '../model.ts';
import type { Stop, SwitchTarget } from '../switches.ts';
import { parseTenantId, type Tenant, type TenantId } from '../tenant.ts';
import { getApiKey, putApiKey } from './api-keys.ts';
import { noteThreshold } from './budget-thresholds.ts';
import { commit } from './commit.ts';
import { beginGateReset, endGateReset } from './gate-resets.ts';
import { updateGate } from './gates.ts';
import { deleteGrant, listGrants, putGrant } from './grants.ts';
import { claimPair, identityProviderWrite } from './identity-providers.ts';
import { listLearntBetas, putLearntBeta } from './learnt-betas.ts';
import { putLimitRule } from './limit-rules.ts';
import { putMachineClient } from './machine-clients.ts';
import { getModel, putModel } from './models.ts';
import { getPassportKey, putPassportKey } from './passport-keys.ts';
import { putPrice } from './prices.ts';
import { openRequest, settleRequest } from './requests.ts';
import { routeBindingWrite } from './route-bindings.ts';
import { putStaff } from './staff.ts';
import { setCongested, setGateStop, setSwitch } from './switches.ts';
import { getTenant, putTenant, readTenantImage } from './tenants.ts';
import { noteUserSeen, putUser } from './users.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const tenantId = (text: string): TenantId => parseTenantId(text)!;

function tenant(id: string, change: Partial<Tenant> = {}): Tenant {
  return {
    id: tenantId(id),
    name: `Tenant ${id}`,
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1', 'us-east-1'],
    residency: 'global',
    version: 1,
    ...change,
  };
}

it('storage.md shows every kind of item exactly as it is stored', async () => {
  // Roll-ups are made, not stored as they stand: a test of their own makes them.
  const [page = ''] = readFileSync(new URL('storage.md', import.meta.url), 'utf8').split('\n## Roll-ups\n');
  const examples = [...page.matchAll(/```json\n(.+?)```/gs)]
    .map(([, json]) => JSON.parse(json!))
    // A share window is made of many small counts: shares.test.ts has it.
    .filter(({ kind }) => kind !== 'SHARE_WINDOW');
  for (const { pk, sk, kind, ...stored } of examples) {
    if (kind === 'TENANT') await putTenant(store.tables, renamed(stored));
    else if (kind === 'API_KEY') await putApiKey(store.tables, stored);
    else if (kind === 'GRANT') await putGrant(store.tables, stored);
    else if (kind === 'MODEL') await putModel(store.tables, stored);
    else if (kind === 'ROUTE_BINDING') await commit([routeBindingWrite(store.tables, stored)]);
    else if (kind === 'IDENTITY_PROVIDER') await commit([identityProviderWrite(store.tables, stored)]);
    else if (kind === 'IDENTITY_PROVIDER_OWNER') await claimPair(store.tables, stored, stored.claimedAt);
    else if (kind === 'LEARNT_BETA') {
      await putLearntBeta(store.tables, stored.region, stored.model, stored.beta, stored.until);
    } else if (kind === 'LIMITS') {
      const { tenantId: tenant, limits } = stored;
      await putLimitRule(store.tables, tenant, { subject: subjectOf(sk.replace('LIMITS#', '')), limits });
    } else if (kind === 'PRICE') await putPrice(store.tables, stored);
    else if (kind === 'GATE') await storeGate(pk, stored);
    else if (kind === 'BUDGET_THRESHOLD') {
      const { tenantId: tenant, subject: __, ...event } = stored;
      await noteThreshold(store.tables, {
        ...event,
        gate: { tenantId: tenant, subject: subjectOf(pk.split('#GATE#')[1]) },
      });
    } else if (kind === 'SWITCHES') await storeSwitches(stored);
    else if (kind === 'PASSPORT_KEY') await putPassportKey(store.tables, stored);
    else if (kind === 'USER') {
      await putUser(store.tables, null, stored);
      await noteUserSeen(store.tables, stored, stored.lastSeenAt);
    } else if (kind === 'STAFF') await putStaff(store.tables, stored);
    else if (kind === 'MACHINE_CLIENT') await putMachineClient(store.tables, stored);
    else if (kind === 'REQUEST') {
      const { status, settlement, ...intent } = stored;
      await openRequest(store.tables, intent);
      if (status === 'SETTLED') await settleRequest(store.tables, intent, settlement);
    }
  }
  const tables = await Promise.all(
    ['directory', 'ledger'].map((TableName) => store.documents.send(new ScanCommand({ TableName }))),
  );
  const inOrder = (items: Record<string, unknown>[]) =>
    items.sort((a, b) => (`${a['pk']} ${a['sk']}` < `${b['pk']} ${b['sk']}` ? -1 : 1));
  expect(inOrder(tables.flatMap(({ Items = [] }) => Items))).toEqual(inOrder(examples));
  expect([...new Set(examples.map(({ kind }) => kind))]).toHaveLength(25);
});

type Stored = Readonly<Record<string, unknown>>;

/** `USER#usr_anna`, as keys name whose something is. */
function subjectOf(text: string): GrantSubject {
  const [kind, id = ''] = text.split('#');
  if (kind === 'USER') return { kind: 'user', identityId: id };
  return kind === 'KEY' ? { kind: 'key', keyId: id } : { kind: 'tenant' };
}

async function storeGate(
  pk: string,
  { tenantId: tenant, kind: _, closed: __, changes: ___, stop, resetBegunAt, resetDoneAt, ...counters }: Stored,
): Promise<void> {
  const id = { tenantId: tenantId(String(tenant)), subject: subjectOf(pk.split('#GATE#')[1]!) };
  const add = new Map(Object.entries(counters).map(([name, count]) => [name, BigInt(count as number)]));
  await updateGate(store.tables, id, { add, atMost: new Map(), refusedWhenClosed: true, remove: [] });
  if (stop) await setGateStop(store.tables, id, stop as Stop);
  if (resetBegunAt) await beginGateReset(store.tables, { tenantId: id.tenantId, begunAt: 0 }, Number(resetBegunAt));
  if (resetDoneAt) await endGateReset(store.tables, id.tenantId, Number(resetDoneAt));
}

async function storeSwitches(stored: Stored): Promise<void> {
  for (const [name, value] of Object.entries(stored)) {
    if (name.startsWith('stopped:')) await setSwitch(store.tables, name.slice(8) as SwitchTarget, value as Stop);
    if (name.startsWith('congested:')) await setCongested(store.tables, name.slice(10), Number(value));
  }
}

function renamed({ tenantId, ...rest }: { tenantId: TenantId } & Omit<Tenant, 'id'>): Tenant {
  return { ...rest, id: tenantId };
}

describe('a tenant', () => {
  it('comes back as it was stored', async () => {
    const initech = tenant('initech');
    expect(await putTenant(store.tables, initech)).toBe('stored');
    expect(await getTenant(store.tables, initech.id)).toEqual(initech);
  });

  it('that nobody stored is null', async () => {
    expect(await getTenant(store.tables, tenantId('nobody'))).toBeNull();
  });

  it('is made once: a second creation is a conflict and changes nothing', async () => {
    const first = tenant('hooli');
    expect(await putTenant(store.tables, first)).toBe('stored');
    expect(await putTenant(store.tables, { ...first, name: 'Impostor' })).toBe('conflict');
    expect(await getTenant(store.tables, first.id)).toEqual(first);
  });

  it('cannot be changed into being: a later version of nothing is a conflict', async () => {
    expect(await putTenant(store.tables, tenant('ghost', { version: 2 }))).toBe('conflict');
    expect(await getTenant(store.tables, tenantId('ghost'))).toBeNull();
  });

  it('changed by many who read the same version is changed by one of them', async () => {
    await putTenant(store.tables, tenant('umbrella'));
    const writers = Array.from({ length: 20 }, (_, n) =>
      putTenant(store.tables, tenant('umbrella', { version: 2, name: `writer ${n}` })),
    );
    const outcomes = await Promise.all(writers);
    expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
    expect(await getTenant(store.tables, tenantId('umbrella'))).toMatchObject({
      name: `writer ${outcomes.indexOf('stored')}`,
      version: 2,
    });
  });

  it('damaged in the store is an error, never half a tenant', async () => {
    const row = (id: string) =>
      store.documents.send(new GetCommand({ TableName: 'directory', Key: { pk: `TENANT#${id}`, sk: 'TENANT' } }));
    await putTenant(store.tables, tenant('wayne'));
    const { Item } = await row('wayne');
    const spoil = (change: object) =>
      store.documents.send(new PutCommand({ TableName: 'directory', Item: { ...Item, ...change } }));
    for (const change of [{ status: 'FINE' }, { homeRegion: 'mars-1' }, { tenantId: 'Wayne' }, { version: 'one' }]) {
      await spoil(change);
      await expect(getTenant(store.tables, tenantId('wayne'))).rejects.toThrow();
    }
  });

  it('with a fraction for a version is not stored', async () => {
    await expect(putTenant(store.tables, tenant('fraction', { version: 1.5 }))).rejects.toThrow();
  });
});

describe('a stream image', () => {
  const image = async (pk: string, sk: string) => {
    const { Items = [] } = await store.client.send(new ScanItems({ TableName: 'directory' }));
    return Items.find((item) => item['pk']?.S === pk && item['sk']?.S === sk)!;
  };

  it('of a tenant is read as the tenant', async () => {
    const stark = tenant('stark', { status: 'SUSPENDED', residency: 'region' });
    await putTenant(store.tables, stark);
    expect(readTenantImage(await image('TENANT#stark', 'TENANT'))).toEqual(stark);
  });

  it('of any other item is null', async () => {
    expect(readTenantImage(await image('TENANT#acme', 'KEY#k3jD8sQ0aZ'))).toBeNull();
    expect(readTenantImage(await image('TENANT#acme', 'GRANT#TENANT#all-models'))).toBeNull();
    expect(readTenantImage(await image('MODEL#claude-haiku-4-5', 'MODEL'))).toBeNull();
    expect(readTenantImage({})).toBeNull();
  });

  it('of a damaged tenant is an error', async () => {
    const { status: _, ...half } = await image('TENANT#stark', 'TENANT');
    expect(() => readTenantImage(half)).toThrow();
  });
});

describe('an api key', () => {
  const apiKey = (tenant: string, keyId: string, change: Partial<ApiKey> = {}): ApiKey => ({
    tenantId: tenantId(tenant),
    keyId,
    name: 'laptop',
    ownerId: 'usr_anna',
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets: [{ sha256: 'ab'.repeat(32), validUntil: 1_800_000_000_000 }],
    version: 1,
    ...change,
  });

  it('comes back as it was stored', async () => {
    const key = apiKey('initech', 'aaaaaaaaaa', { state: 'REVOKED', ownerDisabled: true });
    expect(await putApiKey(store.tables, key)).toBe('stored');
    expect(await getApiKey(store.tables, key.tenantId, key.keyId)).toEqual(key);
  });

  it('is found under its own tenant alone', async () => {
    await putApiKey(store.tables, apiKey('initech', 'bbbbbbbbbb'));
    expect(await getApiKey(store.tables, tenantId('hooli'), 'bbbbbbbbbb')).toBeNull();
    expect(await getApiKey(store.tables, tenantId('initech'), 'BBBBBBBBBB')).toBeNull();
  });

  it('is not changed from a version that is no longer there', async () => {
    const key = apiKey('initech', 'cccccccccc');
    await putApiKey(store.tables, key);
    expect(await putApiKey(store.tables, { ...key, version: 2, state: 'REVOKED' })).toBe('stored');
    expect(await putApiKey(store.tables, { ...key, version: 2, state: 'ACTIVE' })).toBe('conflict');
    expect(await getApiKey(store.tables, key.tenantId, key.keyId)).toMatchObject({ state: 'REVOKED' });
  });
});

describe('grants', () => {
  const grant = (id: string, subject: Grant['subject'], change: Partial<Grant> = {}): Grant => ({
    id,
    tenantId: tenantId('initech'),
    subject,
    model: '*',
    regions: '*',
    effect: 'allow',
    ...change,
  });
  const list = async (tenant: string, subjects: Grant['subject'][]) =>
    (await listGrants(store.tables, tenantId(tenant), subjects)).map(({ id }) => id).sort();

  it('are listed for exactly the subjects that speak for a caller', async () => {
    await putGrant(store.tables, grant('tenant-1', { kind: 'tenant' }));
    await putGrant(store.tables, grant('tenant-2', { kind: 'tenant' }, { effect: 'deny', from: 1, until: 2 }));
    await putGrant(store.tables, grant('ann-1', { kind: 'user', identityId: 'ann' }));
    // Names that start alike, and a user that is called like a key.
    await putGrant(store.tables, grant('anna-1', { kind: 'user', identityId: 'anna' }));
    await putGrant(store.tables, grant('user-k1', { kind: 'user', identityId: 'kkkkkkkkkk' }));
    await putGrant(store.tables, grant('key-1', { kind: 'key', keyId: 'kkkkkkkkkk' }));
    await putGrant(store.tables, grant('other', { kind: 'tenant' }, { tenantId: tenantId('hooli') }));

    const caller = {
      tenantId: tenantId('initech'),
      identityId: 'ann',
      callerType: 'api_key',
      keyId: 'kkkkkkkkkk',
    } as const;
    expect(await list('initech', grantSubjects(caller))).toEqual(['ann-1', 'key-1', 'tenant-1', 'tenant-2']);
    expect(await list('initech', [{ kind: 'tenant' }])).toEqual(['tenant-1', 'tenant-2']);
    expect(await list('initech', [{ kind: 'user', identityId: 'anna' }])).toEqual(['anna-1']);
    expect(await list('hooli', grantSubjects({ ...caller, tenantId: tenantId('hooli') }))).toEqual(['other']);
    expect(await list('initech', [])).toEqual([]);
  });

  it('come back as they were stored', async () => {
    const subject = { kind: 'user', identityId: 'bob' } as const;
    const deny = grant('d', subject, {
      effect: 'deny',
      model: 'claude-opus-5',
      regions: ['us-east-1'],
      from: 5,
      until: 9,
    });
    const allow = grant('a', subject);
    for (const one of [deny, allow]) await putGrant(store.tables, one);
    expect(await listGrants(store.tables, tenantId('initech'), [subject])).toEqual([allow, deny]);
  });

  it('are all listed, also past the first page', async () => {
    const subject = { kind: 'user', identityId: 'carol' } as const;
    // DynamoDB ends a page at 1 MB; each of these is a third of it.
    const fat = 'm'.repeat(350_000);
    for (const id of ['1', '2', '3', '4']) await putGrant(store.tables, grant(id, subject, { model: fat }));
    expect(await list('initech', [subject])).toEqual(['1', '2', '3', '4']);
  });

  it('of a subject with a separator in its name are refused, not looked for elsewhere', async () => {
    const evil = { kind: 'user', identityId: 'ann#x' } as const;
    await expect(putGrant(store.tables, grant('evil', evil))).rejects.toThrow(RangeError);
    await expect(listGrants(store.tables, tenantId('initech'), [evil])).rejects.toThrow(RangeError);
    await expect(putGrant(store.tables, grant('x#evil', { kind: 'tenant' }))).rejects.toThrow(RangeError);
  });
});

describe('the rules of a tenant', () => {
  it('have a version that counts up with each change, and that a write of the tenant leaves alone', async () => {
    const soylent = tenant('soylent');
    await putTenant(store.tables, soylent);
    const grant: Grant = {
      id: 'all',
      tenantId: soylent.id,
      subject: { kind: 'tenant' },
      model: '*',
      regions: '*',
      effect: 'allow',
    };
    const versions = [await rulesVersionOf(soylent.id)];
    await putGrant(store.tables, grant);
    versions.push(await rulesVersionOf(soylent.id));
    expect(await putTenant(store.tables, { ...soylent, version: 2, rulesVersion: 0 })).toBe('stored');
    versions.push(await rulesVersionOf(soylent.id));
    await deleteGrant(store.tables, grant);
    expect(await listGrants(store.tables, soylent.id, [{ kind: 'tenant' }])).toEqual([]);
    versions.push(await rulesVersionOf(soylent.id));
    expect(versions).toEqual([undefined, 1, 1, 2]);
  });

  it('cannot come before the tenant', async () => {
    const grant = { id: 'all', tenantId: tenantId('nowhere'), subject: { kind: 'tenant' } } as const;
    await expect(putGrant(store.tables, { ...grant, model: '*', regions: '*', effect: 'allow' })).rejects.toThrow();
    expect(await getTenant(store.tables, grant.tenantId)).toBeNull();
  });

  async function rulesVersionOf(id: TenantId): Promise<number | undefined> {
    return (await getTenant(store.tables, id))?.rulesVersion;
  }
});

describe('a model', () => {
  const model = (id: string, aliases: string[] = [], change: Partial<Model> = {}): Model => ({
    ...STARTING_CATALOGUE[0]!,
    id,
    aliases,
    foundationModelId: `anthropic.${id}`,
    profiles: [{ region: 'us-east-1', scope: 'geo', bedrockModelId: `us.anthropic.${id}` }],
    ...change,
  });

  it('is found by its name and by each alias, as it was stored', async () => {
    const nova = model('nova', ['nova-20260101', 'nova-latest'], { enabled: false });
    expect(await putModel(store.tables, nova)).toBe('stored');
    for (const name of ['nova', 'nova-20260101', 'nova-latest', 'nova[1m]'])
      expect(await getModel(store.tables, name)).toEqual(nova);
  });

  it("is found by every id of Bedrock's that leads to it", async () => {
    const application = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcd1234efgh';
    const lyra = model('lyra', [], {
      profiles: [
        { region: 'us-east-1', scope: 'geo', bedrockModelId: 'us.anthropic.lyra' },
        { region: 'us-east-1', scope: 'global', bedrockModelId: application },
      ],
      betas: [{ match: 'a', send: null, fields: ['x', 'tools[].y'], regions: ['us-east-1'] }],
    });
    expect(await putModel(store.tables, lyra)).toBe('stored');
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.lyra';
    for (const name of ['anthropic.lyra', 'us.anthropic.lyra', arn, application, `${application}[1m]`])
      expect(await getModel(store.tables, name), name).toEqual(lyra);
    expect(await getModel(store.tables, 'eu.anthropic.lyra')).toBeNull();
    expect(await getModel(store.tables, application.replace('abcd', 'abce'))).toBeNull();
    expect(await putModel(store.tables, { ...lyra, profiles: [] })).toBe('stored');
    for (const name of ['us.anthropic.lyra', application]) expect(await getModel(store.tables, name)).toBeNull();
  });

  it('cannot take what Bedrock calls another model', async () => {
    await putModel(store.tables, model('orion'));
    for (const stolen of [{ foundationModelId: 'us.anthropic.orion' }, { aliases: ['anthropic.orion'] }])
      expect(await putModel(store.tables, model('thief', [], stolen))).toBe('name_taken');
    expect(await getModel(store.tables, 'thief')).toBeNull();
  });

  it('with a name that nobody could send, a place that nobody can read, or too many names is not stored', async () => {
    const betas = [{ match: 'a', send: null, fields: ['tools[0].x'] }];
    const many = (count: number) => Array.from({ length: count }, (_, n) => `many-${count}-${n}`);
    await expect(putModel(store.tables, model('cetus', ['Cetus']))).rejects.toThrow(RangeError);
    await expect(putModel(store.tables, model('cetus', [], { betas }))).rejects.toThrow();
    await expect(putModel(store.tables, model('cetus', many(46)))).rejects.toThrow(RangeError);
    expect(await getModel(store.tables, 'cetus')).toBeNull();
    expect(await putModel(store.tables, model('cetus', many(45)))).toBe('stored');
  });

  it('of an unknown or misshapen name is null', async () => {
    for (const name of ['unheard-of', '', 'NOVA', 'nova#MODEL', 'nova\n', 'x'.repeat(200)])
      expect(await getModel(store.tables, name)).toBeNull();
  });

  it('gives up a name that it no longer has, which another may then take', async () => {
    await putModel(store.tables, model('vega', ['vega-a', 'vega-b']));
    expect(await putModel(store.tables, model('vega', ['vega-b']))).toBe('stored');
    expect(await getModel(store.tables, 'vega-a')).toBeNull();
    expect(await putModel(store.tables, model('altair', ['vega-a']))).toBe('stored');
    expect(await getModel(store.tables, 'vega-a')).toMatchObject({ id: 'altair' });
  });

  it('cannot take a name that means another model', async () => {
    const rigel = model('rigel', ['rigel-latest']);
    await putModel(store.tables, rigel);
    expect(await putModel(store.tables, model('usurper', ['rigel-latest']))).toBe('name_taken');
    expect(await putModel(store.tables, model('usurper', ['rigel']))).toBe('name_taken');
    expect(await putModel(store.tables, model('rigel-latest'))).toBe('name_taken');
    expect(await getModel(store.tables, 'usurper')).toBeNull();
    for (const name of ['rigel', 'rigel-latest']) expect(await getModel(store.tables, name)).toEqual(rigel);
  });

  it('is not found by an alias that it does not know of', async () => {
    await store.documents.send(
      new PutCommand({
        TableName: 'directory',
        Item: { pk: 'MODEL#left-behind', sk: 'ALIAS', kind: 'MODEL_ALIAS', alias: 'left-behind', modelId: 'rigel' },
      }),
    );
    expect(await getModel(store.tables, 'left-behind')).toBeNull();
  });

  it('of the starting catalogue is stored, every one', async () => {
    for (const one of STARTING_CATALOGUE) expect(await putModel(store.tables, one)).toBe('stored');
  });
});

describe('a beta that was learnt as refused', () => {
  const list = async (region: 'eu-central-1' | 'us-east-1', name: string) => [
    ...(await listLearntBetas(store.tables, region, name)),
  ];

  it('is known of its model in its region alone, with its latest end', async () => {
    const put = (beta: string, until: number) => putLearntBeta(store.tables, 'us-east-1', 'nova', beta, until);
    await put('b', 5_000);
    await put('a', 5_000);
    await put('a', 7_001);
    expect(await list('us-east-1', 'nova')).toEqual([
      ['a', 7_001],
      ['b', 5_000],
    ]);
    expect(await list('eu-central-1', 'nova')).toEqual([]);
    expect(await list('us-east-1', 'nova-2')).toEqual([]);
  });

  it('is one of a hundred that a read brings, however many there are', async () => {
    const names = Array.from({ length: 110 }, (_, n) => `junk-${n}`);
    await Promise.all(names.map((name) => putLearntBeta(store.tables, 'us-east-1', 'full', name, 5_000)));
    expect(await list('us-east-1', 'full')).toHaveLength(100);
  });
});

describe('a passport key', () => {
  it('comes back as it was stored, with and without an end', async () => {
    const [one, other] = [
      { kid: '2026-12', publicKeyPem: 'PEM 1' },
      { kid: '2027-01', publicKeyPem: 'PEM 2', expiresAt: 7 },
    ];
    for (const key of [one, other]) await putPassportKey(store.tables, key);
    expect(await getPassportKey(store.tables, '2026-12')).toEqual(one);
    expect(await getPassportKey(store.tables, '2027-01')).toEqual(other);
    expect(await getPassportKey(store.tables, '2027-02')).toBeNull();
  });
});
