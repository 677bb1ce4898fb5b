import type { LimitOverrides } from './limit.ts';
import { REGIONS, type Region } from './region.ts';

declare const tenantIdBrand: unique symbol;
/** One immutable DNS label: host label, slug, JWT claim, STS tag and key prefix are all this one string. */
export type TenantId = string & { readonly [tenantIdBrand]: true };

export const TENANT_STATUSES = ['PROVISIONING', 'ACTIVE', 'SUSPENDED', 'CLOSING', 'CLOSED'] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

export const TIERS = ['TRIAL', 'STANDARD', 'PREMIUM'] as const;
export type Tier = (typeof TIERS)[number];

/** What a tenant will have from an instant on, in ms since the epoch. */
export type ScheduledTier = { readonly tier: Tier; readonly at: number };

/** How far a prompt may travel: the home region alone, its geography, or anywhere Bedrock has capacity. */
export const RESIDENCIES = ['region', 'geo', 'global'] as const;
export type Residency = (typeof RESIDENCIES)[number];

export type Tenant = {
  readonly id: TenantId;
  readonly name: string;
  readonly status: TenantStatus;
  /** What it has bought, until `nextTier` begins: ask `tierAt`. */
  readonly tier: Tier;
  readonly nextTier?: ScheduledTier;
  readonly homeRegion: Region;
  readonly allowedRegions: readonly Region[];
  readonly residency: Residency;
  /** What it has in place of its tier's limits. */
  readonly limits?: LimitOverrides;
  /** Counts up with each change of its grants and rules; kept by the store. */
  readonly rulesVersion?: number;
  /** Why it has its status, in the words of who gave it. */
  readonly statusReason?: string;
  /** What the platform's staff note of it, for themselves. */
  readonly notes?: string;
  /** Counts up with each change; an update names the version that it saw. */
  readonly version: number;
};

/** The tier in force. Every reader of the row asks this, so that all regions change over at one instant, and no job does it. */
export function tierAt({ tier, nextTier }: Pick<Tenant, 'tier' | 'nextTier'>, now: number): Tier {
  return nextTier && now >= nextTier.at ? nextTier.tier : tier;
}

/** The change that is still to come; null when there is none. */
export function scheduledTier({ nextTier }: Pick<Tenant, 'nextTier'>, now: number): ScheduledTier | null {
  return nextTier && now < nextTier.at ? nextTier : null;
}

/** A tenant whose tier changes at an instant, at once when that has come. What was scheduled before is no more. */
export function withTier(tenant: Tenant, { tier, at }: ScheduledTier, now: number): Tenant {
  const { nextTier: _, ...rest } = tenant;
  return at > now ? { ...rest, tier: tierAt(tenant, now), nextTier: { tier, at } } : { ...rest, tier };
}

/** Labels that are ours or that would mislead: never a tenant. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set(
  'www app api admin console proxy origin auth login sso mail status docs help support billing static assets cdn root platform system internal public staff test-tenant localhost'.split(
    ' ',
  ),
);

const LABEL = /^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/;

/**
 * Reads a tenant id: 3 to 32 characters of one lower-case DNS label.
 * `--` is refused because it opens punycode (`xn--`), with which one label can look like another.
 */
export function parseTenantId(text: unknown): TenantId | null {
  if (typeof text !== 'string' || !LABEL.test(text) || text.includes('--') || RESERVED_LABELS.has(text)) return null;
  return text as TenantId;
}

/**
 * The tenant named by a Host header, or null for any other shape.
 * Case, one port and one final dot are forgiven, as DNS forgives them; nothing else is, so that no two readers of one
 * host can disagree. The viewer function has the same rule by hand; a differential test holds the two equal.
 */
export function parseTenantHost(host: string, domain: string): { tenantId: TenantId; host: string } | null {
  const lower = host
    .toLowerCase()
    .replace(/:[0-9]{1,5}$/, '')
    .replace(/\.$/, '');
  const suffix = `.proxy.${domain}`;
  if (!lower.endsWith(suffix)) return null;
  const tenantId = parseTenantId(lower.slice(0, -suffix.length));
  return tenantId && { tenantId, host: lower };
}

/** What the edge knows of a tenant: the value stored under its id in the KeyValueStore (at most 1,024 characters). */
export type EdgeTenant = { readonly home: Region; readonly regions: readonly Region[]; readonly status: TenantStatus };

/** Each region once: a list that says one a hundred times would make an entry that the store does not take. */
export function toEdgeTenant(tenant: Tenant): EdgeTenant {
  return { home: tenant.homeRegion, regions: [...new Set(tenant.allowedRegions)], status: tenant.status };
}

/** In an entry: the store has 5 MB for all tenants, and whole names would fill it before there are 40,000. */
const REGION_CODES = {
  'eu-central-1': 'euc1',
  'eu-central-2': 'euc2',
  'us-east-1': 'use1',
} as const satisfies Record<Region, string>;

/** All of one length, as the padded list of regions is: no change makes an entry longer, and a suspension fits into a full store. */
const STATUS_CODES = {
  PROVISIONING: 'P',
  ACTIVE: 'A',
  SUSPENDED: 'S',
  CLOSING: 'E',
  CLOSED: 'C',
} as const satisfies Record<TenantStatus, string>;

const LONGEST_LIST = Object.values(REGION_CODES).join(' ').length;

/** An entry as it is stored, `{"h":"euc1","r":"euc1 use1     ","s":"A"}`: home, regions, status; the same length for every tenant. */
export function encodeEdgeTenant({ home, regions, status }: EdgeTenant): string {
  const codes = regions.map((region) => REGION_CODES[region]);
  const r = codes.join(' ').padEnd(LONGEST_LIST);
  return JSON.stringify({ h: REGION_CODES[home], r, s: STATUS_CODES[status] });
}

/** Reads a KeyValueStore value; null when it is damaged, which the caller must treat as a missing entry and never as a default. */
export function decodeEdgeTenant(text: string): EdgeTenant | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { h, r, s } = value as Record<string, unknown>;
  if (typeof r !== 'string') return null;
  const home = regionOf(h);
  const list = r.trimEnd();
  const regions = list === '' ? [] : list.split(' ').map(regionOf);
  const known = regions.filter((region) => region !== undefined);
  const status = TENANT_STATUSES.find((one) => STATUS_CODES[one] === s);
  return home && status && known.length === regions.length ? { home, regions: known, status } : null;
}

function regionOf(code: unknown): Region | undefined {
  return REGIONS.find((region) => REGION_CODES[region] === code);
}
