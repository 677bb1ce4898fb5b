import { REGIONS, type Region } from '../../tenancy/region.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { parseTenantId, type TenantId, TIERS, type Tier } from '../../tenancy/tenant.ts';
import type { TokenCounts } from '../../tenancy/usage.ts';
import { DAY_MS, dayOf, startOfDay } from '../../tenancy/utc-day.ts';
import { MODELS } from './price-list.ts';

/**
 * What befalls a request. lost, doubled, late, damaged: its usage record on the way into the lake. aborted: the answer broke off.
 * killed: its process died, and the invocation log tells what it used, at once or (`untold`) on the next day. throttled: twice,
 * then served; unavailable: for good. limited: by our own limits. own_call: the platform's own. untrailed: CloudTrail never
 * has it. midnight: it began before, and reached AWS after. slow: it is settled 25 hours later.
 */
const FATES = [
  'lost',
  'doubled',
  'late_1h',
  'late_25h',
  'late_3d',
  'damaged',
  'aborted',
  'killed',
  'killed_untold',
  'throttled',
  'unavailable',
  'limited',
  'own_call',
  'untrailed',
  'midnight',
  'slow',
] as const;
export type Fate = (typeof FATES)[number] | 'plain';

export type Call = {
  readonly requestId: string;
  readonly bedrockRequestId: string;
  readonly tenantId: TenantId;
  readonly model: string;
  readonly region: Region;
  readonly tier: Tier;
  /** ms */
  readonly startedAt: number;
  readonly stream: boolean;
  readonly tokens: TokenCounts;
  readonly fate: Fate;
};

export type PlannedTenant = {
  readonly id: TenantId;
  readonly regions: readonly Region[];
  /** In the order of time; the first from before the month. */
  readonly tiers: readonly { readonly tier: Tier; readonly from: number }[];
  /** ms */
  readonly closedAt?: number;
};

/** A month, by its seed: the same again and again. Days are `2026-09-01`, UTC; instants are ms. */
export type Plan = {
  readonly seed: number;
  readonly requests: number;
  readonly days: readonly string[];
  readonly tenants: readonly PlannedTenant[];
  /** Noon of the day on which both books change. */
  readonly priceChange: number;
  /** CloudTrail of a region comes 20 hours late. */
  readonly lateTrail: { readonly day: string; readonly region: Region };
  /** The invocation log of a region never comes. */
  readonly lostLog: { readonly day: string; readonly region: Region };
  /** Every event and every record of AWS's comes twice. */
  readonly doubledLogs: string;
};

const HOUR = 3_600_000;

export function planMonth(size: {
  readonly seed: number;
  readonly tenants: number;
  readonly requests: number;
  readonly days: number;
}): Plan {
  if (size.days < 6 || size.days > 30) throw new RangeError('a month has 6 to 30 days here: September has no more');
  if (size.tenants < 3 || size.tenants > 99) throw new RangeError('3 to 99 tenants');
  const first = startOfDay('2026-09-01');
  const at = (part: number, hours: number) => first + Math.floor(size.days * part) * DAY_MS + hours * HOUR;
  const days = Array.from({ length: size.days }, (_, n) => dayOf(first + n * DAY_MS));
  return {
    seed: size.seed,
    requests: size.requests,
    days,
    tenants: Array.from({ length: size.tenants }, (_, n) => ({
      id: tenantOf(n),
      regions: n % 3 === 0 ? [pick(REGIONS, n), pick(REGIONS, n + 1)] : [pick(REGIONS, n)],
      tiers: [
        { tier: pick(TIERS, n), from: first - DAY_MS },
        ...(n === 1 ? [{ tier: 'PREMIUM' as const, from: at(0.7, 9.5) }] : []),
      ],
      ...(n === 2 ? { closedAt: at(0.5, 15) } : {}),
    })),
    priceChange: at(0.5, 12),
    lateTrail: { day: dayOf(at(0.3, 0)), region: 'eu-central-2' },
    lostLog: { day: dayOf(at(0.6, 0)), region: 'us-east-1' },
    doubledLogs: dayOf(at(0.2, 0)),
  };
}

function tenantOf(n: number): TenantId {
  const id = parseTenantId(`tenant-${String(n + 1).padStart(2, '0')}`);
  return id ?? raise(`tenant ${n} has no name`);
}

