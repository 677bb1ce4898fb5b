import type { FairnessResult } from './fairness.ts';
import type { HotTenantResult, Percentiles } from './hot-tenant.ts';
import type { ImportResult } from './import.ts';

/** B's share over time, as Markdown. */
export function fairnessReport({ plan, slices, bPart, used, aAlone, errors }: FairnessResult, where: string): string {
  const rows = slices.map(({ a, b }) => {
    const perSecond = (count: number) => (count / 5).toFixed(1);
    return [`${a.fromSecond} s`, perSecond(a.wanted), perSecond(a.served), perSecond(b.wanted), perSecond(b.served)];
  });
  return [
    `${where} The quota lets ${plan.quota} requests a second through; A offers ${(plan.offered * 10).toFixed(0)}, B ${plan.offered.toFixed(1)}.`,
    table(['from', 'A offers, /s', 'A is served, /s', 'B offers, /s', 'B is served, /s'], rows),
    `From second ${plan.settleSeconds} on, for ${plan.seconds} s: B got **${percent(bPart)}** of min(its demand, half of the quota), both together ${percent(used)} of the quota. ` +
      `Alone and unthrottled, A had ${percent(aAlone)} of its requests served. Answers that were neither served nor a 429: ${errors}.`,
  ].join('\n\n');
}

/** The other tenant's latency beside the hot one, as Markdown. */
export function hotTenantReport(
  { plan, quiet, hot, wholeStreams, errors, cpu }: HotTenantResult,
  where: string,
): string {
  const row = (name: string, of: (latencies: typeof quiet) => Percentiles): string[] => {
    const [before, after] = [of(quiet), of(hot)];
    const cells = (['p50', 'p99'] as const).flatMap((at) => [before[at], after[at], after[at] - before[at]]);
    return [name, ...cells.map((value) => value.toFixed(1))];
  };
  return [
    `${where} A: ${plan.streams} streams at 10 deltas a second, of which ${wholeStreams} ended whole. B: ${quiet.requests} requests alone, ${hot.requests} beside them, ${errors} errors; not counted are ${quiet.setAside} and ${hot.setAside} during which the machine's host withheld CPU time.`,
    table(
      ['B, in ms', 'p50 alone', 'p50 beside A', 'p50 added', 'p99 alone', 'p99 beside A', 'p99 added'],
      [row('time to first byte', ({ firstByte }) => firstByte), row('whole request', ({ total }) => total)],
    ),
    `CPU while the streams ran, in parts of one core: the load generator ${percent(cpu.generator)}, the region’s process ${percent(cpu.region)}, the rest of the platform and its stand-ins ${percent(cpu.rest)}.`,
  ].join('\n\n');
}

/** A tenant's latency beside an import of others, as Markdown. */
export function importReport({ plan, quiet, beside, errors, importSeconds, cpu }: ImportResult, where: string): string {
  const row = (name: string, of: (latencies: typeof quiet) => Percentiles): string[] => {
    const [before, after] = [of(quiet), of(beside)];
    const cells = (['p50', 'mean', 'p99'] as const).flatMap((at) => [
      before[at].toFixed(1),
      after[at].toFixed(1),
      `${(100 * (after[at] / before[at] - 1)).toFixed(0)} %`,
    ]);
    return [name, ...cells];
  };
  return [
    `${where} ${plan.tenants} tenants, ${plan.perMinute} a minute, were made in ${importSeconds.toFixed(0)} s. ${quiet.requests} requests alone, before and after, ${beside.requests} beside it, ${errors} errors; not counted are ${quiet.setAside} and ${beside.setAside} during which the machine's host withheld CPU time.`,
    table(
      ['ms', ...['p50', 'mean', 'p99'].flatMap((at) => [`${at} alone`, `${at} beside`, `${at} more`])],
      [row('time to first byte', ({ firstByte }) => firstByte), row('whole request', ({ total }) => total)],
    ),
    `CPU meanwhile, in parts of one core: the region’s process ${percent(cpu.region)}, the rest of the platform and its stand-ins ${percent(cpu.rest)}, the script and the load generator ${percent(cpu.generator)}.`,
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`;
}
