import { readTenantImage } from '../../tenancy/table/tenants.ts';
import '@aws-sdk/signature-v4a';
import '../../local/localhost-names.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFrontKeyValueStoreClient,
  DescribeKeyValueStoreCommand,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type KeyValueStore, startKeyValueStore } from '../../local/key-value-store.ts';
import { change, providerRow, row } from './fixture.ts';
import type { SyncLine } from './log.ts';
import { syncBatch } from './sync.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'test-secret' };
let folder: string;
let store: KeyValueStore;
let client: CloudFrontKeyValueStoreClient;
let lines: SyncLine[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sync-'));
  store = await startKeyValueStore({ folder, accessKeys: { [KEYS.accessKeyId]: KEYS.secretAccessKey } });
  const endpoint = store.env['AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE']!;
  client = new CloudFrontKeyValueStoreClient({ endpoint, region: 'eu-central-1', credentials: KEYS, maxAttempts: 1 });
  lines = [];
});
afterEach(async () => {
  client.destroy();
  await store.close();
  rmSync(folder, { recursive: true });
});

function sync(...Records: DynamoDBRecord[]) {
  return syncBatch({ client, arn: store.arn }, { Records }, (line) => lines.push(line));
}

const NOTHING_FAILED = { batchItemFailures: [] };

test('a new tenant gets its entry, and a changed one the new entry', async () => {
  expect(await sync(change('INSERT', row('acme')))).toEqual(NOTHING_FAILED);
  expect(store.get('acme')).toBe('{"h":"euc1","r":"euc1          ","s":"A"}');
  const moved = { homeRegion: 'us-east-1', allowedRegions: ['us-east-1', 'eu-central-2'], status: 'SUSPENDED' };
  await sync(change('MODIFY', row('acme', moved)));
  expect(store.get('acme')).toBe('{"h":"use1","r":"use1 euc2     ","s":"S"}');
});

test('a closed tenant keeps an entry, so that it stays refused at the edge', async () => {
  await sync(change('INSERT', row('acme')), change('MODIFY', row('acme', { status: 'CLOSED' })));
  expect(store.get('acme')).toContain('"s":"C"');
});

test('a removed row takes its entry along, also when the batch comes twice', async () => {
  await sync(change('INSERT', row('acme')), change('INSERT', row('globex')));
  const removal = [change('REMOVE', row('acme')), change('MODIFY', row('globex', { status: 'SUSPENDED' }))];
  expect(await sync(...removal)).toEqual(NOTHING_FAILED);
  expect(await sync(...removal)).toEqual(NOTHING_FAILED);
  expect(store.get('acme')).toBeUndefined();
  expect(store.get('globex')).toContain('"s":"S"');
});

test('of several changes in one batch the last one counts', async () => {
  await sync(
    change('INSERT', row('acme')),
    change('REMOVE', row('acme')),
    change('INSERT', row('acme', { status: 'PROVISIONING' })),
  );
  expect(store.get('acme')).toContain('"s":"P"');
});

test('items of other kinds leave the store alone', async () => {
  const before = await client.send(new DescribeKeyValueStoreCommand({ KvsARN: store.arn }));
  const key = { pk: 'TENANT#acme', sk: 'API_KEY#0123456789', kind: 'API_KEY', name: 'secret name' };
  expect(await sync(change('INSERT', key))).toEqual(NOTHING_FAILED);
  const after = await client.send(new DescribeKeyValueStoreCommand({ KvsARN: store.arn }));
  expect(after.ETag).toBe(before.ETag);
});

test('an item of another kind is passed over, whatever is in it', async () => {
  const strange = { kind: { S: 'LIMITS' }, limits: { M: undefined }, odd: {} } as never;
  expect(readTenantImage(strange)).toBeNull();
});

test('a damaged row is reported and named by its key alone, and the others are written', async () => {
  const damaged = change('MODIFY', row('globex', { homeRegion: 'moon-1', name: 'private name' }));
  const result = await sync(change('INSERT', row('acme')), damaged, change('INSERT', row('initech')));
  const sequenceNumber = damaged.dynamodb!.SequenceNumber!;
  expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber }] });
  const line = { event: 'directory_image_damaged', key: 'TENANT#globex / TENANT', sequenceNumber };
  expect(lines.filter(({ event }) => event === 'directory_image_damaged')).toEqual([line]);
  expect([store.get('acme'), store.get('globex'), store.get('initech')]).toEqual([
    expect.any(String),
    undefined,
    expect.any(String),
  ]);
});

