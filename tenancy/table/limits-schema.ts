import { anyOf, map, nul, number, string } from 'dynamodb-toolbox';
import type { LimitChanges } from '../limit.ts';

const whole = () => number().validate((value: number) => Number.isSafeInteger(value) && value >= 0);

const money = () =>
  number()
    .big()
    .validate((value: number | bigint) => BigInt(value) >= 0n);

/** Changes to limits, as they stand in a tenant's row and in the rule of a user or key. */
export const limitChanges = () =>
  map({
    requestsPerMinute: anyOf(whole(), nul()).optional(),
    tokensPerMinute: anyOf(whole(), nul()).optional(),
    requestsPerDay: anyOf(whole(), nul()).optional(),
    streams: anyOf(whole(), nul()).optional(),
    budget: anyOf(map({ nanoUsd: money(), enforcement: string().enum('hard', 'soft') }), nul()).optional(),
  });

type Stored = {
  [Kind in keyof LimitChanges]?: Kind extends 'budget'
    ? { nanoUsd: number | bigint; enforcement: 'hard' | 'soft' } | null | undefined
    : number | null | undefined;
};

/** Reads them back: money is a bigint whatever its size. */
export function toLimitChanges({ budget, ...rest }: Stored): LimitChanges {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (budget === undefined) return given;
  return { ...given, budget: budget && { ...budget, nanoUsd: BigInt(budget.nanoUsd) } };
}
