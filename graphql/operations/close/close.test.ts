import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Listener } from '../../../local/listener.ts';
import { startS3 } from '../../../local/s3.ts';
import { exportObjectKey } from '../../../tenancy/export.ts';
import {
  isFinished,
  type Operation,
  type OperationStep,
  resumeOperation,
  startOperation,
} from '../../../tenancy/operation.ts';
import { REGIONS } from '../../../tenancy/region.ts';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { commit } from '../../../tenancy/table/commit.ts';
import { getExport } from '../../../tenancy/table/exports.ts';
import { getOperation, operationWrites } from '../../../tenancy/table/operations.ts';
import { settleRequest } from '../../../tenancy/table/requests.ts';
import { getGateStop } from '../../../tenancy/table/switches.ts';
import { getTenant, putTenant } from '../../../tenancy/table/tenants.ts';
import { parseTenantId } from '../../../tenancy/tenant.ts';
import { fateOf } from '../../../tenancy/tenant-data.ts';
import { ACMES, clear, fill, inOrder, NEIGHBOURS, PLATFORMS, scan } from '../../../tests/storage-examples.ts';
import { startTables, type TestTables } from '../../../tests/tables.ts';
import { readArchiveSigner } from '../../exports/archive-signer.ts';
import { openBucket, removeObjects } from '../../exports/bucket.ts';
import { exportBatch } from '../../exports/export.ts';
import { runOperation } from '../run.ts';
import { type CloseDeps, closeSteps } from './steps.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a secret' };
const folder = mkdtempSync(join(tmpdir(), 'agent-runner-close-'));
const ACME = parseTenantId('acme')!;
const START = Date.parse('2026-11-25T12:00:00Z');
const PEOPLE = /anna@acme\.example|"Anna"|192\.0\.2\.7|Mozilla|contract signed/;
const { privateKey } = generateKeyPairSync('ed25519');
const signer = readArchiveSigner(
  JSON.stringify({ privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }),
);

