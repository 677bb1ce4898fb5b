import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { listStops } from '../../../tenancy/table/switches.ts';
import { startTables, type TestTables } from '../../../tests/tables.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

/** Runs the command over these tables. */
function killSwitch(words: readonly string[], regions: string): Promise<{ code: number; text: string }> {
  const env = {
    DIRECTORY_TABLE: 'directory',
    LEDGER_TABLE: 'ledger',
    REGIONS: regions,
    AWS_ENDPOINT_URL_DYNAMODB: store.url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const args = [join(import.meta.dirname, 'main.ts'), ...words];
  return new Promise((done) =>
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, text: stdout + stderr }),
    ),
  );
}

const STOP = ['stop', 'region', 'eu-central-2', '--reason', 'a fire', '--yes'];
const trail = async () => (await listAudit(store.tables, null, { limit: 9 })).entries.map(({ entry }) => entry);

it('tells the platform’s trail who stopped what, and who let it go on', async () => {
  expect(await killSwitch(STOP, 'eu-central-1,eu-central-2')).toMatchObject({ code: 0 });
  expect(await killSwitch(['resume', 'region', 'eu-central-2'], 'eu-central-1,eu-central-2')).toMatchObject({
    code: 0,
  });
  const told = {
    action: 'setKillSwitch',
    target: { kind: 'Region', id: 'EU_CENTRAL_2' },
    outcome: 'ALLOWED',
    actor: { kind: 'staff', id: `terminal:${userInfo().username}` },
  };
  expect(await trail()).toMatchObject([
    { ...told, changes: [{ field: 'on', before: null, after: 'false' }] },
    { ...told, changes: [{ field: 'on', before: null, after: 'true' }], reason: 'a fire' },
  ]);
});

it('stops all the same where the trail cannot be written, and says so', async () => {
  const before = await trail();
  expect(await killSwitch(STOP, 'eu-central-2')).toMatchObject({
    code: 1,
    text: expect.stringContaining('the audit trail does not tell of it'),
  });
  expect((await listStops(store.tables)).get('region:eu-central-2')).toMatchObject({ reason: 'a fire' });
  expect(await trail()).toEqual(before);
});
