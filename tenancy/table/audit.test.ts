import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { executeTransactWrite } from 'dynamodb-toolbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { type AuditEntry, mintAuditId } from '../audit.ts';
import { CHAIN_START, nextLink } from '../audit-chain.ts';
import { mintRequestId } from '../request-id.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { appendAudit, auditWrite, getAudit, listAudit } from './audit.ts';
import { appendLink } from './audit-chain.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

let tenants = 0;
const newTenant = (): TenantId => parseTenantId(`tenant-${++tenants}`)!;

const NOW = Date.UTC(2026, 10, 22);
let entries = 0;
function entry(tenantId: TenantId | null, at = NOW, more: Partial<AuditEntry> = {}): AuditEntry {
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, ++entries);
  return {
    id: mintAuditId(at, random),
    tenantId,
    at,
    requestId: mintRequestId(at, random),
    actor: { kind: 'user', id: 'usr_anna' },
    action: 'updateTenant',
    target: { kind: 'tenant', id: 'acme' },
    outcome: 'ALLOWED',
    changes: [{ field: 'tier', before: null, after: '"PREMIUM"' }],
    ...more,
  };
}

it('storage.md shows an entry and its chain exactly as they are stored', async () => {
  const page = readFileSync(new URL('storage.md', import.meta.url), 'utf8');
  const [, ours = ''] = page.split('\n## Audit\n');
  const [only = ''] = ours.split('\n## ');
  const examples = [...only.matchAll(/```json\n(.+?)```/gs)].map(([, json]) => JSON.parse(json!));
  for (const { pk: _, sk: __, kind, sequence: ___, hash: ____, ...stored } of examples) {
    if (kind === 'AUDIT') await appendAudit(store.tables, { tenantId: null, ...stored });
  }
  const [first] = examples.filter(({ sequence }) => sequence === 1);
  const { entry: chained } = (await getAudit(store.tables, parseTenantId('acme'), first.id))!;
  const link = nextLink(CHAIN_START, chained, (text) => hash('sha256', text));
  expect(await appendLink(store.tables, chained.tenantId, link)).toBe('linked');
  const { Items = [] } = await store.documents.send(new ScanCommand({ TableName: 'ledger' }));
  const inOrder = (items: Record<string, unknown>[]) =>
    items.sort((a, b) => (`${a['pk']} ${a['sk']}` < `${b['pk']} ${b['sk']}` ? -1 : 1));
  expect(inOrder(Items)).toEqual(inOrder(examples));
  expect(examples.map(({ kind }) => kind).sort()).toEqual(['AUDIT', 'AUDIT', 'AUDIT_HEAD', 'AUDIT_LINK']);
});

describe('an entry', () => {
  it.each([
    ['of a tenant', newTenant()],
    ['of the platform', null],
  ])('%s comes back as it was written', async (_, tenantId) => {
    const bare = entry(tenantId);
    const full = entry(tenantId, NOW, {
      reason: '',
      sourceIp: '2001:db8::1',
      userAgent: 'curl/8 \u00e4',
      viewingAs: parseTenantId('globex')!,
      changes: [],
    });
    for (const one of [bare, full]) {
      expect(await appendAudit(store.tables, one)).toBe('stored');
      expect(await getAudit(store.tables, tenantId, one.id)).toEqual({ entry: one, link: null });
    }
  });

  it('is in no other trail', async () => {
    const [mine, other] = [newTenant(), newTenant()];
    const one = entry(mine);
    await appendAudit(store.tables, one);
    for (const trail of [other, null]) {
      expect(await getAudit(store.tables, trail, one.id)).toBeNull();
      expect((await listAudit(store.tables, trail, { limit: 100 })).entries).not.toContainEqual({
        entry: one,
        link: null,
      });
    }
    expect(await getAudit(store.tables, mine, 'HEAD')).toBeNull();
  });

  it('is written once: a second one of its id changes nothing, by itself or in a transaction', async () => {
    const one = entry(newTenant());
    await executeTransactWrite(auditWrite(store.tables, one));
    const other = { ...one, action: 'deleteTenant' };
    expect(await appendAudit(store.tables, other)).toBe('known');
    await expect(executeTransactWrite(auditWrite(store.tables, other))).rejects.toThrow();
    expect(await getAudit(store.tables, one.tenantId, one.id)).toEqual({ entry: one, link: null });
  });

  it('cannot be without what its transaction does, nor that without the entry', async () => {
    const [there, fresh] = [entry(newTenant()), entry(newTenant())];
    await appendAudit(store.tables, there);
    const both = executeTransactWrite(auditWrite(store.tables, fresh), auditWrite(store.tables, there));
    await expect(both).rejects.toThrow();
    expect(await getAudit(store.tables, fresh.tenantId, fresh.id)).toBeNull();
  });

  it.each([
    ['an attribute that nobody reads', { note: 'x' }],
    ['the name of another tenant', { tenantId: 'globex' }],
    ['another id than its key', { id: 'aud_01a20101-776a-77ac-8456-1ee52ac5a36b' }],
    ['half a place in the chain', { sequence: 1 }],
    ['an outcome that there is not', { outcome: 'FINE' }],
    ['another kind', { kind: 'GATE' }],
  ])('with %s is damaged', async (_, change) => {
    const one = entry(newTenant());
    await appendAudit(store.tables, one);
    const { Items = [] } = await store.documents.send(new ScanCommand({ TableName: 'ledger' }));
    const Item = { ...Items.find(({ sk }) => sk === one.id), ...change };
    await store.documents.send(new PutCommand({ TableName: 'ledger', Item }));
    await expect(getAudit(store.tables, one.tenantId, one.id)).rejects.toThrow();
  });
});

