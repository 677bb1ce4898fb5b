import { resolve } from 'node:path';
import { USAGE_COLUMNS } from '../tenancy/usage.ts';
import { openLake } from './lake.ts';

/** `npm run lake -- "select ..."`: SQL over the usage records of the local platform, whether it runs or not. */
const SUMS = ['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h']
  .map((name) => `sum(${name}_tokens) as ${name}`)
  .join(', ');
const PER_TENANT = `select tenant_id, model, count(*) as requests, ${SUMS} from usage group by 1, 2 order by 1, 2`;

const repository = resolve(import.meta.dirname, '..');
const folder = resolve(repository, process.env['LOCAL_DATA'] || '.local', 'lake');
const lake = await openLake({ folder, columns: USAGE_COLUMNS, now: Date.now });
try {
  const rows = await lake.query(process.argv[2] ?? PER_TENANT);
  const shown = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? `${value}` : value]),
    ),
  );
  if (shown.length > 0) console.table(shown);
  else console.log('no rows');
} catch (error) {
  console.error('agent-runner:', error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await lake.close();
}
