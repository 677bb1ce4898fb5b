import { auditId, MEMBER, NOW, STAFF, TENANT, TENANT_ADMIN } from './seed.ts';

/** One question that a screen of the console asks, and who asks it. */
export type ConsoleQuery = {
  readonly name: string;
  readonly by: 'tenant admin' | 'tenant member' | 'staff';
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /**
   * The most read units that one may consume, the caller's own row and bucket among them. A page that is dearer asks for
   * more than it shows.
   */
  readonly maxReadUnits: number;
};

/** The subject of each caller's token. */
export const CALLERS = { 'tenant admin': TENANT_ADMIN, 'tenant member': MEMBER, staff: STAFF } as const;

const FIRST = 20;
const DAY_MS = 86_400_000;
const PAGE = 'pageInfo { hasNextPage endCursor }';
const LIMITS =
  '{ requestsPerMinute tokensPerMinute requestsPerDay concurrentStreams budget { monthlyUsd enforcement } }';
const AUDIT = `nodes { id at actor { kind id } action targetType targetId outcome reason changes { field before after } } ${PAGE}`;
const PRICE =
  'book effectiveFrom inputPerMillionUsd outputPerMillionUsd cacheReadPerMillionUsd cacheWrite5mPerMillionUsd cacheWrite1hPerMillionUsd';
const COUNTS =
  'requests errors partial refused inputTokens outputTokens cacheReadTokens cacheWrite5mTokens cacheWrite1hTokens costUsd';

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const LAST_30_DAYS = { from: day(NOW - 29 * DAY_MS), to: day(NOW), grain: 'DAY' };
const slug = TENANT;
/** A list of the tenant's: one page of what its table shows. */
const list = (field: string, nodes: string): string =>
  `query($slug: String!, $first: Int!) { tenant(slug: $slug) { id ${field}(first: $first) { nodes { ${nodes} } ${PAGE} } } }`;
const USAGE = `query($slug: String!, $usage: UsageInput!) {
  tenant(slug: $slug) { usage(input: $usage) {
    series { userId apiKeyId model region points { start counts { ${COUNTS} } } totals { ${COUNTS} } }
    totals { ${COUNTS} } asOf
  } }
}`;
const TRAIL = `query($slug: String!, $first: Int!, $filter: AuditFilter) {
  tenant(slug: $slug) { auditEvents(first: $first, filter: $filter) { ${AUDIT} } }
}`;
const KEYS =
  'id name status expiresAt version owner { id displayName } lastUse { at model } secrets { fingerprint validUntil lastUsedAt } ownLimits ';
const page = { slug, first: FIRST };

/** What the screens ask: each screen's main query, and the filters of the audit trail one by one. */
export const CONSOLE_QUERIES: readonly ConsoleQuery[] = [
  {
    name: 'overview',
    by: 'tenant admin',
    document: `query($slug: String!, $usage: UsageInput!) {
      viewer { identityId role tenant { slug } user { displayName } }
      tenant(slug: $slug) {
        id name status tier residency homeRegion allowedRegions proxyUrl version
        limits ${LIMITS}
        budget { budget { monthlyUsd enforcement } committedUsd asOf }
        killSwitch { on reason regions { region on } }
        usage(input: $usage) { series { model totals { ${COUNTS} } } totals { ${COUNTS} } asOf }
      }
    }`,
    variables: { slug, usage: { ...LAST_30_DAYS, groupBy: ['MODEL'] } },
    maxReadUnits: 500,
  },
  {
    name: 'usage of 30 days by user',
    by: 'tenant admin',
    document: USAGE,
    variables: { slug, usage: { ...LAST_30_DAYS, groupBy: ['USER'] } },
    maxReadUnits: 500,
  },
  {
    name: 'usage of 30 days by model and region',
    by: 'tenant admin',
    document: USAGE,
    variables: { slug, usage: { ...LAST_30_DAYS, groupBy: ['MODEL', 'REGION'] } },
    maxReadUnits: 500,
  },
  {
    name: 'users',
    by: 'tenant admin',
    document: list('users', `id email displayName role status invitedAt version ownLimits ${LIMITS}`),
    variables: page,
    maxReadUnits: 40,
  },
  {
    name: 'keys',
    by: 'tenant admin',
    document: list('apiKeys', KEYS + LIMITS),
    variables: page,
    maxReadUnits: 60,
  },
  {
    name: 'own keys',
    by: 'tenant member',
    document: list('apiKeys', KEYS + LIMITS),
    variables: page,
    maxReadUnits: 60,
  },
  {
    name: 'grants',
    by: 'tenant admin',
    document: list('grants', 'id subject { kind userId apiKeyId } model regions effect validFrom validUntil'),
    variables: page,
    maxReadUnits: 10,
  },
  {
    name: 'machine clients',
    by: 'tenant admin',
    document: list('machineClients', 'id clientId name scopes expiresAt revokedAt'),
    variables: page,
    maxReadUnits: 10,
  },
  { name: 'audit', by: 'tenant admin', document: TRAIL, variables: page, maxReadUnits: 10 },
  {
    name: 'audit of one day',
    by: 'tenant admin',
    document: TRAIL,
    variables: { ...page, filter: { from: iso(NOW - 2 * DAY_MS), to: iso(NOW - DAY_MS) } },
    maxReadUnits: 10,
  },
  {
    name: 'audit, a filter that matches nothing',
    by: 'tenant admin',
    // Between two entries that stand in the middle of the trail.
    document: TRAIL,
    variables: { ...page, filter: { from: iso(NOW - DAY_MS + 1), to: iso(NOW - DAY_MS + 1_000) } },
    maxReadUnits: 5,
  },
  {
    name: 'one entry of the audit',
    by: 'tenant admin',
    document: `query($id: ID!) { node(id: $id) { id ... on AuditEvent {
      at actor { kind id } action targetType targetId outcome reason requestId changes { field before after } } } }`,
    variables: { id: `aud_${TENANT}:${auditId(7)}` },
    maxReadUnits: 5,
  },
  {
    name: 'models with prices',
    by: 'tenant admin',
    document: `query($first: Int!) { models(first: $first) { nodes {
      id modelId displayName aliases enabled contextWindow maxOutputTokens profiles { region reach } prices { ${PRICE} }
    } ${PAGE} } }`,
    variables: { first: FIRST },
    maxReadUnits: 40,
  },
  {
    name: 'tenants',
    by: 'staff',
    document: `query($first: Int!) { tenants(first: $first) { nodes {
      id slug name status statusReason tier homeRegion version
      budget { budget { monthlyUsd } committedUsd } killSwitch { on reason setBy setAt }
    } ${PAGE} } }`,
    variables: { first: FIRST },
    maxReadUnits: 45,
  },
  {
    name: 'platform audit',
    by: 'staff',
    document: `query($first: Int!) { platformAuditEvents(first: $first) { ${AUDIT} } }`,
    variables: { first: FIRST },
    maxReadUnits: 10,
  },
  {
    name: 'kill switches',
    by: 'staff',
    document: '{ killSwitches { scope targetId on reason setBy setAt regions { region on } } }',
    variables: {},
    maxReadUnits: 10,
  },
];

function iso(at: number): string {
  return new Date(at).toISOString();
}
