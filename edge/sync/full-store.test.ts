import '@aws-sdk/signature-v4a';
import '../../local/localhost-names.ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFrontKeyValueStoreClient } from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { CloudFrontHeaders, DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createViewerRuntime } from '../../local/cloudfront/viewer-runtime.ts';
import { applyUpdate, type Entries, sizeOf } from '../../local/key-value-store/entries.ts';
import { type KeyValueStore, startKeyValueStore } from '../../local/key-value-store.ts';
import { REGIONS } from '../../tenancy/region.ts';
import { NO_SWITCHES } from '../../tenancy/switches.ts';
import { encodeEdgeTenant, parseTenantId, type Tenant, type TenantId } from '../../tenancy/tenant.ts';
import { viewerEvent } from '../../tests/house/viewer-events.ts';
import { chooseRegion, readHostTenant, refuseInactive } from '../origin/host-tenant.ts';
import { identify } from '../region/identify.ts';
import type { Stores } from '../region/stores.ts';
import { renderViewer } from '../viewer/render.ts';
import { change, row } from './fixture.ts';
import { type SyncLine, serialiseSyncLine } from './log.ts';
import { syncBatch } from './sync.ts';

const LIMIT = 5 * 1024 * 1024;
/** `FILLER` is no tenant id: nobody asks for it. */
const FILLER = 'FILLER';
const VALUE = encodeEdgeTenant({ home: 'us-east-1', regions: REGIONS, status: 'PROVISIONING' });
const longest = (n: number) => `t${String(n).padStart(31, '0')}`;

describe('50,000 tenants', () => {
  const entries: Entries = new Map(Array.from({ length: 49_950 }, (_, n) => [longest(n), VALUE]));

  it('fit with the longest slugs and entries, and leave room', () => {
    const puts = Array.from({ length: 50 }, (_, n) => ({ key: longest(49_950 + n), value: VALUE }));
    expect(parseTenantId(puts[0]?.key)).not.toBeNull();
    const all = applyUpdate(entries, { puts, deletes: [] });
    // Whether the 5 MB are 5,000,000 bytes or 5 MiB nobody says: the smaller one holds as well.
    expect([all.size, sizeOf(all)]).toEqual([50_000, 3_650_000]);
    expect(Math.floor(5_000_000 / (32 + VALUE.length))).toBe(68_493);
  });

  it('would fit with an issuer and an audience of 200 characters for each eighth of them', () => {
    const provider = ',"i":"","a":""'.length + 200;
    expect(sizeOf(entries) + 50 * 73 + (50_000 / 8) * provider).toBeLessThan(5_000_000);
  });
});

