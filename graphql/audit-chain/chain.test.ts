import { hash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { followStream } from '../../local/streams.ts';
import { type AuditEntry, mintAuditId } from '../../tenancy/audit.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { appendAudit, getAudit } from '../../tenancy/table/audit.ts';
import { listLinks } from '../../tenancy/table/audit-chain.ts';
import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import { openTables, type Tables } from '../../tenancy/table/tables.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { verifyAudit } from '../commands/verify-audit/verify.ts';
import { type ChainLine, chainBatch } from './chain.ts';

const NOW = Date.UTC(2026, 10, 22);
const LATER = NOW + 3_600_000;
const sha256 = (text: string) => hash('sha256', text);

let store: TestTables;
/** A client of its own, whose transactions fail as a test says. */
let faulty: Tables;
let dying: DynamoDBClient;
let fault: () => 'before' | 'after' | undefined = () => undefined;
let lines: ChainLine[] = [];

beforeAll(async () => {
  store = await startTables();
  dying = new DynamoDBClient({
    endpoint: store.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const documents = DynamoDBDocumentClient.from(dying);
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      if (context['commandName'] !== 'TransactWriteItemsCommand') return next(args);
      const what = fault();
      if (what === 'before') throw new Error('the process died before it wrote');
      const answer = await next(args);
      if (what === 'after') throw new Error('the process died after it wrote');
      return answer;
    },
    { step: 'initialize' },
  );
  faulty = openTables(documents, { directory: 'directory', ledger: 'ledger' });
});
afterAll(() => {
  dying.destroy();
  return store.close();
});

let tenants = 0;
function newTenant(): TenantId {
  fault = () => undefined;
  lines = [];
  return parseTenantId(`tenant-${++tenants}`)!;
}

let entries = 0;
function entry(tenantId: TenantId | null): AuditEntry {
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, ++entries);
  return {
    id: mintAuditId(NOW, random),
    tenantId,
    at: NOW,
    requestId: mintRequestId(NOW, random),
    actor: { kind: 'user', id: 'usr_anna' },
    action: 'updateTenant',
    target: { kind: 'tenant', id: 'acme' },
    outcome: 'ALLOWED',
    changes: [{ field: 'tier', before: null, after: `"${entries}"` }],
  };
}

let sequence = 0;
function recordOf(
  { tenantId, ...rest }: AuditEntry,
  eventName: DynamoDBRecord['eventName'] = 'INSERT',
): DynamoDBRecord {
  const trail = tenantId === null ? 'PLATFORM' : `TENANT#${tenantId}`;
  const item = { pk: `${trail}#AUDIT`, sk: rest.id, kind: 'AUDIT', ...(tenantId ? { tenantId } : {}), ...rest };
  const image = marshall(item) as NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;
  return {
    ...(eventName ? { eventName } : {}),
    dynamodb: {
      Keys: { pk: image['pk']!, sk: image['sk']! },
      SequenceNumber: String(++sequence),
      ...(eventName === 'REMOVE' ? { OldImage: image } : { NewImage: image }),
    },
  };
}

function offer(records: readonly DynamoDBRecord[], tables = faulty) {
  const deps = {
    tables,
    sha256,
    pause: async () => {},
    random: () => 0,
    log: (line: ChainLine) => lines.push(line),
  };
  return chainBatch(deps, { Records: [...records] });
}

/** As Lambda does: what failed comes again, and everything after it. */
async function deliver(records: readonly DynamoDBRecord[]): Promise<void> {
  let rest = [...records];
  while (rest.length > 0) {
    const { batchItemFailures } = await offer(rest);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const first = rest.findIndex(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''));
    rest = first === -1 ? [] : rest.slice(first);
  }
}

async function chained(trail: TenantId | null): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const links = await listLinks(store.tables, trail, ids.length);
    if (links.length === 0) return ids;
    ids.push(...links.map(({ link }) => link!.auditId));
  }
}

it('whatever comes twice, late, again or out of order, by several writers and wherever they die: a chain that verifies, each entry in it once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(2), { minLength: 1, maxLength: 25 }),
      fc.infiniteStream(fc.nat()),
      fc.array(fc.constantFrom(undefined, undefined, 'before' as const, 'after' as const), { maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      async (owners, numbers, faults, writers) => {
        const trails = [newTenant(), newTenant(), newTenant()];
        const draw = (below: number) => (numbers.next().value ?? 0) % below;
        const written = owners.map((owner) => entry(trails[owner]!));
        for (const one of written) await appendAudit(store.tables, one);
        const again = written.filter(() => draw(3) === 0);
        const records = [...written, ...again]
          .map((one) => ({ one, at: draw(1_000) }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => recordOf(one));
        const left = [...faults];
        fault = () => left.shift();
        const batches: DynamoDBRecord[][] = [];
        while (records.length > 0) batches.push(records.splice(0, 1 + draw(10)));
        // Each writer takes the next batch that nobody has taken.
        const write = async () => {
          for (let batch = batches.shift(); batch; batch = batches.shift()) await deliver(batch);
        };
        await Promise.all(Array.from({ length: writers }, write));
        for (const trail of trails) {
          const ids = written.filter(({ tenantId }) => tenantId === trail).map(({ id }) => id);
          expect((await chained(trail)).sort()).toEqual(ids.sort());
          expect(await verifyAudit(store.tables, trail, sha256, LATER)).toMatchObject({
            verified: ids.length,
            broken: null,
            unchained: [],
          });
        }
      },
    ),
    { numRuns: 15 },
  );
}, 180_000);

