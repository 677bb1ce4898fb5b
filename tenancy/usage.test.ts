import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALLER_TYPES } from './caller.ts';
import { REGIONS } from './region.ts';
import { parseTenantId } from './tenant.ts';
import {
  type Intent,
  MOST_TOKENS,
  OUTCOMES,
  parseUsageLine,
  parseUsageRecord,
  type Settlement,
  USAGE_COLUMNS,
  usageLine,
  usageRecord,
} from './usage.ts';

const intent: Intent = {
  requestId: '019aa8c1-7e00-7d3a-9c41-5b2f8e6a1c90',
  tenantId: parseTenantId('acme')!,
  identityId: 'usr_anna',
  callerType: 'user',
  model: 'claude-opus-5-5',
  bedrockModelId: 'eu.anthropic.claude-opus-5-5',
  region: 'eu-central-1',
  stream: true,
  startedAt: 1000,
  reserved: { nanoUsd: 1_000_000n, inputTokens: 100, outputTokens: 4_096 },
};
const settlement: Settlement = {
  outcome: 'COMPLETED',
  nanoUsd: 12_345n,
  tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
  flags: [],
  settledAt: 3000,
};
const line = usageLine(usageRecord(intent, settlement));

const count = fc.nat({ max: MOST_TOKENS });
const instant = fc.integer({ min: 1, max: 8.64e15 });
const optional = { requiredKeys: [] as [] };
const records = fc
  .tuple(
    fc.record({
      callerType: fc.constantFrom(...CALLER_TYPES),
      region: fc.constantFrom(...REGIONS),
      stream: fc.boolean(),
    }),
    fc.record({ keyId: fc.string(), sessionId: fc.string({ unit: 'grapheme' }) }, optional),
    fc.record({
      outcome: fc.constantFrom(...OUTCOMES),
      flags: fc.array(fc.stringMatching(/^[a-z_]+$/), { maxLength: 3 }),
      tokens: fc.record({ input: count, output: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count }),
      settledAt: instant,
    }),
    fc.record({ bedrockRequestId: fc.string(), stopReason: fc.string(), firstByteAt: instant }, optional),
  )
  .map(([one, keys, ended, more]) => usageRecord({ ...intent, ...one, ...keys }, { ...settlement, ...ended, ...more }));

describe('a usage record', () => {
  it('is the intent and the settlement, flat, and empty where nothing is known', () => {
    expect(usageRecord(intent, settlement)).toEqual({
      record: 'usage',
      version: 1,
      request_id: '019aa8c1-7e00-7d3a-9c41-5b2f8e6a1c90',
      attempt: 1,
      revision: 1,
      tenant_id: 'acme',
      identity_id: 'usr_anna',
      caller_type: 'user',
      key_id: '',
      session_id: '',
      agent_id: '',
      parent_agent_id: '',
      trace_id: '',
      model: 'claude-opus-5-5',
      bedrock_model_id: 'eu.anthropic.claude-opus-5-5',
      bedrock_request_id: '',
      region: 'eu-central-1',
      tier: '',
      stream: true,
      outcome: 'COMPLETED',
      stop_reason: '',
      flags: '',
      started_at: 1000,
      first_byte_at: 0,
      settled_at: 3000,
      input_tokens: 1,
      output_tokens: 2,
      cache_read_tokens: 3,
      cache_write_5m_tokens: 4,
      cache_write_1h_tokens: 5,
    });
  });

  it('carries every optional field that is known', () => {
    const whole = usageRecord(
      {
        ...intent,
        callerType: 'api_key',
        keyId: 'k3jD8sQ0aZ',
        sessionId: 's-1',
        agentId: 'a-1',
        parentAgentId: 'a-0',
        traceId: 't-1',
      },
      { ...settlement, bedrockRequestId: 'b-1', stopReason: 'end_turn', flags: ['a', 'b'], firstByteAt: 2000 },
    );
    expect(whole).toMatchObject({
      caller_type: 'api_key',
      key_id: 'k3jD8sQ0aZ',
      session_id: 's-1',
      agent_id: 'a-1',
      parent_agent_id: 'a-0',
      trace_id: 't-1',
      bedrock_request_id: 'b-1',
      stop_reason: 'end_turn',
      flags: 'a b',
      first_byte_at: 2000,
    });
  });

  it("has the lake's columns in the lake's order", () => {
    expect(Object.keys(usageRecord(intent, settlement))).toEqual(Object.keys(USAGE_COLUMNS));
  });
});

