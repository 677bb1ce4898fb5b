import { hash } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditEntry, mintAuditId } from '../../../tenancy/audit.ts';
import { nextLink } from '../../../tenancy/audit-chain.ts';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { appendAudit } from '../../../tenancy/table/audit.ts';
import { appendLink, getChainHead } from '../../../tenancy/table/audit-chain.ts';
import type { Trail } from '../../../tenancy/table/audit-entity.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../../tests/tables.ts';
import { verifyAudit } from './verify.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const NOW = Date.UTC(2026, 10, 22);
const LATER = NOW + 60_001;
const sha256 = (text: string) => hash('sha256', text);
const verify = (trail: Trail, now = LATER) => verifyAudit(store.tables, trail, sha256, now);

let tenants = 0;
const newTenant = (): TenantId => parseTenantId(`tenant-${++tenants}`)!;

let entries = 0;
function entry(tenantId: Trail): AuditEntry {
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, ++entries);
  return {
    id: mintAuditId(NOW, random),
    tenantId,
    at: NOW,
    requestId: mintRequestId(NOW, random),
    actor: { kind: 'staff', id: 'mira' },
    action: 'updateTenant',
    target: { kind: 'tenant', id: 'acme' },
    outcome: 'DENIED',
    changes: [{ field: 'tier', before: null, after: '"TRIAL"' }],
    reason: 'asked for',
    sourceIp: '192.0.2.7',
    userAgent: 'curl',
    viewingAs: parseTenantId('globex')!,
  };
}

async function chain(one: AuditEntry): Promise<void> {
  const head = await getChainHead(store.tables, one.tenantId);
  expect(await appendLink(store.tables, one.tenantId, nextLink(head!, one, sha256))).toBe('linked');
}

/** A trail of its own with this many entries, all chained. */
async function trailOf(length: number, tenantId: Trail = newTenant()): Promise<AuditEntry[]> {
  const written = Array.from({ length }, () => entry(tenantId));
  for (const one of written) await appendAudit(store.tables, one);
  for (const one of written) await chain(one);
  return written;
}

type Row = Record<string, unknown>;
const entryKey = ({ tenantId, id }: AuditEntry) => ({ pk: `TENANT#${tenantId}#AUDIT`, sk: id });
const linkKey = ({ tenantId }: AuditEntry, sequence: number) => ({
  pk: `TENANT#${tenantId}#CHAIN`,
  sk: String(sequence).padStart(15, '0'),
});
const headKey = ({ tenantId }: AuditEntry) => ({ pk: `TENANT#${tenantId}#CHAIN`, sk: 'HEAD' });
const read = async (Key: Row): Promise<Row> =>
  (await store.documents.send(new GetCommand({ TableName: 'ledger', Key }))).Item!;
const write = (Item: Row) => store.documents.send(new PutCommand({ TableName: 'ledger', Item }));
const remove = (Key: Row) => store.documents.send(new DeleteCommand({ TableName: 'ledger', Key }));
const tamper = async (Key: Row, change: Row) => write({ ...(await read(Key)), ...change });

describe('a chain that nobody touched', () => {
  it.each([0, 1, 3, 100, 101])('of %i entries holds', async (length) => {
    const tenantId = newTenant();
    await trailOf(length, tenantId);
    const head = await getChainHead(store.tables, tenantId);
    expect(await verify(tenantId)).toEqual({
      verified: length,
      redacted: 0,
      hash: head!.hash,
      broken: null,
      unchained: [],
    });
  });

  it('of the platform holds as well', async () => {
    await trailOf(2, null);
    expect(await verify(null)).toMatchObject({ verified: 2, broken: null });
  });

  it('is read on when it grows meanwhile', async () => {
    const tenantId = newTenant();
    await trailOf(3, tenantId);
    const more = Array.from({ length: 30 }, () => entry(tenantId));
    const growing = (async () => {
      for (const one of more) {
        await appendAudit(store.tables, one);
        await chain(one);
      }
    })();
    // Nobody is late yet: an entry that is written and not chained at this moment is no finding.
    for (let n = 0; n < 10; n++) expect(await verify(tenantId, NOW)).toMatchObject({ broken: null, unchained: [] });
    await growing;
    expect(await verify(tenantId)).toMatchObject({ verified: 33, broken: null });
  });

  it('names the entries that are not in it a minute after they were written', async () => {
    const [one] = await trailOf(1);
    const late = entry(one!.tenantId);
    await appendAudit(store.tables, late);
    expect(await verify(one!.tenantId, NOW + 60_000)).toMatchObject({ broken: null, unchained: [] });
    expect(await verify(one!.tenantId, NOW + 60_001)).toMatchObject({ broken: null, unchained: [late.id] });
  });
});

