import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BatchWriteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { openTables } from '../tenancy/table/tables.ts';
import type { TestTables } from '../tests/tables.ts';
import type { TestLake } from './lake.fixture.ts';
import type { Lake } from './lake.ts';
import type { Row } from './query.ts';
import type { RunDeps } from './run.ts';

/** What a test does to a run. */
export class Fault extends Error {}

/**
 * dies: the process ends before the call, and nothing of it comes after. So it ends after the call before, too.
 * loses: the call is carried out, its answer is lost, and the process lives on.
 */
export type FaultPlan = { readonly at: number; readonly how: 'dies' | 'loses' };

/** One that leaves the process. A read whose answer is lost has done nothing. */
export type Call = { readonly what: string; readonly writes: boolean };

/** All that leaves the process of a run: each call of it is counted, and the one that was chosen breaks. */
export function breakable(store: TestTables, lake: Lake) {
  let [calls, plan, dead]: [Call[], FaultPlan | undefined, boolean] = [[], undefined, false];
  const call = async <Value>(what: string, writes: boolean, run: () => Promise<Value>): Promise<Value> => {
    if (dead) throw new Fault(`${what} after its end`);
    calls.push({ what, writes });
    const isIt = calls.length === plan?.at;
    dead = isIt && plan?.how === 'dies';
    if (dead) throw new Fault(`dead before ${what}`);
    const value = await run();
    if (isIt) throw new Fault(`the answer to ${what} is lost`);
    return value;
  };
  const documents = new Proxy(store.documents, {
    get: (target, name) =>
      name === 'send'
        ? (command: { constructor: { name: string } }) => {
            const { name: what } = command.constructor;
            return call(what, !/Get|Query/.test(what), () => target.send(command as never) as Promise<unknown>);
          }
        : Reflect.get(target, name),
  });
  const tables = openTables(documents, { directory: 'directory', ledger: 'ledger' });
  const world = (payment: RunDeps['payment']): Pick<RunDeps, 'tables' | 'ledgers' | 'lake' | 'payment'> => ({
    tables,
    ledgers: new Map([['eu-central-1', tables]]),
    lake: {
      query: (sql) => later(call('lake.query', false, () => allOf(lake.query(sql)))),
      unload: (sql, prefix) => call(`lake.unload ${prefix}`, true, () => lake.unload(sql, prefix)),
      put: (key, lines) => call(`lake.put ${key}`, true, () => lake.put(key, lines)),
      list: (prefix) => call('lake.list', false, () => lake.list(prefix)),
      read: (key) => later(call('lake.read', false, () => allOf(lake.read(key)))),
      remove: (key) => call(`lake.remove ${key}`, true, () => lake.remove(key)),
    },
    payment: {
      ...payment,
      pushDay: (push) => call('payment.pushDay', true, () => payment.pushDay(push)),
      readDay: (one) => call('payment.readDay', false, () => payment.readDay(one)),
    },
  });
  return {
    /** What a run is handed. */
    world,
    /** Begins anew to count. */
    choose: (next?: FaultPlan): void => {
      [calls, plan, dead] = [[], next, false];
    },
    calls: (): readonly Call[] => calls,
  };
}

async function allOf<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function* later<Value>(all: Promise<readonly Value[]>): AsyncIterable<Value> {
  yield* await all;
}

/** The same lake, which remembers what it answered to the same question over the same files: the engine takes its time. */
export function remembering(lake: TestLake): TestLake {
  const answers = new Map<string, Promise<readonly Row[]>>();
  const unloaded = new Map<string, ReadonlyMap<string, Buffer>>();
  const questionOf = (text: string): string => {
    const hash = createHash('sha256').update(text);
    for (const [name, content] of filesOf(lake.folder)) hash.update(`\0${name}\0`).update(content);
    return hash.digest('hex');
  };
  return {
    ...lake,
    query: (sql) => {
      const question = questionOf(sql);
      const answer = answers.get(question) ?? allOf(lake.query(sql));
      answers.set(question, answer);
      return later(answer);
    },
    unload: async (sql, prefix) => {
      const question = questionOf(`${prefix} ${sql}`);
      const before = unloaded.get(question);
      if (before) return write(lake.folder, before);
      await lake.unload(sql, prefix);
      unloaded.set(question, new Map([...filesOf(lake.folder)].filter(([name]) => name.startsWith(prefix))));
    },
  };
}

function write(folder: string, files: ReadonlyMap<string, Buffer>): void {
  for (const [name, content] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

function filesOf(folder: string): ReadonlyMap<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = files.map((one) => join(one.parentPath, one.name)).sort();
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path)]));
}

type Item = Record<string, unknown>;

async function itemsOf({ documents }: TestTables): Promise<readonly Item[]> {
  const { Items = [], LastEvaluatedKey } = await documents.send(
    new ScanCommand({ TableName: 'ledger', ConsistentRead: true }),
  );
  if (LastEvaluatedKey) throw new Error('the ledger of this test is larger than a page');
  return Items;
}

/** Item by item, by its key. */
function byKey(items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [`${item['pk']} ${item['sk']}`, item]));
}

/** Remembers the ledger and the lake as they are now. @returns brings them back to it */
export async function snapshot(store: TestTables, lake: TestLake): Promise<() => Promise<void>> {
  const [items, files] = [byKey(await itemsOf(store)), filesOf(lake.folder)];
  return async () => {
    const now = byKey(await itemsOf(store));
    const gone = [...now].filter(([at]) => !items.has(at));
    const other = [...items].filter(([at, item]) => textOf(item) !== textOf(now.get(at) ?? {}));
    const requests = [
      ...gone.map(([, { pk, sk }]) => ({ DeleteRequest: { Key: { pk, sk } } })),
      ...other.map(([, Item]) => ({ PutRequest: { Item } })),
    ];
    for (let at = 0; at < requests.length; at += 25)
      await store.documents.send(new BatchWriteCommand({ RequestItems: { ledger: requests.slice(at, at + 25) } }));
    const there = filesOf(lake.folder);
    for (const name of there.keys()) if (!files.has(name)) rmSync(join(lake.folder, name));
    write(lake.folder, new Map([...files].filter(([name, content]) => !there.get(name)?.equals(content))));
  };
}

/**
 * The whole ledger but for what is noted of runs, item by item. What was noted of the time of a run (from `since` on, ms) is
 * left out: a run that died is made up for later.
 */
export async function ledgerOf(store: TestTables, since: number): Promise<Readonly<Record<string, string>>> {
  const kept = [...byKey(await itemsOf(store))].filter(([at]) => !/^BILLING_(RUN|DAY_RUNS) /.test(at));
  const timeless = (value: unknown) => (typeof value === 'number' && value >= since ? 'then' : value);
  return Object.fromEntries(
    kept.map(([at, item]) => [at, textOf(item, timeless)]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );
}

/** In the order of names. */
function textOf(item: Item, change: (value: unknown) => unknown = (value) => value): string {
  return JSON.stringify(item, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return change(value);
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
