import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { USAGE_COLUMNS } from '../tenancy/usage.ts';
import { openLake, type Row } from './lake.ts';
import { readSettings } from './settings.ts';

const SUMS = ['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h']
  .map((name) => `sum(${name}_tokens) as ${name}`)
  .join(', ');
const USAGE = `usage: npm run lake -- "select ... from usage"

  Tables: usage, book, cloudtrail, invocations, cur.
  Without a query: tokens per tenant and model, and each table's columns.`;
const PER_TENANT = `select tenant_id, model, count(*) as requests, ${SUMS} from usage group by 1, 2 order by 1, 2`;

/** `npm run lake -- "select ..."`: SQL over the lake of the local platform, whether it runs or not. */
async function main(words: readonly string[]): Promise<void> {
  const settings = readSettings([], process.env, resolve(import.meta.dirname, '..'));
  if (settings === 'help' || words.some((word) => word === '--help' || word === '-h')) {
    console.log(USAGE);
    return;
  }
  const folder = join(settings.folder, 'lake');
  if (!existsSync(folder)) throw new Error(`there is no lake in ${settings.folder}; npm start makes one`);
  const lake = await openLake({ folder, columns: USAGE_COLUMNS, now: Date.now });
  try {
    const asked = words.join(' ').trim();
    print(await lake.query(asked || PER_TENANT));
    if (asked) return;
    for (const { name, columns } of lake.tables) {
      const [row] = await lake.query(`select count(*) as n from ${name}`);
      console.log(`${name} (rows: ${row?.['n']}): ${Object.keys(columns).join(', ')}`);
    }
  } finally {
    await lake.close();
  }
}

function print(rows: readonly Row[]): void {
  if (rows.length > 0) console.table(rows.map(shown));
  else console.log('no rows');
}

/** Whole numbers as numbers where they fit: a table of quoted digits is hard to read. */
function shown(row: Row): Row {
  const entries = Object.entries(row).map(([name, value]) => {
    const fits = typeof value === 'bigint' && Number.isSafeInteger(Number(value));
    return [name, fits ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error('agent-runner:', error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
