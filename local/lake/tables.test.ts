import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cloudTrailEvent } from '../bedrock/evidence/cloudtrail.ts';
import { lineItemsOf } from '../bedrock/evidence/cost-and-usage.ts';
import { openDataExport } from '../bedrock/evidence/data-export.ts';
import { openDelivery } from '../bedrock/evidence/delivery.ts';
import { invocationRecord } from '../bedrock/evidence/invocation-log.ts';
import { refuse } from '../bedrock/exceptions.ts';
import { type Lake, openLake } from '../lake.ts';

const columns = {
  request_id: 'varchar',
  tenant_id: 'varchar',
  region: 'varchar',
  stream: 'boolean',
  input_tokens: 'bigint',
} as const;

let folder: string;
let lake: Lake;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "la'ke-"));
  lake = await openLake({ folder, columns, now: () => Date.parse('2026-11-03T00:00:01Z') });
});
afterEach(async () => {
  await lake.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(key: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, key)), { recursive: true });
  writeFileSync(join(folder, key), content);
}

const caller = {
  region: 'eu-central-1',
  session: {
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    secretAccessKey: 'secret',
    sessionToken: 'token',
    tags: {},
    roleSessionName: 'acme.usr_anna',
    assumedRoleArn: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.usr_anna',
    assumedRoleId: 'AROAEXAMPLEEXAMPLE123:acme.usr_anna',
    assumedAt: 0,
    expiration: 0,
  },
};
const call = {
  operation: 'InvokeModel',
  modelId: 'eu.anthropic.claude-opus-5-5',
  caller,
  requestId: 'aws-1',
  at: Date.parse('2026-11-02T23:59:59Z'),
  sourceIp: '192.0.2.7',
  userAgent: 'sdk',
  host: 'host',
};

it('has each table over an empty lake, with the columns in place', async () => {
  for (const table of lake.tables) {
    const [row] = await lake.query(`select count(*) as n, ${Object.keys(table.columns).map((name) => `max("${name}")`)}
      from ${table.name}`);
    expect(row?.['n']).toBe(0n);
  }
  expect(lake.tables.map(({ name }) => name)).toEqual([
    'usage',
    'book',
    'cloudtrail',
    'invocations',
    'cur',
    'gathered_usage',
    'gathered_events',
    'gathered_invocations',
  ]);
});

it('reads what the Bedrock stand-in wrote of CloudTrail and of invocations, by the day of delivery', async () => {
  const delivery = openDelivery(
    folder,
    () => Date.parse('2026-11-03T00:10:00Z'),
    () => false,
  );
  const place = { account: '222222222222', region: 'eu-central-1' };
  delivery.add({ source: 'cloudtrail', ...place }, cloudTrailEvent(call));
  const refused = { ...call, requestId: 'aws-2', refusal: refuse('ThrottlingException', 'slow down') };
  delivery.add({ source: 'cloudtrail', ...place }, cloudTrailEvent(refused));
  const usage = { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 };
  const requestMetadata = { tenant_id: 'acme', request_id: 'r-1' };
  const modelArn = 'arn:aws:bedrock:eu-central-1:222222222222:inference-profile/eu.anthropic.claude-opus-5-5';
  delivery.add({ source: 'invocations', ...place }, invocationRecord({ ...call, usage, modelArn, requestMetadata }));
  delivery.add({ source: 'invocations', ...place }, invocationRecord({ ...call, usage, modelArn, requestId: 'aws-3' }));
  await delivery.flush();

  const event = {
    account_id: '222222222222',
    region: 'eu-central-1',
    event_id: expect.any(String),
    event_name: 'InvokeModel',
    event_time: '2026-11-02T23:59:59Z',
    request_id: 'aws-1',
    role_session_name: 'acme.usr_anna',
    tenant_id: 'acme',
    model_id: 'eu.anthropic.claude-opus-5-5',
    error_code: '',
    day: '2026-11-03',
  };
  expect(await lake.query("select * from cloudtrail where day = '2026-11-03' order by request_id")).toEqual([
    event,
    { ...event, request_id: 'aws-2', error_code: 'ThrottlingException' },
  ]);
  expect(await lake.query("select * from cloudtrail where day = '2026-11-02'")).toEqual([]);
  const invocation = {
    account_id: '222222222222',
    region: 'eu-central-1',
    request_id: 'aws-1',
    timestamp: '2026-11-02T23:59:59Z',
    tenant_id: 'acme',
    agent_request_id: 'r-1',
    model_id: modelArn,
    identity_arn: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.usr_anna',
    input_tokens: 1n,
    output_tokens: 2n,
    cache_read_tokens: 3n,
    cache_write_tokens: 9n,
    day: '2026-11-03',
  };
  expect(await lake.query('select * from invocations order by request_id')).toEqual([
    invocation,
    { ...invocation, request_id: 'aws-3', tenant_id: null, agent_request_id: null },
  ]);
});

