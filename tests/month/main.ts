import { parseArgs } from 'node:util';
import { watchMachine } from '../bench/machine.ts';
import { writeIntoDocs } from '../bench/marks.ts';
import { booksOf } from './books.ts';
import { compareWorld, recomputeOf } from './judge.ts';
import { live, runAgain } from './live.ts';
import { planMonth } from './plan.ts';
import { monthReport } from './report.ts';
import { openWorld } from './world.ts';

const USAGE = `usage: npm run month -- [--tenants N] [--requests N] [--days N] [--seed N] [--write]

Lives a month of billing on a clock of its own, with lost, doubled, late and damaged records, aborted and killed requests,
changes of prices and tiers, a tenant that ends, and AWS's logs late and lost; then lays every amount beside one that was worked
out from AWS's logs alone, and runs the month once more, which may change no byte.

  --tenants N   (50)   --requests N  (200000)   --days N  6 to 30 (30)   --seed N  (1)
  --write       put the figures into docs/billing.md`;

const WRONG_USAGE = 2;

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      tenants: { type: 'string', default: '50' },
      requests: { type: 'string', default: '200000' },
      days: { type: 'string', default: '30' },
      seed: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const size = { tenants: +flags.tenants, requests: +flags.requests, days: +flags.days, seed: +flags.seed };
  if (flags.help || !Object.values(size).every(Number.isSafeInteger)) {
    console.error(USAGE);
    return WRONG_USAGE;
  }
  const where = watchMachine();
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1_000);
  const tell = (line: string) => console.error(`${String(seconds()).padStart(5)} s  ${line}`);

  const plan = planMonth(size);
  const world = await openWorld(plan);
  try {
    const lived = await live(world, tell);
    const livedSeconds = seconds();
    tell('the month is over; it is worked out a second time');
    const recomputed = await recomputeOf(world, lived);
    const compared = await compareWorld(world, recomputed);
    for (const difference of compared.differences) console.error(`  ${difference}`);
    tell(`${compared.differences.length} differences; the month is run again`);
    const before = await booksOf(world);
    const repeated = await runAgain(world, tell);
    const after = await booksOf(world);
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    const changed = [...repeated, ...[...names].filter((name) => before[name] !== after[name])];
    for (const one of changed) console.error(`  by running again: ${one}`);
    const took = { lived: livedSeconds, all: seconds() };
    const report = monthReport({
      plan,
      lived,
      recomputed,
      compared,
      kept: names.size,
      changed,
      told: world.told,
      took,
    });
    console.log(report);
    const isEqual = compared.differences.length === 0 && changed.length === 0;
    if (flags.write && isEqual) writeIntoDocs('billing.md', 'month', `${report}\n\n${where()}`);
    return isEqual ? 0 : 1;
  } finally {
    await world.close();
  }
}

process.exitCode = await main();