describe('a list', () => {
  const tenantId = newTenant();
  const written = Array.from({ length: 7 }, (_, n) => entry(tenantId, NOW + n * 1_000));
  beforeAll(async () => {
    for (const one of written) await appendAudit(store.tables, one);
  });
  const ids = async (page: Parameters<typeof listAudit>[2]) => {
    const { entries: found, next } = await listAudit(store.tables, tenantId, page);
    return { found: found.map((one) => written.findIndex(({ id }) => id === one.entry.id)), next };
  };

  it.each([1, 2, 3, 6, 7, 8])('is newest first and whole, in pages of %i', async (limit) => {
    const seen: number[] = [];
    let after: string | null = null;
    do {
      const page = await ids({ limit, ...(after ? { after } : {}) });
      expect(page.found.length).toBeGreaterThan(0);
      expect(page.found.length).toBeLessThanOrEqual(limit);
      seen.push(...page.found);
      after = page.next;
    } while (after);
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  it('is of the time asked for: from then on, until before then', async () => {
    expect((await ids({ limit: 9, from: NOW + 2_000, until: NOW + 4_000 })).found).toEqual([3, 2]);
    expect((await ids({ limit: 9, from: NOW + 6_000 })).found).toEqual([6]);
    expect((await ids({ limit: 9, from: -5, until: NOW + 1 })).found).toEqual([0]);
    expect(await ids({ limit: 9, from: NOW + 4_000, until: NOW + 4_000 })).toEqual({ found: [], next: null });
    const inside = { limit: 9, from: NOW + 2_000, until: NOW + 4_000 };
    expect((await ids({ ...inside, after: written[3]!.id })).found).toEqual([2]);
    expect((await ids({ ...inside, after: written[6]!.id })).found).toEqual([3, 2]);
    expect(await ids({ ...inside, after: written[0]!.id })).toEqual({ found: [], next: null });
  });

  it('takes no cursor that is no id', async () => {
    await expect(ids({ limit: 1, after: 'HEAD' })).rejects.toThrow(RangeError);
  });
});

describe('a link', () => {
  const sha256 = (text: string) => hash('sha256', text);

  it('is put behind the head once, and marks its entry', async () => {
    const tenantId = newTenant();
    const [one, two] = [entry(tenantId), entry(tenantId)];
    for (const each of [one, two]) await appendAudit(store.tables, each);
    const first = nextLink(CHAIN_START, one, sha256);
    expect(await appendLink(store.tables, tenantId, first)).toBe('linked');
    expect(await appendLink(store.tables, tenantId, first)).toBe('known');
    expect(await appendLink(store.tables, tenantId, nextLink(CHAIN_START, two, sha256))).toBe('raced');
    expect(await appendLink(store.tables, tenantId, nextLink({ ...first, hash: 'f'.repeat(64) }, two, sha256))).toBe(
      'raced',
    );
    const second = nextLink(first, two, sha256);
    expect(await appendLink(store.tables, tenantId, second)).toBe('linked');
    expect((await getAudit(store.tables, tenantId, two.id))?.link).toEqual({ sequence: 2, hash: second.hash });
  });

  it('is not made for an entry that is not there', async () => {
    const one = entry(newTenant());
    expect(await appendLink(store.tables, one.tenantId, nextLink(CHAIN_START, one, sha256))).toBe('gone');
  });

  it('does not take the place of one that stands there, whatever the head says', async () => {
    const tenantId = newTenant();
    const [one, two] = [entry(tenantId), entry(tenantId)];
    for (const each of [one, two]) await appendAudit(store.tables, each);
    const first = nextLink(CHAIN_START, one, sha256);
    await appendLink(store.tables, tenantId, first);
    await store.documents.send(
      new UpdateCommand({
        TableName: 'ledger',
        Key: { pk: `TENANT#${tenantId}#CHAIN`, sk: 'HEAD' },
        UpdateExpression: 'REMOVE #sequence',
        ExpressionAttributeNames: { '#sequence': 'sequence' },
      }),
    );
    await expect(appendLink(store.tables, tenantId, nextLink(CHAIN_START, two, sha256))).rejects.toThrow();
  });
});
