import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from './cpu.ts';
import type { LoadAsk, LoadReply } from './load.ts';
import type { QuietMoments } from './machine.ts';
import { CHECKS, type Measured, type Scenario, unitsOf } from './scenarios.ts';
import type { Target } from './targets.ts';
import type { Calls, UpstreamAsk, UpstreamReply } from './upstream.ts';
import type { Worker } from './worker.ts';

export type Crew = { readonly upstream: Worker<UpstreamAsk, UpstreamReply>; readonly load: Worker<LoadAsk, LoadReply> };
export type Named = { readonly name: string; readonly target: Target };

/** CPU ms per unit of work, by target and scenario, one figure per round. */
export type Figures = Map<string, Map<string, number[]>>;

/** Raised for an answer that is not the upstream's: the one thing that fails a benchmark, unless the machine stood still meanwhile. */
export class BadAnswer extends Error {}

/** What a target does after its last byte (settling, collecting garbage) belongs to it: the clock is read this much later. */
const AFTERMATH_MS = 150;

/** CPU ms that the target spent on a run, what reached the upstream, and when what was sent and came. */
export type Run = {
  readonly cpu: number;
  readonly calls: Calls;
  readonly load: LoadReply;
  readonly sent: UpstreamReply['sent'];
};

/** @throws BadAnswer */
export async function run(crew: Crew, { name, target }: Named, scenario: Scenario): Promise<Run> {
  await crew.upstream.ask({ serve: scenario });
  const before = cpuMs(target.pid);
  const load = await crew.load.ask({ call: target.call, scenario });
  const { bad, firstBad } = load;
  await sleep(AFTERMATH_MS);
  const cpu = cpuMs(target.pid) - before;
  const { calls, sent } = await crew.upstream.ask('report');
  const where = `${name}, ${scenario.name}`;
  if (bad > 0) throw new BadAnswer(`${where}: ${bad} of ${scenario.requests} requests are bad; ${firstBad}`);
  if (calls.unknown + calls.unsigned > 0)
    throw new BadAnswer(`${where}: ${calls.unknown} calls on unknown paths, ${calls.unsigned} unsigned`);
  const reached = calls.invoke + calls.converse + calls.sse;
  if (reached !== scenario.requests)
    throw new BadAnswer(`${where}: ${reached} calls upstream for ${scenario.requests} requests`);
  return { cpu, calls, load, sent };
}

/** Whether the target carries 300 deltas whole. @returns the operation of the upstream that it calls */
export async function check(crew: Crew, named: Named): Promise<string> {
  let called = '';
  for (const scenario of CHECKS) {
    const { calls } = await run(crew, named, scenario);
    called = (['invoke', 'converse', 'sse'] as const).filter((wire) => calls[wire] > 0).join(', ');
  }
  return called;
}

export type Plan = {
  readonly rounds: number;
  /** What `performance.now()` may be at the end: a round that would pass it is not begun, unless it is the first. */
  readonly until: number;
  /** A round before the first, whose figures are thrown away. */
  readonly warmUp: boolean;
  readonly quiet: QuietMoments;
};

/**
 * Rounds over all targets, in reverse order every other time, so that what drifts on the machine drifts for everybody.
 * @returns with how many rounds counted
 */
export async function measure(
  crew: Crew,
  targets: readonly Named[],
  scenarios: readonly Measured[],
  { rounds, until, warmUp, quiet }: Plan,
  tell: (line: string) => void,
): Promise<{ figures: Figures; rounds: number }> {
  const figures: Figures = new Map();
  for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
    const started = performance.now();
    for (const named of round % 2 ? targets : targets.toReversed()) {
      for (const scenario of scenarios) {
        const once = () => run(crew, named, scenario);
        const { cpu } = await (round === 0 ? quiet.attempt(once) : quiet.measure(once));
        if (round === 0) continue;
        const own = figures.get(named.name) ?? new Map<string, number[]>();
        own.set(scenario.name, [...(own.get(scenario.name) ?? []), cpu / unitsOf(scenario)]);
        figures.set(named.name, own);
      }
    }
    const took = performance.now() - started;
    tell(`${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${(took / 1_000).toFixed(0)} s`);
    if (round > 0 && round < rounds && performance.now() + took > until) {
      tell('no time for another round');
      return { figures, rounds: round };
    }
  }
  return { figures, rounds };
}

/** The value that a share of the values is at most: `percentile(values, 0.99)`. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}
