import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** CPU time of the whole machine since it was started, in ticks. */
type Ticks = { readonly wanted: number; readonly withheld: number };

/**
 * Notes how the machine is before a measurement.
 * @returns tells it afterwards: what figures say depends on it, most of all on what the host of a virtual machine kept
 *   from it while they were measured
 */
export function watchMachine(): () => string {
  const [load = 0] = loadavg();
  const before = readTicks();
  return () => {
    const after = readTicks();
    const withheld = (after.withheld - before.withheld) / Math.max(1, after.wanted - before.wanted);
    return (
      `Measured on ${new Date().toISOString().slice(0, 10)} on ${availableParallelism()} cores of ` +
      `${cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node.js ${process.version}, load average ` +
      `${load.toFixed(1)} before the start; of the CPU time that was asked for meanwhile, the machine's host withheld ` +
      `${(withheld * 100).toFixed(0)} %.`
    );
  };
}

/** From the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal. */
function readTicks(): Ticks {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return { wanted: user + nice + system + irq + softirq + steal, withheld: steal };
}