test('a record without its image is reported, or a tenant would go missing in silence', async () => {
  const { dynamodb, ...rest } = change('INSERT', row('acme'));
  const { NewImage: _, ...bare } = dynamodb!;
  expect((await sync({ ...rest, dynamodb: bare })).batchItemFailures).toHaveLength(1);
});

test('more tenants than one update takes are written in several', async () => {
  const ids = Array.from({ length: 120 }, (_, i) => `tenant-${i}`);
  await sync(...ids.map((id) => change('INSERT', row(id))));
  expect(ids.filter((id) => store.get(id) === undefined)).toEqual([]);
});

/** Another writer, who comes between this one's look and its write, as many times as told. */
function interfere(times: number) {
  let left = times;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context['commandName'] === 'UpdateKeysCommand' && left-- > 0) {
        const other = new CloudFrontKeyValueStoreClient({
          endpoint: store.env['AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE']!,
          region: 'eu-central-1',
          credentials: KEYS,
        });
        const { ETag } = await other.send(new DescribeKeyValueStoreCommand({ KvsARN: store.arn }));
        const Puts = [{ Key: 'other', Value: String(left) }];
        await other.send(new UpdateKeysCommand({ KvsARN: store.arn, IfMatch: ETag, Puts }));
        other.destroy();
      }
      return next(args);
    },
    { step: 'initialize' },
  );
}

test('a writer in between is no loss: both changes stand', async () => {
  interfere(2);
  await sync(change('INSERT', row('acme')));
  expect([store.get('acme'), store.get('other')]).toEqual([expect.any(String), '0']);
});

test('a store that goes on conflicting fails the batch, so that it comes again', async () => {
  interfere(1_000);
  await expect(sync(change('INSERT', row('acme')))).rejects.toMatchObject({ name: 'ConflictException' });
});

test('a store that cannot be reached fails the batch', async () => {
  await store.close();
  await expect(sync(change('INSERT', row('acme')))).rejects.toThrow();
  store = await startKeyValueStore({ folder, accessKeys: {} });
});

const ACME = { pair: 'https://acme.okta.com/oauth2/aus1 api://gateway', entry: '{"t":"acme","j":"/v1/keys"}' };
const other = { audience: 'api://other', version: 2 };
const OTHER = 'https://acme.okta.com/oauth2/aus1 api://other';

test('a tenant’s identity provider gets two entries, follows its changes, and is gone when it is', async () => {
  await sync(change('INSERT', providerRow('acme')));
  expect([store.get('idp:acme'), store.get(ACME.pair)]).toEqual([ACME.pair, ACME.entry]);
  const uid = { identityClaim: 'uid', version: 2 };
  await sync(change('MODIFY', providerRow('acme', uid), providerRow('acme')));
  expect(store.get(ACME.pair)).toBe('{"t":"acme","j":"/v1/keys","u":"uid"}');
  await sync(change('MODIFY', providerRow('acme', other), providerRow('acme', uid)));
  expect([store.get('idp:acme'), store.get(ACME.pair), store.get(OTHER)]).toEqual([OTHER, undefined, ACME.entry]);
  const removal = change('REMOVE', providerRow('acme', other));
  for (let times = 0; times < 2; times++) expect(await sync(removal)).toEqual(NOTHING_FAILED);
  expect([store.get('idp:acme'), store.get(OTHER)]).toEqual([undefined, undefined]);
});

test('in one batch the last of its changes counts, and what is between leaves nothing behind', async () => {
  await sync(
    change('INSERT', providerRow('acme')),
    change('MODIFY', providerRow('acme', other), providerRow('acme')),
    change('MODIFY', providerRow('acme', { version: 3 }), providerRow('acme', other)),
  );
  expect([store.get('idp:acme'), store.get(ACME.pair), store.get(OTHER)]).toEqual([ACME.pair, ACME.entry, undefined]);
});

test('an issuer and audience that are another tenant’s by now are not taken from it, in whatever order it is told', async () => {
  const taken = { ...providerRow('acme'), pk: 'TENANT#globex', tenantId: 'globex' };
  const entry = '{"t":"globex","j":"/v1/keys"}';
  await sync(change('INSERT', providerRow('acme')));
  await sync(change('INSERT', taken));
  await sync(change('REMOVE', providerRow('acme')));
  expect([store.get(ACME.pair), store.get('idp:acme'), store.get('idp:globex')]).toEqual([entry, undefined, ACME.pair]);
  await sync(change('REMOVE', taken));
  await sync(change('INSERT', taken), change('REMOVE', providerRow('acme')));
  expect(store.get(ACME.pair)).toBe(entry);
});
