import { decimalUsd } from '../../tenancy/money.ts';
import type { Region } from '../../tenancy/region.ts';
import { type Counts, NO_COUNTS, requestsIn, sumOf, unsplitNanoUsd } from '../../tenancy/rollup.ts';
import type { UsageSum } from '../../tenancy/table/usage-sums.ts';
import { DIMENSIONS, type Dimension, type Grain } from './usage-plan.ts';

/** What a series is of. A dimension that nothing was grouped by is absent; a null key: called with a token. */
export type SeriesName = {
  readonly user?: string;
  readonly key?: string | null;
  readonly model?: string;
  readonly region?: Region;
  readonly session?: string;
};

/** `start`: ms since the epoch. */
export type Point = { readonly start: number; readonly counts: Counts };
export type Series = { readonly name: SeriesName; readonly points: readonly Point[]; readonly totals: Counts };
export type Report = { readonly series: readonly Series[]; readonly totals: Counts };

/** Only of these; absent: of all. */
export type UsageFilter = {
  readonly users?: ReadonlySet<string>;
  readonly keys?: ReadonlySet<string>;
  readonly models?: ReadonlySet<string>;
  readonly regions?: ReadonlySet<Region>;
};

/** More nobody looks at, and a tenant of ten thousand users would get an answer that no client takes. */
export const MAX_SERIES = 200;

/**
 * Whether a sum is among what was asked for. What was called with a token is of no key; a sum that does not say whose it
 * is, is nobody's.
 */
export function passes({ slot }: UsageSum, { users, keys, models, regions }: UsageFilter): boolean {
  return (
    (users === undefined || (slot.identityId !== undefined && users.has(slot.identityId))) &&
    (keys === undefined || (slot.keyId !== undefined && keys.has(slot.keyId))) &&
    (models?.has(slot.model) ?? true) &&
    (regions?.has(slot.region) ?? true)
  );
}

/**
 * Sums up: one series for each combination of what they are grouped by, the dearest first, MAX_SERIES at most.
 * `totals` is of all of them, whatever was cut.
 */
export function usageReport(sums: readonly UsageSum[], groupBy: ReadonlySet<Dimension>, grain: Grain): Report {
  const groups = new Map<string, { readonly name: SeriesName; readonly points: Map<number, Counts[]> }>();
  for (const { slot, counts } of sums) {
    const name = nameOf(slot, groupBy);
    const id = idOf(name);
    const group = groups.get(id) ?? { name, points: new Map<number, Counts[]>() };
    groups.set(id, group);
    const start = startOf(slot.window, grain);
    const point = group.points.get(start) ?? [];
    group.points.set(start, point);
    point.push(counts);
  }
  const all = [...groups.entries()].map(([id, { name, points }]) => {
    const summed = [...points.entries()]
      .sort(([one], [other]) => one - other)
      .map(([start, counts]) => ({ start, counts: sumOf(counts) }));
    return { id, series: { name, points: summed, totals: sumOf(summed.map(({ counts }) => counts)) } };
  });
  // Those that cost the same stand in the order of their names: one question has one answer.
  all.sort((a, b) => descending(a.series.totals.nanoUsd, b.series.totals.nanoUsd) || (a.id < b.id ? -1 : 1));
  return {
    series: all.slice(0, MAX_SERIES).map(({ series }) => series),
    totals: sumOf(all.map(({ series }) => series.totals)),
  };
}

/** Dates of a day or a month alone are UTC by definition. */
function startOf(window: string, grain: Grain): number {
  if (grain === 'hour') return Date.parse(`${window}:00Z`);
  return Date.parse(window.slice(0, grain === 'day' ? '2026-11-22'.length : '2026-11'.length));
}

function nameOf(slot: UsageSum['slot'], groupBy: ReadonlySet<Dimension>): SeriesName {
  return {
    ...(groupBy.has('user') && slot.identityId !== undefined ? { user: slot.identityId } : {}),
    ...(groupBy.has('key') ? { key: slot.keyId ?? null } : {}),
    ...(groupBy.has('model') ? { model: slot.model } : {}),
    ...(groupBy.has('region') ? { region: slot.region } : {}),
    ...(groupBy.has('session') && slot.sessionId !== undefined ? { session: slot.sessionId } : {}),
  };
}

function idOf(name: SeriesName): string {
  return JSON.stringify(DIMENSIONS.map((dimension) => name[dimension] ?? null));
}

function descending(one: bigint, other: bigint): number {
  return one === other ? 0 : one > other ? -1 : 1;
}

/** Sums as the schema names them. */
export function usageCounts(counts: Counts) {
  return {
    requests: requestsIn(counts),
    errors: counts.upstreamErrors,
    partial: counts.partial,
    refused: counts.refused,
    throttledByOwnLimit: counts.throttledByOwnLimit,
    throttledBySharedCapacity: counts.throttledBySharedCapacity,
    inputTokens: counts.input,
    outputTokens: counts.output,
    cacheReadTokens: counts.cacheRead,
    cacheWrite5mTokens: counts.cacheWrite5m,
    cacheWrite1hTokens: counts.cacheWrite1h,
    costUsd: decimalUsd(counts.nanoUsd),
    inputCostUsd: decimalUsd(counts.inputNanoUsd),
    outputCostUsd: decimalUsd(counts.outputNanoUsd),
    cacheReadCostUsd: decimalUsd(counts.cacheReadNanoUsd),
    cacheWrite5mCostUsd: decimalUsd(counts.cacheWrite5mNanoUsd),
    cacheWrite1hCostUsd: decimalUsd(counts.cacheWrite1hNanoUsd),
    unsplitCostUsd: decimalUsd(unsplitNanoUsd(counts)),
  };
}

/** The columns of the sums, in the schema's words. */
export const COUNT_COLUMNS = Object.keys(usageCounts(NO_COUNTS)) as (keyof ReturnType<typeof usageCounts>)[];
