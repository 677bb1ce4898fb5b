import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BedrockRecord } from '../local/bedrock/record.ts';
import { openLake } from '../local/lake.ts';
import type { StoredRequest } from '../tenancy/table/request-entity.ts';
import { getRequest } from '../tenancy/table/requests.ts';
import { openTables, type Tables } from '../tenancy/table/tables.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { type TokenCounts, USAGE_COLUMNS } from '../tenancy/usage.ts';
import type { PlatformJson } from './start-platform.ts';

/** The running platform's tables, opened as any script would. */
export function tablesOf({ dynamodb }: PlatformJson): Tables {
  const client = new DynamoDBClient({
    endpoint: dynamodb.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'script', secretAccessKey: 'script' },
  });
  return openTables(DynamoDBDocumentClient.from(client), dynamodb);
}

/** What the ledger says of a request. */
export function inLedger(platform: PlatformJson, tenant: string, requestId: string): Promise<StoredRequest | null> {
  return getRequest(tablesOf(platform), parseTenantId(tenant)!, requestId);
}

/** What the lake says of a request: its rows, waited for, because Firehose delivers late. */
export async function inLake(platform: PlatformJson, requestId: string): Promise<Record<string, unknown>[]> {
  const lake = await openLake({ folder: platform.lake, columns: USAGE_COLUMNS, now: Date.now });
  try {
    for (let tries = 0; tries < 100; tries++) {
      const rows = await lake.query('select * from usage where request_id = ?', [requestId]);
      if (rows.length > 0) return rows;
      await new Promise((later) => setTimeout(later, 100));
    }
    return [];
  } finally {
    await lake.close();
  }
}

/** What the Bedrock stand-in noted of the calls that carried this request id in their metadata. */
export function atBedrock(platform: PlatformJson, requestId: string): BedrockRecord[] {
  const lines = readFileSync(platform.standIns.bedrock.log, 'utf8').split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as BedrockRecord)
    .filter((record) => Object.values(record.requestMetadata ?? {}).includes(requestId));
}

/** All requests that Bedrock saw for a tenant since a moment, by our own id. */
export function requestsAtBedrock(platform: PlatformJson, tenant: string, since: number): BedrockRecord[] {
  const lines = readFileSync(platform.standIns.bedrock.log, 'utf8').split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as BedrockRecord)
    .filter((record) => record.tenantTags?.['tenant_id'] === tenant && Date.parse(record.at) >= since);
}

/** The five classes of a lake row, as numbers. */
export function rowTokens(row: Record<string, unknown>): TokenCounts {
  return {
    input: Number(row['input_tokens']),
    output: Number(row['output_tokens']),
    cacheRead: Number(row['cache_read_tokens']),
    cacheWrite5m: Number(row['cache_write_5m_tokens']),
    cacheWrite1h: Number(row['cache_write_1h_tokens']),
  };
}