let store: TestTables;
let s3: Listener;
let client: S3Client;
beforeAll(async () => {
  store = await startTables();
  const accessKeys = { [KEYS.accessKeyId]: KEYS.secretAccessKey };
  s3 = await startS3({ folder, region: 'eu-central-1', buckets: ['exports'], accessKeys });
  client = new S3Client({ region: 'eu-central-1', endpoint: s3.url, credentials: KEYS, forcePathStyle: true });
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

let now: number;
let operation: Operation<'CLOSE'>;
let pool: { readonly disabled: Set<string>; readonly removed: Set<string>; readonly clientsDeleted: Set<string> };
/** Called after each effect on the world; a test lets it throw. */
let afterEffect: (what: string) => void;

/** Everything of two tenants, one of which is told to be closed, as the mutation leaves it. */
async function begin(purgeAfterDays = 0): Promise<void> {
  now = START;
  pool = { disabled: new Set(), removed: new Set(), clientsDeleted: new Set() };
  afterEffect = () => {};
  await clear(store.documents);
  for (const prefix of ['exports/', 'archives/']) await removeObjects(client, 'exports', prefix);
  const before = ACMES.filter(({ kind }) => kind !== 'OPERATION' && kind !== 'CURRENT_OPERATION').map((item) =>
    // Somebody of the staff looks at it just now.
    item.kind === 'VIEW_AS' ? { ...item, expiresAt: START + 1_800_000 } : item,
  );
  await fill(store.documents, [...before, ...NEIGHBOURS, ...PLATFORMS]);
  for (const owner of ['acme', 'acme-labs']) {
    await client.send(new PutObjectCommand({ Bucket: 'exports', Key: `exports/${owner}/1/a.csv`, Body: 'a' }));
  }
  const tenant = (await getTenant(store.tables, ACME))!;
  await putTenant(store.tables, { ...tenant, status: 'CLOSING', version: tenant.version + 1 });
  operation = startOperation('CLOSE', {
    id: mintRequestId(now, crypto.getRandomValues(new Uint8Array(10))),
    tenantId: ACME,
    startedBy: 'stf_admin',
    startedAt: now,
    input: { reason: 'the contract has ended', purgeAt: now + purgeAfterDays * 86_400_000 },
  });
  await commit(operationWrites(store.tables, null, operation));
}

function deps(): CloseDeps {
  const effect = async (set: Set<string>, id: string) => {
    set.add(id);
    afterEffect('pool');
  };
  return {
    tables: store.tables,
    stores: { control: store.tables, ledgers: [store.tables] },
    everyRegion: () => REGIONS.map((region) => ({ region, tables: store.tables })),
    userPool: {
      disable: (id) => effect(pool.disabled, id),
      remove: (id) => effect(pool.removed, id),
      deleteMachineClient: (id) => effect(pool.clientsDeleted, id),
    },
    removeFiles: async (prefix) => {
      const removed = await removeObjects(client, 'exports', prefix);
      afterEffect('files');
      return removed;
    },
    sha256: (text) => hash('sha256', text),
    now: () => now,
    wait: async () => {},
    lookAgainMs: 1_000,
  };
}

const current = async () => (await getOperation(store.tables, operation)) as Operation<'CLOSE'>;
const stepNow = async () =>
  (await current()).steps.find(({ status }) => status !== 'DONE') as OperationStep | undefined;

/** What the worker of exports does with the archive that was asked for. */
async function writeArchive(): Promise<void> {
  const one = await getExport(store.tables, operation);
  if (one?.state !== 'REQUESTED') return;
  const image = marshall({ pk: 'TENANT#acme#EXPORT', sk: one.id, kind: 'EXPORT', tenantId: 'acme', id: one.id });
  const record = { eventName: 'INSERT', dynamodb: { NewImage: image, SequenceNumber: '1' } } as never;
  // Another worker's death is its own tests' matter.
  const dying = afterEffect;
  afterEffect = () => {};
  const exporting = {
    tables: store.tables,
    sourcesOf: async () => ({ home: store.tables, control: store.tables }),
    files: openBucket(client, 'exports'),
    stores: { control: store.tables, ledgers: [store.tables] },
    archiveSigner: async () => signer,
    sha256: () => createHash('sha256'),
    now: () => now,
    log: () => {},
  };
  expect(await exportBatch(exporting, { Records: [record] }, now + 1e9)).toEqual({ batchItemFailures: [] });
  afterEffect = dying;
}

/** Settles what runs, as its region does when its stream has ended. */
async function settle(): Promise<void> {
  const { settlement } = ACMES.find(({ kind, status }) => kind === 'REQUEST' && status === 'SETTLED') as never;
  for (const { kind, status, requestId } of ACMES) {
    if (kind !== 'REQUEST' || status !== 'OPEN') continue;
    await settleRequest(store.tables, { tenantId: ACME, requestId: String(requestId) }, settlement);
  }
}

/** Lets the clock take the operation up until it is over, or at a step. */
async function runTo(name?: string): Promise<void> {
  for (let rounds = 0; rounds < 200; rounds++) {
    await runOperation(
      { tables: store.tables, runbook: { CLOSE: closeSteps(deps()) }, now: () => now, log: () => {} },
      operation,
      now + 1e6,
    ).catch(() => {});
    await writeArchive();
    const one = await current();
    if (isFinished(one) || (name && (await stepNow())?.name === name && one.status === 'WAITING')) return;
    now = Math.max(now + 1, one.dueAt ?? now);
  }
  throw new Error(`it never came to its end: ${JSON.stringify(await stepNow())}`);
}

describe('a closed tenant', () => {
  beforeEach(() => begin());

  it('ends every credential before anything is deleted, and waits for what runs', async () => {
    await runTo('drain');
    const rows = (await scan(store.documents)).filter(({ tenantId }) => tenantId === 'acme');
    expect(rows.filter(({ kind, state }) => kind === 'API_KEY' && state !== 'REVOKED')).toEqual([]);
    expect(rows.filter(({ kind, status }) => kind === 'USER' && status !== 'DISABLED')).toEqual([]);
    expect(rows.filter(({ kind, revokedAt }) => kind === 'MACHINE_CLIENT' && revokedAt === undefined)).toEqual([]);
    expect(rows.filter(({ kind, expiresAt }) => kind === 'VIEW_AS' && Number(expiresAt) > now)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(ACMES.length - 2);
    expect([pool.disabled.size, pool.clientsDeleted.size, pool.removed.size]).toEqual([1, 1, 0]);
    expect(await getGateStop(store.tables, { tenantId: ACME, subject: { kind: 'tenant' } })).not.toBeNull();
    expect(await stepNow()).toMatchObject({ name: 'drain', detail: '1 requests are open' });
  });

  it('that never comes to rest fails after 20 minutes, and goes on when it has', async () => {
    await runTo('drain');
    now = START + 20 * 60_000 - 1;
    await runTo('drain');
    await runTo();
    expect(await current()).toMatchObject({ status: 'FAILED' });
    expect((await stepNow())?.detail).toContain('1 requests are open after 20 minutes');
  });

  it('leaves only its tombstone, the books and a trail without people; its neighbour not a byte less', async () => {
    await runTo('drain');
    await settle();
    await runTo();
    expect((await current()).steps.map(({ status }) => status)).toEqual(Array(8).fill('DONE'));
    const left = await scan(store.documents);
    const ours = left.filter(({ pk, tenantId }) => tenantId === 'acme' || /#acme(#|$)/.test(pk));
    expect(left.filter((item) => !ours.includes(item))).toEqual(inOrder([...NEIGHBOURS, ...PLATFORMS]));
    expect([...new Set(ours.map(({ kind }) => kind))].filter((kind) => fateOf(kind) !== 'kept')).toEqual([]);
    expect(JSON.stringify(ours)).not.toMatch(PEOPLE);
    expect(ours.filter(({ kind }) => kind === 'REQUEST')).toHaveLength(2);
    expect(ours.find(({ kind }) => kind === 'TENANT')).toMatchObject({ name: 'acme', status: 'CLOSED', closedAt: now });
    expect(Object.keys(ours.find(({ kind }) => kind === 'TENANT')!)).not.toContain('limits');
    expect(ours).toContainEqual(
      expect.objectContaining({ kind: 'BILLING_COMMAND', of: 'FINAL_BILL', id: operation.id }),
    );
    expect([...pool.removed]).toEqual([...pool.disabled]);
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'exports' }));
    expect(Contents.map(({ Key }) => Key)).toEqual(['exports/acme-labs/1/a.csv']);
  });
});

it('keeps its data until its time has come', async () => {
  await begin(30);
  await settle();
  await runTo('retain');
  expect(await current()).toMatchObject({ status: 'WAITING', dueAt: START + 30 * 86_400_000 });
  now += 29 * 86_400_000;
  await runOperation(
    { tables: store.tables, runbook: { CLOSE: closeSteps(deps()) }, now: () => now, log: () => {} },
    operation,
    now + 1e6,
  );
  expect((await scan(store.documents)).some(({ kind, tenantId }) => kind === 'USER' && tenantId === 'acme')).toBe(true);
  await runTo();
  expect((await scan(store.documents)).some(({ kind, tenantId }) => kind === 'USER' && tenantId === 'acme')).toBe(
    false,
  );
});

it('has an archive that the documented lines verify, with what ran when it was closed', async () => {
  await begin(30);
  await runTo('drain');
  await settle();
  await runTo('retain');
  const one = (await getExport(store.tables, operation))!;
  expect(one).toMatchObject({ state: 'READY', file: { publicKey: signer.publicKey } });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'exports', Key: exportObjectKey(one) }));
  const archive = Buffer.from((await Body?.transformToByteArray()) ?? []);
  expect(one.file).toMatchObject({ bytes: archive.length, sha256: hash('sha256', archive) });
  const at = mkdtempSync(join(folder, 'archive-'));
  writeFileSync(join(at, 'archive.zip'), archive);
  writeFileSync(join(at, 'key.pem'), one.file?.publicKey ?? '');
  const page = readFileSync(new URL('../../../docs/closing-a-tenant.md', import.meta.url), 'utf8');
  const [, lines = ''] = /```sh\n(.+?)```/s.exec(page) ?? [];
  const verify = () => execFileSync('sh', ['-e', '-c', lines], { cwd: at, encoding: 'utf8', stdio: 'pipe' });
  const told = verify();
  expect(told).toContain('Signature Verified Successfully');
  const read = (name: string) => readFileSync(join(at, 'archive', name), 'utf8');
  const names = (JSON.parse(read('manifest.json')) as { files: { name: string }[] }).files.map(({ name }) => name);
  for (const name of names) expect(told).toContain(`${name}: OK`);
  expect(read('README.txt')).toContain(lines.trim().split('\n').at(-1));
  expect(JSON.parse(read('users.json'))).toMatchObject([{ email: 'anna@acme.example' }]);
  expect(JSON.parse(read('api-keys.json'))).toHaveLength(2);
  expect(read('api-keys.json')).not.toContain('sha256');
  expect(read('requests.jsonl')).not.toContain('keyFingerprint');
  expect(names.map(read).join()).not.toContain('acme-labs');
  const requests = read('requests.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(requests.map(({ status }) => status)).toEqual(['SETTLED', 'SETTLED']);
  expect(read('usage-by-day.csv')).toMatch(/^day,userId.*\r\n2026-11-22,usr_anna,/);
  expect(read('usage-by-month.csv')).toMatch(/^month,userId.*\r\n2026-11,usr_anna,/);
  const [entry] = read('audit.jsonl').split('\n');
  const { salt } = JSON.parse(entry!);
  const text = entry!.slice(entry!.indexOf('"entry":') + 8, -1);
  const personal = entry!.slice(entry!.indexOf('"personal":') + 11, entry!.indexOf(',"entry":'));
  expect(hash('sha256', `${salt}\n${personal}`)).toBe(JSON.parse(text).personalSha256);
  // A file that was changed, and a manifest that was made to fit it.
  rmSync(join(at, 'archive'), { recursive: true });
  execFileSync(
    'sh',
    ['-c', 'unzip -q archive.zip -d a && cd a && echo x >> users.json && zip -q ../archive.zip users.json'],
    { cwd: at },
  );
  expect(verify).toThrow();
  rmSync(join(at, 'archive'), { recursive: true });
  execFileSync('sh', ['-c', 'cd a && echo >> manifest.json && zip -q ../archive.zip manifest.json'], { cwd: at });
  expect(verify).toThrow();
});

