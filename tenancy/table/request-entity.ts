import { boolean, Entity, type FormattedItem, item, list, map, number, string } from 'dynamodb-toolbox';
import { CALLER_TYPES } from '../caller.ts';
import { THROTTLED_BY } from '../refusal.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId, type TenantId, TIERS } from '../tenant.ts';
import { type Intent, OUTCOMES, type Settlement, TOKEN_CLASSES, type TokenClass, type TokenCosts } from '../usage.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable } from './tables.ts';

/** A request in the book: promised, and, when it has one, its settlement. */
export type StoredRequest = { readonly intent: Intent; readonly settlement: Settlement | null };

const instant = () => number().validate(Number.isSafeInteger);
const count = () => number().validate((value: number) => Number.isSafeInteger(value) && value >= 0);
const nanoUsd = () => number().big();

/**
 * A request whose process has not said for so long that it works on it is nobody's any more: whoever sweeps may settle it.
 * ms; three times as long as a process lets pass at most.
 */
export const REQUEST_LEASE_MS = 180_000;

/** So many partitions share the index of open requests, and a tenant's day: none gets hot. */
const SHARDS = 8;
export const REQUEST_SHARDS: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => String(shard));

export const requestEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'REQUEST',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        requestId: string().key(),
        status: string().enum('OPEN', 'SETTLED'),
        identityId: string(),
        callerType: string().enum(...CALLER_TYPES),
        keyId: string().optional(),
        keyFingerprint: string().optional(),
        model: string(),
        bedrockModelId: string(),
        region: string().enum(...REGIONS),
        tier: string()
          .enum(...TIERS)
          .optional(),
        stream: boolean(),
        sessionId: string().optional(),
        startedAt: instant(),
        reserved: map({ nanoUsd: nanoUsd(), inputTokens: count(), outputTokens: count() }),
        deadline: instant().optional(),
        openShard: string().optional(),
        dayShard: string(),
        settlement: map({
          outcome: string().enum(...OUTCOMES),
          tokens: map({
            input: count(),
            output: count(),
            cacheRead: count(),
            cacheWrite5m: count(),
            cacheWrite1h: count(),
          }),
          nanoUsd: nanoUsd(),
          costs: map({
            input: nanoUsd(),
            output: nanoUsd(),
            cacheRead: nanoUsd(),
            cacheWrite5m: nanoUsd(),
            cacheWrite1h: nanoUsd(),
          }).optional(),
          throttledBy: string()
            .enum(...THROTTLED_BY)
            .optional(),
          bedrockRequestId: string().optional(),
          stopReason: string().optional(),
          flags: list(string()),
          firstByteAt: instant().optional(),
          settledAt: instant(),
          replaced: nanoUsd().optional(),
        }).optional(),
      }),
      computeKey: ({ tenantId, requestId }) => ({
        pk: key`TENANT#${tenantId}#REQUEST#${requestId}`,
        sk: 'REQUEST',
      }),
    }),
);

/** Where an open request stands in its index. */
export function openShard(shard: string): string {
  return key`OPEN#${shard}`;
}

/** The last of a request id's digits are random: as good as any hash. */
export function shardOf(requestId: string): string {
  return String(Number.parseInt(requestId.slice(-2), 16) % SHARDS);
}

/** @param day `2026-11-22`, UTC */
export function dayShard(tenantId: TenantId, day: string, shard: string): string {
  return key`TENANT#${tenantId}#DAY#${day}#${shard}`;
}

/** Reads a request as it is stored. */
export function toRequest(stored: FormattedItem<ReturnType<typeof requestEntity>>): StoredRequest {
  const {
    status: _,
    tenantId,
    settlement,
    keyId,
    keyFingerprint,
    sessionId,
    tier,
    reserved,
    deadline,
    openShard,
    dayShard,
    ...rest
  } = stored;
  const intent = {
    ...rest,
    reserved: { ...reserved, nanoUsd: BigInt(reserved.nanoUsd) },
    tenantId: parseTenantId(tenantId) ?? damaged('request of', tenantId),
    ...(keyId === undefined ? {} : { keyId }),
    ...(keyFingerprint === undefined ? {} : { keyFingerprint }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(tier === undefined ? {} : { tier }),
  };
  return { intent, settlement: settlement ? toSettlement(settlement) : null };
}

function toSettlement(stored: NonNullable<FormattedItem<ReturnType<typeof requestEntity>>['settlement']>): Settlement {
  const { bedrockRequestId, stopReason, firstByteAt, replaced, costs, throttledBy, ...rest } = stored;
  return {
    ...rest,
    nanoUsd: BigInt(rest.nanoUsd),
    ...(costs === undefined ? {} : { costs: toCosts(costs) }),
    ...(throttledBy === undefined ? {} : { throttledBy }),
    ...(bedrockRequestId === undefined ? {} : { bedrockRequestId }),
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(firstByteAt === undefined ? {} : { firstByteAt }),
    ...(replaced === undefined ? {} : { replaced: BigInt(replaced) }),
  };
}

function toCosts(stored: Readonly<Record<TokenClass, number | bigint>>): TokenCosts {
  return Object.fromEntries(TOKEN_CLASSES.map((name) => [name, BigInt(stored[name])])) as TokenCosts;
}
