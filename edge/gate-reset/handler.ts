import { setTimeout } from 'node:timers/promises';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { metricsOf } from './log.ts';
import { resetGates } from './reset.ts';

const { region, tablesIn } = readEnvironment('edge/gate-reset', process.env, Date.now);

/** Well within the function's timeout, which is 15 minutes: what is under way has to come to its end. */
const RUN_MS = 14 * 60_000;

/** Runs each hour of the region's night, on its own ledger. Its answer, for whoever invokes it by hand, are its metrics. */
export async function handler(): Promise<ReturnType<typeof metricsOf>> {
  const signal = AbortSignal.timeout(RUN_MS);
  const counts = await resetGates({
    tables: tablesIn(region),
    region,
    now: Date.now,
    wait: (ms) => setTimeout(ms, undefined, { signal }),
    emit: (line) => void process.stdout.write(`${line}\n`),
    signal,
  });
  return metricsOf(counts);
}
