import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { stopChildren } from '../../local/children.ts';
import { measureAims } from './aims.ts';
import { measureBilling } from './billing/measure.ts';
import { type BundleLoad, bundleForBench, measureBundles } from './bundles.ts';
import { measureConsole } from './console/measure.ts';
import type { LoadAsk, LoadReply } from './load.ts';
import { QuietMoments, watchMachine } from './machine.ts';
import { writeIntoDocs } from './marks.ts';
import { startRegion, startWholePath } from './ours.ts';
import { NGINX, OURS, PORTKEY, writeReport } from './report.ts';
import { BadAnswer, type Crew, check, measure, type Named } from './rounds.ts';
import { type Measured, measuredScenarios } from './scenarios.ts';
import { type Start, startNginx, startPortkey, startSdkIterator } from './targets.ts';
import type { UpstreamAsk, UpstreamReply } from './upstream.ts';
import { startWorker } from './worker.ts';

const USAGE = `usage: npm run bench -- [--quick] [--write] [--rounds N] [--only TEXT] [--records N] [--patience N] [--profile FOLDER]

  --quick           a smoke run of less than a minute: the checks count, the figures do not
  --write           put the tables into docs/performance.md
  --rounds N        rounds that count (5)
  --only TEXT       only targets whose name contains TEXT; 'aims': only what one request and a bundle may cost;
                    'console': only the console's queries, over a full store (half an hour to fill);
                    'billing': only a day of billing (10 GB of disk for the time being)
  --records N       of that day (5000000; 20000 with --quick)
  --patience N      seconds to wait, in all, for moments in which the machine's host withholds next to nothing (60)
  --profile FOLDER  write a V8 CPU profile of each Node.js target`;

/** Rounds end here, so that a whole run takes about 6 minutes also on a busy machine, and its patience. */
const LIMIT_MS = 290_000;

/** In the order of the table. */
const TARGETS: readonly (readonly [name: string, start: Start])[] = [
  [OURS, startRegion('memory')],
  ['ours, with the stores’ work', startRegion('tables')],
  [NGINX, startNginx('/sse', 'text')],
  ['nginx, event stream', startNginx('/raw/invoke-with-response-stream', 'frames')],
  ['SDK iterator', startSdkIterator],
  [PORTKEY, startPortkey],
];
/** Started when the others have ended: its dozen processes would be the others' weather. */
const BESIDE: readonly (readonly [name: string, start: Start])[] = [['the whole local path', startWholePath]];

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      records: { type: 'string' },
      patience: { type: 'string', default: '60' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (flags.help) return console.log(USAGE);
  if (process.platform !== 'linux') throw new Error('CPU time is read from /proc: the benchmark needs Linux');
  const started = performance.now();
  const machine = watchMachine();
  if (flags.only === 'console') {
    const queries = await measureConsole(flags.quick, machine, tell);
    console.log(queries);
    if (flags.write) writeIntoDocs('performance.md', 'console', queries);
    return;
  }
  if (flags.only === 'billing') {
    const records = Number(flags.records ?? (flags.quick ? 20_000 : 5_000_000));
    if (!Number.isSafeInteger(records) || records < 1)
      throw new Error(`--records ${flags.records}: give a number from 1`);
    const day = await measureBilling(records, machine, tell);
    console.log(day);
    if (flags.write) writeIntoDocs('performance.md', 'billing', day);
    return;
  }
  const wanted = Number(flags.rounds ?? (flags.quick ? 1 : 5));
  if (!Number.isInteger(wanted) || wanted < 1) throw new Error(`--rounds ${flags.rounds}: give a number from 1`);
  const patienceMs = flags.quick ? 0 : Number(flags.patience) * 1_000;
  if (!(patienceMs >= 0)) throw new Error(`--patience ${flags.patience}: give seconds`);
  const quiet = new QuietMoments(patienceMs);
  const scenarios = measuredScenarios(flags.quick);
  const nodeOptions = flags.profile ? ['--cpu-prof', `--cpu-prof-dir=${resolve(flags.profile)}`] : [];

  const crew: Crew = {
    upstream: await startWorker<UpstreamAsk, UpstreamReply>('upstream.ts'),
    load: await startWorker<LoadAsk, LoadReply>('load.ts'),
  };
  const { port } = await crew.upstream.ask('report');
  const upstream = `http://127.0.0.1:${port}`;
  const leftOut: string[] = [];
  const measureAll = async (starts: typeof TARGETS, scenarios: readonly Measured[], rounds: number) => {
    const targets: Named[] = [];
    try {
      for (const [name, start] of starts.filter(([name]) => name.includes(flags.only))) {
        const target = await start(upstream, nodeOptions);
        if ('missing' in target) {
          leftOut.push(`${name}: ${target.missing}`);
          tell(`${name}: left out, ${target.missing}`);
        } else {
          targets.push({ name, target });
          tell(`${name}: checked, calls ${await check(crew, { name, target })}`);
        }
      }
      const plan = { rounds, until: started + LIMIT_MS + patienceMs, warmUp: !flags.quick, quiet };
      return { targets, ...(await measure(crew, targets, scenarios, plan, tell)) };
    } finally {
      for (const { target } of targets) await target.stop();
    }
  };
  const ranked = await measureAll(TARGETS, scenarios, wanted);
  const beside = await measureAll(BESIDE, measuredScenarios(true), 1);
  const { rounds } = ranked;
  const aims = 'aims'.includes(flags.only) ? await measureAims(crew, upstream, quiet, flags.quick, tell) : [];
  const bundles = await bundleLoads(flags.quick ? 1 : 7, quiet);

  const seconds = Math.round((performance.now() - started) / 1_000);
  const circumstances =
    `${machine()} ${flags.quick ? 'A smoke run, medians' : 'Medians'} of ${rounds} round${rounds === 1 ? '' : 's'}, ` +
    `${seconds} s in all. ${quiet.told()}`;
  const report = writeReport({
    aims,
    scenarios,
    names: [...ranked.targets, ...beside.targets].map(({ name }) => name),
    figures: new Map([...ranked.figures, ...beside.figures]),
    leftOut,
    bundles,
    circumstances,
  });
  console.log(report);
  if (flags.write) writeIntoDocs('performance.md', 'bench', report);
}

async function bundleLoads(times: number, quiet: QuietMoments): Promise<BundleLoad[] | string> {
  try {
    const { folders, remove } = await bundleForBench();
    try {
      return await measureBundles(folders, times, quiet);
    } finally {
      remove();
    }
  } catch (error) {
    return String(error).split('\n')[0] ?? '';
  }
}

function tell(line: string): void {
  console.error(line);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof BadAnswer ? `bench: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await stopChildren();
  process.disconnect?.();
}
