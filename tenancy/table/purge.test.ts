import { readFileSync } from 'node:fs';
import { DeleteCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { parseTenantId } from '../tenant.ts';
import { FATES, fateOf } from '../tenant-data.ts';
import { commit } from './commit.ts';
import { claimOnce, onceDoneWrite } from './idempotency.ts';
import { previewPurge, purgeTenant } from './purge.ts';
import type { TenantStores } from './tenant-items.ts';
import { listViewAs, viewAsWrites } from './view-as.ts';

let store: TestTables;
let stores: TenantStores;
beforeAll(async () => {
  store = await startTables();
  stores = { control: store.tables, ledgers: [store.tables] };
});
afterAll(() => store.close());

type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string; readonly kind: string };
const page = readFileSync(new URL('storage.md', import.meta.url), 'utf8');
const EXAMPLES = [...page.matchAll(/```json\n(.+?)```/gs)].map(([, json = '']) => json);
const DIRECTORY = new Set([...page.matchAll(/^\| `([A-Z_]+)` *\| directory /gm)].map(([, kind = '']) => kind));
const ACME = parseTenantId('acme')!;
const NOW = Date.parse('2026-11-25T12:00:00Z');
const DEPS = { wait: async () => {}, mayGoOn: () => true };

/** The examples of another tenant, whose id begins with this one's: ids that stand outside of a tenant's keys are others. */
function ofNeighbour(json: string): string {
  return json
    .replaceAll('acme', 'acme-labs')
    .replaceAll(/(?<=IDENTITY_PROVIDER#|CLAIMED_PAIR#|"pair": ")[0-9a-f]{8}/g, '00000000')
    .replaceAll('vas_3fd2', 'vas_0000')
    .replaceAll(/(?<=MACHINE_CLIENT#|"clientId": ")/g, 'x');
}

const isTenants = (json: string) => /"(?:tenantId|result)": /.test(json) && json.includes('acme');
const toItem = (json: string) => JSON.parse(json) as Item;

/** Such as one tenant may have side by side: a mark beside its request, and a trail of the same days. */
function together(json: string): string {
  if (json.includes('COUNTED_REQUEST')) return json.replaceAll('6f22', '6f21');
  return json.includes('"kind": "AUDIT",') ? json.replace(/"at": \d+/, '"at": 1795312352000') : json;
}
const MINE = EXAMPLES.filter(isTenants).map(together).map(toItem);
const NEIGHBOURS = EXAMPLES.filter(isTenants).map(together).map(ofNeighbour).map(toItem);
const PLATFORMS = EXAMPLES.filter((json) => !isTenants(json)).map(toItem);

async function fill(items: readonly Item[]): Promise<void> {
  for (const item of items) {
    const TableName = DIRECTORY.has(item.kind) ? 'directory' : 'ledger';
    await store.documents.send(new PutCommand({ TableName, Item: item }));
  }
}

async function clear(): Promise<void> {
  for (const { pk, sk, kind } of await scan()) {
    const TableName = DIRECTORY.has(kind) ? 'directory' : 'ledger';
    await store.documents.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
  }
}

async function scan(): Promise<Item[]> {
  const found = await Promise.all(
    ['directory', 'ledger'].map((TableName) => store.documents.send(new ScanCommand({ TableName }))),
  );
  return inOrder(found.flatMap(({ Items = [] }) => Items as Item[]));
}

function inOrder(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
}

it('there is a decision about every kind of storage.md, and about no other', () => {
  const kinds = [...page.matchAll(/^\| `([A-Z_]+)` *\| (?:directory|ledger)/gm)].map(([, kind = '']) => kind);
  expect(Object.keys(FATES).toSorted()).toEqual([...new Set(kinds)].toSorted());
  expect(() => fateOf('SOMETHING_NEW')).toThrow('nobody has decided');
  expect(() => fateOf(undefined)).toThrow('nobody has decided');
});

it('storage.md has an example of every kind that a tenant has', () => {
  const kinds = new Set(MINE.map(({ kind }) => kind));
  const theirs = Object.entries(FATES).flatMap(([kind, { fate }]) => (fate === 'platforms' ? [] : [kind]));
  expect(theirs.filter((kind) => !kinds.has(kind))).toEqual([]);
});

it('storage.md shows a request that was carried out, and a look at a tenant, as they are stored', async () => {
  const [, ours = ''] = page.split('\n## Requests to the control plane, and looks of its staff\n');
  const examples = [...(ours.split('\n## ')[0] ?? '').matchAll(/```json\n(.+?)```/gs)].map(([, json = '']) =>
    toItem(json),
  );
  const [once, session] = examples as [Item, Item];
  const { inputSha256, token, result } = once as unknown as Record<string, string>;
  const name = { tenantId: ACME, caller: 'user:usr_anna', idempotencyKey: once.sk };
  await claimOnce(store.tables, name, inputSha256!, token!, 1_795_312_352_000);
  await commit([onceDoneWrite(store.tables, name, token!, result!)]);
  const { pk: _, sk: __, kind: ___, ...look } = session;
  await commit(viewAsWrites(store.tables, look as never));
  expect(await scan()).toEqual(inOrder(examples));
  expect(await listViewAs(store.tables, ACME)).toEqual([look]);
});

describe('the purge of a tenant', () => {
  beforeEach(async () => {
    await clear();
    await fill([...MINE, ...NEIGHBOURS, ...PLATFORMS]);
  });

  it('leaves what is to be kept, and not a byte of anybody else’s changed', async () => {
    expect(await purgeTenant(stores, ACME, NOW, DEPS)).toMatchObject({ complete: true });
    const kept = MINE.filter(({ kind }) => fateOf(kind) === 'kept');
    expect(await scan()).toEqual(inOrder([...kept, ...NEIGHBOURS, ...PLATFORMS]));
    expect(await purgeTenant(stores, ACME, NOW, DEPS)).toEqual({ removed: 0, complete: true });
  });

  it('can be counted before, and that changes nothing', async () => {
    const before = await scan();
    const counts = await previewPurge(stores, ACME, NOW, 10_000);
    expect(await scan()).toEqual(before);
    const byFate = (fate: string) => {
      const kinds = MINE.map(({ kind }) => kind).filter((kind) => fateOf(kind) === fate);
      return new Map(kinds.toSorted().map((kind) => [kind, kinds.filter((each) => each === kind).length]));
    };
    const sorted = (counted: ReadonlyMap<string, number>) =>
      new Map([...counted].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    expect(sorted(counts.purged)).toEqual(byFate('purged'));
    expect(sorted(counts.kept)).toEqual(byFate('kept'));
    expect(counts.complete).toBe(true);
    expect(await previewPurge(stores, ACME, NOW, 3)).toMatchObject({ complete: false });
  });

  it('ends in the same state wherever it dies', async () => {
    await clear();
    await fill([...MINE, ...NEIGHBOURS]);
    for (let pages = 0; ; pages++) {
      let left = pages;
      const { complete } = await purgeTenant(stores, ACME, NOW, { ...DEPS, mayGoOn: () => left-- > 0 });
      if (complete) break;
    }
    const kept = MINE.filter(({ kind }) => fateOf(kind) === 'kept');
    expect(await scan()).toEqual(inOrder([...kept, ...NEIGHBOURS]));
  });
});