describe('an entry', () => {
  it.each([
    ['tenantId', { tenantId: 'globex' }],
    ['id', { id: 'aud_01a20101-776a-77ac-8456-1ee52ac5a36b' }],
    ['at', { at: NOW + 1 }],
    ['requestId', { requestId: '01a20101-776a-77ac-8456-1ee52ac5a36b' }],
    ['actor.kind', { actor: { kind: 'user', id: 'mira' } }],
    ['actor.id', { actor: { kind: 'staff', id: 'nobody' } }],
    ['action', { action: 'createTenant' }],
    ['target.kind', { target: { kind: 'user', id: 'acme' } }],
    ['target.id', { target: { kind: 'tenant', id: 'globex' } }],
    ['outcome', { outcome: 'ALLOWED' }],
    ['outcome, to none that there is', { outcome: 'FINE' }],
    ['changes', { changes: [] }],
    ['changes.field', { changes: [{ field: 'name', before: null, after: '"TRIAL"' }] }],
    ['changes.before', { changes: [{ field: 'tier', before: '"TRIAL"', after: '"TRIAL"' }] }],
    ['changes.after', { changes: [{ field: 'tier', before: null, after: null }] }],
    ['reason', { reason: 'other' }],
    ['sourceIp', { sourceIp: '192.0.2.8' }],
    ['userAgent', { userAgent: 'x' }],
    ['viewingAs', { viewingAs: 'initech' }],
    ['sequence', { sequence: 3 }],
    ['hash', { hash: 'f'.repeat(64) }],
    ['kind', { kind: 'GATE' }],
    ['an attribute more', { note: 'nobody reads this' }],
  ])('whose %s was changed is found', async (_, change) => {
    const [, second] = await trailOf(3);
    await tamper(entryKey(second!), change);
    expect(await verify(second!.tenantId)).toMatchObject({
      verified: 1,
      broken: { sequence: 2, what: 'entry changed', auditId: second!.id },
    });
  });

  it.each(['reason', 'sourceIp', 'userAgent', 'viewingAs', 'sequence', 'tenantId', 'actor'])(
    'that lost its %s is found',
    async (name) => {
      const [, second] = await trailOf(3);
      const { [name]: _, ...rest } = await read(entryKey(second!));
      await write(rest);
      expect(await verify(second!.tenantId)).toMatchObject({ broken: { sequence: 2, what: 'entry changed' } });
    },
  );

  it('that lost its place in the chain is found, and not taken for one that waits for it', async () => {
    const [, second] = await trailOf(3);
    const { sequence: _, hash: __, ...rest } = await read(entryKey(second!));
    await write(rest);
    expect(await verify(second!.tenantId)).toMatchObject({ broken: { sequence: 2, what: 'entry changed' } });
  });

  it.each([0, 1, 2])('that was deleted is found (%i)', async (n) => {
    const written = await trailOf(3);
    await remove(entryKey(written[n]!));
    expect(await verify(written[n]!.tenantId)).toMatchObject({
      verified: n,
      broken: { sequence: n + 1, what: 'entry missing', auditId: written[n]!.id },
    });
  });

  it.each([
    ['a place that is taken', 2, 'stray entry'],
    ['a place behind the end', 4, 'link missing'],
  ])('that was slipped in with %s is found', async (_, sequence, what) => {
    const [, second] = await trailOf(3);
    const slipped = { ...(await read(entryKey(second!))), ...idOf(entry(second!.tenantId)), sequence };
    await write(slipped);
    expect(await verify(second!.tenantId)).toMatchObject({ verified: 3, broken: { sequence, what } });
  });

  it('that was slipped in and cannot be read is found', async () => {
    const [, second] = await trailOf(3);
    await write({ ...(await read(entryKey(second!))), ...idOf(entry(second!.tenantId)), outcome: 'FINE' });
    expect((await verify(second!.tenantId)).broken).not.toBeNull();
  });
});