describe('a batch', () => {
  it('keeps the order in which entries were written', async () => {
    const tenantId = newTenant();
    const written = Array.from({ length: 5 }, () => entry(tenantId));
    for (const one of written) await appendAudit(store.tables, one);
    expect(await offer(written.map((one) => recordOf(one)))).toEqual({ batchItemFailures: [] });
    expect(await chained(tenantId)).toEqual(written.map(({ id }) => id));
  });

  it('passes over everything that is no new audit entry', async () => {
    const one = entry(newTenant());
    await appendAudit(store.tables, one);
    const other = recordOf(one);
    other.dynamodb!.NewImage = { ...other.dynamodb!.NewImage, kind: { S: 'GATE' } };
    const records = [recordOf(one, 'MODIFY'), recordOf(one, 'REMOVE'), other];
    expect(await offer(records)).toEqual({ batchItemFailures: [] });
    expect(await chained(one.tenantId)).toEqual([]);
  });

  it('with a damaged record names it by its key alone, and chains the others', async () => {
    const tenantId = newTenant();
    const good = entry(tenantId);
    await appendAudit(store.tables, good);
    const bad = recordOf(entry(tenantId));
    bad.dynamodb!.NewImage!['reason'] = { N: '7' };
    bad.dynamodb!.NewImage!['action'] = { S: 'private' };
    const strange = recordOf({ ...entry(tenantId) });
    strange.dynamodb!.NewImage!['tenantId'] = { S: 'globex' };
    const { batchItemFailures } = await offer([bad, recordOf(good), strange]);
    const numbers = [bad, strange].map(({ dynamodb }) => dynamodb?.SequenceNumber);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(numbers);
    expect(lines.map(({ event }) => event)).toEqual(['audit_image_damaged', 'audit_image_damaged']);
    expect(JSON.stringify(lines)).not.toContain('private');
    expect(await chained(tenantId)).toEqual([good.id]);
  });

  it('of a trail that fails does not fail that of another, nor what went before', async () => {
    const [bad, good] = [newTenant(), newTenant()];
    const written = [entry(good), entry(bad), entry(bad), entry(bad)];
    for (const one of written) await appendAudit(store.tables, one);
    const records = written.map((one) => recordOf(one));
    let transactions = 0;
    fault = () => (++transactions === 3 ? 'before' : undefined);
    const { batchItemFailures } = await offer(records);
    const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    expect(failed.length).toBeGreaterThan(0);
    expect(lines).toEqual([{ event: 'audit_chain_failed', tenantId: bad, why: 'Error' }]);
    await deliver(records);
    expect(await chained(bad)).toEqual(written.slice(1).map(({ id }) => id));
    expect(await chained(good)).toEqual([written[0]!.id]);
  });

  it('tells of an entry that was removed before it was chained', async () => {
    const one = entry(newTenant());
    await appendAudit(store.tables, one);
    const Key = { pk: `TENANT#${one.tenantId}#AUDIT`, sk: one.id };
    await store.documents.send(new DeleteCommand({ TableName: 'ledger', Key }));
    expect(await offer([recordOf(one)])).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([{ event: 'audit_entry_gone', tenantId: one.tenantId, auditId: one.id }]);
  });

  it('seals the entry as it was written: a change before it was chained shows', async () => {
    const one = entry(newTenant());
    await appendAudit(store.tables, { ...one, action: 'changed on the way' });
    await offer([recordOf(one)]);
    expect(await verifyAudit(store.tables, one.tenantId, sha256, LATER)).toMatchObject({
      broken: { sequence: 1, what: 'entry changed', auditId: one.id },
    });
  });
});

it("follows the ledger's own stream, by the client that is deployed: its own writes are not taken for entries", async () => {
  const tenantId = newTenant();
  const line = openLine({
    region: 'eu-central-1',
    endpoint: store.url,
    credentials: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
    now: Date.now,
  });
  const deployed = openTables(openDocumentClient(line, { attempts: 1, timeoutMs: 5_000 }), {
    directory: 'directory',
    ledger: 'ledger',
  });
  const written = [...Array.from({ length: 5 }, () => entry(tenantId)), entry(null)];
  for (const one of written) await appendAudit(store.tables, one);
  const fn = {
    invoke: async (event: { Records: DynamoDBRecord[] }) => ({
      ok: true as const,
      payload: await offer(event.Records, deployed),
    }),
  };
  const following = [1, 2].map(() => followStream({ database: store.url, table: 'ledger', consumers: [{ fn }] }));
  try {
    await vi.waitFor(
      async () => {
        expect(await chained(tenantId)).toHaveLength(5);
        expect(await chained(null)).toHaveLength(1);
      },
      { timeout: 20_000 },
    );
  } finally {
    for (const one of following) await (await one).close();
  }
  for (const trail of [tenantId, null]) {
    expect(await verifyAudit(store.tables, trail, sha256, LATER)).toMatchObject({ broken: null, unchained: [] });
  }
  expect((await getAudit(store.tables, null, written[5]!.id))?.link?.sequence).toBe(1);
});