describe('a usage line', () => {
  it('is one line that CloudWatch takes for metrics of tenant and model alone', () => {
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)._aws).toEqual({
      Timestamp: 3000,
      CloudWatchMetrics: [
        {
          Namespace: 'AgentRunner',
          Dimensions: [['tenant_id', 'model']],
          Metrics: [
            'input_tokens',
            'output_tokens',
            'cache_read_tokens',
            'cache_write_5m_tokens',
            'cache_write_1h_tokens',
          ].map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    });
  });

  it('is read back as the record that it was', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(parseUsageLine(usageLine(record))).toEqual(record);
      }),
      { seed: 71, numRuns: 500 },
    );
  });

  const changed = (change: Record<string, unknown>) => JSON.stringify({ ...JSON.parse(line), ...change });
  it.each<[string, string]>([
    ['another log line', 'START RequestId: 1'],
    ['nothing', ''],
    ['a line cut off', line.slice(0, -3)],
    ["another function's metrics", '{"_aws":{},"latency":3}'],
    ['a record without its envelope', JSON.stringify(usageRecord(intent, settlement))],
    ['another record', changed({ record: 'audit' })],
    ['another version', changed({ version: 2 })],
    ['a version as text', changed({ version: '1' })],
    ['a count as text', changed({ input_tokens: '1' })],
    ['a negative count', changed({ output_tokens: -1 })],
    ['more tokens than a request can use', changed({ output_tokens: 100_000_001 })],
    ['a request without an id', changed({ request_id: '' })],
    ['nobody’s', changed({ tenant_id: '' })],
    ['revision 0', changed({ revision: 0 })],
    ['a fraction', changed({ cache_read_tokens: 0.5 })],
    ['a count that a number cannot hold', changed({ cache_write_1h_tokens: 2 ** 53 })],
    ['a missing count', changed({ cache_write_5m_tokens: undefined })],
    ['a missing tenant', changed({ tenant_id: undefined })],
    ['a tenant that is no text', changed({ tenant_id: 7 })],
    ['a flag that is no truth value', changed({ stream: 'true' })],
    ['an unknown outcome', changed({ outcome: 'FINE' })],
  ])('is none when it is %s', (_, text) => {
    expect(parseUsageLine(text)).toBeNull();
  });

  it('is told what is wrong with it, by the column', () => {
    const reasonOf = (text: string) => {
      const read = parseUsageRecord(text);
      return read.ok ? null : read.reason;
    };
    const record = usageRecord(intent, settlement);
    expect(parseUsageRecord(JSON.stringify(record))).toEqual({ ok: true, value: record });
    expect(reasonOf('{')).toBe('it is no JSON object');
    expect(reasonOf('null')).toBe('it is no JSON object');
    expect(reasonOf(JSON.stringify({ ...record, record: 'audit' }))).toBe('it is no usage record of version 1');
    expect(reasonOf(JSON.stringify({ ...record, cache_read_tokens: 1.5 }))).toBe(
      'cache_read_tokens is no whole number',
    );
    expect(reasonOf(JSON.stringify({ ...record, attempt: 0 }))).toBe('attempt is 0');
    expect(reasonOf(JSON.stringify({ ...record, outcome: 'FINE' }))).toBe('outcome is FINE, which is none');
  });
});
