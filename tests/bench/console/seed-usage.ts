import { mintRequestId } from '../../../tenancy/request-id.ts';
import { type Counting, countedAtOnce, countRequests } from '../../../tenancy/table/rollups.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import type { TenantId } from '../../../tenancy/tenant.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const USERS = 10;
const HOURS = 8;
const MODELS = ['claude-opus-5-5', 'claude-sonnet-5-5'] as const;

export type UsageSeed = {
  readonly tenantId: TenantId;
  readonly keyId: string;
  readonly userName: (n: number) => string;
  /** ms since the epoch */
  readonly until: number;
  readonly days: number;
};

/** Requests of some users in the working hours of the last days, counted as the stream's consumer counts them. */
export async function seedUsage(tables: Tables, seed: UsageSeed): Promise<void> {
  let left = countings(seed);
  while (left.length > 0) {
    const some = left.slice(0, countedAtOnce(left));
    left = left.slice(some.length);
    const { outcome } = await countRequests(tables, some, seed.until);
    if (outcome !== 'counted') throw new Error(`usage was not counted: ${outcome}`);
  }
}

function countings({ tenantId, keyId, userName, until, days }: UsageSeed): Counting[] {
  const all: Counting[] = [];
  for (let day = 1; day <= days; day++) {
    for (let user = 0; user < USERS; user++) {
      for (let hour = 0; hour < HOURS; hour++) {
        for (const model of MODELS) {
          const startedAt = until - day * DAY_MS - hour * HOUR_MS;
          const random = new Uint8Array(10);
          new DataView(random.buffer).setUint32(4, all.length);
          all.push({
            before: null,
            intent: {
              requestId: mintRequestId(startedAt, random),
              tenantId,
              identityId: userName(user),
              callerType: 'api_key',
              keyId,
              model,
              bedrockModelId: `eu.anthropic.${model}-v1:0`,
              region: 'eu-central-1',
              stream: true,
              startedAt,
              reserved: { nanoUsd: 1n, inputTokens: 1, outputTokens: 1 },
            },
            settlement: {
              outcome: 'COMPLETED',
              tokens: { input: 1_200, output: 800, cacheRead: 50_000, cacheWrite5m: 2_000, cacheWrite1h: 100 },
              nanoUsd: 30_000_000n,
              flags: [],
              settledAt: startedAt + 9_000,
            },
          });
        }
      }
    }
  }
  return all;
}
