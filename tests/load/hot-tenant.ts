import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '../../tenancy/tenant.ts';
import { cpuMs } from '../bench/cpu.ts';
import { isUndisturbed, watchHost } from '../bench/machine.ts';
import type { RunningPlatform } from '../start-platform.ts';
import type { Door, Timed } from './door.ts';

export type HotTenantPlan = { readonly streams: number; readonly seconds: number };

/** `setAside`: requests during which the machine's host withheld CPU time, whose time says nothing of us. */
export type Latencies = {
  readonly requests: number;
  readonly setAside: number;
  readonly firstByte: Percentiles;
  readonly total: Percentiles;
};
export type Percentiles = { readonly p50: number; readonly mean: number; readonly p99: number };

export type HotTenantResult = {
  readonly plan: HotTenantPlan;
  readonly quiet: Latencies;
  readonly hot: Latencies;
  /** Streams of the hot tenant that ran through all of B's requests, and ended whole. */
  readonly wholeStreams: number;
  readonly errors: number;
  /** Parts of one core, while the streams ran: the load generator itself, the region's process, everything else of the platform. */
  readonly cpu: { readonly generator: number; readonly region: number; readonly rest: number };
};

const PACE_MS = 100;
/** The streams begin within this, at random moments: evenly spaced, fifty at a time would send in the same millisecond. */
const RAMP_MS = 5_000;
/** Between two of B's requests. */
const PAUSE_MS = 50;

/** B's small requests, one after another: alone, then beside the streams of A, ten deltas a second each. */
export async function measureHotTenant(
  { json, child }: RunningPlatform,
  door: Door,
  plan: HotTenantPlan,
  tell: (line: string) => void,
): Promise<HotTenantResult> {
  const [a, b] = (await door.addTenants('load-hot', 'load-other')) as [TenantId, TenantId];
  await asked(door, b, 3_000);
  tell('B alone');
  const quiet = await asked(door, b, plan.seconds * 1_000);

  tell(`A begins ${plan.streams} streams`);
  const deltas = Math.ceil((RAMP_MS + plan.seconds * 1_000 + 5_000) / PACE_MS);
  let begun = 0;
  const streams: Promise<Timed | null>[] = [];
  for (let index = 0; index < plan.streams; index++) {
    const stream = door.ask(a, `[[deltas:${deltas}]] [[pace:${PACE_MS}]]`, () => {
      begun += 1;
    });
    streams.push(stream.catch(() => null));
    await sleep((2 * Math.random() * RAMP_MS) / plan.streams);
  }
  for (let waited = 0; begun < plan.streams && waited < 100; waited++) await sleep(100);
  tell(`${begun} streams run`);

  const platformPid = child.pid ?? 0;
  const regionPid = json.regions['eu-central-1'].pid;
  const cpuNow = () => ({ all: cpuMs(process.pid), platform: cpuMs(platformPid), region: cpuMs(regionPid) });
  const [before, from] = [cpuNow(), performance.now()];
  const hot = await asked(door, b, plan.seconds * 1_000);
  const [after, elapsed] = [cpuNow(), performance.now() - from];
  const part = (of: (cpu: typeof before) => number) => (of(after) - of(before)) / elapsed;
  const ended = await Promise.all(streams);
  return {
    plan,
    quiet: latencies(quiet),
    hot: latencies(hot),
    wholeStreams: ended.filter((stream) => stream?.whole).length,
    errors: [quiet, hot].flatMap(({ counted, setAside }) => [...counted, ...setAside]).filter(({ whole }) => !whole)
      .length,
    cpu: {
      generator: part(({ all, platform }) => all - platform),
      region: part(({ region }) => region),
      rest: part(({ platform, region }) => platform - region),
    },
  };
}

export type Asked = { readonly counted: Timed[]; readonly setAside: Timed[] };

/** A tenant's small requests, one after another, for so long. */
export async function asked(door: Door, tenant: TenantId, forMs: number): Promise<Asked> {
  const [counted, setAside]: [Timed[], Timed[]] = [[], []];
  for (const from = performance.now(); performance.now() - from < forMs; await sleep(PAUSE_MS)) {
    const withheld = watchHost();
    const answer = await door.ask(tenant, 'hello [[deltas:3]]');
    (isUndisturbed(withheld()) ? counted : setAside).push(answer);
  }
  return { counted, setAside };
}

export function latencies({ counted, setAside }: Asked): Latencies {
  const of = (pick: (answer: Timed) => number): Percentiles => {
    const sorted = counted.map(pick).sort((one, other) => one - other);
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
    return { p50: at(0.5), p99: at(0.99), mean: sorted.reduce((sum, one) => sum + one, 0) / sorted.length };
  };
  return {
    requests: counted.length,
    setAside: setAside.length,
    firstByte: of(({ firstByteMs }) => firstByteMs),
    total: of(({ totalMs }) => totalMs),
  };
}
