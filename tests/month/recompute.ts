import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { type ListPrice, TOKEN_KINDS, type TokenKind } from './price-list.ts';

/**
 * What a month must come to, worked out a second time from AWS's side alone: CloudTrail, the model invocation log, and the
 * Bedrock stand-in's own log of what it was asked. It shares no code with the platform: its own reading of the price lists,
 * its own arithmetic, its own rounding. Where both agree, a fault would have to have been made twice.
 */
export type Facts = {
  /** The folder that has `AWSLogs`. */
  readonly lake: string;
  /** The stand-in's own log, JSON lines: the one place that tells the two kinds of cache writes apart. */
  readonly log: string;
  readonly prices: readonly ListPrice[];
  /** From when on (ms) a tenant was of a tier, in the order of time; none: prices of a tier are not for it. */
  readonly tiers: readonly { readonly tenant: string; readonly tier: string; readonly from: number }[];
  /** Requests of ours whose process died: their cache writes count as the cheaper kind, for only their sum is known to us. */
  readonly killed: ReadonlySet<string>;
};

export type Amount = {
  readonly tokens: Record<TokenKind, bigint>;
  /** Nano-USD by kind of token, of each book. */
  readonly charge: Record<TokenKind, bigint>;
  readonly cost: Record<TokenKind, bigint>;
  /** Ids of our requests. */
  readonly requests: Set<string>;
};

export type Recomputed = {
  /** By tenant, then by day. */
  readonly days: ReadonlyMap<string, ReadonlyMap<string, Amount>>;
  /** By tenant: the month in micro-USD, rounded once. */
  readonly meter: ReadonlyMap<string, bigint>;
  /** Calls that ran a model. */
  readonly calls: number;
  /** Calls that ran, and that AWS's own logs have not: ids that CloudTrail and the invocation log lack. */
  readonly untrailed: number;
  readonly unlogged: number;
};

type Tokens = Readonly<Record<TokenKind, number>>;
type Call = {
  readonly tenant: string;
  readonly identity: string;
  readonly requestId: string;
  readonly region: string;
  readonly model: string;
  /** Absent of a call that was refused. */
  readonly usage?: Tokens;
};
type Logged = Pick<Tokens, 'input' | 'output' | 'cacheRead'> & { readonly cacheWrite: number; readonly tenant: string };

/** @throws Error for logs that contradict each other: then nothing can be said */
export async function recompute(facts: Facts): Promise<Recomputed> {
  const [trailed, logged] = [readTrail(facts.lake), readInvocations(facts.lake)];
  const days = new Map<string, Map<string, Amount>>();
  let [calls, untrailed, unlogged] = [0, 0, 0];
  const known = new Set<string>();
  for await (const [id, call] of readOwnLog(facts.log)) {
    const at = startOf(call.requestId);
    const day = new Date(at).toISOString().slice(0, 10);
    const ofTenant = days.get(call.tenant) ?? new Map<string, Amount>();
    const amount = ofTenant.get(day) ?? nothing();
    days.set(call.tenant, ofTenant.set(day, amount));
    amount.requests.add(call.requestId);
    if (!call.usage) continue;
    known.add(id);
    calls += 1;
    if (!trailed.has(id)) untrailed += 1;
    const aws = logged.get(id);
    if (!aws) unlogged += 1;
    add(facts, amount, call, aws ? merged(id, call, call.usage, aws, facts.killed) : call.usage, at);
  }
  for (const id of [...trailed, ...logged.keys()]) {
    if (!known.has(id)) throw new Error(`AWS's logs have ${id}, which Bedrock was never asked`);
  }
  const meter = new Map([...days].map(([tenant, all]) => [tenant, microUsd(sumOf(all.values()))]));
  return { days, meter, calls, untrailed, unlogged };
}

/** AWS's own counts, with its sum of cache writes split as the stand-in knows it. */
function merged(
  id: string,
  { tenant, requestId }: Call,
  { cacheWrite5m, cacheWrite1h }: Tokens,
  { cacheWrite, tenant: told, ...aws }: Logged,
  killed: Facts['killed'],
): Tokens {
  if (cacheWrite5m + cacheWrite1h !== cacheWrite || tenant !== told) throw new Error(`two logs differ in ${id}`);
  if (killed.has(requestId)) return { ...aws, cacheWrite5m: cacheWrite, cacheWrite1h: 0 };
  return { ...aws, cacheWrite5m, cacheWrite1h };
}

function add({ prices, tiers }: Facts, amount: Amount, call: Call, tokens: Tokens, at: number): void {
  const tier = tiers.findLast((one) => one.tenant === call.tenant && one.from <= at)?.tier;
  const [charge, cost] = (['charge', 'cost'] as const).map((book) => priceOf(prices, book, call, tier, at));
  for (const kind of TOKEN_KINDS) {
    const count = BigInt(tokens[kind]);
    amount.tokens[kind] += count;
    // The platform's own call of a new hostname costs the tenant nothing.
    if (call.identity !== 'provisioning') amount.charge[kind] += count * nanoUsd(charge?.usdPerMillion[kind]);
    amount.cost[kind] += count * nanoUsd(cost?.usdPerMillion[kind]);
  }
}