const idOf = ({ id }: AuditEntry) => ({ sk: id, id });

describe('a link', () => {
  it('that was deleted at the end is found by the head', async () => {
    const [one] = await trailOf(3);
    await remove(linkKey(one!, 3));
    expect(await verify(one!.tenantId)).toMatchObject({ verified: 2, broken: { sequence: 3, what: 'link missing' } });
  });

  it('that was deleted at the end, with the head turned back, is found by its entry', async () => {
    const [one, , third] = await trailOf(3);
    const { hash: before } = await read(linkKey(one!, 2));
    await remove(linkKey(one!, 3));
    await tamper(headKey(one!), { sequence: 2, hash: before });
    expect(await verify(one!.tenantId)).toMatchObject({
      broken: { sequence: 3, what: 'link missing', auditId: third!.id },
    });
  });

  it('that was deleted in the middle is found', async () => {
    const [one] = await trailOf(3);
    await remove(linkKey(one!, 2));
    expect(await verify(one!.tenantId)).toMatchObject({ verified: 1, broken: { sequence: 2, what: 'link missing' } });
  });

  it('that changed places with another is found, whether or not its number was changed as well', async () => {
    for (const isRenumbered of [false, true]) {
      const [one] = await trailOf(4);
      const [second, third] = [await read(linkKey(one!, 2)), await read(linkKey(one!, 3))];
      const moved = (row: Row, sequence: number) => ({
        ...row,
        ...linkKey(one!, sequence),
        ...(isRenumbered ? { sequence } : {}),
      });
      await write(moved(third, 2));
      await write(moved(second, 3));
      expect(await verify(one!.tenantId)).toMatchObject({
        verified: 1,
        broken: { sequence: 2, what: 'link out of order' },
      });
    }
  });

  it.each([
    ['hash', { hash: 'f'.repeat(64) }, 'link changed'],
    ['previousHash', { previousHash: 'f'.repeat(64) }, 'link out of order'],
    ['sequence', { sequence: 7 }, 'link out of order'],
    ['auditId', { auditId: '' }, 'entry missing'],
    ['shape', { hash: 7 }, 'link changed'],
  ])('whose %s was changed is found', async (_, change, what) => {
    const [one] = await trailOf(3);
    await tamper(linkKey(one!, 2), change);
    expect(await verify(one!.tenantId)).toMatchObject({ verified: 1, broken: { sequence: 2, what } });
  });

  it('to an entry that is in the chain already is found', async () => {
    const [one] = await trailOf(3);
    await tamper(linkKey(one!, 2), { auditId: one!.id });
    expect((await verify(one!.tenantId)).broken).toMatchObject({ sequence: 2 });
  });
});

describe('a head', () => {
  it.each([
    ['has another hash', { hash: 'f'.repeat(64) }, { sequence: 3, what: 'head differs' }],
    ['is turned back', { sequence: 2 }, { sequence: 3, what: 'head differs' }],
    ['is ahead', { sequence: 4 }, { sequence: 4, what: 'link missing' }],
    ['is damaged', { sequence: 'three' }, { sequence: 3, what: 'head differs' }],
  ])('that %s is found', async (_, change, broken) => {
    const [one] = await trailOf(3);
    await tamper(headKey(one!), change);
    expect(await verify(one!.tenantId)).toMatchObject({ broken });
  });

  it('that was deleted is found', async () => {
    const [one] = await trailOf(3);
    await remove(headKey(one!));
    expect(await verify(one!.tenantId)).toMatchObject({ broken: { sequence: 3, what: 'head differs' } });
  });
});

it('what one trail lost does not show in another, and a whole chain that was removed is found by its entries', async () => {
  const [lost, kept] = [await trailOf(2), await trailOf(2)];
  const { Items = [] } = await store.documents.send(
    new QueryCommand({
      TableName: 'ledger',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `TENANT#${lost[0]!.tenantId}#CHAIN` },
    }),
  );
  for (const { pk, sk } of Items) await remove({ pk, sk });
  expect(await verify(lost[0]!.tenantId)).toMatchObject({ verified: 0, broken: { sequence: 1, what: 'link missing' } });
  expect(await verify(kept[0]!.tenantId)).toMatchObject({ verified: 2, broken: null });
});