it('an archive that came to nothing is said, and asked for anew by whoever retries', async () => {
  await begin(30);
  await settle();
  const steps = closeSteps(deps());
  expect(await steps.export(operation, now + 1e6)).toMatchObject({ outcome: 'wait' });
  const Key = { pk: 'TENANT#acme#EXPORT', sk: operation.id };
  const failing = {
    UpdateExpression: 'SET #s = :f',
    ExpressionAttributeNames: { '#s': 'state' },
    ExpressionAttributeValues: { ':f': 'FAILED' },
  };
  await store.documents.send(new UpdateCommand({ TableName: 'ledger', Key, ...failing }));
  expect(await steps.export(operation, now + 1e6)).toMatchObject({ outcome: 'failed' });
  expect(await steps.export(operation, now + 1e6)).toMatchObject({ outcome: 'wait' });
  expect((await getExport(store.tables, operation))?.state).toBe('REQUESTED');
});

it('ends in the same state when its worker dies after each of its effects', { timeout: 300_000 }, async () => {
  const WRITES = /^(Put|Update|Delete|BatchWrite|TransactWrite)/;
  store.documents.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        if (WRITES.test(commandName)) afterEffect(`${commandName} ${effectOf(args.input)}`);
        return result;
      },
    { step: 'initialize', name: 'crash' },
  );
  const finish = async (dies: boolean) => {
    await begin();
    await settle();
    const died = new Set<string>();
    afterEffect = (what) => {
      if (!dies || died.has(what)) return;
      died.add(what);
      throw new Error('died');
    };
    for (let retries = 0; ; retries++) {
      await runTo();
      const before = await current();
      if (before.status === 'SUCCEEDED') break;
      // A step is given up after some tries; somebody tells it to go on.
      const resumed = { ...resumeOperation(before, now), version: before.version + 1 } as Operation;
      await commit(operationWrites(store.tables, before, resumed)).catch(() => {});
      if (retries > 50) throw new Error('it never came to its end');
    }
    afterEffect = () => {};
    const left = (await scan(store.documents)).filter(({ kind }) => kind !== 'OPERATION');
    const text = JSON.stringify(left).replaceAll(/"closedAt":\d+|"id":"[^"]+"|"sk":"[^"]+"|"requestedAt":\d+/g, '');
    return { deaths: died.size, text };
  };
  const whole = await finish(false);
  const broken = await finish(true);
  store.documents.middlewareStack.remove('crash');
  expect(broken.deaths).toBeGreaterThan(30);
  expect(broken.text).toBe(whole.text);
});

/** What a write is at: its keys and, of an operation, how far its steps are. */
function effectOf(written: unknown): string {
  const names = new Set([
    'pk',
    'sk',
    'Key',
    'Item',
    'RequestItems',
    'TransactItems',
    'Put',
    'Update',
    'steps',
    'status',
  ]);
  return JSON.stringify(written, (name, value) =>
    name === '' || /^\d+$/.test(name) || /^(directory|ledger|DeleteRequest|Delete)$/.test(name) || names.has(name)
      ? value
      : undefined,
  );
}
