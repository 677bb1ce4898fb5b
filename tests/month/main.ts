import { parseArgs } from 'node:util';
import { watchMachine } from '../bench/machine.ts';
import { writeIntoDocs } from '../bench/marks.ts';
import { startPlatform } from '../start-platform.ts';
import { booksOf } from './books.ts';
import { askOverHttp, billPlatform } from './http.ts';
import { compareWorld, recomputeOf } from './judge.ts';
import { live, runAgain } from './live.ts';
import { type Plan, planMonth } from './plan.ts';
import { type MonthsFigures, monthReport, type PlatformsFigures, platformReport } from './report.ts';
import { closeAgain, closeTheMonth, compareStatements } from './statements.ts';
import { openWorld } from './world.ts';

const USAGE = `usage: npm run month -- [--tenants N] [--requests N] [--days N] [--http N] [--seed N] [--write]

Lives a month of billing on a clock of its own, with lost, doubled, late and damaged records, aborted and killed requests,
changes of prices and tiers, a tenant that ends, and AWS's logs late and lost; then lays every amount beside one that was worked
out from AWS's logs alone, and runs the month once more, which may change no byte. Then as many requests as --http says go over HTTP
to a platform of its own, and its day is billed and compared in the same way.

  --tenants N   (50)   --requests N  (200000)   --days N  6 to 30 (30)   --http N  (2000)   --seed N  (1)
  --write       put the figures into docs/billing.md`;

const WRONG_USAGE = 2;

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      tenants: { type: 'string', default: '50' },
      requests: { type: 'string', default: '200000' },
      days: { type: 'string', default: '30' },
      http: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const size = { tenants: +flags.tenants, requests: +flags.requests, days: +flags.days, seed: +flags.seed };
  const http = +flags.http;
  if (flags.help || ![...Object.values(size), http].every((one) => Number.isSafeInteger(one) && one >= 0)) {
    console.error(USAGE);
    return WRONG_USAGE;
  }
  const where = watchMachine();
  const seconds = stopwatch();
  const tell = (line: string) => console.error(`${String(seconds()).padStart(5)} s  ${line}`);

  const month = await liveMonth(planMonth(size), tell);
  const platform = http > 0 ? await askPlatform({ requests: http, seed: size.seed }, tell) : undefined;
  const report = [monthReport(month), ...(platform ? [platformReport(platform)] : [])].join('\n\n');
  console.log(report);
  const { compared, stated, closed, changed } = month;
  const faults = [
    ...compared.differences,
    ...stated.differences,
    ...closed.waiting,
    ...changed,
    ...(platform?.compared.differences ?? []),
  ];
  for (const fault of faults) console.error(`  ${fault}`);
  if (flags.write && faults.length === 0) writeIntoDocs('billing.md', 'month', `${report}\n\n${where()}`);
  return faults.length === 0 ? 0 : 1;
}

async function liveMonth(plan: Plan, tell: (line: string) => void): Promise<MonthsFigures> {
  const seconds = stopwatch();
  const world = await openWorld(plan);
  try {
    const lived = await live(world, tell);
    const livedSeconds = seconds();
    tell('the month is over; it is worked out a second time');
    const recomputed = await recomputeOf(world, lived);
    const compared = await compareWorld(world, recomputed);
    const closed = await closeTheMonth(world);
    const stated = await compareStatements(world, recomputed);
    tell(`${compared.differences.length + stated.differences.length} differences; the month is run again`);
    const before = await booksOf(world);
    const repeated = [...(await runAgain(world, tell)), ...(await closeAgain(world))];
    const after = await booksOf(world);
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    const changed = [...repeated, ...[...names].filter((name) => before[name] !== after[name])];
    const took = { lived: livedSeconds, all: seconds() };
    return {
      plan,
      lived,
      recomputed,
      compared,
      closed,
      stated,
      kept: names.size,
      changed,
      told: world.told.length,
      took,
    };
  } finally {
    await world.close();
  }
}

async function askPlatform(
  size: { readonly requests: number; readonly seed: number },
  tell: (line: string) => void,
): Promise<PlatformsFigures> {
  const seconds = stopwatch();
  const running = await startPlatform();
  try {
    const since = Date.now();
    const asked = await askOverHttp(running.json, size, tell);
    return { asked, ...(await billPlatform(running, since)), seconds: seconds() };
  } finally {
    await running.stop();
  }
}

function stopwatch(): () => number {
  const began = performance.now();
  return () => Math.round((performance.now() - began) / 1_000);
}

process.exitCode = await main();
