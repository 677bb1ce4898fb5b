import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACMES,
  clear,
  fill,
  type Item,
  inOrder,
  NEIGHBOURS,
  PLATFORMS,
  STORAGE_PAGE,
  scan,
} from '../../tests/storage-examples.ts';
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

const ACME = parseTenantId('acme')!;
const NOW = Date.parse('2026-11-25T12:00:00Z');
const DEPS = { wait: async () => {}, mayGoOn: () => true };
/** The operation that is under way is the closing: its record stays. */
const KEPT = ACMES.filter(({ kind }) => fateOf(kind) === 'kept');
const look = () => scan(store.documents);

it('there is a decision about every kind of storage.md, and about no other', () => {
  const kinds = [...STORAGE_PAGE.matchAll(/^\| `([A-Z_]+)` *\| (?:directory|ledger)/gm)].map(([, kind = '']) => kind);
  expect(Object.keys(FATES).toSorted()).toEqual([...new Set(kinds)].toSorted());
  expect(() => fateOf('SOMETHING_NEW')).toThrow('nobody has decided');
  expect(() => fateOf(undefined)).toThrow('nobody has decided');
});

it('storage.md has an example of every kind that a tenant has', () => {
  const kinds = new Set(ACMES.map(({ kind }) => kind));
  const theirs = Object.entries(FATES).flatMap(([kind, { fate }]) => (fate === 'platforms' ? [] : [kind]));
  expect(theirs.filter((kind) => !kinds.has(kind))).toEqual([]);
});

it('storage.md shows a request that was carried out, and a look at a tenant, as they are stored', async () => {
  const [, ours = ''] = STORAGE_PAGE.split('\n## Requests to the control plane, and looks of its staff\n');
  const [only = ''] = ours.split('\n## ');
  const examples = [...only.matchAll(/```json\n(.+?)```/gs)].map(([, json = '']) => JSON.parse(json) as Item);
  const [once, session] = examples as [Item, Item];
  const { inputSha256, token, result } = once as unknown as Record<string, string>;
  const name = { tenantId: ACME, caller: 'user:usr_anna', idempotencyKey: once.sk };
  await claimOnce(store.tables, name, inputSha256!, token!, 1_795_312_352_000);
  await commit([onceDoneWrite(store.tables, name, token!, result!)]);
  const { pk: _, sk: __, kind: ___, ...stored } = session;
  await commit(viewAsWrites(store.tables, stored as never));
  expect(await look()).toEqual(inOrder(examples));
  expect(await listViewAs(store.tables, ACME)).toEqual([stored]);
});

describe('the purge of a tenant', () => {
  beforeEach(async () => {
    await clear(store.documents);
    await fill(store.documents, [...ACMES, ...NEIGHBOURS, ...PLATFORMS]);
  });

  it('leaves what is to be kept, and not a byte of anybody else’s changed', async () => {
    expect(await purgeTenant(stores, ACME, NOW, DEPS)).toMatchObject({ complete: true });
    expect(await look()).toEqual(inOrder([...KEPT, ...NEIGHBOURS, ...PLATFORMS]));
    expect(await purgeTenant(stores, ACME, NOW, DEPS)).toEqual({ removed: 0, complete: true });
  });

  it('takes earlier operations with it', async () => {
    const earlier = ACMES.filter(({ kind }) => kind === 'OPERATION').map((one) => ({ ...one, sk: `${one.sk}-before` }));
    await fill(store.documents, earlier);
    await purgeTenant(stores, ACME, NOW, DEPS);
    expect(await look()).toEqual(inOrder([...KEPT, ...NEIGHBOURS, ...PLATFORMS]));
  });

  it('never takes what has become another’s since it was claimed', async () => {
    const claim = ACMES.find(({ kind }) => kind === 'IDENTITY_PROVIDER_OWNER')!;
    const others = { ...claim, tenantId: 'globex' };
    await fill(store.documents, [others]);
    await purgeTenant(stores, ACME, NOW, DEPS);
    expect(await look()).toContainEqual(others);
  });

  it('nor what becomes another’s between the look and the deletion', async () => {
    const claim = ACMES.find(({ kind }) => kind === 'IDENTITY_PROVIDER_OWNER')!;
    const others = { ...claim, tenantId: 'globex' };
    store.documents.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const result = await next(args);
          const { Key } = args.input as { readonly Key?: { readonly pk: string } };
          if (commandName === 'GetItemCommand' && JSON.stringify(Key).includes(claim.pk))
            await fill(store.documents, [others]);
          return result;
        },
      { step: 'initialize', name: 'another' },
    );
    await purgeTenant(stores, ACME, NOW, DEPS).finally(() => store.documents.middlewareStack.remove('another'));
    expect(await look()).toContainEqual(others);
  });

  it('stops at a kind about which nobody has decided', async () => {
    const strange = { pk: 'TENANT#acme', sk: 'A', kind: 'SOMETHING_NEW', tenantId: 'acme' };
    await fill(store.documents, [strange]);
    await expect(purgeTenant(stores, ACME, NOW, DEPS)).rejects.toThrow('SOMETHING_NEW');
    expect(await look()).toContainEqual(strange);
    expect((await look()).some(({ sk }) => sk.startsWith('USER#5f'))).toBe(true);
  });

  it('can be counted before, and that changes nothing', async () => {
    const before = await look();
    const counts = await previewPurge(stores, ACME, NOW, 100_000);
    expect(await look()).toEqual(before);
    const byFate = (fate: string) => {
      const kinds = ACMES.map(({ kind }) => kind).filter((kind) => fateOf(kind) === fate);
      return Object.fromEntries(kinds.map((kind) => [kind, kinds.filter((each) => each === kind).length]));
    };
    expect(Object.fromEntries(counts.purged)).toEqual(byFate('purged'));
    expect(Object.fromEntries(counts.kept)).toEqual(byFate('kept'));
    expect(counts).toMatchObject({ complete: true, runningRequests: 1 });
    const few = await previewPurge(stores, ACME, NOW, 3);
    expect([few.complete, few.purged.has('USER')]).toEqual([false, true]);
  });

  it('ends in the same state wherever it dies', async () => {
    for (let pages = 0; ; pages++) {
      let left = pages;
      const { complete } = await purgeTenant(stores, ACME, NOW, { ...DEPS, mayGoOn: () => left-- > 0 });
      if (complete) break;
    }
    expect(await look()).toEqual(inOrder([...KEPT, ...NEIGHBOURS, ...PLATFORMS]));
  });
});
