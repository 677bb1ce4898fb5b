import type { CallerType } from './caller.ts';
import type { ThrottledBy } from './refusal.ts';
import type { Region } from './region.ts';
import { no, ok, type Result } from './result.ts';
import type { TenantId, Tier } from './tenant.ts';

/** The five token classes that are priced apart. INPUT excludes everything that a cache read or wrote. */
export type TokenCounts = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
};

export const TOKEN_CLASSES = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** Nano-USD by token class. */
export type TokenCosts = Readonly<Record<TokenClass, bigint>>;

export const NO_TOKENS: TokenCounts = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

/**
 * How a request that reached Bedrock ended. COMPLETED: the final usage was seen. PARTIAL: the answer broke off; the counts
 * are the last that Bedrock told, and the flag `usage_unknown` says that it told none. UPSTREAM_ERROR: Bedrock refused it, nothing was used.
 * REFUSED: a limit refused it after its intent was written; it never reached Bedrock and has no usage record.
 * ORPHAN: its process died before it could tell; the counts are the reservation's, until the invocation log is read.
 */
export const OUTCOMES = ['COMPLETED', 'PARTIAL', 'UPSTREAM_ERROR', 'ORPHAN', 'REFUSED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Written before Bedrock is called: the promise that this request will be settled. Times are ms since the epoch. */
export type Intent = {
  readonly requestId: string;
  readonly tenantId: TenantId;
  readonly identityId: string;
  readonly callerType: CallerType;
  readonly keyId?: string;
  /** Of the secret that the key was presented with: a key has two while a rotation overlaps. */
  readonly keyFingerprint?: string;
  readonly model: string;
  readonly bedrockModelId: string;
  readonly region: Region;
  /** The tenant's when it started; absent of requests from before tiers were noted. */
  readonly tier?: Tier;
  readonly stream: boolean;
  /** Claude Code's session, for cost per session; client-made, so never an identity. */
  readonly sessionId?: string;
  /** Claude Code's agent in that session, and the one that started it; client-made too. */
  readonly agentId?: string;
  readonly parentAgentId?: string;
  /** 32 hex digits of the caller's distributed trace, or of one that began here; absent of requests before there were any. */
  readonly traceId?: string;
  readonly startedAt: number;
  /** What it holds at the gates of its tenant, user and key when it starts. */
  readonly reserved: Reservation;
};

/** Money in nano-USD at the prices in force when the request started, and the tokens it stands for. */
export type Reservation = { readonly nanoUsd: bigint; readonly inputTokens: number; readonly outputTokens: number };

/** How it ended, once: the book. Only an ORPHAN's estimate is ever replaced, by the truth, and only once. */
export type Settlement = {
  readonly outcome: Outcome;
  readonly tokens: TokenCounts;
  /**
   * What the tokens cost by the book of charges, in nano-USD, as the budgets count it; of a call that we cut off before
   * its tokens were told, all that it held. The invoice is rated anew.
   */
  readonly nanoUsd: bigint;
  /** `nanoUsd` by token class, to the last of them. Absent of an ORPHAN: whoever sweeps knows no price. */
  readonly costs?: TokenCosts;
  /** Answered with 429: by the tenant's own limits (REFUSED), or by the capacity that it shares (UPSTREAM_ERROR). */
  readonly throttledBy?: ThrottledBy;
  readonly bedrockRequestId?: string;
  readonly stopReason?: string;
  /** What finance should look at: `cache_split_missing`, `metrics_disagree`, `usage_unknown` (it may have used tokens; none were told), `output_estimated` (by what flowed), `cut_off` (we ended it), `orphan` (estimated by the sweeper), `not_charged` (the platform's own call). */
  readonly flags: readonly string[];
  readonly firstByteAt?: number;
  readonly settledAt: number;
  /** Nano-USD of the ORPHAN's estimate that stood in its place until its slow process settled after all: a second revision. */
  readonly replaced?: bigint;
};

/** Whether two settlements say the same of everything, in whatever order their fields stand. */
export function sameSettlement(one: Settlement, other: Settlement): boolean {
  const written = (settlement: Settlement): string =>
    JSON.stringify(settlement, (_, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`;
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
  return written(one) === written(other);
}

/**
 * Usage record, version 1: the one shape from the regional function to the invoice. Flat, snake_case, no arrays, fixed
 * order: it is at once an EMF line, a Firehose record and a row of the table `usage`.
 */
export type UsageRecord = {
  readonly record: 'usage';
  readonly version: 1;
  readonly request_id: string;
  readonly attempt: number;
  readonly revision: number;
  readonly tenant_id: string;
  readonly identity_id: string;
  readonly caller_type: string;
  readonly key_id: string;
  readonly session_id: string;
  readonly agent_id: string;
  readonly parent_agent_id: string;
  readonly trace_id: string;
  readonly model: string;
  readonly bedrock_model_id: string;
  readonly bedrock_request_id: string;
  readonly region: string;
  /** The tenant's when the request started: prices may hang on it. Empty where it was not noted. */
  readonly tier: string;
  readonly stream: boolean;
  readonly outcome: Outcome;
  readonly stop_reason: string;
  readonly flags: string;
  /** ms since the epoch, UTC. */
  readonly started_at: number;
  readonly first_byte_at: number;
  readonly settled_at: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_5m_tokens: number;
  readonly cache_write_1h_tokens: number;
};

/** Column types of the lake's table `usage`, in the record's own order (SQL that Athena and DuckDB both take). */
export const USAGE_COLUMNS: Readonly<Record<keyof UsageRecord, 'varchar' | 'bigint' | 'boolean'>> = {
  record: 'varchar',
  version: 'bigint',
  request_id: 'varchar',
  attempt: 'bigint',
  revision: 'bigint',
  tenant_id: 'varchar',
  identity_id: 'varchar',
  caller_type: 'varchar',
  key_id: 'varchar',
  session_id: 'varchar',
  agent_id: 'varchar',
  parent_agent_id: 'varchar',
  trace_id: 'varchar',
  model: 'varchar',
  bedrock_model_id: 'varchar',
  bedrock_request_id: 'varchar',
  region: 'varchar',
  tier: 'varchar',
  stream: 'boolean',
  outcome: 'varchar',
  stop_reason: 'varchar',
  flags: 'varchar',
  started_at: 'bigint',
  first_byte_at: 'bigint',
  settled_at: 'bigint',
  input_tokens: 'bigint',
  output_tokens: 'bigint',
  cache_read_tokens: 'bigint',
  cache_write_5m_tokens: 'bigint',
  cache_write_1h_tokens: 'bigint',
};

export function usageRecord(intent: Intent, settlement: Settlement): UsageRecord {
  return {
    record: 'usage',
    version: 1,
    request_id: intent.requestId,
    attempt: 1,
    revision: settlement.replaced === undefined ? 1 : 2,
    tenant_id: intent.tenantId,
    identity_id: intent.identityId,
    caller_type: intent.callerType,
    key_id: intent.keyId ?? '',
    session_id: intent.sessionId ?? '',
    agent_id: intent.agentId ?? '',
    parent_agent_id: intent.parentAgentId ?? '',
    trace_id: intent.traceId ?? '',
    model: intent.model,
    bedrock_model_id: intent.bedrockModelId,
    bedrock_request_id: settlement.bedrockRequestId ?? '',
    region: intent.region,
    tier: intent.tier ?? '',
    stream: intent.stream,
    outcome: settlement.outcome,
    stop_reason: settlement.stopReason ?? '',
    flags: settlement.flags.join(' '),
    started_at: intent.startedAt,
    first_byte_at: settlement.firstByteAt ?? 0,
    settled_at: settlement.settledAt,
    input_tokens: settlement.tokens.input,
    output_tokens: settlement.tokens.output,
    cache_read_tokens: settlement.tokens.cacheRead,
    cache_write_5m_tokens: settlement.tokens.cacheWrite5m,
    cache_write_1h_tokens: settlement.tokens.cacheWrite1h,
  };
}

/**
 * The record as one line of CloudWatch's embedded metric format. Tenant and model are dimensions; request, user and key
 * are properties alone, because each distinct dimension value is a metric that is paid for.
 */
export function usageLine(record: UsageRecord): string {
  const metrics = [
    'input_tokens',
    'output_tokens',
    'cache_read_tokens',
    'cache_write_5m_tokens',
    'cache_write_1h_tokens',
  ];
  return JSON.stringify({
    _aws: {
      Timestamp: record.settled_at,
      CloudWatchMetrics: [
        {
          Namespace: 'AgentRunner',
          Dimensions: [['tenant_id', 'model']],
          Metrics: metrics.map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    ...record,
  });
}

/** Reads a log line back: the record without its metric envelope, or null when the line is no usage record. */
export function parseUsageLine(line: string): UsageRecord | null {
  if (!line.startsWith('{"_aws":')) return null;
  const value = parseObject(line);
  if (!value) return null;
  const { _aws, ...record } = value;
  const read = readRecord(record);
  return read.ok ? read.value : null;
}

/** Reads a line of the lake: a usage record, or what is wrong with it, in words that name the column. */
export function parseUsageRecord(line: string): Result<UsageRecord, string> {
  const value = parseObject(line);
  return value ? readRecord(value) : no('it is no JSON object');
}

/** No request uses so many tokens of one class: a record that says so is damaged, and would be an invoice. */
export const MOST_TOKENS = 100_000_000;

function readRecord(record: Readonly<Record<string, unknown>>): Result<UsageRecord, string> {
  if (record['record'] !== 'usage' || record['version'] !== 1) return no('it is no usage record of version 1');
  for (const [column, type] of Object.entries(USAGE_COLUMNS)) {
    const why = faultOf(column, type, record[column]);
    if (why) return no(`${column} ${why}`);
  }
  if (!OUTCOMES.some((one) => one === record['outcome'])) return no(`outcome is ${record['outcome']}, which is none`);
  return ok(record as UsageRecord);
}

function faultOf(column: string, type: 'varchar' | 'bigint' | 'boolean', field: unknown): string | null {
  switch (type) {
    case 'varchar':
      if (typeof field !== 'string') return 'is no text';
      return field === '' && NAMES.includes(column) ? 'is empty' : null;
    case 'boolean':
      return typeof field === 'boolean' ? null : 'is neither true nor false';
    case 'bigint':
      if (typeof field !== 'number' || !Number.isSafeInteger(field)) return 'is no whole number';
      if (field < (AT_LEAST_ONE.includes(column) ? 1 : 0)) return `is ${field}`;
      return column.endsWith('_tokens') && field > MOST_TOKENS ? `is ${field}: no request uses so many` : null;
  }
}

const NAMES: readonly string[] = ['request_id', 'tenant_id'] satisfies (keyof UsageRecord)[];
const AT_LEAST_ONE: readonly string[] = [
  'attempt',
  'revision',
  'started_at',
  'settled_at',
] satisfies (keyof UsageRecord)[];

function parseObject(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
