import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { putTenant } from '../../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { startTables } from '../../../tests/tables.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
  await putTenant(store.tables, {
    id: parseTenantId('acme') as TenantId,
    name: 'Acme',
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
  });
});
afterAll(() => store.close());

/** Runs the command over these tables. */
function gates(words: string, directory = 'directory'): Promise<{ code: number; text: string }> {
  const env = {
    DIRECTORY_TABLE: directory,
    LEDGER_TABLE: 'ledger',
    REGIONS: 'eu-central-2,eu-central-1',
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

it('knows a tenant by the directory', async () => {
  expect(await gates('show acme --month 2026-11')).toEqual({
    code: 0,
    text: 'eu-central-2, eu-central-1, 2026-11\n  tenant acme: spent $0.000000000, held $0.000000000\n',
  });
});

it('tells the tenant’s trail of a rebuilding, under the name of who did it', async () => {
  const acme = parseTenantId('acme') as TenantId;
  const trail = async () => (await listAudit(store.tables, acme, { limit: 9 })).entries.map(({ entry }) => entry);
  const before = await trail();
  expect(await gates('rebuild acme --month 2026-11')).toMatchObject({ code: 0 });
  const [entry, ...rest] = await trail();
  expect(rest).toEqual(before);
  expect(entry).toMatchObject({
    action: 'rebuildGates',
    target: { kind: 'Tenant', id: 'ten_acme' },
    outcome: 'ALLOWED',
    actor: { kind: 'staff', id: `terminal:${userInfo().username}` },
  });
});

it.each([
  ['show nosuch', 'there is no tenant nosuch'],
  ['rebuild nosuch user usr_anna', 'there is no tenant nosuch'],
  ['show acme key k3jD8sQ0aZ', 'there is no key k3jD8sQ0aZ of tenant acme'],
])('%s is refused: a mistyped name would have a gate with nothing in it', async (words, why) => {
  expect(await gates(words)).toEqual({ code: 2, text: `gates: ${why}\n` });
});

it('takes the name as it was said when the directory is away', async () => {
  expect(await gates('show nosuch', 'nowhere')).toMatchObject({ code: 0, text: expect.stringContaining('nosuch') });
});
