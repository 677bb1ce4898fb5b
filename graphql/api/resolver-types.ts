// Made from schema.graphql by `npm run generate`.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ApiKey } from '../../tenancy/api-key.ts';
import type { AuditEntry } from '../../tenancy/audit.ts';
import type { Budget, Limits } from '../../tenancy/limit.ts';
import type { Grant } from '../../tenancy/grant.ts';
import type { MachineClient, User } from '../../tenancy/user.ts';
import type { Model } from '../../tenancy/model.ts';
import type { Price } from '../../tenancy/price.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { Principal } from './principal.ts';
import type { ViewAs } from '../../tenancy/table/view-as.ts';
import type { Context } from './context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A whole number of any size, as decimal text: `"3000000000"`. Tokens pass 2^31 within a day. */
  BigInt: { input: bigint; output: bigint; }
  /** An exact decimal number as text: `"12.345678901"`. Never a float. */
  Decimal: { input: string; output: string; }
  /** An instant in UTC, ISO 8601 with milliseconds: `2026-11-22T13:45:00.000Z`. */
  DateTime: { input: number; output: number; }
  /** A day in UTC: `2026-11-22`. */
  Date: { input: string; output: string; }
};

/** Who passes. *Own* means: what belongs to the caller's own tenant. *Self* means: what belongs to the caller. */
export type Policy =
  /** Whoever may read the object that this is a part of. */
  | 'PARENT'
  /** Every caller whose token is right. */
  | 'AUTHENTICATED'
  /** Platform staff of any role. */
  | 'PLATFORM_READ'
  /** Platform admins. */
  | 'PLATFORM_WRITE'
  /** Platform staff of any role, and everybody of the tenant. */
  | 'TENANT_READ'
  /** Platform staff of any role, and the tenant's own admins. */
  | 'TENANT_ADMIN_READ'
  /** Platform admins, and the tenant's own admins. */
  | 'TENANT_ADMIN_WRITE'
  /** Platform staff of any role, the tenant's own admins, and the user whom it belongs to. */
  | 'SELF_READ'
  /** Platform admins, the tenant's own admins, and the user whom it belongs to. */
  | 'SELF_WRITE';

/** What has an id that is unique over all types. An id begins with its type: `ten_`, `usr_`, `key_`, `grt_`, `mcl_`, `mdl_`, `aud_`. */
export type Node = {
  /** Typed, and the same for ever. */
  id: Scalars['ID']['output'];
};

/** Where a page of a list ends. */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** Whether there is more after `endCursor`. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Give it as `after` to read on; null on an empty page. */
  endCursor: Maybe<Scalars['String']['output']>;
};

/** What was wrong with a mutation's input, for the person who gave it. Nothing was changed when there is one. */
export type UserError = {
  __typename?: 'UserError';
  /** What kind of mistake it is. */
  code: UserErrorCode;
  /** The input's field, by its path; null when it is the whole input. */
  field: Maybe<Array<Scalars['String']['output']>>;
  /** What is wrong, and the way out. */
  message: Scalars['String']['output'];
};

/** Kinds of mistakes. */
export type UserErrorCode =
  /** A value is not of the form or within the bounds that it must be. */
  | 'INVALID'
  /** What it names does not exist, or is not the caller's to see. */
  | 'NOT_FOUND'
  /** It exists already. */
  | 'TAKEN'
  /** Somebody else has changed it since: read it again, and send its `version`. */
  | 'CONFLICT_VERSION'
  /** This idempotency key was used for another input. */
  | 'IDEMPOTENCY_KEY_REUSED'
  /** A request with this idempotency key is being carried out. */
  | 'IDEMPOTENCY_IN_PROGRESS'
  /** It would give more than the caller, or the tenant, has. */
  | 'BEYOND_OWN'
  /** It would leave the tenant without an admin. */
  | 'LAST_ADMIN'
  /** The state that it is in does not allow it. */
  | 'WRONG_STATE'
  /** There are as many as there may be. */
  | 'LIMIT_REACHED';

/** The caller, as the token says and the platform's own records hold. */
export type Viewer = {
  __typename?: 'Viewer';
  /** A user's or staff member's identity, or a machine client's id. */
  identityId: Scalars['String']['output'];
  /** What the caller is. */
  kind: ViewerKind;
  /** What the caller may do; null for a machine client, which has scopes. */
  role: Maybe<Role>;
  /** Scopes of a machine client; empty for people. */
  scopes: Array<Scalars['String']['output']>;
  /** The caller's tenant; null for platform staff, unless they view as a tenant. */
  tenant: Maybe<Tenant>;
  /** The caller's own user; null for staff and machine clients. */
  user: Maybe<User>;
  /** Set while a staff member looks at a tenant with its admin's eyes. */
  viewingAs: Maybe<ViewAs>;
};

/** Kinds of callers. */
export type ViewerKind =
  /** Somebody of a tenant. */
  | 'USER'
  /** Platform staff. */
  | 'STAFF'
  /** A machine client. */
  | 'MACHINE';

/** What people may do. */
export type Role =
  /** Everything on the platform. */
  | 'PLATFORM_ADMIN'
  /** Reads everything on the platform, changes nothing. */
  | 'PLATFORM_SUPPORT'
  /** Reads everything on the platform, and changes prices. */
  | 'PLATFORM_BILLING'
  /** Everything within the own tenant that the platform leaves to it. */
  | 'TENANT_ADMIN'
  /** The own keys and the own usage. */
  | 'TENANT_MEMBER';

/** A session in which a staff member sees what a tenant's admin sees, and changes nothing. */
export type ViewAs = {
  __typename?: 'ViewAs';
  /** Send it as the header `x-ar-view-as`. */
  id: Scalars['ID']['output'];
  /** Whom the staff member looks at. */
  tenantSlug: Scalars['String']['output'];
  /** Why, in the staff member's words. */
  reason: Scalars['String']['output'];
  /** It ends by itself, 30 minutes after it began. */
  expiresAt: Scalars['DateTime']['output'];
};

/** What the caller has asked of the API, in cost points: an object costs 1, a list as many times as it was asked for. */
export type QueryCost = {
  __typename?: 'QueryCost';
  /** Points that one document may cost. */
  limit: Scalars['Int']['output'];
  /** Points that the caller's bucket holds when it is full. */
  capacity: Scalars['Int']['output'];
  /** Points that flow back into it, per second. */
  refillPerSecond: Scalars['Int']['output'];
};

/** A customer of the platform: one hostname, one wall around what belongs to it. */
export type Tenant = Node & {
  __typename?: 'Tenant';
  /** `ten_<slug>`. */
  id: Scalars['ID']['output'];
  /** Its name in hostnames, tokens and metrics; never changed, never given to another. */
  slug: Scalars['String']['output'];
  /** For people. */
  name: Scalars['String']['output'];
  /** Where it is in its life. */
  status: TenantStatus;
  /** Why it is where it is, in the words of who put it there; null when nobody said. */
  statusReason: Maybe<Scalars['String']['output']>;
  /** What its limits are unless they are set apart. */
  tier: Tier;
  /** Where its requests are served unless it may not be, and where its usage is kept. */
  homeRegion: Region;
  /** Where its requests may be served. */
  allowedRegions: Array<Region>;
  /** How far a prompt may travel. */
  residency: Residency;
  /** What to set as `ANTHROPIC_BASE_URL`. */
  proxyUrl: Scalars['String']['output'];
  /** The limits of the tenant as a whole. */
  limits: Limits;
  /** The limits of each of its users who has none of the own. */
  userLimits: Limits;
  /** The limits of each of its keys that has none of its own. */
  keyLimits: Limits;
  /** What is spent of its monthly budget; null when it has none. */
  budget: Maybe<BudgetStatus>;
  /** What a developer needs to begin. */
  onboarding: OnboardingKit;
  /** Whether it is stopped, and by whom. */
  killSwitch: Maybe<KillSwitch>;
  /** Notes of the platform's staff on it. */
  notes: Maybe<Scalars['String']['output']>;
  /** Counts up with each change; send it as `expectedVersion`. */
  version: Scalars['Int']['output'];
  /** People who may sign in. */
  users: Maybe<UserConnection>;
  /** Who may call which model where. */
  grants: Maybe<GrantConnection>;
  /** API keys; a member sees the own. */
  apiKeys: Maybe<ApiKeyConnection>;
  /** OAuth clients for the tenant's own automation. */
  machineClients: Maybe<MachineClientConnection>;
  /** What was used; a member sees the own. */
  usage: Maybe<UsageReport>;
  /** Every change and every refused attempt, newest first. */
  auditEvents: Maybe<AuditEventConnection>;
};


/** A customer of the platform: one hostname, one wall around what belongs to it. */
export type TenantUsersArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


/** A customer of the platform: one hostname, one wall around what belongs to it. */
export type TenantGrantsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


/** A customer of the platform: one hostname, one wall around what belongs to it. */
export type TenantApiKeysArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


/** A customer of the platform: one hostname, one wall around what belongs to it. */
export type TenantMachineClientsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


/** A customer of the platform: one hostname, one wall around what belongs to it. */
export type TenantUsageArgs = {
  input: UsageInput;
};


/** A customer of the platform: one hostname, one wall around what belongs to it. */
export type TenantAuditEventsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
};

/** A tenant's life, in order. SUSPENDED can be left again. */
export type TenantStatus =
  /** Being made; its hostname does not answer yet. */
  | 'PROVISIONING'
  /** In use. */
  | 'ACTIVE'
  /** Its requests are refused; everything is kept. */
  | 'SUSPENDED'
  /** On its way out: requests are refused, the last bill is made. */
  | 'CLOSING'
  /** Gone; its slug is never given out again. */
  | 'CLOSED';

/** What a tenant has bought: its limits by default. */
export type Tier =
  /** To try it out: 60 requests a minute, 50 USD a month. */
  | 'TRIAL'
  /** 1,000 requests a minute. */
  | 'STANDARD'
  /** 10,000 requests a minute. */
  | 'PREMIUM';

/** An AWS region that the platform serves from. */
export type Region =
  /** Frankfurt, `eu-central-1`; the control plane is here. */
  | 'EU_CENTRAL_1'
  /** Zurich, `eu-central-2`. */
  | 'EU_CENTRAL_2'
  /** Northern Virginia, `us-east-1`. */
  | 'US_EAST_1';

/** How far a prompt may travel to find capacity. */
export type Residency =
  /** The region that serves it. */
  | 'REGION'
  /** The geography of that region. */
  | 'GEO'
  /** Anywhere that Bedrock has the model. */
  | 'GLOBAL';

/** What may be used. Null means that there is no limit of that kind. */
export type Limits = {
  __typename?: 'Limits';
  /** Requests in a minute of the clock. */
  requestsPerMinute: Maybe<Scalars['Int']['output']>;
  /** Tokens in a minute of the clock: input, cache writes and output; cache reads are free. */
  tokensPerMinute: Maybe<Scalars['BigInt']['output']>;
  /** Requests in a day (UTC). */
  requestsPerDay: Maybe<Scalars['Int']['output']>;
  /** Requests that run at the same time. */
  concurrentStreams: Maybe<Scalars['Int']['output']>;
  /** Money in a calendar month (UTC). */
  budget: Maybe<Budget>;
};

