import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** CPU time of the whole machine since it was started, in ticks; `withheld`: what a virtual machine's host gave to others. */
type Ticks = { readonly wanted: number; readonly withheld: number };

/** Up to this part of the CPU time that was asked for, what is measured is not the neighbours. */
const UNDISTURBED = 0.02;
const PAUSE_MS = 500;

/**
 * Notes how the machine is before a measurement.
 * @returns tells it afterwards
 */
export function watchMachine(): () => string {
  const [load = 0] = loadavg();
  const withheld = watchHost();
  return () =>
    `Measured on ${new Date().toISOString().slice(0, 10)} on ${availableParallelism()} cores of ` +
    `${cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node.js ${process.version}, load average ` +
    `${load.toFixed(1)} before the start; of the CPU time that was asked for from then on, the machine's host withheld ` +
    `${(withheld() * 100).toFixed(0)} %.`;
}

/** @returns which part of the CPU time that was asked for since then the host withheld, from 0 to 1 */
export function watchHost(): () => number {
  const before = readTicks();
  return () => {
    const { wanted, withheld } = readTicks();
    return (withheld - before.withheld) / Math.max(1, wanted - before.wanted);
  };
}

/** Whether the host let somebody work undisturbed. */
export function isUndisturbed(withheld: number): boolean {
  return withheld <= UNDISTURBED;
}

/**
 * On a machine that shares its cores, time says more of the neighbours than of what is measured. Here a measurement
 * counts only when the host withheld next to nothing while it ran; otherwise it is thrown away and done again.
 */
export class QuietMoments {
  readonly #until: number;
  #kept = 0;
  #thrownAway = 0;
  #disturbed = 0;
  #failed = 0;

  /** @param patienceMs from now on; when it is over, measurements count however they are, and `told` says so */
  constructor(patienceMs: number) {
    this.#until = performance.now() + patienceMs;
  }

  async measure<Result>(run: () => Promise<Result>): Promise<Result> {
    for (;;) {
      const withheld = watchHost();
      const result = await this.attempt(run);
      const quiet = isUndisturbed(withheld());
      if (quiet || performance.now() > this.#until) {
        this.#kept += 1;
        if (!quiet) this.#disturbed += 1;
        return result;
      }
      this.#thrownAway += 1;
      await sleep(PAUSE_MS);
    }
  }

  /**
   * Runs what need not be quiet. What fails while the host withholds time is done again too: a machine that stands still
   * for seconds makes time limits pass that nothing of ours has reached.
   */
  async attempt<Result>(run: () => Promise<Result>): Promise<Result> {
    for (;;) {
      const withheld = watchHost();
      try {
        return await run();
      } catch (error) {
        if (isUndisturbed(withheld()) || performance.now() > this.#until) throw error;
        this.#failed += 1;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** How many measurements count, and what of them to think. */
  told(): string {
    const thrownAway = `${this.#thrownAway} were thrown away and done again, for the host withheld more than ${UNDISTURBED * 100} % meanwhile`;
    const disturbed = this.#disturbed === 0 ? '' : `; patience was over for ${this.#disturbed}, which count disturbed`;
    const failed = this.#failed === 0 ? '' : `; ${this.#failed} failed meanwhile and were done again`;
    return `${this.#kept} runs count; ${thrownAway}${failed}${disturbed}.`;
  }
}

/** From the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal. */
function readTicks(): Ticks {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return { wanted: user + nice + system + irq + softirq + steal, withheld: steal };
}
