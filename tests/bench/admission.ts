import { parseArgs } from 'node:util';
import { type Kill, kill, overspend, type Rush, rush, seeded } from '../admission-proof.ts';
import { openRegion, startModel } from '../region.ts';
import { startTables } from '../tables.ts';
import { watchMachine } from './machine.ts';
import { writeIntoDocs } from './marks.ts';

const USAGE = `usage: npm run bench:admission -- [--write] [--runs N] [--requests N] [--kills N] [--seconds N]

  --write        put the figures into docs/admission.md
  --runs N       rushes on a budget (20)
  --requests N   requests at once in each (1000)
  --kills N      streams cut by a kill switch, for each kind (60)
  --seconds N    no further rush is begun after this time (300)`;

const ROOM = 20;
const STREAMS = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      runs: { type: 'string', default: '20' },
      requests: { type: 'string', default: '1000' },
      kills: { type: 'string', default: '60' },
      seconds: { type: 'string', default: '300' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(USAGE);
  const [runs, requests, kills, seconds] = [values.runs, values.requests, values.kills, values.seconds].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const machine = watchMachine();
  const [store, model] = await Promise.all([startTables(), startModel()]);
  try {
    const region = await openRegion(store.url, store.tables, model.url);
    const random = seeded(20_261_122);
    const cut: Record<'gate' | 'region', Kill[]> = { gate: [], region: [] };
    for (const by of ['gate', 'region'] as const) {
      for (let n = 0; n * STREAMS < kills; n++) {
        cut[by].push(
          ...(await kill(region, model, store.tables, { slug: `kill-${by}-${n}`, streams: STREAMS, by, random })),
        );
        console.error(`kill switch, ${by}: ${cut[by].length} of ${kills}`);
      }
    }
    const rushes: Rush[] = [];
    const began = performance.now();
    while (rushes.length < runs && performance.now() - began < seconds * 1000) {
      const slug = `rush-${rushes.length}`;
      const one = await rush(region, model, store.tables, { slug, requests, room: ROOM, tries: 1, random });
      if (one.committed < one.spent) throw new Error(`the gate holds ${one.spent - one.committed} less than is spent`);
      rushes.push(one);
      console.error(`rush ${rushes.length}: ${one.passed} passed, overspend ${overspend(one).toFixed(2)}`);
    }
    const text = [
      budgetSection(rushes, requests),
      '',
      killSection(cut),
      '',
      `${machine()} DynamoDB Local in memory; requests, stores and model in one process.`,
    ].join('\n');
    console.log(text);
    if (values.write) writeIntoDocs('admission.md', 'bench', text);
  } finally {
    await model.close();
    await store.close();
  }
}

function budgetSection(rushes: readonly Rush[], requests: number): string {
  const over = rushes.map(overspend);
  // A gate whose answer did not come in time may have been changed all the same: that stays held until a rebuild.
  const lost = rushes.map(({ committed, spent, reservation }) => Number(committed - spent) / Number(reservation));
  const used = rushes.map(({ spent, reservation }) => Number(spent) / Number(reservation));
  return [
    `**${requests.toLocaleString('en')} requests at once, a hard budget of ${ROOM} reservations, ${rushes.length} runs.**`,
    '',
    '| of one run | least | median | most |',
    '| --- | ---: | ---: | ---: |',
    row(
      'requests that passed',
      rushes.map(({ passed }) => passed),
      0,
    ),
    row(
      'of them ended by the budget in mid-stream',
      rushes.map(({ cut }) => cut),
      0,
    ),
    row('spent, in reservations', used, 2),
    row('overspend, in reservations', over, 2),
    row('held on to after lost answers, until a rebuild, in reservations', lost, 2),
    '',
    '| requests that passed | runs |',
    '| --- | --- |',
    ...histogram(rushes.map(({ passed }) => String(passed))),
    '',
    '| overspend, in reservations | runs |',
    '| --- | --- |',
    ...histogram(over.map((one) => (one === 0 ? 'none' : `up to ${Math.ceil(one)}`))),
  ].join('\n');
}

function killSection(cut: Readonly<Record<'gate' | 'region', readonly Kill[]>>): string {
  const line = (name: string, times: readonly number[]) =>
    `| ${name} | ${times.length} | ${[0.5, 0.9, 0.99, 1].map((part) => `${Math.round(quantile(times, part))} ms`).join(' | ')} |`;
  return [
    '**A kill switch, from the acknowledgement of its write.**',
    '',
    '| until | n | median | p90 | p99 | most |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    line(
      "the running stream's error event, by its gate",
      cut.gate.map(({ cutMs }) => cutMs),
    ),
    line(
      "the running stream's error event, by the region's switch",
      cut.region.map(({ cutMs }) => cutMs),
    ),
    line(
      'the next request, sent at that moment, was refused: gate',
      cut.gate.map(({ refusedMs }) => refusedMs),
    ),
    line(
      "the next request, sent at that moment, was refused: region's switch",
      cut.region.map(({ refusedMs }) => refusedMs),
    ),
    '',
    'No request that was sent after the acknowledgement passed.',
  ].join('\n');
}

function row(name: string, values: readonly number[], digits: number): string {
  return `| ${name} | ${[0, 0.5, 1].map((part) => quantile(values, part).toFixed(digits)).join(' | ')} |`;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

function histogram(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([value, count]) => `| ${value} | ${'█'.repeat(count)} ${count} |`);
}

await main();
