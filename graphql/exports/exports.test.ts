import { createHash, hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Listener } from '../../local/listener.ts';
import { startS3 } from '../../local/s3.ts';
import { type AuditEntry, mintAuditId } from '../../tenancy/audit.ts';
import { CHAIN_START, nextLink } from '../../tenancy/audit-chain.ts';
import { type Export, exportObjectKey } from '../../tenancy/export.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { appendAudit } from '../../tenancy/table/audit.ts';
import { appendLink, getChainHead } from '../../tenancy/table/audit-chain.ts';
import { commit } from '../../tenancy/table/commit.ts';
import {
  claimExport,
  EXPORT_ATTEMPTS,
  EXPORT_LEASE_MS,
  exportWrites,
  getExport,
  getExportTurn,
} from '../../tenancy/table/exports.ts';
import { countRequests } from '../../tenancy/table/rollups.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { openBucket } from './bucket.ts';
import { type ExportDeps, type ExportLine, exportBatch, type FileStore } from './export.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a secret' };
const START = Date.parse('2026-11-22T12:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'agent-runner-exports-'));
const sha256 = (text: string) => hash('sha256', text);
let store: TestTables;
let s3: Listener;
let client: S3Client;
beforeAll(async () => {
  store = await startTables();
  s3 = await startS3({
    folder,
    region: 'eu-central-1',
    buckets: ['exports'],
    accessKeys: { [KEYS.accessKeyId]: KEYS.secretAccessKey },
  });
  client = new S3Client({
    region: 'eu-central-1',
    endpoint: s3.url,
    credentials: KEYS,
    forcePathStyle: true,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

let now = START;
let lines: ExportLine[] = [];
let tenantId: TenantId;
let tenants = 0;
beforeEach(() => {
  now = START;
  lines = [];
  tenants += 1;
  tenantId = parseTenantId(`tenant-${tenants}`)!;
});

function deps(change: Partial<ExportDeps> = {}): ExportDeps {
  return {
    tables: store.tables,
    sourcesOf: async () => ({ home: store.tables, control: store.tables }),
    files: openBucket(client, 'exports'),
    stores: { control: store.tables, ledgers: [store.tables] },
    archiveSigner: () => Promise.reject(new Error('no archive is asked for here')),
    sha256: () => createHash('sha256'),
    now: () => now,
    log: (line) => lines.push(line),
    ...change,
  };
}

let randoms = 0;
const random = (): Uint8Array => {
  const bytes = new Uint8Array(10);
  new DataView(bytes.buffer).setUint32(6, ++randoms);
  return bytes;
};

async function request(change: Partial<Export> = {}): Promise<Export> {
  const one: Export = {
    id: mintRequestId(now, random()),
    tenantId,
    kind: 'AUDIT',
    from: '2026-11-21',
    to: '2026-11-22',
    state: 'REQUESTED',
    requestedBy: 'usr_anna',
    requestedAt: now,
    attempts: 0,
    ...change,
  };
  await commit(exportWrites(store.tables, one, await getExportTurn(store.tables, one.tenantId)));
  return one;
}

let sequence = 0;
function recordOf({ tenantId: owner, id }: Export, eventName: DynamoDBRecord['eventName'] = 'INSERT'): DynamoDBRecord {
  const image = marshall({ pk: `TENANT#${owner}#EXPORT`, sk: id, kind: 'EXPORT', tenantId: owner, id });
  return {
    ...(eventName ? { eventName } : {}),
    dynamodb: { NewImage: image as never, SequenceNumber: String(++sequence) },
  };
}
const LONG = START + 86_400_000;
const offer = async (records: DynamoDBRecord[], change: Partial<ExportDeps> = {}, until = LONG) =>
  (await exportBatch(deps(change), { Records: records }, until)).batchItemFailures.map((one) => one.itemIdentifier);
const rowOf = async (one: Export): Promise<Export> => (await getExport(store.tables, one))!;
async function fileOf(one: Export): Promise<string> {
  const Key = exportObjectKey(await rowOf(one));
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'exports', Key }));
  return (await Body?.transformToString()) ?? '';
}

async function audit(at: number, chained = true, owner = tenantId): Promise<AuditEntry> {
  const entry: AuditEntry = {
    id: mintAuditId(at, random()),
    tenantId: owner,
    at,
    requestId: mintRequestId(at, random()),
    actor: { kind: 'user', id: 'usr_anna' },
    action: 'createGrant',
    target: { kind: 'Grant', id: 'grt' },
    outcome: 'ALLOWED',
    changes: [{ field: 'model', before: null, after: '"ä\u2028"' }],
  };
  await appendAudit(store.tables, entry);
  if (chained) {
    const head = (await getChainHead(store.tables, owner)) ?? CHAIN_START;
    await appendLink(store.tables, owner, nextLink(head, entry, sha256));
  }
  return entry;
}

describe('an export of the trail', () => {
  it('has every entry of its days, which a reader can check by the lines alone', async () => {
    const day = Date.parse('2026-11-21T00:00:00Z');
    await audit(day - 1);
    const inside: AuditEntry[] = [];
    for (const at of [day, day + 5, START, day + 2 * 86_400_000 - 1]) inside.push(await audit(at));
    const open = await audit(START + 1, false);
    await audit(day + 2 * 86_400_000);
    await audit(START, true, parseTenantId(`${tenantId}-labs`)!);
    const one = await request();
    expect(await offer([recordOf(one)])).toEqual([]);
    const text = await fileOf(one);
    const row = await rowOf(one);
    expect(row).toMatchObject({
      state: 'READY',
      finishedAt: START,
      file: { rows: 5, bytes: Buffer.byteLength(text), sha256: sha256(text) },
    });
    const read = text
      .trimEnd()
      .split('\n')
      .map((line) => ({ line, ...JSON.parse(line) }));
    expect(read.map(({ id }) => id)).toEqual(
      [inside[0], inside[1], inside[2], open, inside[3]].map((entry) => entry!.id),
    );
    for (const { line, previousHash, hash: sealed, entry } of read) {
      if (entry.id === open.id) expect([previousHash, sealed]).toEqual([null, null]);
      else expect(sha256(`${previousHash}\n${line.slice(line.indexOf('"entry":') + 8, -1)}`)).toBe(sealed);
    }
    const inOrder = read.filter((each) => each.hash).sort((a, b) => a.sequence - b.sequence);
    expect(inOrder.slice(1).map((each) => each.previousHash)).toEqual(inOrder.slice(0, -1).map((each) => each.hash));
  });

  it('of days without entries is an empty file, and one of many pages has them all', async () => {
    const none = await request();
    await offer([recordOf(none)]);
    expect([await fileOf(none), (await rowOf(none)).file]).toEqual(['', { rows: 0, bytes: 0, sha256: sha256('') }]);
    await Promise.all(Array.from({ length: 230 }, (_, n) => audit(START + n, false)));
    const many = await request();
    await offer([recordOf(many)]);
    expect((await fileOf(many)).split('\n')).toHaveLength(231);
  });
});

it('an export of usage has each hour by user, key, model and region, and what somebody named like a formula is text', async () => {
  const intent = (startedAt: number, keyId?: string) =>
    ({
      requestId: mintRequestId(startedAt, random()),
      tenantId,
      identityId: 'usr_anna',
      ...(keyId ? { keyId } : {}),
      model: '=model',
      region: 'eu-central-1',
      startedAt,
    }) as never;
  const tokens = { input: 12, output: 345, cacheRead: 20_480, cacheWrite5m: 1_024, cacheWrite1h: 7 };
  const settlement = { outcome: 'COMPLETED', tokens, nanoUsd: 25_325_000n } as never;
  const day = Date.parse('2026-11-21T00:00:00Z');
  for (const [at, key] of [[day - 1], [day, 'k3jD8sQ0aZ'], [START], [START + 1], [day + 2 * 86_400_000]] as const) {
    await countRequests(store.tables, [{ intent: intent(at, key), settlement, before: null }], START);
  }
  const one = await request({ kind: 'USAGE' });
  expect(await offer([recordOf(one)])).toEqual([]);
  const text = await fileOf(one);
  expect(text.split('\r\n')).toEqual([
    'start,userId,apiKeyId,model,region,requests,errors,partial,refused,throttledByOwnLimit,throttledBySharedCapacity,inputTokens,outputTokens,cacheReadTokens,cacheWrite5mTokens,cacheWrite1hTokens,costUsd,inputCostUsd,outputCostUsd,cacheReadCostUsd,cacheWrite5mCostUsd,cacheWrite1hCostUsd,unsplitCostUsd',
    `2026-11-21T00:00:00.000Z,usr_${tenantId}:usr_anna,key_${tenantId}:k3jD8sQ0aZ,'=model,EU_CENTRAL_1,1,0,0,0,0,0,12,345,20480,1024,7,0.025325,0.00,0.00,0.00,0.00,0.00,0.025325`,
    `2026-11-22T12:00:00.000Z,usr_${tenantId}:usr_anna,,'=model,EU_CENTRAL_1,2,0,0,0,0,0,24,690,40960,2048,14,0.05065,0.00,0.00,0.00,0.00,0.00,0.05065`,
    '',
  ]);
  expect((await rowOf(one)).file).toEqual({ rows: 2, bytes: Buffer.byteLength(text), sha256: sha256(text) });
});

describe('whatever comes twice, late, or at once', () => {
  it('changes nothing: one file, one end', async () => {
    await audit(START);
    const one = await request();
    const record = recordOf(one);
    const offered = await Promise.all([offer([record]), offer([record]), offer([record])]);
    // Whoever found somebody at it is offered the record again.
    expect(offered.filter((failed) => failed.length === 0).length).toBeGreaterThanOrEqual(1);
    const row = await rowOf(one);
    expect(row).toMatchObject({ state: 'READY', attempts: 1 });
    now += 3_000_000;
    expect(await offer([record, record, recordOf(one, 'MODIFY'), recordOf(one, 'REMOVE')])).toEqual([]);
    expect(await rowOf(one)).toEqual(row);
    const { Contents } = await client.send(
      new ListObjectsV2Command({ Bucket: 'exports', Prefix: `exports/${tenantId}/` }),
    );
    expect(Contents?.map(({ Key }) => Key)).toEqual([exportObjectKey(row)]);
  });

  it('of several in a batch each has a call of its own, in their order', async () => {
    const records = [recordOf(await request()), recordOf(await request()), recordOf(await request())];
    const names = records.map(({ dynamodb }) => dynamodb!.SequenceNumber!);
    expect(await offer(records)).toEqual(names.slice(1));
    expect(await offer(records)).toEqual(names.slice(2));
    expect(await offer(records)).toEqual([]);
  });

  it('a damaged record holds nobody up', async () => {
    const one = await request();
    const bad = recordOf({ ...one, tenantId: 'other' as TenantId });
    bad.dynamodb!.NewImage!['pk'] = { S: 'TENANT#else#EXPORT' };
    expect(await offer([bad, recordOf(one)])).toEqual([]);
    expect(lines).toEqual([{ event: 'export_image_damaged', sequenceNumber: bad.dynamodb!.SequenceNumber }]);
    expect((await rowOf(one)).state).toBe('READY');
  });
});

describe('a worker', () => {
  it('that dies is followed by another when its lease is over; woken up, it changes nothing', async () => {
    await audit(START);
    const one = await request();
    const record = recordOf(one);
    let isAsleep = false;
    let wake = (): void => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const { files } = deps();
    const slow: FileStore = {
      put: async (key, content, about) => {
        const written: Buffer[] = [];
        for await (const part of content) written.push(part);
        isAsleep = true;
        await asleep;
        await files.put(key, Readable.from(written), about);
      },
    };
    const first = offer([record], { files: slow });
    while (!isAsleep) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await offer([record])).toHaveLength(1);
    now += EXPORT_LEASE_MS + 1;
    await audit(START + 1);
    expect(await offer([record])).toEqual([]);
    const row = await rowOf(one);
    expect(row).toMatchObject({ state: 'READY', attempts: 2, file: { rows: 2 } });
    wake();
    expect(await first).toHaveLength(1);
    expect(await rowOf(one)).toEqual(row);
    expect(sha256(await fileOf(one))).toBe(row.file?.sha256);
  });

  it('that loses its lease in the middle stops', async () => {
    await Promise.all(Array.from({ length: 150 }, (_, n) => audit(START + n, false)));
    const one = await request();
    let isFirst = true;
    const sourcesOf = async () => {
      if (isFirst) {
        isFirst = false;
        now += EXPORT_LEASE_MS + 1;
        expect((await claimExport(store.tables, one, now)).outcome).toBe('claimed');
      }
      return { home: store.tables, control: store.tables };
    };
    const times = { now: () => (now += EXPORT_LEASE_MS / 3) };
    expect(await offer([recordOf(one)], { sourcesOf, ...times })).toHaveLength(1);
    expect(lines.at(-1)).toMatchObject({ event: 'export_failed' });
    expect(await rowOf(one)).toMatchObject({ state: 'RUNNING', attempts: 2 });
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: 'exports', Prefix: `exports/${tenantId}/` }),
    );
    expect(Contents).toEqual([]);
  });

  it('that fails tries again so often, and then says so', async () => {
    const one = await request();
    const files: FileStore = { put: () => Promise.reject(new Error('the bucket is away')) };
    for (let n = 1; n < EXPORT_ATTEMPTS; n++) expect(await offer([recordOf(one)], { files })).toHaveLength(1);
    expect(await offer([recordOf(one)], { files })).toEqual([]);
    expect(await rowOf(one)).toMatchObject({
      state: 'FAILED',
      attempts: EXPORT_ATTEMPTS,
      failure: expect.stringContaining('ask for it again'),
    });
    expect(await offer([recordOf(one)])).toEqual([]);
  });

  it('that dies so often is followed by nobody: it failed', async () => {
    const one = await request();
    for (let n = 0; n < EXPORT_ATTEMPTS; n++) {
      expect((await claimExport(store.tables, one, now)).outcome).toBe('claimed');
      now += EXPORT_LEASE_MS + 1;
    }
    expect(await offer([recordOf(one)])).toEqual([]);
    expect(await rowOf(one)).toMatchObject({ state: 'FAILED', attempts: EXPORT_ATTEMPTS });
  });

  it('whose time is over says that there is too much, at once, and leaves no file', async () => {
    await audit(START);
    const one = await request();
    expect(await offer([recordOf(one)], {}, START)).toEqual([]);
    expect(await rowOf(one)).toMatchObject({
      state: 'FAILED',
      attempts: 1,
      failure: expect.stringContaining('fewer days'),
    });
  });

  it('of a tenant that is gone says so', async () => {
    const one = await request();
    expect(await offer([recordOf(one)], { sourcesOf: async () => null })).toEqual([]);
    expect(await rowOf(one)).toMatchObject({ state: 'FAILED', failure: expect.stringContaining('no such tenant') });
  });
});
