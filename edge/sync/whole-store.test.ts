import '@aws-sdk/signature-v4a';
import '../../local/localhost-names.ts';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFrontKeyValueStoreClient, UpdateKeysCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type KeyValueStore, startKeyValueStore } from '../../local/key-value-store.ts';
import { encodeEdgeProvider } from '../../tenancy/edge-provider.ts';
import { PROVIDER_DEFAULTS } from '../../tenancy/identity-provider.ts';
import { listAudit } from '../../tenancy/table/audit.ts';
import { commit } from '../../tenancy/table/commit.ts';
import { identityProviderWrite } from '../../tenancy/table/identity-providers.ts';
import { getTenant, putTenant } from '../../tenancy/table/tenants.ts';
import { encodeEdgeTenant, parseTenantId, type Tenant, type TenantId, toEdgeTenant } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { compareStore, writeDifferences } from './whole-store.ts';

const LIMIT = 5 * 1024 * 1024;
const FILLER = 'FILLER';
const KEYS = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'test-secret' };
const tenant = (id: string, change: Partial<Tenant> = {}): Tenant => ({
  id: parseTenantId(id) as TenantId,
  name: id,
  status: 'ACTIVE',
  tier: 'STANDARD',
  homeRegion: 'eu-central-1',
  allowedRegions: ['eu-central-1'],
  residency: 'geo',
  version: 1,
  ...change,
});
const entry = (id: string, change: Partial<Tenant> = {}) => encodeEdgeTenant(toEdgeTenant(tenant(id, change)));
const MANY = Array.from({ length: 120 }, (_, n) => `tenant-${String(n).padStart(3, '0')}`);
const SUSPENDED = { status: 'SUSPENDED' } as const;

let tables: TestTables;
let folder: string;
let store: KeyValueStore;
let client: CloudFrontKeyValueStoreClient;
beforeEach(async () => {
  tables = await startTables();
  await Promise.all(MANY.map((id) => putTenant(tables.tables, tenant(id))));
  folder = mkdtempSync(join(tmpdir(), 'whole-'));
});
afterEach(async () => {
  client.destroy();
  await store.close();
  rmSync(folder, { recursive: true });
  await tables.close();
});

/** @param room in bytes, beside these entries */
async function start(entries: Readonly<Record<string, string>>, room = LIMIT / 2): Promise<void> {
  const taken = Object.entries(entries).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const all = { ...entries, [FILLER]: 'x'.repeat(LIMIT - taken - FILLER.length - room) };
  writeFileSync(join(folder, 'entries.json'), JSON.stringify(all));
  store = await startKeyValueStore({ folder, accessKeys: { [KEYS.accessKeyId]: KEYS.secretAccessKey } });
  const endpoint = store.env['AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE']!;
  client = new CloudFrontKeyValueStoreClient({ endpoint, region: 'eu-central-1', credentials: KEYS, maxAttempts: 1 });
}
const edge = () => ({ client, arn: store.arn });

function command(
  words: readonly string[],
  change: Record<string, string> = {},
): Promise<{ code: number; text: string }> {
  const env = {
    ...store.env,
    DIRECTORY_TABLE: 'directory',
    LEDGER_TABLE: 'ledger',
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    NODE_OPTIONS: `--import=${new URL('../../local/localhost-names.ts', import.meta.url)}`,
    ...change,
  };
  return new Promise((done) =>
    execFile(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, text: stdout + stderr }),
    ),
  );
}
const trail = async () => (await listAudit(tables.tables, null, { limit: 9 })).entries.map(({ entry: one }) => one);

it('the command puts what is missing or old, removes what has no tenant, and tells of it', async () => {
  const [, old = '', ...right] = MANY;
  const rest = Object.fromEntries(right.map((id) => [id, entry(id)]));
  await start({ ...rest, [old]: entry(old, SUSPENDED), gone: entry('gone') });
  expect(await command(['--dry-run', '--json'])).toEqual({
    code: 1,
    text: `${JSON.stringify({ tenants: 120, entries: 120, put: MANY.slice(0, 2), remove: ['gone'], written: false, leftOut: [] })}\n`,
  });
  expect([store.get('gone'), await trail()]).toEqual([entry('gone'), []]);

  expect(await command([])).toEqual({ code: 0, text: '120 tenants, 120 entries\nwritten: 2; removed: 1\n' });
  expect(MANY.filter((id) => store.get(id) !== entry(id))).toEqual([]);
  expect([store.get('gone'), store.get(FILLER)]).toEqual([undefined, expect.any(String)]);
  expect(await trail()).toMatchObject([
    { action: 'syncEdge', outcome: 'ALLOWED', target: { kind: 'EdgeStore', id: 'directory' } },
  ]);

  expect(await command([])).toEqual({ code: 0, text: '120 tenants, 120 entries\nto write: 0; to remove: 0\n' });
  expect(await trail()).toHaveLength(1);
  expect(await command(['--dry-rum'])).toMatchObject({ code: 2 });
  expect(await command([], { KEY_VALUE_STORE_ARN: '' })).toMatchObject({ code: 2 });
}, 60_000);