/** The most narrow scope that had begun decides; within it the price that began last. */
function priceOf(
  prices: readonly ListPrice[],
  book: string,
  { model, region }: Call,
  tier: string | undefined,
  at: number,
): ListPrice | undefined {
  let best: ListPrice | undefined;
  const width = (one: ListPrice) => (one.region ? 0 : 2) + (one.tier ? 0 : 1);
  for (const one of prices) {
    if (one.model !== model || one.book !== book || Date.parse(one.from) > at) continue;
    if ((one.region && one.region !== region) || (one.tier && one.tier !== tier)) continue;
    const isBetter = !best || width(one) < width(best) || (width(one) === width(best) && one.from > best.from);
    if (isBetter) best = one;
  }
  return best;
}

/** USD for a million tokens, to three decimals and without the point, are the nano-USD of one token. */
function nanoUsd(usd: string | undefined): bigint {
  const [, whole, decimals = ''] = /^(\d+)(?:\.(\d{1,3}))?$/.exec(usd ?? '') ?? [];
  if (whole === undefined) throw new Error(`${usd} is no price`);
  return BigInt(whole + decimals.padEnd(3, '0'));
}

/** Halves go to the even micro-USD. */
function microUsd(nano: bigint): bigint {
  const [down, rest] = [nano / 1_000n, nano % 1_000n];
  if (rest === 500n) return down + (down & 1n);
  return rest > 500n ? down + 1n : down;
}

export function sumOf(days: Iterable<Amount>, book: 'charge' | 'cost' = 'charge'): bigint {
  let sum = 0n;
  for (const day of days) for (const kind of TOKEN_KINDS) sum += day[book][kind];
  return sum;
}

/** Our request id says when the request began: the first 48 bits of a UUID version 7 are that ms. */
function startOf(requestId: string): number {
  return Number.parseInt(requestId.replace('-', '').slice(0, 12), 16);
}

function nothing(): Amount {
  const zero = () => ({ input: 0n, output: 0n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n });
  return { tokens: zero(), charge: zero(), cost: zero(), requests: new Set() };
}

type OwnLine = {
  readonly requestId: string;
  readonly path: string;
  readonly modelId?: string;
  readonly region?: string;
  readonly roleSessionName?: string;
  readonly requestMetadata?: Readonly<Record<string, string>>;
  readonly usage?: Tokens;
};

async function* readOwnLog(file: string): AsyncIterable<readonly [id: string, call: Call]> {
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const line = JSON.parse(text) as OwnLine;
    const { requestId: id, modelId = '', region = '', roleSessionName = '', requestMetadata = {}, usage } = line;
    const requestId = requestMetadata['request_id'];
    // To count tokens costs nothing, and is no request of a bill.
    if (requestId === undefined || line.path.endsWith('/count-tokens')) continue;
    const [tenant = '', identity = ''] = roleSessionName.split('.');
    const [model = ''] = /claude-[a-z]+(-\d+)*$/.exec(modelId) ?? [];
    yield [id, { tenant, identity, requestId, region, model, ...(usage ? { usage } : {}) }];
  }
}

const RAN = ['InvokeModel', 'InvokeModelWithResponseStream', 'Converse', 'ConverseStream'];

/** Ids of the calls that ran a model. */
function readTrail(lake: string): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const text of filesOf(lake, 'CloudTrail')) {
    const { Records } = JSON.parse(text) as {
      Records: { eventName: string; errorCode?: string; requestID: string }[];
    };
    for (const { eventName, errorCode, requestID } of Records) {
      if (RAN.includes(eventName) && errorCode === undefined) ids.add(requestID);
    }
  }
  return ids;
}

type InvocationLine = {
  readonly requestId: string;
  readonly identity: { readonly arn: string };
  readonly input: Readonly<
    Record<'inputTokenCount' | 'cacheReadInputTokenCount' | 'cacheWriteInputTokenCount', number>
  >;
  readonly output: { readonly outputTokenCount: number };
};

function readInvocations(lake: string): ReadonlyMap<string, Logged> {
  const found = new Map<string, Logged>();
  for (const text of filesOf(lake, 'BedrockModelInvocationLogs')) {
    for (const line of text.trimEnd().split('\n')) {
      const { requestId, identity, input, output } = JSON.parse(line) as InvocationLine;
      const session = identity.arn.split('/').at(-1) ?? '';
      found.set(requestId, {
        tenant: session.split('.')[0] ?? '',
        input: input.inputTokenCount,
        output: output.outputTokenCount,
        cacheRead: input.cacheReadInputTokenCount,
        cacheWrite: input.cacheWriteInputTokenCount,
      });
    }
  }
  return found;
}

function* filesOf(lake: string, log: string): Iterable<string> {
  for (const path of readdirSync(join(lake, 'AWSLogs'), { recursive: true, encoding: 'utf8' })) {
    if (path.includes(`/${log}/`) && path.endsWith('.json.gz')) {
      yield gunzipSync(readFileSync(join(lake, 'AWSLogs', path))).toString('utf8');
    }
  }
}
