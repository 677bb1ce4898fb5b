import { hash } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type AuditEntry, mintAuditId } from '../../../tenancy/audit.ts';
import { CHAIN_START, nextLink, sealedForm } from '../../../tenancy/audit-chain.ts';
import { appendAudit, getAudit } from '../../../tenancy/table/audit.ts';
import { appendLink, getChainHead } from '../../../tenancy/table/audit-chain.ts';
import { redactTrail } from '../../../tenancy/table/audit-redaction.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../../tests/tables.ts';
import { verifyAudit } from '../../commands/verify-audit/verify.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const NOW = 1_795_312_352_000;
const sha256 = (text: string) => hash('sha256', text);
const PEOPLE = /anna|Anna|192\.0\.2|Mozilla|5d41402a/;
let tenantId: TenantId;
let entries: AuditEntry[];
let tenants = 0;

beforeEach(async () => {
  tenantId = parseTenantId(`tenant-${++tenants}`)!;
  entries = [];
  for (const [n, target] of [
    { kind: 'User', id: 'usr_x' },
    { kind: 'attempt', id: 'anna@acme.example' },
  ].entries()) {
    const entry: AuditEntry = {
      id: mintAuditId(NOW + n, crypto.getRandomValues(new Uint8Array(10))),
      tenantId,
      at: NOW + n,
      requestId: 'r',
      actor: { kind: 'user', id: 'usr_x' },
      action: 'updateUser',
      target,
      outcome: 'ALLOWED',
      changes: [{ field: 'email', before: null, after: '"anna@acme.example"' }],
      reason: 'Anna asked',
      sourceIp: '192.0.2.7',
      userAgent: 'Mozilla/5.0',
      salt: '5d41402abc4b2a76b9719d911017c592',
    };
    entries.push(entry);
    await appendAudit(store.tables, entry);
    await appendLink(
      store.tables,
      tenantId,
      nextLink((await getChainHead(store.tables, tenantId)) ?? CHAIN_START, entry, sha256),
    );
  }
});

const verify = () => verifyAudit(store.tables, tenantId, sha256, NOW);
const redact = () => redactTrail(store.tables, tenantId, sha256, () => true);
const stored = async (n: number) => (await getAudit(store.tables, tenantId, entries[n]!.id))?.entry;

it('leaves nothing of people in a trail, and the chain holds as before', async () => {
  const before = await verify();
  expect(before).toMatchObject({ verified: 2, redacted: 0, broken: null });
  expect(await redact()).toEqual({ removed: 2, complete: true });
  expect(await verify()).toEqual({ ...before, redacted: 2 });
  for (const n of [0, 1]) {
    expect(JSON.stringify(await stored(n))).not.toMatch(PEOPLE);
    expect(await stored(n)).toMatchObject({ action: 'updateUser', at: NOW + n, actor: { id: 'usr_x' } });
  }
  expect(await redact()).toEqual({ removed: 0, complete: true });
});

it('may stop between two pages, and leaves another’s trail alone', async () => {
  expect(await redactTrail(store.tables, tenantId, sha256, () => false)).toEqual({ removed: 0, complete: false });
  await redactTrail(store.tables, parseTenantId(`${tenantId}-labs`)!, sha256, () => true);
  expect(await stored(0)).toEqual(entries[0]);
});

it.each([
  ['what stays is changed', 'SET #a = :v', 'action', 'deleteUser'],
  ['what was taken out is put back otherwise', 'SET #a = :v', 'reason', 'Ben asked'],
  ['the hash of it is changed', 'SET #a = :v', 'personalSha256', '0'.repeat(64)],
])('the chain shows it when %s', async (_, UpdateExpression, name, value) => {
  await redact();
  const change = { ExpressionAttributeNames: { '#a': name }, ExpressionAttributeValues: { ':v': value } };
  const Key = { pk: `TENANT#${tenantId}#AUDIT`, sk: entries[0]!.id };
  await store.documents.send(new UpdateCommand({ TableName: 'ledger', Key, UpdateExpression, ...change }));
  expect((await verify()).broken).toMatchObject({ sequence: 1, what: 'entry changed' });
});

it('a change of a person’s part shows as long as it is there', async () => {
  const other = { ...entries[0]!, sourceIp: '192.0.2.8' };
  expect(sealedForm(other, sha256)).not.toEqual(sealedForm(entries[0]!, sha256));
  // Without a salt, and with something of people in it, an entry is hashed as it stands.
  const { salt: _, ...bare } = entries[0]!;
  expect(sealedForm({ ...bare, personalSha256: 'x' }, sha256)).toEqual({ ...bare, personalSha256: 'x' });
});
