import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STARTING_CATALOGUE } from '../../../tenancy/catalogue.ts';
import type { RegionTables } from '../../../tenancy/table/find-tables.ts';
import { getGate } from '../../../tenancy/table/gates.ts';
import { putModel } from '../../../tenancy/table/models.ts';
import { getSwitches } from '../../../tenancy/table/switches.ts';
import { openTables } from '../../../tenancy/table/tables.ts';
import { putTenant } from '../../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { startTables } from '../../../tests/tables.ts';
import { allStops, findTarget, type KillTarget, killSwitchStatus, parseTarget, setKillSwitch } from './kill-switch.ts';

let store: Awaited<ReturnType<typeof startTables>>;
let regions: RegionTables[];
let away: RegionTables;
beforeAll(async () => {
  store = await startTables();
  regions = [
    { region: 'eu-central-1', tables: store.tables },
    { region: 'us-east-1', tables: store.tables },
  ];
  const client = new DynamoDBClient({
    endpoint: 'http://127.0.0.1:9',
    region: 'eu-central-2',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  const names = { directory: 'directory', ledger: 'ledger' };
  away = { region: 'eu-central-2', tables: openTables(DynamoDBDocumentClient.from(client), names) };
});
afterAll(() => store.close());

const acme = parseTenantId('acme') as TenantId;
const STOP = { reason: 'leaked key', by: 'anna', at: 1_795_312_345_678 };

function target(words: string): KillTarget {
  const parsed = parseTarget(words.split(' '));
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

it.each(['platform', 'region us-east-1', 'model claude-opus-5-5'])(
  'stops %s with a switch, says who and why, and takes it back',
  async (words) => {
    const what = target(words);
    const stopped = [
      { region: 'eu-central-1', outcome: 'stopped', stop: STOP },
      { region: 'us-east-1', outcome: 'stopped', stop: STOP },
    ];
    expect(await setKillSwitch(regions, what, STOP)).toEqual(stopped);
    expect(await setKillSwitch(regions, what, STOP)).toEqual(stopped);
    expect(await killSwitchStatus(regions, what)).toEqual(stopped);
    const name = what.kind === 'switch' ? what.target : '';
    expect((await getSwitches(store.tables)).stopped.has(name)).toBe(true);
    expect((await allStops(regions))[1]).toEqual({ region: 'us-east-1', stops: new Map([[name, STOP]]) });

    await setKillSwitch(regions, what, null);
    const running = [
      { region: 'eu-central-1', outcome: 'running' },
      { region: 'us-east-1', outcome: 'running' },
    ];
    expect(await setKillSwitch(regions, what, null)).toEqual(running);
    expect(await killSwitchStatus(regions, what)).toEqual(running);
    expect((await getSwitches(store.tables)).stopped.size).toBe(0);
  },
);

it.each(['tenant acme', 'user acme usr_anna', 'key acme k3jD8sQ0aZ'])('stops %s at its gate', async (words) => {
  const what = target(words);
  if (what.kind !== 'gate') throw new Error('no gate');
  await setKillSwitch(regions, what, STOP);
  expect((await getGate(store.tables, what.id)).closed).toBe(true);
  expect((await killSwitchStatus(regions, what))[0]).toEqual({
    region: 'eu-central-1',
    outcome: 'stopped',
    stop: STOP,
  });
  await setKillSwitch(regions, what, null);
  expect((await getGate(store.tables, what.id)).closed).toBe(false);
  expect((await killSwitchStatus(regions, what))[0]).toEqual({ region: 'eu-central-1', outcome: 'running' });
});

it('names the region that could not be written, and stops the others all the same', async () => {
  const outcomes = await setKillSwitch([away, ...regions], target('tenant acme'), STOP);
  expect(outcomes.map(({ region, outcome }) => [region, outcome])).toEqual([
    ['eu-central-2', 'failed'],
    ['eu-central-1', 'stopped'],
    ['us-east-1', 'stopped'],
  ]);
  await setKillSwitch(regions, target('tenant acme'), null);
  expect((await allStops([away]))[0]).toEqual({ region: 'eu-central-2', stops: null });
});

it('finds what is meant: a mistyped name would stop nobody', async () => {
  expect(await findTarget(regions, target('tenant acme'))).toMatchObject({ ok: false });
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
  expect(await findTarget(regions, target('tenant acme'))).toMatchObject({ ok: true });
  expect(await findTarget(regions, target('user acme usr_anna'))).toMatchObject({ ok: true });
  expect(await findTarget(regions, target('key acme k3jD8sQ0aZ'))).toMatchObject({ ok: false });
  expect(await findTarget(regions, target('platform'))).toEqual({ ok: true, value: target('platform') });

  const model = STARTING_CATALOGUE.find(({ aliases }) => aliases.length > 0);
  if (!model) throw new Error('no model with an alias');
  await putModel(store.tables, model);
  expect(await findTarget(regions, target(`model ${model.aliases[0]}`))).toEqual({
    ok: true,
    value: { kind: 'switch', target: `model:${model.id}` },
  });
  expect(await findTarget(regions, target('model claude-nothing-1'))).toMatchObject({ ok: false });
  // Nobody is kept from stopping something because a directory is away.
  expect(await findTarget([away], target('tenant globex'))).toMatchObject({ ok: true });
});