/** Money that may be spent in a calendar month (UTC). */
export type Budget = {
  __typename?: 'Budget';
  /** USD, exact. */
  monthlyUsd: Scalars['Decimal']['output'];
  /** What happens when it is spent. */
  enforcement: Enforcement;
};

/** What happens when a budget is spent. */
export type Enforcement =
  /** Requests are refused. */
  | 'HARD'
  /** Requests go on; those who should know are told. */
  | 'SOFT';

/** A month's budget as it stands. */
export type BudgetStatus = {
  __typename?: 'BudgetStatus';
  /** The budget. */
  budget: Budget;
  /** USD spent this month, with what running requests hold, in the region where most is spent. */
  committedUsd: Scalars['Decimal']['output'];
  /** When that was read. */
  asOf: Scalars['DateTime']['output'];
};

/** What a developer pastes to use Claude Code through the platform. It has a place for the key, never a key. */
export type OnboardingKit = {
  __typename?: 'OnboardingKit';
  /** `ANTHROPIC_BASE_URL`. */
  baseUrl: Scalars['String']['output'];
  /** Claude Code's `settings.json`. */
  settingsJson: Scalars['String']['output'];
  /** The same as lines for a shell. */
  shellSnippet: Scalars['String']['output'];
};

/** A page of tenants. */
export type TenantConnection = {
  __typename?: 'TenantConnection';
  /** The tenants. */
  nodes: Array<Tenant>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** Somebody who may sign in to one tenant. */
export type User = Node & {
  __typename?: 'User';
  /** `usr_<tenant>:<identity>`. */
  id: Scalars['ID']['output'];
  /** What the user signs in with. */
  email: Scalars['String']['output'];
  /** For people. */
  displayName: Scalars['String']['output'];
  /** What the user may do. */
  role: UserRole;
  /** Whether the user can sign in. */
  status: UserStatus;
  /** When the invitation was sent. */
  invitedAt: Scalars['DateTime']['output'];
  /** Limits of this user alone; null when those of every user hold. */
  ownLimits: Maybe<Limits>;
  /** Counts up with each change; send it as `expectedVersion`. */
  version: Scalars['Int']['output'];
};

/** What a user may do within the tenant. */
export type UserRole =
  /** Everything within the tenant. */
  | 'ADMIN'
  /** The own keys and the own usage. */
  | 'MEMBER';

/** Whether a user can sign in. */
export type UserStatus =
  /** Has an invitation, and has not signed in yet. */
  | 'INVITED'
  /** Can sign in. */
  | 'ACTIVE'
  /** Cannot sign in, and no key of the user's works. */
  | 'DISABLED';

/** A page of users. */
export type UserConnection = {
  __typename?: 'UserConnection';
  /** The users. */
  nodes: Array<User>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** An OAuth client (client credentials) for scripts. It manages; it cannot call models. */
export type MachineClient = Node & {
  __typename?: 'MachineClient';
  /** `mcl_<tenant>:<client id>`. */
  id: Scalars['ID']['output'];
  /** What it is called by at the token endpoint. */
  clientId: Scalars['String']['output'];
  /** For people. */
  name: Scalars['String']['output'];
  /** What it may do. */
  scopes: Array<Scalars['String']['output']>;
  /** When it ends by itself. */
  expiresAt: Scalars['DateTime']['output'];
  /** When it was taken back; null while it works. */
  revokedAt: Maybe<Scalars['DateTime']['output']>;
};

/** A page of machine clients. */
export type MachineClientConnection = {
  __typename?: 'MachineClientConnection';
  /** The machine clients. */
  nodes: Array<MachineClient>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** Who may call which model where, from when until when. A DENY wins over every ALLOW; what nobody granted is refused. */
export type Grant = Node & {
  __typename?: 'Grant';
  /** `grt_<tenant>:...`. */
  id: Scalars['ID']['output'];
  /** Whom it is for. */
  subject: GrantSubject;
  /** A model's id, or `*` for every model. */
  model: Scalars['String']['output'];
  /** Where; null means everywhere that the tenant may be served. */
  regions: Maybe<Array<Region>>;
  /** Whether it gives or takes. */
  effect: GrantEffect;
  /** It holds from then on; null means at once. */
  validFrom: Maybe<Scalars['DateTime']['output']>;
  /** It holds until just before; null means without an end. */
  validUntil: Maybe<Scalars['DateTime']['output']>;
};

/** Whom a grant is for. Both ids are null for everybody of the tenant. */
export type GrantSubject = {
  __typename?: 'GrantSubject';
  /** Everybody, one user, or one key. */
  kind: SubjectKind;
  /** The user's id, for a user. */
  userId: Maybe<Scalars['ID']['output']>;
  /** The key's id, for a key. */
  apiKeyId: Maybe<Scalars['ID']['output']>;
};

/** Kinds of subjects. */
export type SubjectKind =
  /** Everybody of the tenant. */
  | 'TENANT'
  /** One user, with all of the user's keys. */
  | 'USER'
  /** One API key. */
  | 'API_KEY';

/** Whether a grant gives or takes. */
export type GrantEffect =
  /** It may be called. */
  | 'ALLOW'
  /** It may not, whatever else is granted. */
  | 'DENY';

/** A page of grants. */
export type GrantConnection = {
  __typename?: 'GrantConnection';
  /** The grants. */
  nodes: Array<Grant>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** A secret with which one user's programs call models. The key itself is shown once and never stored. */
export type ApiKey = Node & {
  __typename?: 'ApiKey';
  /** `key_<tenant>:<key id>`. */
  id: Scalars['ID']['output'];
  /** The public part that stands in the key itself, in logs and in reports: `ark1_<tenant>_<keyId>_...`. */
  keyId: Scalars['String']['output'];
  /** For people. */
  name: Scalars['String']['output'];
  /** Whose it is; usage and budgets hang on this user. Null when the user is gone. */
  owner: Maybe<User>;
  /** Whether it works, and if not why. */
  status: ApiKeyStatus;
  /** Its secrets: two while a rotation overlaps, the older first. */
  secrets: Array<ApiKeySecret>;
  /** When the last of its secrets ends. */
  expiresAt: Scalars['DateTime']['output'];
  /** When it last called a model, to the minute; null when it never has, or not this month. */
  lastUsedAt: Maybe<Scalars['DateTime']['output']>;
  /** Limits of this key alone; null when those of every key hold. */
  ownLimits: Maybe<Limits>;
  /** Why it was revoked; null while it is not. */
  revokedReason: Maybe<Scalars['String']['output']>;
  /** Counts up with each change; send it as `expectedVersion`. */
  version: Scalars['Int']['output'];
};

/** One secret of a key. */
export type ApiKeySecret = {
  __typename?: 'ApiKeySecret';
  /** The first 8 characters of the SHA-256 of the whole key, to tell two apart. */
  fingerprint: Scalars['String']['output'];
  /** It works until just before. */
  validUntil: Scalars['DateTime']['output'];
};

/** Whether a key works. */
export type ApiKeyStatus =
  /** It works. */
  | 'ACTIVE'
  /** It works with two secrets. */
  | 'ROTATING'
  /** Its secrets have ended. */
  | 'EXPIRED'
  /** It was taken back, for good. */
  | 'REVOKED'
  /** Its owner is disabled. */
  | 'OWNER_DISABLED';

/** A page of API keys. */
export type ApiKeyConnection = {
  __typename?: 'ApiKeyConnection';
  /** The keys. */
  nodes: Array<ApiKey>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** A model that the platform offers. */
export type Model = Node & {
  __typename?: 'Model';
  /** `mdl_<model>`. */
  id: Scalars['ID']['output'];
  /** What clients send as `model`. */
  modelId: Scalars['String']['output'];
  /** For people. */
  displayName: Scalars['String']['output'];
  /** Further names that mean it. */
  aliases: Array<Scalars['String']['output']>;
  /** Whether it may be called at all. */
  enabled: Scalars['Boolean']['output'];
  /** What it takes in, in tokens. */
  contextWindow: Scalars['Int']['output'];
  /** What it puts out at most, in tokens. */
  maxOutputTokens: Scalars['Int']['output'];
  /** How it is reached from each region. */
  profiles: Array<ModelProfile>;
  /** What becomes of the betas that clients ask for. */
  betas: Maybe<Array<BetaRule>>;
  /** What its tokens cost at an instant: of each book one price or none. */
  prices: Array<Price>;
};


/** A model that the platform offers. */
export type ModelPricesArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
};

/** How a model is reached from one region. */
export type ModelProfile = {
  __typename?: 'ModelProfile';
  /** From where. */
  region: Region;
  /** How far a prompt travels by it. */
  reach: Residency;
  /** What Bedrock is called with. */
  bedrockModelId: Maybe<Scalars['String']['output']>;
};

/** What becomes of a beta on its way to Bedrock. */
export type BetaRule = {
  __typename?: 'BetaRule';
  /** The client's name of it; may end in `*`. */
  match: Scalars['String']['output'];
  /** Bedrock's name of it; null drops it. */
  send: Maybe<Scalars['String']['output']>;
  /** Body fields that go when it is not sent. */
  fields: Array<Scalars['String']['output']>;
  /** Where it holds; null means everywhere. */
  regions: Maybe<Array<Region>>;
};

/** The prices of a model's five token classes, from an instant on. Never changed once it stands. */
export type Price = {
  __typename?: 'Price';
  /** Whose price it is. */
  book: PriceBook;
  /** From when on. */
  effectiveFrom: Scalars['DateTime']['output'];
  /** USD per million input tokens that are in no cache. */
  inputPerMillionUsd: Scalars['Decimal']['output'];
  /** USD per million output tokens. */
  outputPerMillionUsd: Scalars['Decimal']['output'];
  /** USD per million tokens read from a cache. */
  cacheReadPerMillionUsd: Scalars['Decimal']['output'];
  /** USD per million tokens written to a cache for 5 minutes. */
  cacheWrite5mPerMillionUsd: Scalars['Decimal']['output'];
  /** USD per million tokens written to a cache for an hour. */
  cacheWrite1hPerMillionUsd: Scalars['Decimal']['output'];
};

/** The two books of prices. */
export type PriceBook =
  /** What AWS charges the platform. Only staff see it. */
  | 'COST'
  /** What the platform charges its tenants. */
  | 'CHARGE';

/** A page of models. */
export type ModelConnection = {
  __typename?: 'ModelConnection';
  /** The models. */
  nodes: Array<Model>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** What to count. */
export type UsageInput = {
  /** From this day (UTC) on. */
  from: Scalars['Date']['input'];
  /** Until this day (UTC), itself included; 92 days at most. */
  to: Scalars['Date']['input'];
  /** How long a point of a series is; hours for 7 days at most. */
  grain?: UsageGrain;
  /** What makes a series of its own; nothing makes one series of all. */
  groupBy?: Array<UsageDimension>;
  /** Only of these users, by id. */
  userIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Only of these keys, by id. */
  apiKeyIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Only of these models. */
  models?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Only served in these regions. */
  regions?: InputMaybe<Array<Region>>;
};

/** How long a point of a series is. */
export type UsageGrain =
  /** An hour of the clock (UTC). */
  | 'HOUR'
  /** A day (UTC). */
  | 'DAY';

/** What usage can be broken down by. */
export type UsageDimension =
  /** By user. */
  | 'USER'
  /** By API key; what was called with a token has none. */
  | 'API_KEY'
  /** By model. */
  | 'MODEL'
  /** By the region that served it. */
  | 'REGION';

/** What was used, from hourly sums that are made within seconds of each request's end. */
export type UsageReport = {
  __typename?: 'UsageReport';
  /** One series for each combination of what it is grouped by, the dearest first, 200 at most. */
  series: Array<UsageSeries>;
  /** Everything together. */
  totals: UsageCounts;
  /** Requests that ended after this may not be counted yet. */
  asOf: Scalars['DateTime']['output'];
  /** Exactly what `series` says, as comma-separated values with a header. */
  csv: Scalars['String']['output'];
};

/** One series of usage. */
export type UsageSeries = {
  __typename?: 'UsageSeries';
  /** The user's id, when grouped by user. */
  userId: Maybe<Scalars['ID']['output']>;
  /** The key's id, when grouped by key; null for what was called with a token. */
  apiKeyId: Maybe<Scalars['ID']['output']>;
  /** The model, when grouped by model. */
  model: Maybe<Scalars['String']['output']>;
  /** The region, when grouped by region. */
  region: Maybe<Region>;
  /** Hours or days in which something was used, in order. */
  points: Array<UsagePoint>;
  /** The series as a whole. */
  totals: UsageCounts;
};

/** One hour or day. */
export type UsagePoint = {
  __typename?: 'UsagePoint';
  /** When it begins. */
  start: Scalars['DateTime']['output'];
  /** What was used in it. */
  counts: UsageCounts;
};

/** Sums of usage. */
export type UsageCounts = {
  __typename?: 'UsageCounts';
  /** Requests that reached the model, however they ended. */
  requests: Scalars['BigInt']['output'];
  /** Of these: failed at the model. */
  errors: Scalars['BigInt']['output'];
  /** Of these: broke off before their end. */
  partial: Scalars['BigInt']['output'];
  /** Refused by a limit or for want of capacity; not among `requests`. */
  refused: Scalars['BigInt']['output'];
  /** Input tokens that were in no cache. */
  inputTokens: Scalars['BigInt']['output'];
  /** Output tokens. */
  outputTokens: Scalars['BigInt']['output'];
  /** Tokens read from a cache. */
  cacheReadTokens: Scalars['BigInt']['output'];
  /** Tokens written to a cache for 5 minutes. */
  cacheWrite5mTokens: Scalars['BigInt']['output'];
  /** Tokens written to a cache for an hour. */
  cacheWrite1hTokens: Scalars['BigInt']['output'];
  /** USD by the book of charges, exact. */
  costUsd: Scalars['Decimal']['output'];
};

/** One change, or one refused attempt at it. */
export type AuditEvent = Node & {
  __typename?: 'AuditEvent';
  /** `aud_<tenant>:<id>`. */
  id: Scalars['ID']['output'];
  /** When. */
  at: Scalars['DateTime']['output'];
  /** Who. */
  actor: AuditActor;
  /** The mutation: `createApiKey`. */
  action: Scalars['String']['output'];
  /** What kind of thing it was done to: `ApiKey`. */
  targetType: Scalars['String']['output'];
  /** Which one. */
  targetId: Scalars['String']['output'];
  /** How it ended. */
  outcome: AuditOutcome;
  /** Why, where a reason was given. */
  reason: Maybe<Scalars['String']['output']>;
  /** The request that it was part of. */
  requestId: Scalars['String']['output'];
  /** What it changed; secrets are left out. */
  changes: Array<FieldChange>;
};

/** Who did something. */
export type AuditActor = {
  __typename?: 'AuditActor';
  /** A user, a machine client, platform staff, or the platform itself. */
  kind: Scalars['String']['output'];
  /** Which one. */
  id: Scalars['String']['output'];
};

/** One field that was changed, as JSON. */
export type FieldChange = {
  __typename?: 'FieldChange';
  /** The field. */
  field: Scalars['String']['output'];
  /** What it was; null when it was not there. */
  before: Maybe<Scalars['String']['output']>;
  /** What it is; null when it is gone. */
  after: Maybe<Scalars['String']['output']>;
};

/** How an attempt ended. */
export type AuditOutcome =
  /** It was done. */
  | 'ALLOWED'
  /** The caller may not. */
  | 'DENIED'
  /** It could not be done. */
  | 'FAILED';

/** Which audit events. */
export type AuditFilter = {
  /** At this instant or later. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before this instant. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A page of audit events. */
export type AuditEventConnection = {
  __typename?: 'AuditEventConnection';
  /** The events. */
  nodes: Array<AuditEvent>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** What is stopped: requests that it covers are refused from the next one on, running streams are cut within 5 seconds. */
export type KillSwitch = {
  __typename?: 'KillSwitch';
  /** What kind of thing it stops. */
  scope: KillScope;
  /** Which one; null for the platform. */
  targetId: Maybe<Scalars['String']['output']>;
  /** Whether it is thrown in any region. */
  on: Scalars['Boolean']['output'];
  /** Why, in the words of who threw it; null while it is off. */
  reason: Maybe<Scalars['String']['output']>;
  /** Who threw it; null while it is off. */
  setBy: Maybe<Scalars['String']['output']>;
  /** When; null while it is off. */
  setAt: Maybe<Scalars['DateTime']['output']>;
  /** What each region has. A region that could not be reached is unknown. */
  regions: Array<KillSwitchRegion>;
};

/** A kill switch in one region. */
export type KillSwitchRegion = {
  __typename?: 'KillSwitchRegion';
  /** Which region. */
  region: Region;
  /** Whether it is thrown there; null when that region could not be reached. */
  on: Maybe<Scalars['Boolean']['output']>;
};

/** What a kill switch can stop. */
export type KillScope =
  /** Everything. */
  | 'PLATFORM'
  /** What one region serves. */
  | 'REGION'
  /** One model, for all tenants. */
  | 'MODEL'
  /** One tenant. */
  | 'TENANT'
  /** One user of a tenant, with all keys. */
  | 'USER'
  /** One API key. */
  | 'API_KEY';

/** What can be read. */
export type Query = {
  __typename?: 'Query';
  /** Who is asking. */
  viewer: Viewer;
  /** Anything by its id; null for what does not exist, and for what the caller may not see. */
  node: Maybe<Node>;
  /** What the caller may ask of this API. */
  queryCost: QueryCost;
  /** A tenant by its slug; null for one that does not exist, and for one that is not the caller's to see. */
  tenant: Maybe<Tenant>;
  /** All tenants, by slug. */
  tenants: TenantConnection;
  /** Whether a new tenant may have this slug. */
  slugAvailable: Scalars['Boolean']['output'];
  /** What the platform offers. */
  models: ModelConnection;
  /** Kill switches of platform, regions and models that are thrown anywhere. */
  killSwitches: Array<KillSwitch>;
  /** Changes and refused attempts that belong to no tenant, newest first. */
  platformAuditEvents: AuditEventConnection;
};


/** What can be read. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** What can be read. */
export type QueryTenantArgs = {
  slug: Scalars['String']['input'];
};


/** What can be read. */
export type QueryTenantsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


/** What can be read. */
export type QuerySlugAvailableArgs = {
  slug: Scalars['String']['input'];
};


/** What can be read. */
export type QueryModelsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


/** What can be read. */
export type QueryPlatformAuditEventsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
};

/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type Mutation = {
  __typename?: 'Mutation';
  /** Makes a tenant, ACTIVE, with nothing in it. */
  createTenant: CreateTenantPayload;
  /** Changes a tenant's name, regions, residency or notes. */
  updateTenant: UpdateTenantPayload;
  /** Changes what a tenant has bought; its limits are others from the next request on. */
  changeTenantTier: ChangeTenantTierPayload;
  /** Refuses all of a tenant's requests, in every region before it answers. Everything is kept. */
  suspendTenant: SuspendTenantPayload;
  /** Ends a suspension. */
  resumeTenant: ResumeTenantPayload;
  /** Sets the limits of a tenant, or of each of its users or keys, in place of its tier's. */
  setTenantLimits: SetTenantLimitsPayload;
  /** Sets the limits of one user or one key, within those of the tenant. */
  setSubjectLimits: SetSubjectLimitsPayload;
  /** Invites somebody by email to sign in to the tenant. */
  inviteUser: InviteUserPayload;
  /** Changes a user's name or role. */
  updateUser: UpdateUserPayload;
  /** Signs a user out everywhere and lets neither the user nor a key of the user's in again. */
  disableUser: DisableUserPayload;
  /** Lets a disabled user sign in again. Keys that were revoked stay revoked. */
  enableUser: EnableUserPayload;
  /** Grants or denies a model; it holds from the next request on. */
  createGrant: CreateGrantPayload;
  /** Takes a grant away; it holds from the next request on. */
  revokeGrant: RevokeGrantPayload;
  /** Makes an API key. Its secret is in this answer and nowhere else, not even in a replay of it. */
  createApiKey: CreateApiKeyPayload;
  /** Gives a key a new secret; the old one works on for a while. */
  rotateApiKey: RotateApiKeyPayload;
  /** Changes a key's name. */
  updateApiKey: UpdateApiKeyPayload;
  /** Takes a key back for good, from the next request on. */
  revokeApiKey: RevokeApiKeyPayload;
  /** Takes back a key that somebody found where it should not be: whoever holds a key may give it up. */
  reportLeakedKey: ReportLeakedKeyPayload;
  /** Makes an OAuth client for scripts. Its secret is in this answer and nowhere else. */
  createMachineClient: CreateMachineClientPayload;
  /** Takes an OAuth client back. */
  revokeMachineClient: RevokeMachineClientPayload;
  /** Lets a model be called, or not. */
  setModelEnabled: SetModelEnabledPayload;
  /** Sets what a model's tokens cost from an instant on that is still to come. */
  schedulePrice: SchedulePricePayload;
  /** Throws a kill switch or takes it back, in every region before it answers. */
  setKillSwitch: SetKillSwitchPayload;
  /** Begins to look at a tenant with its admin's eyes, for 30 minutes, without changing anything. */
  startViewAs: StartViewAsPayload;
  /** Ends it. */
  endViewAs: EndViewAsPayload;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationCreateTenantArgs = {
  input: CreateTenantInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationUpdateTenantArgs = {
  input: UpdateTenantInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationChangeTenantTierArgs = {
  input: ChangeTenantTierInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationSuspendTenantArgs = {
  input: SuspendTenantInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationResumeTenantArgs = {
  input: ResumeTenantInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationSetTenantLimitsArgs = {
  input: SetTenantLimitsInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationSetSubjectLimitsArgs = {
  input: SetSubjectLimitsInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationInviteUserArgs = {
  input: InviteUserInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationUpdateUserArgs = {
  input: UpdateUserInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationDisableUserArgs = {
  input: DisableUserInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationEnableUserArgs = {
  input: EnableUserInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationCreateGrantArgs = {
  input: CreateGrantInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationRevokeGrantArgs = {
  input: RevokeGrantInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationCreateApiKeyArgs = {
  input: CreateApiKeyInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationRotateApiKeyArgs = {
  input: RotateApiKeyInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationUpdateApiKeyArgs = {
  input: UpdateApiKeyInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationRevokeApiKeyArgs = {
  input: RevokeApiKeyInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationReportLeakedKeyArgs = {
  input: ReportLeakedKeyInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationCreateMachineClientArgs = {
  input: CreateMachineClientInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationRevokeMachineClientArgs = {
  input: RevokeMachineClientInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationSetModelEnabledArgs = {
  input: SetModelEnabledInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationSchedulePriceArgs = {
  input: SchedulePriceInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationSetKillSwitchArgs = {
  input: SetKillSwitchInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationStartViewAsArgs = {
  input: StartViewAsInput;
};


/**
 * What can be changed. Each input has an `idempotencyKey` of the caller's choosing: the same one with the same input, within
 * a day, is carried out once, and answers the second time what it answered the first, with `replayed: true`.
 */
export type MutationEndViewAsArgs = {
  input: EndViewAsInput;
};

/** Changes to limits. A value sets, null lifts, what is absent stays as it is. */
export type LimitChangesInput = {
  /** Requests in a minute of the clock. */
  requestsPerMinute?: InputMaybe<Scalars['Int']['input']>;
  /** Tokens in a minute of the clock: input, cache writes and output. */
  tokensPerMinute?: InputMaybe<Scalars['BigInt']['input']>;
  /** Requests in a day (UTC). */
  requestsPerDay?: InputMaybe<Scalars['Int']['input']>;
  /** Requests that run at the same time. */
  concurrentStreams?: InputMaybe<Scalars['Int']['input']>;
  /** Money in a calendar month (UTC). */
  budget?: InputMaybe<BudgetInput>;
};

/** Money that may be spent in a calendar month (UTC). */
export type BudgetInput = {
  /** USD, up to nine decimals. */
  monthlyUsd: Scalars['Decimal']['input'];
  /** What happens when it is spent. */
  enforcement?: Enforcement;
};

/** What `createTenant` takes. */
export type CreateTenantInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** Its name in hostnames: 3 to 32 of a-z, 0-9 and single hyphens. Never to be changed. */
  slug: Scalars['String']['input'];
  /** For people. */
  name: Scalars['String']['input'];
  /** What it has bought. */
  tier: Tier;
  /** Where it is served and its usage kept; never to be changed. */
  homeRegion: Region;
  /** Where it may be served; the home region alone when absent. */
  allowedRegions?: InputMaybe<Array<Region>>;
  /** How far a prompt may travel. */
  residency?: Residency;
  /** Notes of the platform's staff. */
  notes?: InputMaybe<Scalars['String']['input']>;
};

/** What `createTenant` answers. */
export type CreateTenantPayload = {
  __typename?: 'CreateTenantPayload';
  /** The new tenant. */
  tenant: Maybe<Tenant>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `updateTenant` takes. */
export type UpdateTenantInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** For people. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Where it may be served; the home region must be among them. */
  allowedRegions?: InputMaybe<Array<Region>>;
  /** How far a prompt may travel. */
  residency?: InputMaybe<Residency>;
  /** Notes of the platform's staff; null takes them away. */
  notes?: InputMaybe<Scalars['String']['input']>;
};

/** What `updateTenant` answers. */
export type UpdateTenantPayload = {
  __typename?: 'UpdateTenantPayload';
  /** The tenant as it is now. */
  tenant: Maybe<Tenant>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `changeTenantTier` takes. */
export type ChangeTenantTierInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** What it has bought. */
  tier: Tier;
};

/** What `changeTenantTier` answers. */
export type ChangeTenantTierPayload = {
  __typename?: 'ChangeTenantTierPayload';
  /** The tenant as it is now. */
  tenant: Maybe<Tenant>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `suspendTenant` takes. */
export type SuspendTenantInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
};

/** What `suspendTenant` answers. */
export type SuspendTenantPayload = {
  __typename?: 'SuspendTenantPayload';
  /** The tenant as it is now. */
  tenant: Maybe<Tenant>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `resumeTenant` takes. */
export type ResumeTenantInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
};

/** What `resumeTenant` answers. */
export type ResumeTenantPayload = {
  __typename?: 'ResumeTenantPayload';
  /** The tenant as it is now. */
  tenant: Maybe<Tenant>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `setTenantLimits` takes. */
export type SetTenantLimitsInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** Whose limits: the tenant's as a whole, each user's or each key's. */
  subject?: SubjectKind;
  /** What is set; what is absent stays as it is. */
  limits: LimitChangesInput;
};

/** What `setTenantLimits` answers. */
export type SetTenantLimitsPayload = {
  __typename?: 'SetTenantLimitsPayload';
  /** The tenant as it is now. */
  tenant: Maybe<Tenant>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `setSubjectLimits` takes. */
export type SetSubjectLimitsInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** A user's or a key's id. */
  subjectId: Scalars['ID']['input'];
  /** What the subject has of its own from now on, in place of all it had; what is absent is as for every user or key. */
  limits: LimitChangesInput;
};

/** What `setSubjectLimits` answers. */
export type SetSubjectLimitsPayload = {
  __typename?: 'SetSubjectLimitsPayload';
  /** The user, if it was one. */
  user: Maybe<User>;
  /** The key, if it was one. */
  apiKey: Maybe<ApiKey>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `inviteUser` takes. */
export type InviteUserInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** Where the invitation goes; what the user signs in with. */
  email: Scalars['String']['input'];
  /** For people. */
  displayName: Scalars['String']['input'];
  /** What the user may do. */
  role?: UserRole;
};

/** What `inviteUser` answers. */
export type InviteUserPayload = {
  __typename?: 'InviteUserPayload';
  /** The invited user. */
  user: Maybe<User>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `updateUser` takes. */
export type UpdateUserInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The user's id. */
  userId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** For people. */
  displayName?: InputMaybe<Scalars['String']['input']>;
  /** What the user may do. */
  role?: InputMaybe<UserRole>;
};

/** What `updateUser` answers. */
export type UpdateUserPayload = {
  __typename?: 'UpdateUserPayload';
  /** The user as it is now. */
  user: Maybe<User>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `disableUser` takes. */
export type DisableUserInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The user's id. */
  userId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
};

/** What `disableUser` answers. */
export type DisableUserPayload = {
  __typename?: 'DisableUserPayload';
  /** The user as it is now. */
  user: Maybe<User>;
  /** How many of the user's keys were revoked by it. */
  revokedApiKeys: Maybe<Scalars['Int']['output']>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `enableUser` takes. */
export type EnableUserInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The user's id. */
  userId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
};

/** What `enableUser` answers. */
export type EnableUserPayload = {
  __typename?: 'EnableUserPayload';
  /** The user as it is now. */
  user: Maybe<User>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `createGrant` takes. */
export type CreateGrantInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** A user's or key's id; everybody of the tenant when absent. */
  subjectId?: InputMaybe<Scalars['ID']['input']>;
  /** A model's id, or `*`. */
  model: Scalars['String']['input'];
  /** Where; everywhere when absent. */
  regions?: InputMaybe<Array<Region>>;
  /** Whether it gives or takes. */
  effect?: GrantEffect;
  /** From when on. */
  validFrom?: InputMaybe<Scalars['DateTime']['input']>;
  /** Until when. */
  validUntil?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What `createGrant` answers. */
export type CreateGrantPayload = {
  __typename?: 'CreateGrantPayload';
  /** The new grant. */
  grant: Maybe<Grant>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `revokeGrant` takes. */
export type RevokeGrantInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The grant's id. */
  grantId: Scalars['ID']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
};

/** What `revokeGrant` answers. */
export type RevokeGrantPayload = {
  __typename?: 'RevokeGrantPayload';
  /** The id that it had. */
  revokedGrantId: Maybe<Scalars['ID']['output']>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `createApiKey` takes. */
export type CreateApiKeyInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** Whose it will be; the caller's own when absent. */
  ownerId?: InputMaybe<Scalars['ID']['input']>;
  /** For people. */
  name: Scalars['String']['input'];
  /** Days until it ends, 1 to 365. */
  expiresInDays?: Scalars['Int']['input'];
};

/** What `createApiKey` answers. */
export type CreateApiKeyPayload = {
  __typename?: 'CreateApiKeyPayload';
  /** The new key. */
  apiKey: Maybe<ApiKey>;
  /** The key itself, to be stored now. Null in a replay. */
  secret: Maybe<Scalars['String']['output']>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `rotateApiKey` takes. */
export type RotateApiKeyInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The key's id. */
  apiKeyId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** Seconds for which the old secret works on, up to 7 days. */
  overlapSeconds?: Scalars['Int']['input'];
  /** Days until the new secret ends, 1 to 365. */
  expiresInDays?: Scalars['Int']['input'];
};

/** What `rotateApiKey` answers. */
export type RotateApiKeyPayload = {
  __typename?: 'RotateApiKeyPayload';
  /** The key as it is now. */
  apiKey: Maybe<ApiKey>;
  /** The key with its new secret, to be stored now. Null in a replay. */
  secret: Maybe<Scalars['String']['output']>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `updateApiKey` takes. */
export type UpdateApiKeyInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The key's id. */
  apiKeyId: Scalars['ID']['input'];
  /** The version that was read. */
  expectedVersion: Scalars['Int']['input'];
  /** For people. */
  name: Scalars['String']['input'];
};

/** What `updateApiKey` answers. */
export type UpdateApiKeyPayload = {
  __typename?: 'UpdateApiKeyPayload';
  /** The key as it is now. */
  apiKey: Maybe<ApiKey>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `revokeApiKey` takes. */
export type RevokeApiKeyInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The key's id. */
  apiKeyId: Scalars['ID']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
};

/** What `revokeApiKey` answers. */
export type RevokeApiKeyPayload = {
  __typename?: 'RevokeApiKeyPayload';
  /** The key as it is now. */
  apiKey: Maybe<ApiKey>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `reportLeakedKey` takes. */
export type ReportLeakedKeyInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The whole key, as it was found. It is not stored. */
  key: Scalars['String']['input'];
  /** Where it was found. */
  source: Scalars['String']['input'];
};

/** What `reportLeakedKey` answers. */
export type ReportLeakedKeyPayload = {
  __typename?: 'ReportLeakedKeyPayload';
  /** Whether it was a key of the platform's; it does not work any more. */
  revoked: Maybe<Scalars['Boolean']['output']>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `createMachineClient` takes. */
export type CreateMachineClientInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** For people. */
  name: Scalars['String']['input'];
  /** What it may do; none that the caller may not do. */
  scopes: Array<Scalars['String']['input']>;
  /** Days until it ends, 1 to 365. */
  expiresInDays?: Scalars['Int']['input'];
};

/** What `createMachineClient` answers. */
export type CreateMachineClientPayload = {
  __typename?: 'CreateMachineClientPayload';
  /** The new client. */
  machineClient: Maybe<MachineClient>;
  /** Its secret, to be stored now. Null in a replay. */
  clientSecret: Maybe<Scalars['String']['output']>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `revokeMachineClient` takes. */
export type RevokeMachineClientInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The client's id. */
  machineClientId: Scalars['ID']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
};

/** What `revokeMachineClient` answers. */
export type RevokeMachineClientPayload = {
  __typename?: 'RevokeMachineClientPayload';
  /** The client as it is now. */
  machineClient: Maybe<MachineClient>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `setModelEnabled` takes. */
export type SetModelEnabledInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The model's id. */
  modelId: Scalars['ID']['input'];
  /** Whether it may be called. */
  enabled: Scalars['Boolean']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
};

/** What `setModelEnabled` answers. */
export type SetModelEnabledPayload = {
  __typename?: 'SetModelEnabledPayload';
  /** The model as it is now. */
  model: Maybe<Model>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `schedulePrice` takes. */
export type SchedulePriceInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The model's id. */
  modelId: Scalars['ID']['input'];
  /** Whose price it is. */
  book: PriceBook;
  /** From when on; it must be to come. */
  effectiveFrom: Scalars['DateTime']['input'];
  /** USD per million input tokens that are in no cache. */
  inputPerMillionUsd: Scalars['Decimal']['input'];
  /** USD per million output tokens. */
  outputPerMillionUsd: Scalars['Decimal']['input'];
  /** USD per million tokens read from a cache. */
  cacheReadPerMillionUsd: Scalars['Decimal']['input'];
  /** USD per million tokens written to a cache for 5 minutes. */
  cacheWrite5mPerMillionUsd: Scalars['Decimal']['input'];
  /** USD per million tokens written to a cache for an hour. */
  cacheWrite1hPerMillionUsd: Scalars['Decimal']['input'];
};

/** What `schedulePrice` answers. */
export type SchedulePricePayload = {
  __typename?: 'SchedulePricePayload';
  /** The price, as it will stand. */
  price: Maybe<Price>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `setKillSwitch` takes. */
export type SetKillSwitchInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** What kind of thing it stops. */
  scope: KillScope;
  /** Which one: a region's name, a model's, tenant's, user's or key's id; absent for the platform. */
  targetId?: InputMaybe<Scalars['String']['input']>;
  /** Whether it is thrown or taken back. */
  on: Scalars['Boolean']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
  /** Only says what it would stop. */
  dryRun?: Scalars['Boolean']['input'];
};

/** What `setKillSwitch` answers. */
export type SetKillSwitchPayload = {
  __typename?: 'SetKillSwitchPayload';
  /** The switch as it is now in every region; ask again while a region is unknown. */
  killSwitch: Maybe<KillSwitch>;
  /** What it stops, in words. */
  affected: Maybe<Scalars['String']['output']>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `startViewAs` takes. */
export type StartViewAsInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The tenant's id. */
  tenantId: Scalars['ID']['input'];
  /** Why, for the audit and for whoever asks. */
  reason: Scalars['String']['input'];
};

/** What `startViewAs` answers. */
export type StartViewAsPayload = {
  __typename?: 'StartViewAsPayload';
  /** The session. */
  viewAs: Maybe<ViewAs>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};

/** What `endViewAs` takes. */
export type EndViewAsInput = {
  /** The caller's own name for this request, 1 to 100 characters: the same one is carried out once. */
  idempotencyKey: Scalars['String']['input'];
  /** The session's id. */
  viewAsId: Scalars['ID']['input'];
};

/** What `endViewAs` answers. */
export type EndViewAsPayload = {
  __typename?: 'EndViewAsPayload';
  /** The session, which has ended. */
  viewAs: Maybe<ViewAs>;
  /** Whether this is the answer of an earlier request with the same idempotency key. */
  replayed: Scalars['Boolean']['output'];
  /** What was wrong with the input; empty when it was done. */
  userErrors: Array<UserError>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;




/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node:
    | ( Tenant )
    | ( User )
    | ( MachineClient )
    | ( Grant )
    | ( ApiKey )
    | ( Model )
    | ( AuditEntry )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Policy: Policy;
  BigInt: ResolverTypeWrapper<Scalars['BigInt']['output']>;
  Decimal: ResolverTypeWrapper<Scalars['Decimal']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Date: ResolverTypeWrapper<Scalars['Date']['output']>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  UserError: ResolverTypeWrapper<UserError>;
  UserErrorCode: UserErrorCode;
  Viewer: ResolverTypeWrapper<Principal>;
  ViewerKind: ViewerKind;
  Role: Role;
  ViewAs: ResolverTypeWrapper<ViewAs>;
  QueryCost: ResolverTypeWrapper<QueryCost>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Tenant: ResolverTypeWrapper<Tenant>;
  TenantStatus: TenantStatus;
  Tier: Tier;
  Region: Region;
  Residency: Residency;
  Limits: ResolverTypeWrapper<Limits>;
  Budget: ResolverTypeWrapper<Budget>;
  Enforcement: Enforcement;
  BudgetStatus: ResolverTypeWrapper<Omit<BudgetStatus, 'budget'> & { budget: ResolversTypes['Budget'] }>;
  OnboardingKit: ResolverTypeWrapper<OnboardingKit>;
  TenantConnection: ResolverTypeWrapper<Omit<TenantConnection, 'nodes'> & { nodes: Array<ResolversTypes['Tenant']> }>;
  User: ResolverTypeWrapper<User>;
  UserRole: UserRole;
  UserStatus: UserStatus;
  UserConnection: ResolverTypeWrapper<Omit<UserConnection, 'nodes'> & { nodes: Array<ResolversTypes['User']> }>;
  MachineClient: ResolverTypeWrapper<MachineClient>;
  MachineClientConnection: ResolverTypeWrapper<Omit<MachineClientConnection, 'nodes'> & { nodes: Array<ResolversTypes['MachineClient']> }>;
  Grant: ResolverTypeWrapper<Grant>;
  GrantSubject: ResolverTypeWrapper<GrantSubject>;
  SubjectKind: SubjectKind;
  GrantEffect: GrantEffect;
  GrantConnection: ResolverTypeWrapper<Omit<GrantConnection, 'nodes'> & { nodes: Array<ResolversTypes['Grant']> }>;
  ApiKey: ResolverTypeWrapper<ApiKey>;
  ApiKeySecret: ResolverTypeWrapper<ApiKeySecret>;
  ApiKeyStatus: ApiKeyStatus;
  ApiKeyConnection: ResolverTypeWrapper<Omit<ApiKeyConnection, 'nodes'> & { nodes: Array<ResolversTypes['ApiKey']> }>;
  Model: ResolverTypeWrapper<Model>;
  ModelProfile: ResolverTypeWrapper<ModelProfile>;
  BetaRule: ResolverTypeWrapper<BetaRule>;
  Price: ResolverTypeWrapper<Price>;
  PriceBook: PriceBook;
  ModelConnection: ResolverTypeWrapper<Omit<ModelConnection, 'nodes'> & { nodes: Array<ResolversTypes['Model']> }>;
  UsageInput: UsageInput;
  UsageGrain: UsageGrain;
  UsageDimension: UsageDimension;
  UsageReport: ResolverTypeWrapper<UsageReport>;
  UsageSeries: ResolverTypeWrapper<UsageSeries>;
  UsagePoint: ResolverTypeWrapper<UsagePoint>;
  UsageCounts: ResolverTypeWrapper<UsageCounts>;
  AuditEvent: ResolverTypeWrapper<AuditEntry>;
  AuditActor: ResolverTypeWrapper<AuditActor>;
  FieldChange: ResolverTypeWrapper<FieldChange>;
  AuditOutcome: AuditOutcome;
  AuditFilter: AuditFilter;
  AuditEventConnection: ResolverTypeWrapper<Omit<AuditEventConnection, 'nodes'> & { nodes: Array<ResolversTypes['AuditEvent']> }>;
  KillSwitch: ResolverTypeWrapper<KillSwitch>;
  KillSwitchRegion: ResolverTypeWrapper<KillSwitchRegion>;
  KillScope: KillScope;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  LimitChangesInput: LimitChangesInput;
  BudgetInput: BudgetInput;
  CreateTenantInput: CreateTenantInput;
  CreateTenantPayload: ResolverTypeWrapper<Omit<CreateTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  UpdateTenantInput: UpdateTenantInput;
  UpdateTenantPayload: ResolverTypeWrapper<Omit<UpdateTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  ChangeTenantTierInput: ChangeTenantTierInput;
  ChangeTenantTierPayload: ResolverTypeWrapper<Omit<ChangeTenantTierPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  SuspendTenantInput: SuspendTenantInput;
  SuspendTenantPayload: ResolverTypeWrapper<Omit<SuspendTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  ResumeTenantInput: ResumeTenantInput;
  ResumeTenantPayload: ResolverTypeWrapper<Omit<ResumeTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  SetTenantLimitsInput: SetTenantLimitsInput;
  SetTenantLimitsPayload: ResolverTypeWrapper<Omit<SetTenantLimitsPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  SetSubjectLimitsInput: SetSubjectLimitsInput;
  SetSubjectLimitsPayload: ResolverTypeWrapper<Omit<SetSubjectLimitsPayload, 'user' | 'apiKey'> & { user?: Maybe<ResolversTypes['User']>, apiKey?: Maybe<ResolversTypes['ApiKey']> }>;
  InviteUserInput: InviteUserInput;
  InviteUserPayload: ResolverTypeWrapper<Omit<InviteUserPayload, 'user'> & { user?: Maybe<ResolversTypes['User']> }>;
  UpdateUserInput: UpdateUserInput;
  UpdateUserPayload: ResolverTypeWrapper<Omit<UpdateUserPayload, 'user'> & { user?: Maybe<ResolversTypes['User']> }>;
  DisableUserInput: DisableUserInput;
  DisableUserPayload: ResolverTypeWrapper<Omit<DisableUserPayload, 'user'> & { user?: Maybe<ResolversTypes['User']> }>;
  EnableUserInput: EnableUserInput;
  EnableUserPayload: ResolverTypeWrapper<Omit<EnableUserPayload, 'user'> & { user?: Maybe<ResolversTypes['User']> }>;
  CreateGrantInput: CreateGrantInput;
  CreateGrantPayload: ResolverTypeWrapper<Omit<CreateGrantPayload, 'grant'> & { grant?: Maybe<ResolversTypes['Grant']> }>;
  RevokeGrantInput: RevokeGrantInput;
  RevokeGrantPayload: ResolverTypeWrapper<RevokeGrantPayload>;
  CreateApiKeyInput: CreateApiKeyInput;
  CreateApiKeyPayload: ResolverTypeWrapper<Omit<CreateApiKeyPayload, 'apiKey'> & { apiKey?: Maybe<ResolversTypes['ApiKey']> }>;
  RotateApiKeyInput: RotateApiKeyInput;
  RotateApiKeyPayload: ResolverTypeWrapper<Omit<RotateApiKeyPayload, 'apiKey'> & { apiKey?: Maybe<ResolversTypes['ApiKey']> }>;
  UpdateApiKeyInput: UpdateApiKeyInput;
  UpdateApiKeyPayload: ResolverTypeWrapper<Omit<UpdateApiKeyPayload, 'apiKey'> & { apiKey?: Maybe<ResolversTypes['ApiKey']> }>;
  RevokeApiKeyInput: RevokeApiKeyInput;
  RevokeApiKeyPayload: ResolverTypeWrapper<Omit<RevokeApiKeyPayload, 'apiKey'> & { apiKey?: Maybe<ResolversTypes['ApiKey']> }>;
  ReportLeakedKeyInput: ReportLeakedKeyInput;
  ReportLeakedKeyPayload: ResolverTypeWrapper<ReportLeakedKeyPayload>;
  CreateMachineClientInput: CreateMachineClientInput;
  CreateMachineClientPayload: ResolverTypeWrapper<Omit<CreateMachineClientPayload, 'machineClient'> & { machineClient?: Maybe<ResolversTypes['MachineClient']> }>;
  RevokeMachineClientInput: RevokeMachineClientInput;
  RevokeMachineClientPayload: ResolverTypeWrapper<Omit<RevokeMachineClientPayload, 'machineClient'> & { machineClient?: Maybe<ResolversTypes['MachineClient']> }>;
  SetModelEnabledInput: SetModelEnabledInput;
  SetModelEnabledPayload: ResolverTypeWrapper<Omit<SetModelEnabledPayload, 'model'> & { model?: Maybe<ResolversTypes['Model']> }>;
  SchedulePriceInput: SchedulePriceInput;
  SchedulePricePayload: ResolverTypeWrapper<Omit<SchedulePricePayload, 'price'> & { price?: Maybe<ResolversTypes['Price']> }>;
  SetKillSwitchInput: SetKillSwitchInput;
  SetKillSwitchPayload: ResolverTypeWrapper<SetKillSwitchPayload>;
  StartViewAsInput: StartViewAsInput;
  StartViewAsPayload: ResolverTypeWrapper<Omit<StartViewAsPayload, 'viewAs'> & { viewAs?: Maybe<ResolversTypes['ViewAs']> }>;
  EndViewAsInput: EndViewAsInput;
  EndViewAsPayload: ResolverTypeWrapper<Omit<EndViewAsPayload, 'viewAs'> & { viewAs?: Maybe<ResolversTypes['ViewAs']> }>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  BigInt: Scalars['BigInt']['output'];
  Decimal: Scalars['Decimal']['output'];
  DateTime: Scalars['DateTime']['output'];
  Date: Scalars['Date']['output'];
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  ID: Scalars['ID']['output'];
  PageInfo: PageInfo;
  Boolean: Scalars['Boolean']['output'];
  UserError: UserError;
  Viewer: Principal;
  ViewAs: ViewAs;
  QueryCost: QueryCost;
  Int: Scalars['Int']['output'];
  Tenant: Tenant;
  Limits: Limits;
  Budget: Budget;
  BudgetStatus: Omit<BudgetStatus, 'budget'> & { budget: ResolversParentTypes['Budget'] };
  OnboardingKit: OnboardingKit;
  TenantConnection: Omit<TenantConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['Tenant']> };
  User: User;
  UserConnection: Omit<UserConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['User']> };
  MachineClient: MachineClient;
  MachineClientConnection: Omit<MachineClientConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['MachineClient']> };
  Grant: Grant;
  GrantSubject: GrantSubject;
  GrantConnection: Omit<GrantConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['Grant']> };
  ApiKey: ApiKey;
  ApiKeySecret: ApiKeySecret;
  ApiKeyConnection: Omit<ApiKeyConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['ApiKey']> };
  Model: Model;
  ModelProfile: ModelProfile;
  BetaRule: BetaRule;
  Price: Price;
  ModelConnection: Omit<ModelConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['Model']> };
  UsageInput: UsageInput;
  UsageReport: UsageReport;
  UsageSeries: UsageSeries;
  UsagePoint: UsagePoint;
  UsageCounts: UsageCounts;
  AuditEvent: AuditEntry;
  AuditActor: AuditActor;
  FieldChange: FieldChange;
  AuditFilter: AuditFilter;
  AuditEventConnection: Omit<AuditEventConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['AuditEvent']> };
  KillSwitch: KillSwitch;
  KillSwitchRegion: KillSwitchRegion;
  Query: Record<PropertyKey, never>;
  Mutation: Record<PropertyKey, never>;
  LimitChangesInput: LimitChangesInput;
  BudgetInput: BudgetInput;
  CreateTenantInput: CreateTenantInput;
  CreateTenantPayload: Omit<CreateTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  UpdateTenantInput: UpdateTenantInput;
  UpdateTenantPayload: Omit<UpdateTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  ChangeTenantTierInput: ChangeTenantTierInput;
  ChangeTenantTierPayload: Omit<ChangeTenantTierPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  SuspendTenantInput: SuspendTenantInput;
  SuspendTenantPayload: Omit<SuspendTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  ResumeTenantInput: ResumeTenantInput;
  ResumeTenantPayload: Omit<ResumeTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  SetTenantLimitsInput: SetTenantLimitsInput;
  SetTenantLimitsPayload: Omit<SetTenantLimitsPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  SetSubjectLimitsInput: SetSubjectLimitsInput;
  SetSubjectLimitsPayload: Omit<SetSubjectLimitsPayload, 'user' | 'apiKey'> & { user?: Maybe<ResolversParentTypes['User']>, apiKey?: Maybe<ResolversParentTypes['ApiKey']> };
  InviteUserInput: InviteUserInput;
  InviteUserPayload: Omit<InviteUserPayload, 'user'> & { user?: Maybe<ResolversParentTypes['User']> };
  UpdateUserInput: UpdateUserInput;
  UpdateUserPayload: Omit<UpdateUserPayload, 'user'> & { user?: Maybe<ResolversParentTypes['User']> };
  DisableUserInput: DisableUserInput;
  DisableUserPayload: Omit<DisableUserPayload, 'user'> & { user?: Maybe<ResolversParentTypes['User']> };
  EnableUserInput: EnableUserInput;
  EnableUserPayload: Omit<EnableUserPayload, 'user'> & { user?: Maybe<ResolversParentTypes['User']> };
  CreateGrantInput: CreateGrantInput;
  CreateGrantPayload: Omit<CreateGrantPayload, 'grant'> & { grant?: Maybe<ResolversParentTypes['Grant']> };
  RevokeGrantInput: RevokeGrantInput;
  RevokeGrantPayload: RevokeGrantPayload;
  CreateApiKeyInput: CreateApiKeyInput;
  CreateApiKeyPayload: Omit<CreateApiKeyPayload, 'apiKey'> & { apiKey?: Maybe<ResolversParentTypes['ApiKey']> };
  RotateApiKeyInput: RotateApiKeyInput;
  RotateApiKeyPayload: Omit<RotateApiKeyPayload, 'apiKey'> & { apiKey?: Maybe<ResolversParentTypes['ApiKey']> };
  UpdateApiKeyInput: UpdateApiKeyInput;
  UpdateApiKeyPayload: Omit<UpdateApiKeyPayload, 'apiKey'> & { apiKey?: Maybe<ResolversParentTypes['ApiKey']> };
  RevokeApiKeyInput: RevokeApiKeyInput;
  RevokeApiKeyPayload: Omit<RevokeApiKeyPayload, 'apiKey'> & { apiKey?: Maybe<ResolversParentTypes['ApiKey']> };
  ReportLeakedKeyInput: ReportLeakedKeyInput;
  ReportLeakedKeyPayload: ReportLeakedKeyPayload;
  CreateMachineClientInput: CreateMachineClientInput;
  CreateMachineClientPayload: Omit<CreateMachineClientPayload, 'machineClient'> & { machineClient?: Maybe<ResolversParentTypes['MachineClient']> };
  RevokeMachineClientInput: RevokeMachineClientInput;
  RevokeMachineClientPayload: Omit<RevokeMachineClientPayload, 'machineClient'> & { machineClient?: Maybe<ResolversParentTypes['MachineClient']> };
  SetModelEnabledInput: SetModelEnabledInput;
  SetModelEnabledPayload: Omit<SetModelEnabledPayload, 'model'> & { model?: Maybe<ResolversParentTypes['Model']> };
  SchedulePriceInput: SchedulePriceInput;
  SchedulePricePayload: Omit<SchedulePricePayload, 'price'> & { price?: Maybe<ResolversParentTypes['Price']> };
  SetKillSwitchInput: SetKillSwitchInput;
  SetKillSwitchPayload: SetKillSwitchPayload;
  StartViewAsInput: StartViewAsInput;
  StartViewAsPayload: Omit<StartViewAsPayload, 'viewAs'> & { viewAs?: Maybe<ResolversParentTypes['ViewAs']> };
  EndViewAsInput: EndViewAsInput;
  EndViewAsPayload: Omit<EndViewAsPayload, 'viewAs'> & { viewAs?: Maybe<ResolversParentTypes['ViewAs']> };
  String: Scalars['String']['output'];
};

export type AuthDirectiveArgs = {
  policy: Policy;
  scope?: Maybe<Scalars['String']['input']>;
};

export type AuthDirectiveResolver<Result, Parent, ContextType = Context, Args = AuthDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export interface BigIntScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['BigInt'], any> {
  name: 'BigInt';
}

export interface DecimalScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Decimal'], any> {
  name: 'Decimal';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface DateScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Date'], any> {
  name: 'Date';
}

export type NodeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Tenant' | 'User' | 'MachineClient' | 'Grant' | 'ApiKey' | 'Model' | 'AuditEvent', ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type UserErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  field?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ViewerResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Viewer'] = ResolversParentTypes['Viewer']> = {
  identityId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['ViewerKind'], ParentType, ContextType>;
  role?: Resolver<Maybe<ResolversTypes['Role']>, ParentType, ContextType>;
  scopes?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  viewingAs?: Resolver<Maybe<ResolversTypes['ViewAs']>, ParentType, ContextType>;
};

export type ViewAsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ViewAs'] = ResolversParentTypes['ViewAs']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  tenantSlug?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type QueryCostResolvers<ContextType = Context, ParentType extends ResolversParentTypes['QueryCost'] = ResolversParentTypes['QueryCost']> = {
  limit?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  capacity?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  refillPerSecond?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type TenantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Tenant'] = ResolversParentTypes['Tenant']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  slug?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['TenantStatus'], ParentType, ContextType>;
  statusReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  tier?: Resolver<ResolversTypes['Tier'], ParentType, ContextType>;
  homeRegion?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  allowedRegions?: Resolver<Array<ResolversTypes['Region']>, ParentType, ContextType>;
  residency?: Resolver<ResolversTypes['Residency'], ParentType, ContextType>;
  proxyUrl?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  limits?: Resolver<ResolversTypes['Limits'], ParentType, ContextType>;
  userLimits?: Resolver<ResolversTypes['Limits'], ParentType, ContextType>;
  keyLimits?: Resolver<ResolversTypes['Limits'], ParentType, ContextType>;
  budget?: Resolver<Maybe<ResolversTypes['BudgetStatus']>, ParentType, ContextType>;
  onboarding?: Resolver<ResolversTypes['OnboardingKit'], ParentType, ContextType>;
  killSwitch?: Resolver<Maybe<ResolversTypes['KillSwitch']>, ParentType, ContextType>;
  notes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  users?: Resolver<Maybe<ResolversTypes['UserConnection']>, ParentType, ContextType, RequireFields<TenantUsersArgs, 'first'>>;
  grants?: Resolver<Maybe<ResolversTypes['GrantConnection']>, ParentType, ContextType, RequireFields<TenantGrantsArgs, 'first'>>;
  apiKeys?: Resolver<Maybe<ResolversTypes['ApiKeyConnection']>, ParentType, ContextType, RequireFields<TenantApiKeysArgs, 'first'>>;
  machineClients?: Resolver<Maybe<ResolversTypes['MachineClientConnection']>, ParentType, ContextType, RequireFields<TenantMachineClientsArgs, 'first'>>;
  usage?: Resolver<Maybe<ResolversTypes['UsageReport']>, ParentType, ContextType, RequireFields<TenantUsageArgs, 'input'>>;
  auditEvents?: Resolver<Maybe<ResolversTypes['AuditEventConnection']>, ParentType, ContextType, RequireFields<TenantAuditEventsArgs, 'first'>>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LimitsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Limits'] = ResolversParentTypes['Limits']> = {
  requestsPerMinute?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  tokensPerMinute?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
  requestsPerDay?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  concurrentStreams?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  budget?: Resolver<Maybe<ResolversTypes['Budget']>, ParentType, ContextType>;
};

export type BudgetResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Budget'] = ResolversParentTypes['Budget']> = {
  monthlyUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  enforcement?: Resolver<ResolversTypes['Enforcement'], ParentType, ContextType>;
};

export type BudgetStatusResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BudgetStatus'] = ResolversParentTypes['BudgetStatus']> = {
  budget?: Resolver<ResolversTypes['Budget'], ParentType, ContextType>;
  committedUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  asOf?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type OnboardingKitResolvers<ContextType = Context, ParentType extends ResolversParentTypes['OnboardingKit'] = ResolversParentTypes['OnboardingKit']> = {
  baseUrl?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  settingsJson?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  shellSnippet?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type TenantConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantConnection'] = ResolversParentTypes['TenantConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['Tenant']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  email?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  displayName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  role?: Resolver<ResolversTypes['UserRole'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['UserStatus'], ParentType, ContextType>;
  invitedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  ownLimits?: Resolver<Maybe<ResolversTypes['Limits']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UserConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserConnection'] = ResolversParentTypes['UserConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['User']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type MachineClientResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MachineClient'] = ResolversParentTypes['MachineClient']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  clientId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  scopes?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  revokedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MachineClientConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MachineClientConnection'] = ResolversParentTypes['MachineClientConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['MachineClient']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type GrantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Grant'] = ResolversParentTypes['Grant']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  subject?: Resolver<ResolversTypes['GrantSubject'], ParentType, ContextType>;
  model?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  regions?: Resolver<Maybe<Array<ResolversTypes['Region']>>, ParentType, ContextType>;
  effect?: Resolver<ResolversTypes['GrantEffect'], ParentType, ContextType>;
  validFrom?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  validUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type GrantSubjectResolvers<ContextType = Context, ParentType extends ResolversParentTypes['GrantSubject'] = ResolversParentTypes['GrantSubject']> = {
  kind?: Resolver<ResolversTypes['SubjectKind'], ParentType, ContextType>;
  userId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  apiKeyId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type GrantConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['GrantConnection'] = ResolversParentTypes['GrantConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['Grant']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ApiKeyResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiKey'] = ResolversParentTypes['ApiKey']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  keyId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  owner?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ApiKeyStatus'], ParentType, ContextType>;
  secrets?: Resolver<Array<ResolversTypes['ApiKeySecret']>, ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  ownLimits?: Resolver<Maybe<ResolversTypes['Limits']>, ParentType, ContextType>;
  revokedReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ApiKeySecretResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiKeySecret'] = ResolversParentTypes['ApiKeySecret']> = {
  fingerprint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  validUntil?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ApiKeyConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiKeyConnection'] = ResolversParentTypes['ApiKeyConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ModelResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Model'] = ResolversParentTypes['Model']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  modelId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  displayName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  aliases?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  contextWindow?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxOutputTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  profiles?: Resolver<Array<ResolversTypes['ModelProfile']>, ParentType, ContextType>;
  betas?: Resolver<Maybe<Array<ResolversTypes['BetaRule']>>, ParentType, ContextType>;
  prices?: Resolver<Array<ResolversTypes['Price']>, ParentType, ContextType, Partial<ModelPricesArgs>>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelProfileResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelProfile'] = ResolversParentTypes['ModelProfile']> = {
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  reach?: Resolver<ResolversTypes['Residency'], ParentType, ContextType>;
  bedrockModelId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type BetaRuleResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BetaRule'] = ResolversParentTypes['BetaRule']> = {
  match?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  send?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  fields?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  regions?: Resolver<Maybe<Array<ResolversTypes['Region']>>, ParentType, ContextType>;
};

export type PriceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Price'] = ResolversParentTypes['Price']> = {
  book?: Resolver<ResolversTypes['PriceBook'], ParentType, ContextType>;
  effectiveFrom?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  inputPerMillionUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  outputPerMillionUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheReadPerMillionUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheWrite5mPerMillionUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheWrite1hPerMillionUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
};

export type ModelConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelConnection'] = ResolversParentTypes['ModelConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['Model']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type UsageReportResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UsageReport'] = ResolversParentTypes['UsageReport']> = {
  series?: Resolver<Array<ResolversTypes['UsageSeries']>, ParentType, ContextType>;
  totals?: Resolver<ResolversTypes['UsageCounts'], ParentType, ContextType>;
  asOf?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  csv?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type UsageSeriesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UsageSeries'] = ResolversParentTypes['UsageSeries']> = {
  userId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  apiKeyId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  model?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['Region']>, ParentType, ContextType>;
  points?: Resolver<Array<ResolversTypes['UsagePoint']>, ParentType, ContextType>;
  totals?: Resolver<ResolversTypes['UsageCounts'], ParentType, ContextType>;
};

export type UsagePointResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UsagePoint'] = ResolversParentTypes['UsagePoint']> = {
  start?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  counts?: Resolver<ResolversTypes['UsageCounts'], ParentType, ContextType>;
};

export type UsageCountsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UsageCounts'] = ResolversParentTypes['UsageCounts']> = {
  requests?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  errors?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  partial?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  refused?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  inputTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  outputTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheReadTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheWrite5mTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheWrite1hTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  costUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
};

export type AuditEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditEvent'] = ResolversParentTypes['AuditEvent']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  actor?: Resolver<ResolversTypes['AuditActor'], ParentType, ContextType>;
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  targetType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  targetId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['AuditOutcome'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  requestId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  changes?: Resolver<Array<ResolversTypes['FieldChange']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AuditActorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditActor'] = ResolversParentTypes['AuditActor']> = {
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type FieldChangeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['FieldChange'] = ResolversParentTypes['FieldChange']> = {
  field?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  before?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  after?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type AuditEventConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditEventConnection'] = ResolversParentTypes['AuditEventConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['AuditEvent']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type KillSwitchResolvers<ContextType = Context, ParentType extends ResolversParentTypes['KillSwitch'] = ResolversParentTypes['KillSwitch']> = {
  scope?: Resolver<ResolversTypes['KillScope'], ParentType, ContextType>;
  targetId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  on?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  setBy?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  setAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  regions?: Resolver<Array<ResolversTypes['KillSwitchRegion']>, ParentType, ContextType>;
};

export type KillSwitchRegionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['KillSwitchRegion'] = ResolversParentTypes['KillSwitchRegion']> = {
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  on?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  viewer?: Resolver<ResolversTypes['Viewer'], ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  queryCost?: Resolver<ResolversTypes['QueryCost'], ParentType, ContextType>;
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType, RequireFields<QueryTenantArgs, 'slug'>>;
  tenants?: Resolver<ResolversTypes['TenantConnection'], ParentType, ContextType, RequireFields<QueryTenantsArgs, 'first'>>;
  slugAvailable?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<QuerySlugAvailableArgs, 'slug'>>;
  models?: Resolver<ResolversTypes['ModelConnection'], ParentType, ContextType, RequireFields<QueryModelsArgs, 'first'>>;
  killSwitches?: Resolver<Array<ResolversTypes['KillSwitch']>, ParentType, ContextType>;
  platformAuditEvents?: Resolver<ResolversTypes['AuditEventConnection'], ParentType, ContextType, RequireFields<QueryPlatformAuditEventsArgs, 'first'>>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  createTenant?: Resolver<ResolversTypes['CreateTenantPayload'], ParentType, ContextType, RequireFields<MutationCreateTenantArgs, 'input'>>;
  updateTenant?: Resolver<ResolversTypes['UpdateTenantPayload'], ParentType, ContextType, RequireFields<MutationUpdateTenantArgs, 'input'>>;
  changeTenantTier?: Resolver<ResolversTypes['ChangeTenantTierPayload'], ParentType, ContextType, RequireFields<MutationChangeTenantTierArgs, 'input'>>;
  suspendTenant?: Resolver<ResolversTypes['SuspendTenantPayload'], ParentType, ContextType, RequireFields<MutationSuspendTenantArgs, 'input'>>;
  resumeTenant?: Resolver<ResolversTypes['ResumeTenantPayload'], ParentType, ContextType, RequireFields<MutationResumeTenantArgs, 'input'>>;
  setTenantLimits?: Resolver<ResolversTypes['SetTenantLimitsPayload'], ParentType, ContextType, RequireFields<MutationSetTenantLimitsArgs, 'input'>>;
  setSubjectLimits?: Resolver<ResolversTypes['SetSubjectLimitsPayload'], ParentType, ContextType, RequireFields<MutationSetSubjectLimitsArgs, 'input'>>;
  inviteUser?: Resolver<ResolversTypes['InviteUserPayload'], ParentType, ContextType, RequireFields<MutationInviteUserArgs, 'input'>>;
  updateUser?: Resolver<ResolversTypes['UpdateUserPayload'], ParentType, ContextType, RequireFields<MutationUpdateUserArgs, 'input'>>;
  disableUser?: Resolver<ResolversTypes['DisableUserPayload'], ParentType, ContextType, RequireFields<MutationDisableUserArgs, 'input'>>;
  enableUser?: Resolver<ResolversTypes['EnableUserPayload'], ParentType, ContextType, RequireFields<MutationEnableUserArgs, 'input'>>;
  createGrant?: Resolver<ResolversTypes['CreateGrantPayload'], ParentType, ContextType, RequireFields<MutationCreateGrantArgs, 'input'>>;
  revokeGrant?: Resolver<ResolversTypes['RevokeGrantPayload'], ParentType, ContextType, RequireFields<MutationRevokeGrantArgs, 'input'>>;
  createApiKey?: Resolver<ResolversTypes['CreateApiKeyPayload'], ParentType, ContextType, RequireFields<MutationCreateApiKeyArgs, 'input'>>;
  rotateApiKey?: Resolver<ResolversTypes['RotateApiKeyPayload'], ParentType, ContextType, RequireFields<MutationRotateApiKeyArgs, 'input'>>;
  updateApiKey?: Resolver<ResolversTypes['UpdateApiKeyPayload'], ParentType, ContextType, RequireFields<MutationUpdateApiKeyArgs, 'input'>>;
  revokeApiKey?: Resolver<ResolversTypes['RevokeApiKeyPayload'], ParentType, ContextType, RequireFields<MutationRevokeApiKeyArgs, 'input'>>;
  reportLeakedKey?: Resolver<ResolversTypes['ReportLeakedKeyPayload'], ParentType, ContextType, RequireFields<MutationReportLeakedKeyArgs, 'input'>>;
  createMachineClient?: Resolver<ResolversTypes['CreateMachineClientPayload'], ParentType, ContextType, RequireFields<MutationCreateMachineClientArgs, 'input'>>;
  revokeMachineClient?: Resolver<ResolversTypes['RevokeMachineClientPayload'], ParentType, ContextType, RequireFields<MutationRevokeMachineClientArgs, 'input'>>;
  setModelEnabled?: Resolver<ResolversTypes['SetModelEnabledPayload'], ParentType, ContextType, RequireFields<MutationSetModelEnabledArgs, 'input'>>;
  schedulePrice?: Resolver<ResolversTypes['SchedulePricePayload'], ParentType, ContextType, RequireFields<MutationSchedulePriceArgs, 'input'>>;
  setKillSwitch?: Resolver<ResolversTypes['SetKillSwitchPayload'], ParentType, ContextType, RequireFields<MutationSetKillSwitchArgs, 'input'>>;
  startViewAs?: Resolver<ResolversTypes['StartViewAsPayload'], ParentType, ContextType, RequireFields<MutationStartViewAsArgs, 'input'>>;
  endViewAs?: Resolver<ResolversTypes['EndViewAsPayload'], ParentType, ContextType, RequireFields<MutationEndViewAsArgs, 'input'>>;
};

export type CreateTenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateTenantPayload'] = ResolversParentTypes['CreateTenantPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type UpdateTenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UpdateTenantPayload'] = ResolversParentTypes['UpdateTenantPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ChangeTenantTierPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ChangeTenantTierPayload'] = ResolversParentTypes['ChangeTenantTierPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SuspendTenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SuspendTenantPayload'] = ResolversParentTypes['SuspendTenantPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ResumeTenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResumeTenantPayload'] = ResolversParentTypes['ResumeTenantPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SetTenantLimitsPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetTenantLimitsPayload'] = ResolversParentTypes['SetTenantLimitsPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SetSubjectLimitsPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetSubjectLimitsPayload'] = ResolversParentTypes['SetSubjectLimitsPayload']> = {
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type InviteUserPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['InviteUserPayload'] = ResolversParentTypes['InviteUserPayload']> = {
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type UpdateUserPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UpdateUserPayload'] = ResolversParentTypes['UpdateUserPayload']> = {
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type DisableUserPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DisableUserPayload'] = ResolversParentTypes['DisableUserPayload']> = {
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  revokedApiKeys?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type EnableUserPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EnableUserPayload'] = ResolversParentTypes['EnableUserPayload']> = {
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CreateGrantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateGrantPayload'] = ResolversParentTypes['CreateGrantPayload']> = {
  grant?: Resolver<Maybe<ResolversTypes['Grant']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RevokeGrantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RevokeGrantPayload'] = ResolversParentTypes['RevokeGrantPayload']> = {
  revokedGrantId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CreateApiKeyPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateApiKeyPayload'] = ResolversParentTypes['CreateApiKeyPayload']> = {
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RotateApiKeyPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RotateApiKeyPayload'] = ResolversParentTypes['RotateApiKeyPayload']> = {
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type UpdateApiKeyPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UpdateApiKeyPayload'] = ResolversParentTypes['UpdateApiKeyPayload']> = {
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RevokeApiKeyPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RevokeApiKeyPayload'] = ResolversParentTypes['RevokeApiKeyPayload']> = {
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ReportLeakedKeyPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReportLeakedKeyPayload'] = ResolversParentTypes['ReportLeakedKeyPayload']> = {
  revoked?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CreateMachineClientPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateMachineClientPayload'] = ResolversParentTypes['CreateMachineClientPayload']> = {
  machineClient?: Resolver<Maybe<ResolversTypes['MachineClient']>, ParentType, ContextType>;
  clientSecret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RevokeMachineClientPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RevokeMachineClientPayload'] = ResolversParentTypes['RevokeMachineClientPayload']> = {
  machineClient?: Resolver<Maybe<ResolversTypes['MachineClient']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SetModelEnabledPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetModelEnabledPayload'] = ResolversParentTypes['SetModelEnabledPayload']> = {
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SchedulePricePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SchedulePricePayload'] = ResolversParentTypes['SchedulePricePayload']> = {
  price?: Resolver<Maybe<ResolversTypes['Price']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SetKillSwitchPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetKillSwitchPayload'] = ResolversParentTypes['SetKillSwitchPayload']> = {
  killSwitch?: Resolver<Maybe<ResolversTypes['KillSwitch']>, ParentType, ContextType>;
  affected?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type StartViewAsPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StartViewAsPayload'] = ResolversParentTypes['StartViewAsPayload']> = {
  viewAs?: Resolver<Maybe<ResolversTypes['ViewAs']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type EndViewAsPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EndViewAsPayload'] = ResolversParentTypes['EndViewAsPayload']> = {
  viewAs?: Resolver<Maybe<ResolversTypes['ViewAs']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  BigInt?: GraphQLScalarType;
  Decimal?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Date?: GraphQLScalarType;
  Node?: NodeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
  Viewer?: ViewerResolvers<ContextType>;
  ViewAs?: ViewAsResolvers<ContextType>;
  QueryCost?: QueryCostResolvers<ContextType>;
  Tenant?: TenantResolvers<ContextType>;
  Limits?: LimitsResolvers<ContextType>;
  Budget?: BudgetResolvers<ContextType>;
  BudgetStatus?: BudgetStatusResolvers<ContextType>;
  OnboardingKit?: OnboardingKitResolvers<ContextType>;
  TenantConnection?: TenantConnectionResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  UserConnection?: UserConnectionResolvers<ContextType>;
  MachineClient?: MachineClientResolvers<ContextType>;
  MachineClientConnection?: MachineClientConnectionResolvers<ContextType>;
  Grant?: GrantResolvers<ContextType>;
  GrantSubject?: GrantSubjectResolvers<ContextType>;
  GrantConnection?: GrantConnectionResolvers<ContextType>;
  ApiKey?: ApiKeyResolvers<ContextType>;
  ApiKeySecret?: ApiKeySecretResolvers<ContextType>;
  ApiKeyConnection?: ApiKeyConnectionResolvers<ContextType>;
  Model?: ModelResolvers<ContextType>;
  ModelProfile?: ModelProfileResolvers<ContextType>;
  BetaRule?: BetaRuleResolvers<ContextType>;
  Price?: PriceResolvers<ContextType>;
  ModelConnection?: ModelConnectionResolvers<ContextType>;
  UsageReport?: UsageReportResolvers<ContextType>;
  UsageSeries?: UsageSeriesResolvers<ContextType>;
  UsagePoint?: UsagePointResolvers<ContextType>;
  UsageCounts?: UsageCountsResolvers<ContextType>;
  AuditEvent?: AuditEventResolvers<ContextType>;
  AuditActor?: AuditActorResolvers<ContextType>;
  FieldChange?: FieldChangeResolvers<ContextType>;
  AuditEventConnection?: AuditEventConnectionResolvers<ContextType>;
  KillSwitch?: KillSwitchResolvers<ContextType>;
  KillSwitchRegion?: KillSwitchRegionResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  CreateTenantPayload?: CreateTenantPayloadResolvers<ContextType>;
  UpdateTenantPayload?: UpdateTenantPayloadResolvers<ContextType>;
  ChangeTenantTierPayload?: ChangeTenantTierPayloadResolvers<ContextType>;
  SuspendTenantPayload?: SuspendTenantPayloadResolvers<ContextType>;
  ResumeTenantPayload?: ResumeTenantPayloadResolvers<ContextType>;
  SetTenantLimitsPayload?: SetTenantLimitsPayloadResolvers<ContextType>;
  SetSubjectLimitsPayload?: SetSubjectLimitsPayloadResolvers<ContextType>;
  InviteUserPayload?: InviteUserPayloadResolvers<ContextType>;
  UpdateUserPayload?: UpdateUserPayloadResolvers<ContextType>;
  DisableUserPayload?: DisableUserPayloadResolvers<ContextType>;
  EnableUserPayload?: EnableUserPayloadResolvers<ContextType>;
  CreateGrantPayload?: CreateGrantPayloadResolvers<ContextType>;
  RevokeGrantPayload?: RevokeGrantPayloadResolvers<ContextType>;
  CreateApiKeyPayload?: CreateApiKeyPayloadResolvers<ContextType>;
  RotateApiKeyPayload?: RotateApiKeyPayloadResolvers<ContextType>;
  UpdateApiKeyPayload?: UpdateApiKeyPayloadResolvers<ContextType>;
  RevokeApiKeyPayload?: RevokeApiKeyPayloadResolvers<ContextType>;
  ReportLeakedKeyPayload?: ReportLeakedKeyPayloadResolvers<ContextType>;
  CreateMachineClientPayload?: CreateMachineClientPayloadResolvers<ContextType>;
  RevokeMachineClientPayload?: RevokeMachineClientPayloadResolvers<ContextType>;
  SetModelEnabledPayload?: SetModelEnabledPayloadResolvers<ContextType>;
  SchedulePricePayload?: SchedulePricePayloadResolvers<ContextType>;
  SetKillSwitchPayload?: SetKillSwitchPayloadResolvers<ContextType>;
  StartViewAsPayload?: StartViewAsPayloadResolvers<ContextType>;
  EndViewAsPayload?: EndViewAsPayloadResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = Context> = {
  auth?: AuthDirectiveResolver<any, any, ContextType>;
};