it('reads the bill that the Bedrock stand-in wrote, every column as text, and only the month that is asked for', async () => {
  const bill = openDataExport(folder, () => false);
  const usage = { input: 1_000, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  const modelArn = 'arn:aws:bedrock:eu-central-1:222222222222:inference-profile/eu.anthropic.claude-opus-5-5';
  for (const at of [call.at, Date.parse('2026-12-01T00:00:00Z')]) {
    for (const item of lineItemsOf({ ...call, at, usage, modelArn })) bill.add(item);
  }
  await bill.flush();
  expect(await lake.query("select * from cur where billing_period = '2026-11'")).toEqual([
    {
      bill_bill_type: 'Anniversary',
      bill_billing_entity: 'AWS',
      bill_payer_account_id: '222222222222',
      bill_billing_period_start_date: '2026-11-01T00:00:00.000Z',
      bill_billing_period_end_date: '2026-12-01T00:00:00.000Z',
      line_item_usage_account_id: '222222222222',
      line_item_line_item_type: 'Usage',
      line_item_usage_start_date: '2026-11-02T23:00:00.000Z',
      line_item_usage_end_date: '2026-11-03T00:00:00.000Z',
      line_item_product_code: 'AmazonBedrock',
      line_item_usage_type: 'EUC1-Claude5.5Opus-input-tokens',
      line_item_operation: 'InvokeModelInference',
      line_item_usage_amount: '1.0000000000',
      line_item_currency_code: 'USD',
      line_item_unblended_cost: '0.0050000000',
      line_item_iam_principal: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.usr_anna',
      pricing_unit: '1K tokens',
      product_region_code: 'eu-central-1',
      tags: '{}',
      billing_period: '2026-11',
    },
  ]);
  expect(await lake.query('select distinct billing_period from cur order by 1')).toHaveLength(2);
});

it('takes a call of another service in CloudTrail, which names no model', async () => {
  const Records = [{ eventID: 'e', eventName: 'AssumeRole', requestParameters: { roleArn: 'r' }, userIdentity: {} }];
  const key = 'AWSLogs/2/CloudTrail/us-east-1/2026/11/02/2_CloudTrail_us-east-1_20261102T0000Z_x.json.gz';
  write(key, gzipSync(JSON.stringify({ Records })));
  expect(await lake.query('select event_name, model_id, tenant_id, error_code, day from cloudtrail')).toEqual([
    { event_name: 'AssumeRole', model_id: null, tenant_id: null, error_code: '', day: '2026-11-02' },
  ]);
});

it('reads the book with the region of the record and that of its place', async () => {
  const record = { request_id: 'a', tenant_id: 'acme', region: 'eu-central-2', stream: true, input_tokens: 5 };
  write('book/day=2026-11-02/region=eu-central-1/part-1.json', `${JSON.stringify(record)}\n`);
  write('book/day=2026-11-03/region=eu-central-1/part-1.json', `${JSON.stringify(record)}\n`);
  expect(await lake.query("select * from book where day = '2026-11-02'")).toEqual([
    { ...record, input_tokens: 5n, day: '2026-11-02', book_region: 'eu-central-1' },
  ]);
});

it('opens only the files of the day that a query asks for', async () => {
  write('book/day=2026-11-02/region=eu-central-1/part-1.json', '{"request_id":"a"}\n');
  write('book/day=2026-11-03/region=eu-central-1/part-1.json', '{"request_id":"b"}\n');
  const plan = await lake.query("explain analyze select request_id from book where day = '2026-11-02'");
  expect(JSON.stringify(plan)).toMatch(/Total Files Read: 1\b/);
});

it('makes rows of nulls of lines that are no records, and loses no other', async () => {
  const lines = [
    '{"request_id":"a","input_tokens":1}',
    '{"request_id":"b"',
    'x',
    '{"request_id":"c","input_tokens":"many"}',
  ];
  write('usage/dt=2026-11-02/hour=23/part-1.json', `${lines.join('\n')}\n`);
  expect(await lake.query('select request_id, input_tokens from usage order by request_id nulls last')).toEqual([
    { request_id: 'a', input_tokens: 1n },
    { request_id: 'c', input_tokens: null },
    { request_id: null, input_tokens: null },
    { request_id: null, input_tokens: null },
  ]);
});