/** One day's calls, in the order of their beginning. */
export function callsOf(plan: Plan, day: string): Call[] {
  const number = plan.days.indexOf(day);
  const random = randomOf(plan.seed * 1_000 + number);
  const [{ length: days }, start] = [plan.days, startOfDay(day)];
  const count = Math.floor((plan.requests * (number + 1)) / days) - Math.floor((plan.requests * number) / days);
  // The first and the last moments of a day are left to those that span midnight.
  const times = Array.from({ length: count }, () => start + 1_000 + Math.floor(random() * (DAY_MS - 2_000)));
  const drafts = times
    .sort((a, b) => a - b)
    .map((startedAt, n): Draft => {
      const tenant = pick(plan.tenants, Math.floor(random() * plan.tenants.length));
      const region = pick(tenant.regions, Math.floor(random() * 2));
      const up = (most: number) => Math.floor(random() * most);
      const tokens = { input: 1 + up(9_000), output: 1 + up(4_000), cacheRead: up(30_000), ...writes(random) };
      const more = { model: pick(MODELS, up(3)), stream: random() < 0.8, parts: [up(2 ** 32), up(2 ** 32)] as const };
      return { n, tenant, region, startedAt, tokens, ...more, fate: fateOf(number, n) };
    })
    .filter(({ tenant, startedAt }) => tenant.closedAt === undefined || startedAt < tenant.closedAt);
  return allowed(plan, day, drafts)
    .map((draft): Call => {
      const { n, tenant, parts, fate, ...rest } = draft;
      const startedAt = fate === 'midnight' ? start + DAY_MS - 400 + (n % 300) : draft.startedAt;
      return {
        ...rest,
        startedAt,
        fate,
        tenantId: tenant.id,
        requestId: mintRequestId(startedAt, bytesOf(number, n, parts)),
        bedrockRequestId: uuidOf(number, n, parts),
        tier: tenant.tiers.findLast(({ from }) => from <= startedAt)?.tier ?? raise('a tenant has a tier'),
      };
    })
    .sort((a, b) => a.startedAt - b.startedAt);
}

type Draft = Pick<Call, 'region' | 'model' | 'startedAt' | 'stream' | 'tokens' | 'fate'> & {
  readonly n: number;
  readonly tenant: PlannedTenant;
  readonly parts: readonly [number, number];
};

/** A tenth of all fare otherwise, each fate as often as any other. */
function fateOf(day: number, n: number): Fate {
  return n % 10 === 9 ? pick(FATES, (n - 9) / 10 + day * 5) : 'plain';
}

/** Cache writes of one kind, of the other, of both, or of none. */
function writes(random: () => number): Pick<TokenCounts, 'cacheWrite5m' | 'cacheWrite1h'> {
  const [five, hour] = [random() < 0.5, random() < 0.3];
  return {
    cacheWrite5m: five ? Math.floor(random() * 6_000) : 0,
    cacheWrite1h: hour ? Math.floor(random() * 6_000) : 0,
  };
}

/** Each leaves an id that one side alone has, or two, of the three that may stray. */
const STRAYS: readonly Fate[] = ['untrailed', 'killed_untold'];
const ENOUGH = 4;

/**
 * What would close the gate for good, or leave an estimate on the bill, is for tests of its own: few strays, among others
 * that agree, and nothing for the invocation log to tell where it is lost. One tenant a day has a slow request.
 */
function allowed(plan: Plan, day: string, drafts: readonly Draft[]): Draft[] {
  const isLost = (region: Region, on: string) => plan.lostLog.region === region && plan.lostLog.day === on;
  const tomorrow = dayOf(startOfDay(day) + DAY_MS);
  const placeOf = ({ tenant, region }: Draft) => `${tenant.id} ${region}`;
  const agreeing = Map.groupBy(
    drafts.filter(({ fate }) => fate === 'plain'),
    placeOf,
  );
  const had = new Set<string>();
  const first = (name: string) => !had.has(name) && had.add(name) !== undefined;
  const isAllowed = (one: Draft): boolean => {
    const { fate, region } = one;
    if (fate === 'slow') return first(fate);
    if (fate === 'killed') return !isLost(region, day);
    if (!STRAYS.includes(fate)) return true;
    if (fate === 'killed_untold' && (isLost(region, day) || isLost(region, tomorrow))) return false;
    return (agreeing.get(placeOf(one))?.length ?? 0) >= ENOUGH && first(`${fate} ${placeOf(one)}`);
  };
  return drafts.map((one) => (isAllowed(one) ? one : { ...one, fate: 'plain' }));
}

function pick<One>(all: readonly One[], n: number): One {
  return all[n % all.length] ?? raise('nothing to choose from');
}

function raise(why: string): never {
  throw new Error(why);
}

function bytesOf(day: number, n: number, [high, low]: readonly [number, number]): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt32BE(high, 0);
  bytes.writeUInt32BE(n, 4);
  bytes.writeUInt16BE(low & 0xffff, 8);
  bytes.writeUInt8(day, 4);
  return bytes;
}

/** As Bedrock names a call: a UUID version 4. */
function uuidOf(day: number, n: number, [high, low]: readonly [number, number]): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0').slice(-digits);
  return `${hex(high, 8)}-${hex(day, 4)}-4000-8000-${hex(n, 8)}${hex(low, 4)}`;
}

/** mulberry32: small, fast, and the same everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
