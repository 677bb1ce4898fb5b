import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuditEntry, mintAuditId } from '../../../tenancy/audit.ts';
import { CHAIN_START, nextLink } from '../../../tenancy/audit-chain.ts';
import { appendAudit } from '../../../tenancy/table/audit.ts';
import { appendLink } from '../../../tenancy/table/audit-chain.ts';
import { putTenant } from '../../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { startTables } from '../../../tests/tables.ts';
import { holds, readCommand, verdictLines } from './command-line.ts';

const acme = parseTenantId('acme') as TenantId;
const entry: AuditEntry = {
  id: mintAuditId(1_795_313_203_050, new Uint8Array(10)),
  tenantId: acme,
  at: 1_795_313_203_050,
  requestId: '01a20101-776d-77ac-8456-1ee52ac5a36b',
  actor: { kind: 'staff', id: 'mira' },
  action: 'updateTenant',
  target: { kind: 'tenant', id: 'acme' },
  outcome: 'ALLOWED',
  changes: [],
};

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
  await putTenant(store.tables, {
    id: acme,
    name: 'Acme',
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
  });
  await appendAudit(store.tables, entry);
  await appendLink(
    store.tables,
    acme,
    nextLink(CHAIN_START, entry, (text) => hash('sha256', text)),
  );
});
afterAll(() => store.close());

/** Runs the command over these tables. */
function verify(words: string, directory = 'directory'): Promise<{ code: number; text: string }> {
  const env = {
    DIRECTORY_TABLE: directory,
    LEDGER_TABLE: 'ledger',
    AWS_ENDPOINT_URL_DYNAMODB: store.url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const args = [join(import.meta.dirname, 'main.ts'), ...words.split(' ')];
  return new Promise((done) =>
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, text: stdout + stderr }),
    ),
  );
}

it('says that a chain holds, what seals it, and where it is broken', async () => {
  const { hash: seal } = nextLink(CHAIN_START, entry, (text) => hash('sha256', text));
  expect(await verify('acme')).toEqual({ code: 0, text: `1 entry verified, sealed by ${seal}\n` });
  const { code, text } = await verify('platform --json');
  expect([code, JSON.parse(text)]).toEqual([
    0,
    { trail: 'platform', verified: 0, hash: '0'.repeat(64), broken: null, redacted: 0, unchained: [] },
  ]);
  await store.documents.send(
    new UpdateCommand({
      TableName: 'ledger',
      Key: { pk: 'TENANT#acme#AUDIT', sk: entry.id },
      UpdateExpression: 'SET #action = :action',
      ExpressionAttributeNames: { '#action': 'action' },
      ExpressionAttributeValues: { ':action': 'somethingElse' },
    }),
  );
  expect(await verify('acme')).toEqual({
    code: 1,
    text: `0 entries verified, sealed by ${'0'.repeat(64)}\nBROKEN at 1: entry changed (${entry.id})\n`,
  });
});

it.each([
  ['nosuch', 'directory', 'there is no tenant nosuch'],
  ['acme', 'nowhere', 'ResourceNotFoundException'],
])('verifies nothing, and says so: %s in %s', async (words, directory, why) => {
  expect(await verify(words, directory)).toEqual({ code: 2, text: expect.stringContaining(why) });
});

it.each([
  ['', /name one tenant/],
  ['acme globex', /name one tenant/],
  ['ACME', /no tenant id/],
  ['acme --force', /force/],
])('refuses %j and says what is wrong', (line, why) => {
  const command = readCommand(line.split(' ').filter(Boolean));
  expect(command.ok ? '' : command.reason).toMatch(why);
});

it('knows a trail, and the ways to ask for it', () => {
  expect(readCommand(['acme', '--json'])).toEqual({ ok: true, value: { trail: 'acme', json: true } });
  expect(readCommand(['platform', '--platform', 'p.json'])).toEqual({
    ok: true,
    value: { trail: null, json: false, platform: 'p.json' },
  });
  expect(readCommand(['--help'])).toEqual({ ok: true, value: 'help' });
});

it('takes what was taken out of a living tenant’s trail for what it is', () => {
  const verdict = { verified: 2, redacted: 1, hash: 'x', broken: null, unchained: [] };
  expect([holds(verdict), holds(verdict, true)]).toEqual([false, true]);
  expect(verdictLines(verdict)[1]).toBe('TAKEN OUT, of a tenant that is not closed: 1');
  expect(verdictLines(verdict, true)[1]).toBe('people were taken out: 1');
});

it('shows people the first of many entries that are not chained', () => {
  const unchained = Array.from({ length: 21 }, (_, n) => `aud_${n}`);
  const [, line] = verdictLines({ verified: 0, redacted: 0, hash: 'x', broken: null, unchained });
  expect(line).toMatch(/^NOT CHAINED: 21: aud_0, .*aud_19, \.\.\.$/);
});
