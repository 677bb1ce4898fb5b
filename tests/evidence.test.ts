import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, inject, it } from 'vitest';
import { FUNCTION_KEYS } from '../local/functions.ts';
import { ask, JSON_BODY, messages } from './ask.ts';
import { inLake } from './books.ts';

const platform = inject('platform');
const { acme } = platform.tenants;
const place = { region: 'eu-central-1', credentials: FUNCTION_KEYS };
const athena = new AthenaClient({ ...place, endpoint: platform.athena.url });
const s3 = new S3Client({ ...place, endpoint: platform.s3.url, forcePathStyle: true });
afterAll(() => {
  athena.destroy();
  s3.destroy();
});

/** A query's rows, as they are said to be, without the names of the columns. */
async function query(QueryString: string, ExecutionParameters: string[]): Promise<(string | undefined)[][]> {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({ QueryString, ExecutionParameters, WorkGroup: platform.athena.workGroup }),
  );
  const state = async () => {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    return QueryExecution?.Status?.State;
  };
  await expect.poll(state, { timeout: 20_000 }).toBe('SUCCEEDED');
  const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
  return (ResultSet?.Rows ?? []).slice(1).map(({ Data }) => (Data ?? []).map(({ VarCharValue }) => VarCharValue));
}

it('joins our record of a request with AWS’s own, by the ids of both', async () => {
  const reply = await ask(`${acme.loopbackUrl}/v1/messages`, {
    headers: { ...JSON_BODY, 'x-api-key': acme.apiKey },
    body: messages('[[usage:1,2,3,4,5]]', { stream: true }),
  });
  expect(reply.status, reply.body).toBe(200);
  const requestId = reply.headers['request-id'] ?? '';
  expect(await inLake(platform, requestId)).toHaveLength(1);
  await fetch(`${platform.standIns.bedrock.url}/evidence/flush`, { method: 'POST' });
  const joined = await query(
    `select c.event_name, c.tenant_id, c.error_code, i.tenant_id, i.agent_request_id, i.input_tokens,
        i.output_tokens, i.cache_read_tokens, i.cache_write_tokens - u.cache_write_5m_tokens - u.cache_write_1h_tokens
      from usage u
      join cloudtrail c on c.request_id = u.bedrock_request_id
      join invocations i on i.request_id = u.bedrock_request_id
      where u.request_id = ?`,
    [`'${requestId}'`],
  );
  expect(joined).toEqual([['InvokeModelWithResponseStream', 'acme', '', 'acme', requestId, '1', '2', '3', '0']]);
});

it('has on AWS’s bill what the request cost, under its tenant’s tag', async () => {
  const lines = await query(
    `select line_item_usage_type, line_item_currency_code, tags from cur
      where line_item_usage_type like ? and line_item_iam_principal like ? and cast(line_item_unblended_cost as decimal(38, 10)) > 0`,
    ["'%cache-write-1h-input-token-count%'", "'%/acme.%'"],
  );
  expect(lines.length).toBeGreaterThan(0);
  for (const [usageType, currency, tags] of lines) {
    expect([usageType?.slice(0, 5), currency, tags]).toEqual(['EUC1-', 'USD', '{"iamPrincipal/tenant_id":"acme"}']);
  }
});

it('has them as objects of the bucket', async () => {
  const list = async (Prefix: string) =>
    (await s3.send(new ListObjectsV2Command({ Bucket: platform.lakeBucket, Prefix }))).KeyCount;
  for (const prefix of ['usage/dt=', 'AWSLogs/222222222222/CloudTrail/', 'AWSLogs/222222222222/BedrockModel', 'cur/']) {
    expect(await list(prefix)).toBeGreaterThan(0);
  }
});
