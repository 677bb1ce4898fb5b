import { startTables } from '../../tables.ts';
import { measureAttacks } from './attacks.ts';
import { type ConsoleApi, type Cost, openConsoleApi } from './console-api.ts';
import { CONSOLE_QUERIES, type ConsoleQuery } from './queries.ts';
import { seedConsole } from './seed.ts';
import { FULL_SIZE, SMALL_SIZE, type StoreSize } from './store-size.ts';

type Measured = { readonly query: ConsoleQuery; readonly costs: readonly Cost[] };

/**
 * Fills a store of its own in memory and asks each of the console's queries many times, one at a time.
 * @param quick a small store and few runs: that it works, not how fast
 * @param circumstances told when all is measured: the machine
 * @returns the table for the docs
 */
export async function measureConsole(
  quick: boolean,
  circumstances: () => string,
  tell: (line: string) => void,
): Promise<string> {
  const [size, runs] = quick ? [SMALL_SIZE, 20] : [FULL_SIZE, 200];
  const store = await startTables({ large: true });
  try {
    await seedConsole(store, size, tell);
    return await measureSeeded(store.url, size, runs, circumstances, tell);
  } finally {
    await store.close();
  }
}

/** The same over a store that `seedConsole` has filled. */
export async function measureSeeded(
  url: string,
  size: StoreSize,
  runs: number,
  circumstances: () => string,
  tell: (line: string) => void,
): Promise<string> {
  const api = await openConsoleApi(url);
  try {
    const measured: Measured[] = [];
    for (const query of CONSOLE_QUERIES) {
      measured.push({ query, costs: await ask(api, query, runs) });
      tell(`console: ${query.name}`);
    }
    const attacks = await measureAttacks(runs);
    return `${report(measured, size, runs, circumstances())}\n\n${attacks}`;
  } finally {
    await api.close();
  }
}

async function ask(api: ConsoleApi, query: ConsoleQuery, runs: number): Promise<Cost[]> {
  const costs: Cost[] = [];
  const warmUp = Math.ceil(runs / 10);
  for (let n = 0; n < warmUp + runs; n++) {
    const { cost } = await api.ask(query);
    if (n >= warmUp) costs.push(cost);
  }
  return costs;
}

function report(measured: readonly Measured[], size: StoreSize, runs: number, circumstances: string): string {
  const count = (value: number): string => value.toLocaleString('en-US');
  const head = ['query', 'by', 'p50, ms', 'p99, ms', 'read units', 'calls of DynamoDB'];
  const rows = measured.map(({ query, costs }) => {
    const times = costs.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (part: number): string => (times[Math.ceil(times.length * part) - 1] ?? Number.NaN).toFixed(1);
    const most = (what: 'readUnits' | 'calls'): string => String(Math.max(...costs.map((cost) => cost[what])));
    return [query.name, query.by, at(0.5), at(0.99), most('readUnits'), most('calls')];
  });
  return [
    `${circumstances} ${count(size.tenants)} tenants, ${count(size.users)} users and ${count(size.auditEntries)} audit ` +
      `entries in DynamoDB Local, in memory; ${runs} runs of each query, one at a time, after a warm-up.`,
    [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
  ].join('\n\n');
}
