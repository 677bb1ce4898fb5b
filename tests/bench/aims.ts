import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QuietMoments } from './machine.ts';
import { startRegion } from './ours.ts';
import { type Crew, type Named, percentile, run } from './rounds.ts';
import type { Scenario } from './scenarios.ts';
import { type Start, startNginx, startPortkey } from './targets.ts';

/** One aim: what it allows, what was measured. */
export type AimRow = {
  readonly what: string;
  readonly allowed: string;
  readonly measured: string;
  /** `null`: there is no aim, and the row explains another. */
  readonly met: boolean | null;
};

/** A conversation of 75,000 tokens. */
const BODY_BYTES = 288 * 1_024;
const FIRST_TOKEN: Scenario = {
  name: 'first token',
  deltas: 3,
  sends: 'at once',
  connections: 1,
  requests: 40,
  bodyBytes: BODY_BYTES,
};
const THROUGHPUT: Scenario = { ...FIRST_TOKEN, name: '75 K tokens', connections: 4, requests: 160 };
const RELAY: Scenario = {
  name: 'relay',
  deltas: 150,
  sends: { everyMs: 10 },
  connections: 1,
  requests: 2,
  bodyBytes: 2_000,
};
const SLOW_STREAMS: Scenario = {
  name: '200 slow streams',
  deltas: 40,
  sends: { everyMs: 200 },
  connections: 200,
  requests: 200,
  bodyBytes: 2_000,
};
const WARM_UP: Scenario = { ...RELAY, name: 'warm-up', deltas: 3, sends: 'at once', connections: 8, requests: 150 };

type Sample = {
  readonly firstByte: number[];
  readonly trips: number[];
  readonly relay: number[];
  readonly cpu: number[];
  /** What Lambda's runtime does of it: parsing the event. */
  readonly parse: number[];
};

/**
 * What one request is allowed, measured in one run beside a pass-through that gets the same bodies from the same
 * upstream. Ours gets each request as Lambda's event, and parses it as Lambda's runtime does.
 * @returns nothing when there is no pass-through on this machine
 */
export async function measureAims(
  crew: Crew,
  upstream: string,
  quiet: QuietMoments,
  quick: boolean,
  tell: (line: string) => void,
): Promise<AimRow[]> {
  const running: Named[] = [];
  const started = async (name: string, start: Start): Promise<Named | null> => {
    const target = await start(upstream, []);
    if ('missing' in target) {
      tell(`aims: ${name} is left out, ${target.missing}`);
      return null;
    }
    running.push({ name, target });
    return { name, target };
  };
  const stopAll = async () => {
    for (const { target } of running.splice(0)) await target.stop();
  };
  try {
    const pass = await started('pass-through', startNginx('/sse', 'text'));
    const pure = await started('ours, without the stores’ work', startRegion('memory', true));
    const whole = await started('ours, with the stores’ work', startRegion('tables', true));
    if (!pass || !pure || !whole) return [];
    const samples = await takeSamples(crew, [pass, pure, whole], quiet, quick ? 1 : 8);
    await stopAll();
    const grown: number[] = [];
    for (const start of [startRegion('memory', true), startPortkey]) {
      const fresh = await started('memory', start);
      grown.push(fresh ? await memoryGrowth(crew, fresh, quick) : Number.NaN);
      await stopAll();
    }
    const [ofPass, ofPure, ofWhole] = [pass, pure, whole].map((one) => samples.get(one) as Sample) as [
      Sample,
      Sample,
      Sample,
    ];
    tell('aims: measured');
    return rows(ofPass, ofPure, ofWhole, grown);
  } finally {
    await stopAll();
  }
}

