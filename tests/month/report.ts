import { decimalUsd } from '../../tenancy/money.ts';
import type { Compared } from './compare.ts';
import type { Lived } from './live.ts';
import type { Plan } from './plan.ts';
import type { Recomputed } from './recompute.ts';

/** What a month came to, for people: a table of Markdown. `took`: seconds. */
export function monthReport({
  plan,
  lived,
  recomputed,
  compared,
  kept,
  changed,
  told,
  took,
}: {
  readonly plan: Plan;
  readonly lived: Lived;
  readonly recomputed: Recomputed;
  readonly compared: Compared;
  /** Items and files that were compared byte for byte. */
  readonly kept: number;
  readonly changed: readonly string[];
  readonly told: readonly string[];
  readonly took: { readonly lived: number; readonly all: number };
}): string {
  const { differences, days, lines, nanoUsd } = compared;
  const rows: [string, string | number][] = [
    ['tenants, days, seed', `${plan.tenants.length}, ${plan.days.length}, ${plan.seed}`],
    ['requests; of them ran a model', `${lived.requests}; ${recomputed.calls}`],
    ['processes that died', lived.killed.size],
    ['records that had to be written again', lived.writtenAgain],
    ['estimates that gave way to AWS’s log', lived.corrected],
    ['calls that CloudTrail, that the invocation log never had', `${recomputed.untrailed}, ${recomputed.unlogged}`],
    ['tenant-days and lines compared', `${days}, ${lines}`],
    ['charged, USD', decimalUsd(nanoUsd)],
    ['values told to the meter', told.length],
    ['amounts that differ from the second reckoning', differences.length],
    ['items and files compared byte for byte after a second run', kept],
    ['of them changed', changed.length],
    ['seconds: the month with its nights; all', `${took.lived}; ${took.all}`],
  ];
  return ['| | |', '| --- | --: |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n');
}
