import { remaining, spentAt } from '../../tenancy/gate.ts';
import { type Window, windowEnd } from '../../tenancy/limit.ts';
import type { Reserved } from './reserve.ts';

/** The part of a budget, in percent, from which an answer says how much of it is spent. */
const TOLD_FROM = 80n;

/**
 * What an answer says of its caller's limits: in Anthropic's own headers the tightest limit per minute, by the share
 * that is left; and, once a budget is spent to 80 percent, whose and how far.
 */
export function limitHeaders({ gates }: Pick<Reserved, 'gates'>, now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  const told = [
    ['requests', 'requestsPerMinute', 'minute'],
    ['tokens', 'tokensPerMinute', 'minute'],
  ] as const satisfies readonly (readonly [string, string, Window])[];
  for (const [name, limit, window] of told) {
    const tightest = gates
      .flatMap(({ limits, gate }) => remaining(limits, gate, now)[limit] ?? [])
      .reduce<{ max: bigint; left: bigint } | undefined>(
        (least, one) => (least && least.left * one.max <= one.left * least.max ? least : one),
        undefined,
      );
    if (!tightest) continue;
    headers[`anthropic-ratelimit-${name}-limit`] = String(tightest.max);
    headers[`anthropic-ratelimit-${name}-remaining`] = String(tightest.left);
    headers[`anthropic-ratelimit-${name}-reset`] = new Date(windowEnd(window, now)).toISOString();
  }
  const budgets = gates.flatMap(({ id, limits, gate }) => {
    const budget = limits.budget?.nanoUsd;
    if (budget === undefined) return [];
    // A budget of nothing is spent before anything is.
    const percent = budget > 0n ? (spentAt(gate, now) * 100n) / budget : 100n;
    return percent < TOLD_FROM ? [] : [`${id.subject.kind} ${percent}%`];
  });
  return budgets.length > 0 ? { ...headers, 'x-ar-budget-spent': budgets.join(', ') } : headers;
}