it('who was left out of a full store comes in once there is room, and who does not fit is named', async () => {
  const [first = '', second = '', third = '', ...rest] = MANY;
  const abroad = { homeRegion: 'us-east-1', allowedRegions: ['us-east-1'], version: 2 } as const;
  await putTenant(tables.tables, tenant(third, abroad));
  const size = entry(first).length + first.length;
  await start(
    { ...Object.fromEntries(rest.map((id) => [id, entry(id)])), ['gone-012345'.slice(0, first.length)]: entry('gone') },
    0,
  );
  expect(size).toBe(entry('gone').length + first.length);
  // One goes, one comes: the one whom the edge alone can send to the right region.
  const result = await command(['--json']);
  expect(result.code).toBe(1);
  expect(JSON.parse(result.text)).toMatchObject({
    written: true,
    leftOut: [first, second].map((id) => ({ key: id, tenant: id, served: true })),
  });
  expect([first, second, third].map((id) => store.get(id))).toEqual([undefined, undefined, entry(third, abroad)]);
}, 60_000);

it('writes what a row says now, not what it said when the two were compared', async () => {
  const [first = '', second = '', ...rest] = MANY;
  await start({ ...Object.fromEntries(rest.map((id) => [id, entry(id)])), late: entry('late') });
  const found = await compareStore(edge(), tables.tables);
  expect(found).toMatchObject({ put: [{ key: first }, { key: second }], remove: [{ key: 'late' }] });
  const now = (await getTenant(tables.tables, first as TenantId)) as Tenant;
  await putTenant(tables.tables, { ...now, ...SUSPENDED, version: 2 });
  await putTenant(tables.tables, tenant('late'));
  expect(await writeDifferences(edge(), tables.tables, found)).toEqual([]);
  expect(store.get(first)).toBe(entry(first, SUSPENDED));
  expect([store.get(second), store.get('late')]).toEqual([entry(second), entry('late')]);
}, 60_000);

it('writes again what has changed while it was being written', async () => {
  const [first = '', ...rest] = MANY;
  await start(Object.fromEntries(rest.map((id) => [id, entry(id)])));
  let updates = 0;
  const meanwhile = new Proxy(client, {
    get(target, name) {
      if (name !== 'send') return Reflect.get(target, name, target);
      return async (asked: object) => {
        const suspended = tenant(first, { ...SUSPENDED, version: 2 });
        if (asked instanceof UpdateKeysCommand && ++updates === 1) await putTenant(tables.tables, suspended);
        return target.send(asked as never);
      };
    },
  });
  const differing = { put: [{ key: first, tenant: first as TenantId }], remove: [] };
  expect(await writeDifferences({ client: meanwhile, arn: store.arn }, tables.tables, differing)).toEqual([]);
  expect(store.get(first)).toBe(entry(first, SUSPENDED));
  expect(updates).toBe(2);
}, 60_000);

it('knows the identity providers of tenants, and takes away those that a tenant no longer has', async () => {
  const [first = '', second = '', third = ''] = MANY;
  const provider = (id: string, audience: string) => {
    const issuer = 'https://one.okta.com/oauth2/aus1';
    return { ...PROVIDER_DEFAULTS, tenantId: id as TenantId, issuer, audience, jwksUri: `${issuer}/v1/keys` };
  };
  const write = (id: string, audience: string) =>
    commit([identityProviderWrite(tables.tables, { ...provider(id, audience), verifiedAt: 1, version: 1 })]);
  await write(first, 'a');
  await write(second, 'b');
  const pair = (audience: string) => `https://one.okta.com/oauth2/aus1 ${audience}`;
  await start({
    ...Object.fromEntries(MANY.map((id) => [id, entry(id)])),
    // What another had before, what it had itself before, and what nobody has any more.
    [`idp:${first}`]: pair('old'),
    [pair('old')]: encodeEdgeProvider(provider(first, 'old')),
    [pair('b')]: encodeEdgeProvider(provider(third, 'b')),
    [`idp:${third}`]: pair('b'),
    'https://not ours': '{}',
  });
  const result = await command(['--json']);
  expect(JSON.parse(result.text)).toMatchObject({
    put: expect.arrayContaining([`idp:${first}`, pair('a'), `idp:${second}`, pair('b')]),
    remove: expect.arrayContaining([pair('old'), `idp:${third}`]),
    leftOut: [],
  });
  expect([store.get(`idp:${first}`), store.get(pair('a'))]).toEqual([
    pair('a'),
    encodeEdgeProvider(provider(first, 'a')),
  ]);
  expect([store.get(`idp:${second}`), store.get(pair('b'))]).toEqual([
    pair('b'),
    encodeEdgeProvider(provider(second, 'b')),
  ]);
  expect([store.get(pair('old')), store.get(`idp:${third}`)]).toEqual([undefined, undefined]);
  expect(store.get('https://not ours')).toBe('{}');
  expect((await command(['--dry-run'])).code).toBe(0);
}, 60_000);
