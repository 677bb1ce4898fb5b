import { ratingOf } from '../tenancy/provisioning.ts';
import { isRegion, type Region } from '../tenancy/region.ts';
import { getRequest, settleRequest } from '../tenancy/table/requests.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import { type Intent, NO_TOKENS, type Settlement, type TokenCounts } from '../tenancy/usage.ts';
import { tenantOf } from './complete.ts';
import { orphansSql, type Scope } from './day-sql.ts';
import type { Lake } from './lake.ts';
import { count, type Row, rowsOf, text } from './query.ts';

export type OrphanDeps = {
  readonly lake: Pick<Lake, 'query'>;
  readonly ledgers: ReadonlyMap<Region, Tables>;
  /** What tokens cost by the book of charges when the request began, nano-USD; null without a price. */
  readonly chargeOf: (intent: Intent, tokens: TokenCounts) => Promise<bigint | null>;
  /** ms since the epoch */
  readonly now: () => number;
};

/**
 * Puts the truth in the place of what was estimated for requests whose process died, once Bedrock's invocation log tells it:
 * a second revision, which is the last.
 * @returns how many were corrected
 */
export async function correctOrphans(deps: OrphanDeps, scope: Scope): Promise<number> {
  let corrected = 0;
  for (const row of await rowsOf(deps.lake.query(orphansSql(scope)))) {
    const [tenantId, region] = [tenantOf(row), text(row, 'region')];
    const tables = isRegion(region) ? deps.ledgers.get(region) : undefined;
    if (!tenantId || !tables) continue;
    const stored = await getRequest(tables, tenantId, text(row, 'request_id'));
    // Whether it is still an estimate is for the book to say, which replaces nothing else.
    if (!stored) continue;
    const settlement = await settlementOf(deps, stored.intent, row);
    if (!settlement) continue;
    const outcome = await settleRequest(tables, stored.intent, settlement);
    if (typeof outcome === 'object') corrected += 1;
  }
  return corrected;
}

/** Null where the model has no price: the day waits for one anyway, and this with it. */
async function settlementOf(
  { chargeOf, now }: OrphanDeps,
  intent: Intent,
  row: Row,
): Promise<Omit<Settlement, 'replaced'> | null> {
  const cacheWrite = count(row, 'cache_write_tokens');
  const tokens: TokenCounts = {
    input: count(row, 'input_tokens'),
    output: count(row, 'output_tokens'),
    cacheRead: count(row, 'cache_read_tokens'),
    // The log knows their sum alone; the shorter life is the cheaper one, and nobody is charged by a guess.
    cacheWrite5m: cacheWrite,
    cacheWrite1h: 0,
  };
  const nanoUsd = await chargeOf(intent, tokens);
  if (nanoUsd === null) return null;
  return {
    // Its end was not seen: PARTIAL, with all that was used.
    outcome: 'PARTIAL',
    tokens,
    nanoUsd,
    bedrockRequestId: text(row, 'bedrock_request_id'),
    flags: [
      'orphan',
      'from_invocation_log',
      ...(cacheWrite > 0 ? ['cache_split_missing'] : []),
      ...ratingOf(intent.callerType, NO_TOKENS).flags,
    ],
    settledAt: now(),
  };
}