describe('a store that is full', () => {
  const KEYS = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'test-secret' };
  let folder: string;
  let store: KeyValueStore;
  let client: CloudFrontKeyValueStoreClient;
  let lines: SyncLine[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'full-'));
    lines = [];
  });
  afterEach(async () => {
    client.destroy();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** @param room in bytes, beside these entries */
  async function startFull(room: number, entries: Readonly<Record<string, string>> = {}) {
    const taken = sizeOf(new Map(Object.entries(entries)));
    const all = { ...entries, [FILLER]: 'x'.repeat(LIMIT - taken - FILLER.length - room) };
    writeFileSync(join(folder, 'entries.json'), JSON.stringify(all));
    store = await startKeyValueStore({ folder, accessKeys: { [KEYS.accessKeyId]: KEYS.secretAccessKey } });
    const endpoint = store.env['AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE']!;
    client = new CloudFrontKeyValueStoreClient({ endpoint, region: 'eu-central-1', credentials: KEYS, maxAttempts: 1 });
  }

  const sync = (...Records: DynamoDBRecord[]) =>
    syncBatch({ client, arn: store.arn }, { Records }, (line) => lines.push(line));
  const entry = (status: Tenant['status']) =>
    encodeEdgeTenant({ home: 'eu-central-1', regions: ['eu-central-1'], status });
  const sizeOne = 'acme'.length + VALUE.length;

  it('takes every change of the tenants that it has, and the batch is done', async () => {
    const ids = Array.from({ length: 70 }, (_, n) => `tenant-${n}`);
    await startFull(0, Object.fromEntries(ids.map((id) => [id, entry('ACTIVE')])));
    const fields = { status: 'SUSPENDED', homeRegion: 'us-east-1', allowedRegions: REGIONS };
    const result = await sync(change('INSERT', row('newcomer')), ...ids.map((id) => change('MODIFY', row(id, fields))));
    expect(result).toEqual({ batchItemFailures: [] });
    expect(ids.filter((id) => !store.get(id)?.includes('"s":"S"'))).toEqual([]);
    expect(store.get('newcomer')).toBeUndefined();
  });

  it('says whom it has no room for, and counts them', async () => {
    await startFull(sizeOne);
    const abroad = { homeRegion: 'us-east-1', allowedRegions: ['us-east-1'] };
    await sync(
      change('INSERT', row('here')),
      change('INSERT', row('acme', abroad)),
      change('INSERT', row('far-away', abroad)),
    );
    expect(lines).toEqual([
      { event: 'edge_store_full', tenant: 'far-away', served: false },
      { event: 'edge_store_full', tenant: 'here', served: true },
      { event: 'edge_store_written', bytes: LIMIT, tenants: 2, leftOut: 2 },
    ]);
    expect([store.get('acme'), store.get('here')]).toEqual([expect.any(String), undefined]);
  });

  it('gets rid of who is gone before it takes who is new', async () => {
    await startFull(0, { gone: entry('CLOSED') });
    await sync(change('INSERT', row('next')), change('REMOVE', row('gone')));
    expect([store.get('gone'), store.get('next')]).toEqual([undefined, entry('ACTIVE')]);
    expect(lines.map(({ event }) => event)).toEqual(['edge_store_written']);
  });

  it('has room for who is to be refused before it has any for who is new', async () => {
    await startFull(sizeOne);
    await sync(change('INSERT', row('wxyz')), change('MODIFY', row('acme', { status: 'SUSPENDED' })));
    expect([store.get('acme'), store.get('wxyz')]).toEqual([entry('SUSPENDED'), undefined]);
  });

  it('keeps no entry that is no longer so: the control region is asked instead', async () => {
    await startFull(0, { acme: '{"s":"S"}', globex: entry('ACTIVE') });
    await sync(change('MODIFY', row('acme')));
    expect([store.get('acme'), store.get('globex')]).toEqual([undefined, entry('ACTIVE')]);
  });

  it('takes a tenant at its next change, once there is room', async () => {
    await startFull(0, { gone: entry('CLOSED') });
    await sync(change('INSERT', row('acme')));
    expect(store.get('acme')).toBeUndefined();
    await sync(change('REMOVE', row('gone')));
    await sync(change('MODIFY', row('acme', { version: 2 })));
    expect(store.get('acme')).toBe(entry('ACTIVE'));
  });

  it('leaves a tenant with the way over the control region, which serves it and refuses it as its row says', async () => {
    await startFull(0);
    await sync(change('INSERT', row('acme')));
    const source = readFileSync(new URL('../viewer/viewer.js', import.meta.url), 'utf8');
    const places = { domain: 'localhost', consoleOrigin: 'http://app.localhost:4000' };
    const ran = createViewerRuntime(renderViewer(source, places), (key) => store.get(key))(viewerEvent({}), 0);
    if (!ran.ok) throw new Error(ran.error);
    const seen = (ran.value as { headers: Record<string, { value: string }> }).headers;
    expect(seen).not.toHaveProperty('x-ar-directory');

    const passedOn: CloudFrontHeaders = Object.fromEntries(
      Object.entries(seen).map(([key, { value }]) => [key, [{ key, value }]]),
    );
    const host = readHostTenant(passedOn, 'localhost');
    if (!host.ok) throw new Error('no host');
    expect(refuseInactive(host.value, { callerType: 'user' })).toBeNull();
    expect(chooseRegion(host.value, 'eu-central-1', REGIONS)).toEqual({ ok: true, value: 'eu-central-1' });

    const inControlRegion = (tenant: Partial<Tenant>) => {
      const { tenantId: id, ...fields } = row('acme');
      const stored = { ...fields, id: id as TenantId, ...tenant } as Tenant;
      const stores = { tenant: async () => stored, switches: async () => NO_SWITCHES } as unknown as Stores;
      const caller = { tenantId: stored.id, identityId: 'usr_ada', callerType: 'user' } as const;
      const deps = { region: 'eu-central-1', stores, passportKey: async () => null } as const;
      return identify({ caller } as unknown as Parameters<typeof identify>[0], deps, 0);
    };
    expect(await inControlRegion({})).toMatchObject({ ok: true, value: { tenant: { id: 'acme' } } });
    expect(await inControlRegion({ status: 'SUSPENDED' })).toMatchObject({
      ok: false,
      reason: { kind: 'tenant_inactive', status: 'SUSPENDED' },
    });
    // The one that loses: its prompts may not be here.
    expect(await inControlRegion({ allowedRegions: ['us-east-1'] })).toMatchObject({
      ok: false,
      reason: { kind: 'tenant_not_here' },
    });
  });
});

it('what was written is a metric, what is wrong an error', () => {
  const written = { event: 'edge_store_written', bytes: 73, tenants: 1, leftOut: 2 } as const;
  expect(JSON.parse(serialiseSyncLine(written, 1_795_000_000_000))).toMatchObject({
    level: 'info',
    EdgeStoreBytes: 73,
    EdgeStoreTenants: 1,
    EdgeStoreLeftOut: 2,
    _aws: {
      Timestamp: 1_795_000_000_000,
      CloudWatchMetrics: [{ Metrics: expect.arrayContaining([{ Name: 'EdgeStoreLeftOut', Unit: 'Count' }]) }],
    },
  });
  const full = { event: 'edge_store_full', tenant: 'acme' as TenantId, served: true } as const;
  expect(JSON.parse(serialiseSyncLine(full, 0))).toEqual({ level: 'error', ...full });
});