async function takeSamples(
  crew: Crew,
  targets: readonly Named[],
  quiet: QuietMoments,
  rounds: number,
): Promise<Map<Named, Sample>> {
  const samples = new Map<Named, Sample>(
    targets.map((named) => [named, { firstByte: [], trips: [], relay: [], cpu: [], parse: [] }]),
  );
  for (let round = 0; round <= rounds; round++) {
    for (const named of round % 2 ? targets : targets.toReversed()) {
      // The first round only warms up: when, matters to nobody.
      const at = <Result>(one: () => Promise<Result>) => (round === 0 ? quiet.attempt(one) : quiet.measure(one));
      const first = await at(() => run(crew, named, FIRST_TOKEN));
      const trips = await at(async () => (await named.target.tripsMs?.(FIRST_TOKEN.requests)) ?? []);
      const parse = await at(async () => (await named.target.eventParseMs?.(THROUGHPUT.requests)) ?? []);
      const throughput = await at(() => run(crew, named, THROUGHPUT));
      const relay = await at(() => run(crew, named, RELAY));
      const own = samples.get(named);
      if (round === 0 || !own) continue;
      own.firstByte.push(...first.load.firstByteMs);
      own.trips.push(...trips);
      own.parse.push(...parse);
      own.cpu.push(throughput.cpu / THROUGHPUT.requests);
      own.relay.push(
        ...relay.load.arrivals.flatMap((times, at) =>
          times.map((time, index) => time - (relay.sent[at]?.[index] ?? Number.NaN)),
        ),
      );
    }
  }
  return samples;
}

function rows(pass: Sample, pure: Sample, whole: Sample, [ours = Number.NaN, theirs = Number.NaN]: number[]): AimRow[] {
  const added = (own: Sample, share: number) =>
    percentile(own.firstByte, share) - percentile(pass.firstByte, share) - (percentile(own.trips, share) || 0);
  const atMost = (what: string, unit: string, value: number, aim: number): AimRow => ({
    what,
    allowed: `≤ ${aim} ${unit}`,
    measured: `${value.toFixed(2)} ${unit}`,
    met: value <= aim,
  });
  const perSecond = (what: string, own: Sample, aim: number): AimRow => {
    const value = 1_000 / percentile(own.cpu, 0.5);
    return { what, allowed: `≥ ${aim}`, measured: value.toFixed(0), met: value >= aim };
  };
  return [
    atMost(
      'added to the first token at 75 K tokens, p50, over the pass-through and the store trips alone',
      'ms',
      added(whole, 0.5),
      1,
    ),
    atMost('the same, p99', 'ms', added(whole, 0.99), 3),
    atMost('the same without stores, p50', 'ms', added(pure, 0.5), 1),
    atMost('the same without stores, p99', 'ms', added(pure, 0.99), 3),
    {
      what: 'of all this, Lambda’s runtime parsing the event, alone, p50',
      allowed: '–',
      measured: `${percentile(pure.parse, 0.5).toFixed(2)} ms`,
      met: null,
    },
    atMost(
      'relay delay of an event over the pass-through’s, p99',
      'ms',
      percentile(pure.relay, 0.99) - percentile(pass.relay, 0.99),
      0.2,
    ),
    perSecond('requests per second and core at 75 K tokens, without the stores’ work', pure, 300),
    perSecond('the same, with the stores’ work', whole, 120),
    {
      what: `memory that ${SLOW_STREAMS.connections} slow streams add`,
      allowed: `≤ ${(theirs / 2).toFixed(0)} MB, half of Portkey’s`,
      measured: `${ours.toFixed(0)} MB`,
      met: ours <= theirs / 2,
    },
  ];
}

/** MB by which a fresh process grows at most while many streams are open. */
async function memoryGrowth(crew: Crew, named: Named, quick: boolean): Promise<number> {
  await run(crew, named, WARM_UP);
  const before = residentMb(named.target.pid);
  let most = before;
  let open = true;
  const watch = async () => {
    for (; open; await sleep(100)) most = Math.max(most, residentMb(named.target.pid));
  };
  const streams = quick ? { ...SLOW_STREAMS, deltas: 5 } : SLOW_STREAMS;
  await Promise.all([run(crew, named, streams).finally(() => (open = false)), watch()]);
  return most - before;
}

/** Of a process and its children. */
function residentMb(pid: number): number {
  const kb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return kb / 1_024 + children.reduce((sum, child) => sum + residentMb(Number(child)), 0);
}
