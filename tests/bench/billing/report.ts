import type { Extracted } from './extract.ts';
import type { FilledLake } from './fill-lake.ts';
import type { RunDayReply, Timed } from './run-day.ts';

/**
 * USD for each terabyte (10^12 bytes, which is the dearer reading) that a query scans, and the least that a query is
 * counted with. Source: athena.guide, "Athena Basics: Pricing Model", which knows one price for all regions.
 */
const [USD_PER_TB, LEAST_BYTES] = [5, 10_000_000];

type Measured = {
  readonly made: FilledLake;
  readonly run: RunDayReply;
  readonly extract: Extracted;
  readonly circumstances: string;
};

export function billingReport({ made, run, extract, circumstances }: Measured): string {
  const scanned = sum(run.timed, ({ scannedBytes }) => scannedBytes);
  const usd = sum(run.timed, usdOf);
  const rows = run.timed.map((one) => [one.step, ...figures(one), usdOf(one).toFixed(4)]);
  const all = ['**all**', ...figures({ ...run, scannedBytes: scanned }), usd.toFixed(4)];
  const lines = [
    ['step', 'wall, s', 'CPU, s', 'scanned, MB', 'USD on Athena'],
    Array.from({ length: 5 }, () => '---'),
    ...rows,
    all,
  ];
  const { records, lost, doubled, bytes } = made;
  const perSecond = (count: number, seconds: number) => thousands(Math.round(count / seconds / 100) * 100);
  return [
    `${circumstances} A day of ${thousands(records)} records of 200 tenants in three regions, ${(bytes / 1e9).toFixed(1)} GB ` +
      `in files: ${thousands(lost)} records were lost on the way and are written again, ${thousands(doubled)} arrived twice.`,
    lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    `The process, engine included, held ${Math.round(run.peakBytes / 1e6)} MB at most. The extract of the book out of DynamoDB Local, ` +
      `measured apart with ${thousands(extract.records)} requests of ${extract.tenants} tenants: ` +
      `${perSecond(extract.records, extract.seconds)} records a second, ` +
      `${perSecond(extract.records, extract.cpuSeconds)} for each second of our own CPU.`,
  ].join('\n\n');
}

function figures({ seconds, cpuSeconds, scannedBytes }: Omit<Timed, 'step'>): string[] {
  return [seconds.toFixed(1), cpuSeconds.toFixed(1), thousands(Math.round(scannedBytes / 1e6))];
}

function usdOf({ scannedBytes }: Timed): number {
  return (Math.max(scannedBytes, LEAST_BYTES) / 1e12) * USD_PER_TB;
}

function sum<One>(list: readonly One[], of: (one: One) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}

function thousands(value: number): string {
  return value.toLocaleString('en-US');
}
