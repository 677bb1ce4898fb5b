import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchPutRequest } from 'dynamodb-toolbox';
import { windowKey } from '../../tenancy/limit.ts';
import { orphanSettlement } from '../../tenancy/orphan.ts';
import { PROVISIONING_IDENTITY } from '../../tenancy/provisioning.ts';
import { dayShard, requestEntity, shardOf } from '../../tenancy/table/request-entity.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { type Intent, NO_TOKENS, type Settlement, usageRecord } from '../../tenancy/usage.ts';
import type { Call } from './plan.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];

/** What the regional function promised before the call. */
export function intentOf(call: Call): Intent {
  const { requestId, tenantId, model, region, tier, stream, startedAt, fate } = call;
  return {
    requestId,
    tenantId,
    identityId: fate === 'own_call' ? PROVISIONING_IDENTITY : 'usr_anna',
    callerType: fate === 'own_call' ? 'provisioning' : 'user',
    model,
    bedrockModelId: `${region === 'us-east-1' ? 'us' : 'eu'}.anthropic.${model}`,
    region,
    tier,
    stream,
    startedAt,
    reserved: { nanoUsd: 300_000_000n, inputTokens: 20_000, outputTokens: 8_000 },
  };
}

/** How it was settled: by the function itself, or by the sweeper where that died. Rated is only what billing rates. */
export function settlementOf(call: Call): Settlement {
  const { fate, startedAt, tokens, bedrockRequestId } = call;
  const settledAt = startedAt + (fate === 'slow' ? 25 * HOUR : 2_000);
  const told = { tokens, nanoUsd: 0n, bedrockRequestId, settledAt };
  switch (fate) {
    case 'killed':
    case 'killed_untold':
      return orphanSettlement(intentOf(call), startedAt + 4 * MINUTE);
    case 'limited':
      return { outcome: 'REFUSED', tokens: NO_TOKENS, nanoUsd: 0n, flags: [], throttledBy: 'own_limit', settledAt };
    case 'unavailable':
      return { outcome: 'UPSTREAM_ERROR', ...told, tokens: NO_TOKENS, flags: [], throttledBy: 'shared_capacity' };
    case 'aborted':
      return { outcome: 'PARTIAL', ...told, flags: [] };
    case 'own_call':
      return { outcome: 'COMPLETED', ...told, flags: ['not_charged'] };
    default:
      return { outcome: 'COMPLETED', ...told, flags: [] };
  }
}

/** A line of the lake, and when it arrives there (ms). */
export type Arrival = { readonly at: number; readonly line: string };

/** How the usage record travels. What of it never comes, or comes damaged, is the run's to make up for. */
export function arrivalsOf(call: Call): Arrival[] {
  const settlement = settlementOf(call);
  const line = JSON.stringify(usageRecord(intentOf(call), settlement));
  const at = settlement.settledAt + 30_000;
  switch (call.fate) {
    case 'limited':
    case 'lost':
      return [];
    case 'damaged':
      return [{ at, line: line.slice(0, -20) }];
    case 'doubled':
      return [
        { at, line },
        { at: at + 5 * MINUTE, line },
      ];
    case 'late_1h':
      return [{ at: at + HOUR, line }];
    case 'late_25h':
      return [{ at: at + 25 * HOUR, line }];
    case 'late_3d':
      return [{ at: at + 72 * HOUR, line }];
    default:
      return [{ at, line }];
  }
}

/** As many as one batch takes. */
const BATCH = 25;

/** Writes settled requests, many at once: the items that `openRequest` and then `settleRequest` leave. */
export async function keepSettled(
  documents: DynamoDBDocumentClient,
  tables: Tables,
  calls: readonly Call[],
): Promise<void> {
  const entity = requestEntity(tables.ledger);
  const puts = calls.map((call) => {
    const [intent, settlement] = [intentOf(call), settlementOf(call)];
    return entity
      .build(BatchPutRequest)
      .item({
        ...intent,
        status: 'SETTLED',
        dayShard: dayShard(intent.tenantId, windowKey('day', intent.startedAt), shardOf(intent.requestId)),
        settlement: { ...settlement, flags: [...settlement.flags] },
      })
      .params();
  });
  for (let at = 0; at < puts.length; at += BATCH) {
    const written = await documents.send(
      new BatchWriteCommand({ RequestItems: { [tables.ledger.getName()]: puts.slice(at, at + BATCH) } }),
    );
    if (Object.keys(written.UnprocessedItems ?? {}).length > 0) throw new Error('a batch was not written as a whole');
  }
}
