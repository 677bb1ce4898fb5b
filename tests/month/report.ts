import { decimalUsd } from '../../tenancy/money.ts';
import type { Compared } from './compare.ts';
import type { Asked } from './http.ts';
import type { Lived } from './live.ts';
import type { Plan } from './plan.ts';
import type { Recomputed } from './recompute.ts';
import type { ClosedMonth, ComparedStatements } from './statements.ts';

export type MonthsFigures = {
  readonly plan: Plan;
  readonly lived: Lived;
  readonly recomputed: Recomputed;
  readonly compared: Compared;
  readonly closed: ClosedMonth;
  readonly stated: ComparedStatements;
  /** How many items and files were compared byte for byte. */
  readonly kept: number;
  /** What running again did that was no repetition, in words. */
  readonly changed: readonly string[];
  /** How many values the meter was told. */
  readonly told: number;
  /** s */
  readonly took: { readonly lived: number; readonly all: number };
};

export type PlatformsFigures = {
  readonly asked: Asked;
  readonly compared: Compared;
  readonly recomputed: Recomputed;
  readonly seconds: number;
};

type Row = readonly [name: string, value: string | number];

/** What a month came to, for people: a table of Markdown. */
export function monthReport(figures: MonthsFigures): string {
  const { plan, lived, recomputed, compared, closed, stated, kept, changed, told, took } = figures;
  const { differences, days, lines, nanoUsd } = compared;
  return tableOf('A month at the level of settlements', [
    ['tenants, days, seed', `${plan.tenants.length}, ${plan.days.length}, ${plan.seed}`],
    ['requests; calls that ran a model', `${lived.requests}; ${recomputed.calls}`],
    ['processes that died; estimates that gave way to AWS’s log', `${lived.killed.size}; ${lived.corrected}`],
    ['records that had to be written again', lived.writtenAgain],
    ['calls that CloudTrail, and that the invocation log never had', `${recomputed.untrailed}, ${recomputed.unlogged}`],
    ['tenant-days and lines compared', `${days}, ${lines}`],
    ['charged, USD', decimalUsd(nanoUsd)],
    [
      'statements, and their lines; months that two people answered for',
      `${stated.statements}, ${stated.rows}; ${closed.answeredFor}`,
    ],
    ['amounts that differ from the second reckoning', differences.length + stated.differences.length],
    ['values told to the meter', told],
    ['items and files compared byte for byte after a second run; changed', `${kept}; ${changed.length}`],
    ['seconds: the month with its nights; all', `${took.lived}; ${took.all}`],
  ]);
}

/** What the requests over HTTP came to. */
export function platformReport({ asked, compared, recomputed, seconds }: PlatformsFigures): string {
  return tableOf('A day over HTTP', [
    ['answered; hung up on', `${asked.answered}; ${asked.hungUp}`],
    ['of them throttled by Bedrock first', asked.throttled],
    ['refused', asked.refused],
    ['calls that ran a model', recomputed.calls],
    ['charged, USD', decimalUsd(compared.nanoUsd)],
    ['amounts that differ from the second reckoning', compared.differences.length],
    ['seconds', seconds],
  ]);
}

function tableOf(title: string, rows: readonly Row[]): string {
  return [`| ${title} | |`, '| --- | --: |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n');
}
