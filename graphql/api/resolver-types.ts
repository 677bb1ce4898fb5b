// Made from schema.graphql by `npm run generate`.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ApiKey as ApiKeySource, SecretOfKey as SecretOfKeySource } from '../../tenancy/api-key.ts';
import type { LinkedEntry as LinkedEntrySource } from '../../tenancy/audit-chain.ts';
import type { BillingAdjustment as BillingAdjustmentSource, BillingPeriod as BillingPeriodSource } from '../../tenancy/billing-period.ts';
import type { BillingBoard } from './billing-days.ts';
import type { BillingCommand as BillingCommandSource } from '../../tenancy/billing-command.ts';
import type { BillingDay as BillingDaySource } from '../../tenancy/billing-day.ts';
import type { BillingDayRun as BillingDayRunSource } from '../../tenancy/billing-schedule.ts';
import type { RatedLine as RatedLineSource } from '../../tenancy/rating.ts';
import type { MonthMargin, MarginPart, PushedDay } from './billing-periods.ts';
import type { MonthTotals } from '../../tenancy/billed-month.ts';
import type { BillingRun as BillingRunSource } from '../../tenancy/table/billing-runs.ts';
import type { Budget as BudgetSource, Limits as LimitsSource } from '../../tenancy/limit.ts';
import type { DriftReport as DriftReportSource } from '../../tenancy/drift.ts';
import type { Export as ExportSource } from '../../tenancy/export.ts';
import type { Grant as GrantSource } from '../../tenancy/grant.ts';
import type { IdentityProvider as IdentityProviderSource } from '../../tenancy/identity-provider.ts';
import type { Invoice as InvoiceSource } from '../../tenancy/invoice.ts';
import type { MachineClient as MachineClientSource, User as UserSource } from '../../tenancy/user.ts';
import type { Model as ModelSource } from '../../tenancy/model.ts';
import type { StoredRequest as StoredRequestSource } from '../../tenancy/table/request-entity.ts';
import type { BilledRequest, RequestLine } from './request-billing.ts';
import type { TokenCosts as TokenCostsSource, Reservation as ReservationSource, Settlement as SettlementSource, TokenCounts as TokenCountsSource } from '../../tenancy/usage.ts';
import type { MoneyPart as MoneyPartSource, MoneyReason as MoneyReasonSource, MoneyReport as MoneyReportSource } from '../../tenancy/money-drift.ts';
import type { Price as PriceSource } from '../../tenancy/price.ts';
import type { PurgePreview as PurgePreviewSource } from '../../tenancy/table/purge.ts';
import type { RouteBinding as RouteBindingSource } from '../../tenancy/route-binding.ts';
import type { ScheduledTier as ScheduledTierSource, Tenant as TenantSource } from '../../tenancy/tenant.ts';
import type { Operation as OperationSource, OperationStep as OperationStepSource } from '../../tenancy/operation.ts';
import type { Principal as PrincipalSource } from './principal.ts';
import type { ViewAs as ViewAsSource } from '../../tenancy/table/view-as.ts';
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
  BigInt: { input: bigint; output: bigint; }
  Decimal: { input: string; output: string; }
  DateTime: { input: number; output: number; }
  Date: { input: string; output: string; }
  Month: { input: string; output: string; }
};

export type Policy =
  | 'PARENT'
  | 'AUTHENTICATED'
  | 'PLATFORM_READ'
  | 'PLATFORM_WRITE'
  | 'BILLING_WRITE'
  | 'TENANT_READ'
  | 'TENANT_ADMIN_READ'
  | 'TENANT_ADMIN_WRITE'
  | 'SELF_READ'
  | 'SELF_WRITE';

export type Node = {
  id: Scalars['ID']['output'];
};

export type PageInfo = {
  __typename?: 'PageInfo';
  hasNextPage: Scalars['Boolean']['output'];
  endCursor: Maybe<Scalars['String']['output']>;
};

export type UserError = {
  __typename?: 'UserError';
  code: UserErrorCode;
  field: Maybe<Array<Scalars['String']['output']>>;
  message: Scalars['String']['output'];
};

export type UserErrorCode =
  | 'INVALID'
  | 'NOT_FOUND'
  | 'TAKEN'
  | 'CONFLICT_VERSION'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_IN_PROGRESS'
  | 'BEYOND_OWN'
  | 'LAST_ADMIN'
  | 'WRONG_STATE'
  | 'LIMIT_REACHED'
  | 'SAME_PERSON';

export type Viewer = {
  __typename?: 'Viewer';
  identityId: Scalars['String']['output'];
  kind: ViewerKind;
  role: Maybe<Role>;
  scopes: Array<Scalars['String']['output']>;
  tenant: Maybe<Tenant>;
  user: Maybe<User>;
  viewingAs: Maybe<ViewAs>;
};

export type ViewerKind =
  | 'USER'
  | 'STAFF'
  | 'MACHINE';

export type Role =
  | 'PLATFORM_ADMIN'
  | 'PLATFORM_SUPPORT'
  | 'PLATFORM_BILLING'
  | 'TENANT_ADMIN'
  | 'TENANT_MEMBER';

export type ViewAs = {
  __typename?: 'ViewAs';
  id: Scalars['ID']['output'];
  tenantSlug: Scalars['String']['output'];
  reason: Scalars['String']['output'];
  expiresAt: Scalars['DateTime']['output'];
};

export type QueryCost = {
  __typename?: 'QueryCost';
  limit: Scalars['Int']['output'];
  capacity: Scalars['Int']['output'];
  refillPerSecond: Scalars['Int']['output'];
};

export type Tenant = Node & {
  __typename?: 'Tenant';
  id: Scalars['ID']['output'];
  slug: Scalars['String']['output'];
  name: Scalars['String']['output'];
  status: TenantStatus;
  statusReason: Maybe<Scalars['String']['output']>;
  closedAt: Maybe<Scalars['DateTime']['output']>;
  purgePreview: PurgePreview;
  tier: Tier;
  scheduledTier: Maybe<ScheduledTier>;
  homeRegion: Region;
  allowedRegions: Array<Region>;
  residency: Residency;
  proxyUrl: Scalars['String']['output'];
  limits: Limits;
  userLimits: Limits;
  keyLimits: Limits;
  budget: Maybe<BudgetStatus>;
  onboarding: OnboardingKit;
  killSwitch: Maybe<KillSwitch>;
  notes: Maybe<Scalars['String']['output']>;
  version: Scalars['Int']['output'];
  users: Maybe<UserConnection>;
  grants: Maybe<GrantConnection>;
  apiKeys: Maybe<ApiKeyConnection>;
  machineClients: Maybe<MachineClientConnection>;
  identityProvider: Maybe<IdentityProvider>;
  routeBindings: Maybe<RouteBindingConnection>;
  usage: Maybe<UsageReport>;
  request: Maybe<ModelRequest>;
  auditEvents: Maybe<AuditEventConnection>;
  exports: Maybe<ExportConnection>;
  operations: Maybe<TenantOperationConnection>;
  billingCommands: Maybe<BillingCommandConnection>;
  billingDays: Maybe<BillingDayConnection>;
  billingPeriods: Maybe<BillingPeriodConnection>;
  billingPeriod: Maybe<BillingPeriod>;
  invoices: Maybe<InvoiceConnection>;
};


export type TenantUsersArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantGrantsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantApiKeysArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantMachineClientsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantRouteBindingsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantUsageArgs = {
  input: UsageInput;
};


export type TenantRequestArgs = {
  id: Scalars['ID']['input'];
};


export type TenantAuditEventsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
};


export type TenantExportsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantOperationsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantBillingCommandsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantBillingDaysArgs = {
  month: Scalars['Month']['input'];
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantBillingPeriodsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type TenantBillingPeriodArgs = {
  month: Scalars['Month']['input'];
};


export type TenantInvoicesArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};

export type ScheduledTier = {
  __typename?: 'ScheduledTier';
  tier: Tier;
  effectiveAt: Scalars['DateTime']['output'];
};

export type TenantStatus =
  | 'PROVISIONING'
  | 'ACTIVE'
  | 'SUSPENDED'
  | 'CLOSING'
  | 'CLOSED';

export type Tier =
  | 'TRIAL'
  | 'STANDARD'
  | 'PREMIUM';

export type Region =
  | 'EU_CENTRAL_1'
  | 'EU_CENTRAL_2'
  | 'US_EAST_1';

export type Residency =
  | 'REGION'
  | 'GEO'
  | 'GLOBAL';

export type Limits = {
  __typename?: 'Limits';
  requestsPerMinute: Maybe<Scalars['Int']['output']>;
  tokensPerMinute: Maybe<Scalars['BigInt']['output']>;
  requestsPerDay: Maybe<Scalars['Int']['output']>;
  concurrentStreams: Maybe<Scalars['Int']['output']>;
  budget: Maybe<Budget>;
};

export type Budget = {
  __typename?: 'Budget';
  monthlyUsd: Scalars['Decimal']['output'];
  enforcement: Enforcement;
};

export type Enforcement =
  | 'HARD'
  | 'SOFT';

export type BudgetStatus = {
  __typename?: 'BudgetStatus';
  budget: Budget;
  committedUsd: Scalars['Decimal']['output'];
  asOf: Scalars['DateTime']['output'];
};

export type OnboardingKit = {
  __typename?: 'OnboardingKit';
  baseUrl: Scalars['String']['output'];
  settingsJson: Scalars['String']['output'];
  shellSnippet: Scalars['String']['output'];
};

export type TenantConnection = {
  __typename?: 'TenantConnection';
  nodes: Array<Tenant>;
  pageInfo: PageInfo;
};

export type User = Node & {
  __typename?: 'User';
  id: Scalars['ID']['output'];
  email: Scalars['String']['output'];
  displayName: Scalars['String']['output'];
  role: UserRole;
  status: UserStatus;
  invitedAt: Scalars['DateTime']['output'];
  ownLimits: Maybe<Limits>;
  version: Scalars['Int']['output'];
};

export type UserRole =
  | 'ADMIN'
  | 'MEMBER';

export type UserStatus =
  | 'INVITED'
  | 'ACTIVE'
  | 'DISABLED';

export type UserConnection = {
  __typename?: 'UserConnection';
  nodes: Array<User>;
  pageInfo: PageInfo;
};

export type MachineClient = Node & {
  __typename?: 'MachineClient';
  id: Scalars['ID']['output'];
  clientId: Scalars['String']['output'];
  name: Scalars['String']['output'];
  scopes: Array<Scalars['String']['output']>;
  expiresAt: Scalars['DateTime']['output'];
  revokedAt: Maybe<Scalars['DateTime']['output']>;
};

export type MachineClientConnection = {
  __typename?: 'MachineClientConnection';
  nodes: Array<MachineClient>;
  pageInfo: PageInfo;
};

export type IdentityProvider = {
  __typename?: 'IdentityProvider';
  kind: IdentityProviderKind;
  issuer: Scalars['String']['output'];
  audience: Scalars['String']['output'];
  jwksUri: Scalars['String']['output'];
  clientId: Maybe<Scalars['String']['output']>;
  identityClaim: Scalars['String']['output'];
  groupsClaim: Scalars['String']['output'];
  allowedGroups: Maybe<Array<Scalars['String']['output']>>;
  scopes: Array<Scalars['String']['output']>;
  verifiedAt: Scalars['DateTime']['output'];
  version: Scalars['Int']['output'];
};

export type IdentityProviderKind =
  | 'OIDC';

export type Grant = Node & {
  __typename?: 'Grant';
  id: Scalars['ID']['output'];
  subject: GrantSubject;
  model: Scalars['String']['output'];
  regions: Maybe<Array<Region>>;
  effect: GrantEffect;
  validFrom: Maybe<Scalars['DateTime']['output']>;
  validUntil: Maybe<Scalars['DateTime']['output']>;
};

export type GrantSubject = {
  __typename?: 'GrantSubject';
  kind: SubjectKind;
  userId: Maybe<Scalars['ID']['output']>;
  apiKeyId: Maybe<Scalars['ID']['output']>;
};

export type SubjectKind =
  | 'TENANT'
  | 'USER'
  | 'API_KEY';

export type GrantEffect =
  | 'ALLOW'
  | 'DENY'
  | 'RESTRICT';

export type GrantConnection = {
  __typename?: 'GrantConnection';
  nodes: Array<Grant>;
  pageInfo: PageInfo;
};

export type ApiKey = Node & {
  __typename?: 'ApiKey';
  id: Scalars['ID']['output'];
  keyId: Scalars['String']['output'];
  name: Scalars['String']['output'];
  owner: Maybe<User>;
  status: ApiKeyStatus;
  secrets: Array<ApiKeySecret>;
  expiresAt: Scalars['DateTime']['output'];
  lastUse: Maybe<ApiKeyUse>;
  ownLimits: Maybe<Limits>;
  revokedReason: Maybe<Scalars['String']['output']>;
  version: Scalars['Int']['output'];
};

export type ApiKeySecret = {
  __typename?: 'ApiKeySecret';
  fingerprint: Scalars['String']['output'];
  createdAt: Maybe<Scalars['DateTime']['output']>;
  validUntil: Scalars['DateTime']['output'];
  lastUsedAt: Maybe<Scalars['DateTime']['output']>;
};

export type ApiKeyUse = {
  __typename?: 'ApiKeyUse';
  at: Scalars['DateTime']['output'];
  region: Region;
  model: Scalars['String']['output'];
};

export type ApiKeyStatus =
  | 'ACTIVE'
  | 'ROTATING'
  | 'EXPIRED'
  | 'REVOKED'
  | 'OWNER_DISABLED';

export type ApiKeyConnection = {
  __typename?: 'ApiKeyConnection';
  nodes: Array<ApiKey>;
  pageInfo: PageInfo;
};

export type Model = Node & {
  __typename?: 'Model';
  id: Scalars['ID']['output'];
  modelId: Scalars['String']['output'];
  displayName: Scalars['String']['output'];
  aliases: Array<Scalars['String']['output']>;
  enabled: Scalars['Boolean']['output'];
  contextWindow: Scalars['Int']['output'];
  maxOutputTokens: Scalars['Int']['output'];
  profiles: Array<ModelProfile>;
  foundationModelId: Maybe<Scalars['String']['output']>;
  capabilities: Maybe<ModelCapabilities>;
  betas: Maybe<Array<BetaRule>>;
  version: Scalars['Int']['output'];
  prices: Array<Price>;
};


export type ModelPricesArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  region?: InputMaybe<Region>;
  tier?: InputMaybe<Tier>;
};

export type ModelProfile = {
  __typename?: 'ModelProfile';
  region: Region;
  reach: Residency;
  bedrockModelId: Maybe<Scalars['String']['output']>;
};

export type ModelCapabilities = {
  __typename?: 'ModelCapabilities';
  systemMessages: Scalars['Boolean']['output'];
  adaptiveThinking: Scalars['Boolean']['output'];
  thinkingBudgetTokens: Scalars['Int']['output'];
  outputConfig: Scalars['Boolean']['output'];
  longContextBeta: Maybe<Scalars['String']['output']>;
  dropFields: Array<Scalars['String']['output']>;
  countTokensRegions: Array<Region>;
};

export type BetaRule = {
  __typename?: 'BetaRule';
  match: Scalars['String']['output'];
  send: Maybe<Scalars['String']['output']>;
  fields: Array<Scalars['String']['output']>;
  regions: Maybe<Array<Region>>;
};

export type Price = {
  __typename?: 'Price';
  book: PriceBook;
  region: Maybe<Region>;
  tier: Maybe<Tier>;
  effectiveFrom: Scalars['DateTime']['output'];
  inputPerMillionUsd: Scalars['Decimal']['output'];
  outputPerMillionUsd: Scalars['Decimal']['output'];
  cacheReadPerMillionUsd: Scalars['Decimal']['output'];
  cacheWrite5mPerMillionUsd: Scalars['Decimal']['output'];
  cacheWrite1hPerMillionUsd: Scalars['Decimal']['output'];
};

export type PriceBook =
  | 'COST'
  | 'CHARGE';

export type ModelConnection = {
  __typename?: 'ModelConnection';
  nodes: Array<Model>;
  pageInfo: PageInfo;
};

export type RouteBinding = Node & {
  __typename?: 'RouteBinding';
  id: Scalars['ID']['output'];
  path: Scalars['String']['output'];
  agentName: Scalars['String']['output'];
  runtimeArn: Maybe<Scalars['String']['output']>;
  region: Region;
  enabled: Scalars['Boolean']['output'];
  version: Scalars['Int']['output'];
};

export type RouteBindingConnection = {
  __typename?: 'RouteBindingConnection';
  nodes: Array<RouteBinding>;
  pageInfo: PageInfo;
};

export type UsageInput = {
  from: Scalars['Date']['input'];
  to: Scalars['Date']['input'];
  grain?: UsageGrain;
  groupBy?: Array<UsageDimension>;
  userIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  apiKeyIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  models?: InputMaybe<Array<Scalars['String']['input']>>;
  regions?: InputMaybe<Array<Region>>;
};

export type UsageGrain =
  | 'HOUR'
  | 'DAY'
  | 'MONTH';

export type UsageDimension =
  | 'USER'
  | 'API_KEY'
  | 'MODEL'
  | 'REGION'
  | 'SESSION';

export type UsageReport = {
  __typename?: 'UsageReport';
  series: Array<UsageSeries>;
  totals: UsageCounts;
  asOf: Scalars['DateTime']['output'];
  csv: Scalars['String']['output'];
};

export type UsageSeries = {
  __typename?: 'UsageSeries';
  userId: Maybe<Scalars['ID']['output']>;
  apiKeyId: Maybe<Scalars['ID']['output']>;
  model: Maybe<Scalars['String']['output']>;
  region: Maybe<Region>;
  sessionId: Maybe<Scalars['String']['output']>;
  points: Array<UsagePoint>;
  totals: UsageCounts;
};

export type UsagePoint = {
  __typename?: 'UsagePoint';
  start: Scalars['DateTime']['output'];
  counts: UsageCounts;
};

export type UsageCounts = {
  __typename?: 'UsageCounts';
  requests: Scalars['BigInt']['output'];
  errors: Scalars['BigInt']['output'];
  partial: Scalars['BigInt']['output'];
  refused: Scalars['BigInt']['output'];
  throttledByOwnLimit: Scalars['BigInt']['output'];
  throttledBySharedCapacity: Scalars['BigInt']['output'];
  inputTokens: Scalars['BigInt']['output'];
  outputTokens: Scalars['BigInt']['output'];
  cacheReadTokens: Scalars['BigInt']['output'];
  cacheWrite5mTokens: Scalars['BigInt']['output'];
  cacheWrite1hTokens: Scalars['BigInt']['output'];
  costUsd: Scalars['Decimal']['output'];
  inputCostUsd: Scalars['Decimal']['output'];
  outputCostUsd: Scalars['Decimal']['output'];
  cacheReadCostUsd: Scalars['Decimal']['output'];
  cacheWrite5mCostUsd: Scalars['Decimal']['output'];
  cacheWrite1hCostUsd: Scalars['Decimal']['output'];
  unsplitCostUsd: Scalars['Decimal']['output'];
};

export type ModelRequest = {
  __typename?: 'ModelRequest';
  id: Scalars['ID']['output'];
  status: ModelRequestStatus;
  startedAt: Scalars['DateTime']['output'];
  region: Region;
  identityId: Scalars['String']['output'];
  user: Maybe<User>;
  callerType: CallerType;
  apiKey: Maybe<ApiKey>;
  keyFingerprint: Maybe<Scalars['String']['output']>;
  sessionId: Maybe<Scalars['String']['output']>;
  agentId: Maybe<Scalars['String']['output']>;
  parentAgentId: Maybe<Scalars['String']['output']>;
  traceId: Maybe<Scalars['String']['output']>;
  tier: Maybe<Tier>;
  model: Scalars['String']['output'];
  bedrockModelId: Maybe<Scalars['String']['output']>;
  stream: Scalars['Boolean']['output'];
  gates: Array<RequestGate>;
  reserved: RequestReservation;
  settlement: Maybe<RequestSettlement>;
  billing: Maybe<RequestBilling>;
};

export type RequestBilling = {
  __typename?: 'RequestBilling';
  day: BillingDay;
  amountUsd: Scalars['Decimal']['output'];
  lines: Array<RequestBillingLine>;
  period: BillingPeriod;
};

export type RequestBillingLine = {
  __typename?: 'RequestBillingLine';
  tokens: Scalars['BigInt']['output'];
  amountUsd: Scalars['Decimal']['output'];
  line: BillingLine;
};

export type ModelRequestStatus =
  | 'OPEN'
  | 'SETTLED';

export type CallerType =
  | 'USER'
  | 'MACHINE'
  | 'API_KEY'
  | 'PROVISIONING';

export type RequestGate = {
  __typename?: 'RequestGate';
  kind: SubjectKind;
  subjectId: Scalars['ID']['output'];
};

export type RequestReservation = {
  __typename?: 'RequestReservation';
  usd: Scalars['Decimal']['output'];
  inputTokens: Scalars['BigInt']['output'];
  outputTokens: Scalars['BigInt']['output'];
};

export type RequestSettlement = {
  __typename?: 'RequestSettlement';
  outcome: RequestOutcome;
  settledAt: Scalars['DateTime']['output'];
  firstByteAt: Maybe<Scalars['DateTime']['output']>;
  stopReason: Maybe<Scalars['String']['output']>;
  bedrockRequestId: Maybe<Scalars['String']['output']>;
  throttledBy: Maybe<RequestThrottle>;
  flags: Array<Scalars['String']['output']>;
  revision: Scalars['Int']['output'];
  tokens: RequestTokens;
  costUsd: Scalars['Decimal']['output'];
  costs: Maybe<RequestCosts>;
  replacedUsd: Maybe<Scalars['Decimal']['output']>;
};

export type RequestOutcome =
  | 'COMPLETED'
  | 'PARTIAL'
  | 'UPSTREAM_ERROR'
  | 'ORPHAN'
  | 'REFUSED';

export type RequestThrottle =
  | 'OWN_LIMIT'
  | 'SHARED_CAPACITY';

export type RequestTokens = {
  __typename?: 'RequestTokens';
  input: Scalars['BigInt']['output'];
  output: Scalars['BigInt']['output'];
  cacheRead: Scalars['BigInt']['output'];
  cacheWrite5m: Scalars['BigInt']['output'];
  cacheWrite1h: Scalars['BigInt']['output'];
};

export type RequestCosts = {
  __typename?: 'RequestCosts';
  inputUsd: Scalars['Decimal']['output'];
  outputUsd: Scalars['Decimal']['output'];
  cacheReadUsd: Scalars['Decimal']['output'];
  cacheWrite5mUsd: Scalars['Decimal']['output'];
  cacheWrite1hUsd: Scalars['Decimal']['output'];
};

export type AuditEvent = Node & {
  __typename?: 'AuditEvent';
  id: Scalars['ID']['output'];
  at: Scalars['DateTime']['output'];
  actor: AuditActor;
  action: Scalars['String']['output'];
  targetType: Scalars['String']['output'];
  targetId: Scalars['String']['output'];
  outcome: AuditOutcome;
  reason: Maybe<Scalars['String']['output']>;
  requestId: Scalars['String']['output'];
  changes: Array<FieldChange>;
  sequence: Maybe<Scalars['BigInt']['output']>;
  hash: Maybe<Scalars['String']['output']>;
  sealedText: Scalars['String']['output'];
  personalText: Maybe<Scalars['String']['output']>;
};

export type AuditActor = {
  __typename?: 'AuditActor';
  kind: Scalars['String']['output'];
  id: Scalars['String']['output'];
};

export type FieldChange = {
  __typename?: 'FieldChange';
  field: Scalars['String']['output'];
  before: Maybe<Scalars['String']['output']>;
  after: Maybe<Scalars['String']['output']>;
};

export type AuditOutcome =
  | 'ALLOWED'
  | 'DENIED'
  | 'FAILED';

export type AuditFilter = {
  from?: InputMaybe<Scalars['DateTime']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

export type AuditEventConnection = {
  __typename?: 'AuditEventConnection';
  nodes: Array<AuditEvent>;
  pageInfo: PageInfo;
};

export type Export = Node & {
  __typename?: 'Export';
  id: Scalars['ID']['output'];
  kind: ExportKind;
  from: Scalars['Date']['output'];
  to: Scalars['Date']['output'];
  status: ExportStatus;
  requestedBy: Scalars['String']['output'];
  requestedAt: Scalars['DateTime']['output'];
  finishedAt: Maybe<Scalars['DateTime']['output']>;
  fileName: Scalars['String']['output'];
  rows: Maybe<Scalars['BigInt']['output']>;
  bytes: Maybe<Scalars['BigInt']['output']>;
  sha256: Maybe<Scalars['String']['output']>;
  publicKey: Maybe<Scalars['String']['output']>;
  expiresAt: Scalars['DateTime']['output'];
  downloadUrl: Maybe<Scalars['String']['output']>;
  failure: Maybe<Scalars['String']['output']>;
};

export type ExportKind =
  | 'USAGE'
  | 'AUDIT'
  | 'ARCHIVE'
  | 'STATEMENT';

export type ExportStatus =
  | 'REQUESTED'
  | 'RUNNING'
  | 'READY'
  | 'FAILED'
  | 'EXPIRED';

export type ExportConnection = {
  __typename?: 'ExportConnection';
  nodes: Array<Export>;
  pageInfo: PageInfo;
};

export type TenantOperation = Node & {
  __typename?: 'TenantOperation';
  id: Scalars['ID']['output'];
  kind: TenantOperationKind;
  status: TenantOperationStatus;
  steps: Array<TenantOperationStep>;
  startedBy: Scalars['String']['output'];
  startedAt: Scalars['DateTime']['output'];
  finishedAt: Maybe<Scalars['DateTime']['output']>;
  dueAt: Maybe<Scalars['DateTime']['output']>;
  adminEmail: Maybe<Scalars['String']['output']>;
  reason: Maybe<Scalars['String']['output']>;
  purgeAt: Maybe<Scalars['DateTime']['output']>;
  archive: Maybe<Export>;
  tenant: Tenant;
};

export type TenantOperationStep = {
  __typename?: 'TenantOperationStep';
  name: Scalars['String']['output'];
  status: TenantOperationStepStatus;
  attempts: Scalars['Int']['output'];
  startedAt: Maybe<Scalars['DateTime']['output']>;
  finishedAt: Maybe<Scalars['DateTime']['output']>;
  detail: Maybe<Scalars['String']['output']>;
};

export type TenantOperationKind =
  | 'ONBOARD'
  | 'CLOSE';

export type TenantOperationStatus =
  | 'RUNNING'
  | 'WAITING'
  | 'SUCCEEDED'
  | 'FAILED';

export type TenantOperationStepStatus =
  | 'PENDING'
  | 'RUNNING'
  | 'DONE'
  | 'WAITING'
  | 'FAILED';

export type TenantOperationConnection = {
  __typename?: 'TenantOperationConnection';
  nodes: Array<TenantOperation>;
  pageInfo: PageInfo;
};

export type PurgePreview = {
  __typename?: 'PurgePreview';
  runningRequests: Scalars['Int']['output'];
  purged: Array<ItemCount>;
  kept: Array<ItemCount>;
  complete: Scalars['Boolean']['output'];
};

export type ItemCount = {
  __typename?: 'ItemCount';
  kind: Scalars['String']['output'];
  count: Scalars['Int']['output'];
};

export type BillingCommand = {
  __typename?: 'BillingCommand';
  id: Scalars['ID']['output'];
  kind: BillingCommandKind;
  state: BillingCommandState;
  requestedAt: Scalars['DateTime']['output'];
  requestedBy: Scalars['String']['output'];
  from: Maybe<Scalars['Date']['output']>;
  to: Maybe<Scalars['Date']['output']>;
  reason: Maybe<Scalars['String']['output']>;
  attempts: Scalars['Int']['output'];
  detail: Maybe<Scalars['String']['output']>;
  finishedAt: Maybe<Scalars['DateTime']['output']>;
};

export type BillingCommandKind =
  | 'CREATE_CUSTOMER'
  | 'FINAL_BILL'
  | 'RERATE';

export type BillingCommandState =
  | 'PENDING'
  | 'DONE'
  | 'FAILED';

export type BillingCommandConnection = {
  __typename?: 'BillingCommandConnection';
  nodes: Array<BillingCommand>;
  pageInfo: PageInfo;
};

export type BillingDay = Node & {
  __typename?: 'BillingDay';
  id: Scalars['ID']['output'];
  tenant: Tenant;
  day: Scalars['Date']['output'];
  revision: Scalars['Int']['output'];
  supersededBy: Maybe<Scalars['Int']['output']>;
  state: BillingDayState;
  requests: Maybe<Scalars['BigInt']['output']>;
  tokens: Maybe<BillingTokens>;
  chargeUsd: Maybe<Scalars['Decimal']['output']>;
  costUsd: Maybe<Scalars['Decimal']['output']>;
  marginUsd: Maybe<Scalars['Decimal']['output']>;
  lines: Array<BillingLine>;
  costLines: Array<BillingLine>;
  heldBy: Array<Scalars['String']['output']>;
  driftReports: Array<DriftReport>;
  driftOverride: Maybe<DriftOverride>;
  ratedAt: Maybe<Scalars['DateTime']['output']>;
  comparedAt: Maybe<Scalars['DateTime']['output']>;
  meterMicroUsd: Maybe<Scalars['BigInt']['output']>;
  pushedAt: Maybe<Scalars['DateTime']['output']>;
  verifiedAt: Maybe<Scalars['DateTime']['output']>;
  adjustedIn: Maybe<Scalars['Month']['output']>;
  version: Scalars['Int']['output'];
};

export type BillingDayState =
  | 'COLLECTING'
  | 'RATED'
  | 'DRIFT_BLOCKED'
  | 'APPROVED'
  | 'PUSHED'
  | 'VERIFIED'
  | 'FAILED';

export type BillingTokens = {
  __typename?: 'BillingTokens';
  input: Scalars['BigInt']['output'];
  output: Scalars['BigInt']['output'];
  cacheRead: Scalars['BigInt']['output'];
  cacheWrite5m: Scalars['BigInt']['output'];
  cacheWrite1h: Scalars['BigInt']['output'];
};

export type TokenClass =
  | 'INPUT'
  | 'OUTPUT'
  | 'CACHE_READ'
  | 'CACHE_WRITE_5M'
  | 'CACHE_WRITE_1H';

export type BillingLine = {
  __typename?: 'BillingLine';
  model: Scalars['String']['output'];
  region: Region;
  tier: Maybe<Tier>;
  tokenClass: TokenClass;
  charged: Scalars['Boolean']['output'];
  priceId: Scalars['String']['output'];
  perMillionUsd: Scalars['Decimal']['output'];
  tokens: Scalars['BigInt']['output'];
  amountUsd: Scalars['Decimal']['output'];
};

export type BillingDayConnection = {
  __typename?: 'BillingDayConnection';
  nodes: Array<BillingDay>;
  pageInfo: PageInfo;
};

export type BillingBoardConnection = {
  __typename?: 'BillingBoardConnection';
  nodes: Array<BillingDay>;
  pageInfo: PageInfo;
  counts: BillingDayCounts;
};

export type BillingDayCounts = {
  __typename?: 'BillingDayCounts';
  states: Array<BillingDayCount>;
  complete: Scalars['Boolean']['output'];
};

export type BillingDayCount = {
  __typename?: 'BillingDayCount';
  state: BillingDayState;
  count: Scalars['Int']['output'];
};

export type DriftReport = {
  __typename?: 'DriftReport';
  accountId: Scalars['String']['output'];
  region: Region;
  leg: DriftLeg;
  source: DriftSource;
  union: Scalars['Int']['output'];
  allowed: Scalars['Int']['output'];
  onlyOurs: Scalars['Int']['output'];
  onlyTheirs: Scalars['Int']['output'];
  differing: Scalars['Int']['output'];
  sampleOurs: Array<Scalars['String']['output']>;
  sampleTheirs: Array<Scalars['String']['output']>;
  sampleDiffering: Array<Scalars['String']['output']>;
};

export type DriftLeg =
  | 'REQUESTS'
  | 'TOKENS';

export type DriftSource =
  | 'COMPLETE'
  | 'LATE'
  | 'ABSENT';

export type DriftOverride = {
  __typename?: 'DriftOverride';
  requestedBy: Scalars['String']['output'];
  reason: Scalars['String']['output'];
  requestedAt: Scalars['DateTime']['output'];
  approvedBy: Maybe<Scalars['String']['output']>;
  approvedAt: Maybe<Scalars['DateTime']['output']>;
};

export type BillingPeriod = Node & {
  __typename?: 'BillingPeriod';
  id: Scalars['ID']['output'];
  tenant: Tenant;
  month: Scalars['Month']['output'];
  state: BillingPeriodState;
  why: Maybe<Scalars['String']['output']>;
  totals: BillingPeriodTotals;
  waitsFor: Array<Scalars['Date']['output']>;
  days: BillingDayConnection;
  pushes: Array<BillingPush>;
  adjustments: Array<BillingAdjustment>;
  margin: BillingMargin;
  moneyReports: Array<MoneyReport>;
  moneyReasons: Array<MoneyReason>;
  moneyComparedAt: Maybe<Scalars['DateTime']['output']>;
  moneyOverride: Maybe<MoneyOverride>;
  closedAt: Maybe<Scalars['DateTime']['output']>;
  invoice: Maybe<Invoice>;
  version: Scalars['Int']['output'];
};


export type BillingPeriodDaysArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};

export type BillingPeriodState =
  | 'OPEN'
  | 'CLOSING'
  | 'CLOSED'
  | 'INVOICED';

export type MoneyReport = {
  __typename?: 'MoneyReport';
  region: Region;
  source: DriftSource;
  oursUsd: Maybe<Scalars['Decimal']['output']>;
  theirsUsd: Scalars['Decimal']['output'];
  models: Array<MoneyPart>;
  usageTypes: Array<MoneyPart>;
};

export type MoneyPart = {
  __typename?: 'MoneyPart';
  name: Scalars['String']['output'];
  usd: Scalars['Decimal']['output'];
};

export type MoneyReason = {
  __typename?: 'MoneyReason';
  kind: MoneyReasonKind;
  region: Region;
  text: Scalars['String']['output'];
};

export type MoneyReasonKind =
  | 'NOT_COMPARED'
  | 'SOURCE_LATE'
  | 'SOURCE_ABSENT'
  | 'COST_UNKNOWN'
  | 'DRIFT'
  | 'NOTHING_AGREES';

export type MoneyOverride = {
  __typename?: 'MoneyOverride';
  requestedBy: Scalars['String']['output'];
  reason: Scalars['String']['output'];
  requestedAt: Scalars['DateTime']['output'];
  approvedBy: Maybe<Scalars['String']['output']>;
  approvedAt: Maybe<Scalars['DateTime']['output']>;
};

export type BillingPeriodTotals = {
  __typename?: 'BillingPeriodTotals';
  usageUsd: Scalars['Decimal']['output'];
  adjustmentsUsd: Scalars['Decimal']['output'];
  chargeUsd: Scalars['Decimal']['output'];
  chargeNanoUsd: Scalars['BigInt']['output'];
  meterMicroUsd: Scalars['BigInt']['output'];
};

export type BillingPush = {
  __typename?: 'BillingPush';
  day: Scalars['Date']['output'];
  revision: Scalars['Int']['output'];
  state: BillingDayState;
  identifier: Scalars['String']['output'];
  microUsd: Scalars['BigInt']['output'];
  plannedAt: Scalars['DateTime']['output'];
  pushedAt: Maybe<Scalars['DateTime']['output']>;
  verifiedAt: Maybe<Scalars['DateTime']['output']>;
};

export type BillingAdjustment = {
  __typename?: 'BillingAdjustment';
  day: Scalars['Date']['output'];
  revision: Scalars['Int']['output'];
  landsIn: Scalars['Month']['output'];
  amountUsd: Scalars['Decimal']['output'];
  reason: Scalars['String']['output'];
  at: Scalars['DateTime']['output'];
};

export type BillingMargin = {
  __typename?: 'BillingMargin';
  days: Scalars['Int']['output'];
  chargeUsd: Scalars['Decimal']['output'];
  costUsd: Maybe<Scalars['Decimal']['output']>;
  marginUsd: Maybe<Scalars['Decimal']['output']>;
  byModel: Array<BillingMarginPart>;
  byRegion: Array<BillingMarginPart>;
};

export type BillingMarginPart = {
  __typename?: 'BillingMarginPart';
  name: Scalars['String']['output'];
  chargeUsd: Scalars['Decimal']['output'];
  costUsd: Maybe<Scalars['Decimal']['output']>;
  marginUsd: Maybe<Scalars['Decimal']['output']>;
};

export type BillingPeriodConnection = {
  __typename?: 'BillingPeriodConnection';
  nodes: Array<BillingPeriod>;
  pageInfo: PageInfo;
};

export type Invoice = {
  __typename?: 'Invoice';
  id: Scalars['ID']['output'];
  number: Maybe<Scalars['String']['output']>;
  state: InvoiceState;
  totalCents: Scalars['BigInt']['output'];
  dueCents: Scalars['BigInt']['output'];
  balanceAfterCents: Maybe<Scalars['BigInt']['output']>;
  periodStart: Scalars['DateTime']['output'];
  periodEnd: Scalars['DateTime']['output'];
  at: Scalars['DateTime']['output'];
  paymentFailedAt: Maybe<Scalars['DateTime']['output']>;
};

export type InvoiceState =
  | 'DRAFT'
  | 'OPEN'
  | 'UNCOLLECTIBLE'
  | 'PAID'
  | 'VOID';

export type InvoiceConnection = {
  __typename?: 'InvoiceConnection';
  nodes: Array<Invoice>;
  pageInfo: PageInfo;
};

export type BillingDayRun = {
  __typename?: 'BillingDayRun';
  day: Scalars['Date']['output'];
  askedAt: Maybe<Scalars['DateTime']['output']>;
  startedAt: Maybe<Scalars['DateTime']['output']>;
  endedAt: Maybe<Scalars['DateTime']['output']>;
  tenants: Maybe<Scalars['Int']['output']>;
  settled: Maybe<Scalars['Int']['output']>;
  quarantined: Maybe<Scalars['Int']['output']>;
  writtenAgain: Maybe<Scalars['Int']['output']>;
  corrected: Maybe<Scalars['Int']['output']>;
};

export type BillingRun = {
  __typename?: 'BillingRun';
  day: Scalars['Date']['output'];
  step: BillingStep;
  detail: Scalars['String']['output'];
  startedAt: Scalars['DateTime']['output'];
  running: Scalars['Boolean']['output'];
};

export type BillingStep =
  | 'COMPLETE'
  | 'COUNT'
  | 'CROSS_CHECK'
  | 'GATE'
  | 'PRICE'
  | 'PUSH'
  | 'VERIFY';

export type KillSwitch = {
  __typename?: 'KillSwitch';
  scope: KillScope;
  targetId: Maybe<Scalars['String']['output']>;
  on: Scalars['Boolean']['output'];
  reason: Maybe<Scalars['String']['output']>;
  setBy: Maybe<Scalars['String']['output']>;
  setAt: Maybe<Scalars['DateTime']['output']>;
  regions: Array<KillSwitchRegion>;
};

export type KillSwitchRegion = {
  __typename?: 'KillSwitchRegion';
  region: Region;
  on: Maybe<Scalars['Boolean']['output']>;
};

export type KillScope =
  | 'PLATFORM'
  | 'REGION'
  | 'MODEL'
  | 'TENANT'
  | 'USER'
  | 'API_KEY';

export type Query = {
  __typename?: 'Query';
  viewer: Viewer;
  node: Maybe<Node>;
  queryCost: QueryCost;
  tenant: Maybe<Tenant>;
  tenants: TenantConnection;
  slugAvailable: Scalars['Boolean']['output'];
  models: ModelConnection;
  machineClients: MachineClientConnection;
  killSwitches: Array<KillSwitch>;
  platformAuditEvents: AuditEventConnection;
  billingDays: BillingBoardConnection;
  billingRun: Maybe<BillingRun>;
  billingDayRuns: Array<BillingDayRun>;
};


export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


export type QueryTenantArgs = {
  slug: Scalars['String']['input'];
};


export type QueryTenantsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type QuerySlugAvailableArgs = {
  slug: Scalars['String']['input'];
};


export type QueryModelsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type QueryMachineClientsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type QueryPlatformAuditEventsArgs = {
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
};


export type QueryBillingDaysArgs = {
  day: Scalars['Date']['input'];
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
};


export type QueryBillingDayRunsArgs = {
  from: Scalars['Date']['input'];
  to: Scalars['Date']['input'];
};

export type Mutation = {
  __typename?: 'Mutation';
  createTenant: CreateTenantPayload;
  updateTenant: UpdateTenantPayload;
  changeTenantTier: ChangeTenantTierPayload;
  suspendTenant: SuspendTenantPayload;
  resumeTenant: ResumeTenantPayload;
  closeTenant: CloseTenantPayload;
  setPurgeDate: SetPurgeDatePayload;
  retryOperation: RetryOperationPayload;
  setTenantLimits: SetTenantLimitsPayload;
  setSubjectLimits: SetSubjectLimitsPayload;
  inviteUser: InviteUserPayload;
  updateUser: UpdateUserPayload;
  disableUser: DisableUserPayload;
  enableUser: EnableUserPayload;
  createGrant: CreateGrantPayload;
  revokeGrant: RevokeGrantPayload;
  createApiKey: CreateApiKeyPayload;
  rotateApiKey: RotateApiKeyPayload;
  updateApiKey: UpdateApiKeyPayload;
  revokeApiKey: RevokeApiKeyPayload;
  reportLeakedKey: ReportLeakedKeyPayload;
  createMachineClient: CreateMachineClientPayload;
  revokeMachineClient: RevokeMachineClientPayload;
  upsertModel: UpsertModelPayload;
  setInferenceProfile: SetInferenceProfilePayload;
  setModelEnabled: SetModelEnabledPayload;
  schedulePrice: SchedulePricePayload;
  cancelScheduledPrice: CancelScheduledPricePayload;
  requestDriftOverride: RequestDriftOverridePayload;
  approveDriftOverride: ApproveDriftOverridePayload;
  requestMoneyOverride: RequestMoneyOverridePayload;
  approveMoneyOverride: ApproveMoneyOverridePayload;
  rerateBillingDays: RerateBillingDaysPayload;
  retryBillingCommand: RetryBillingCommandPayload;
  requestStatement: RequestStatementPayload;
  requestExport: RequestExportPayload;
  setIdentityProvider: SetIdentityProviderPayload;
  upsertRouteBinding: UpsertRouteBindingPayload;
  deleteRouteBinding: DeleteRouteBindingPayload;
  setKillSwitch: SetKillSwitchPayload;
  startViewAs: StartViewAsPayload;
  endViewAs: EndViewAsPayload;
};


export type MutationCreateTenantArgs = {
  input: CreateTenantInput;
};


export type MutationUpdateTenantArgs = {
  input: UpdateTenantInput;
};


export type MutationChangeTenantTierArgs = {
  input: ChangeTenantTierInput;
};


export type MutationSuspendTenantArgs = {
  input: SuspendTenantInput;
};


export type MutationResumeTenantArgs = {
  input: ResumeTenantInput;
};


export type MutationCloseTenantArgs = {
  input: CloseTenantInput;
};


export type MutationSetPurgeDateArgs = {
  input: SetPurgeDateInput;
};


export type MutationRetryOperationArgs = {
  input: RetryOperationInput;
};


export type MutationSetTenantLimitsArgs = {
  input: SetTenantLimitsInput;
};


export type MutationSetSubjectLimitsArgs = {
  input: SetSubjectLimitsInput;
};


export type MutationInviteUserArgs = {
  input: InviteUserInput;
};


export type MutationUpdateUserArgs = {
  input: UpdateUserInput;
};


export type MutationDisableUserArgs = {
  input: DisableUserInput;
};


export type MutationEnableUserArgs = {
  input: EnableUserInput;
};


export type MutationCreateGrantArgs = {
  input: CreateGrantInput;
};


export type MutationRevokeGrantArgs = {
  input: RevokeGrantInput;
};


export type MutationCreateApiKeyArgs = {
  input: CreateApiKeyInput;
};


export type MutationRotateApiKeyArgs = {
  input: RotateApiKeyInput;
};


export type MutationUpdateApiKeyArgs = {
  input: UpdateApiKeyInput;
};


export type MutationRevokeApiKeyArgs = {
  input: RevokeApiKeyInput;
};


export type MutationReportLeakedKeyArgs = {
  input: ReportLeakedKeyInput;
};


export type MutationCreateMachineClientArgs = {
  input: CreateMachineClientInput;
};


export type MutationRevokeMachineClientArgs = {
  input: RevokeMachineClientInput;
};


export type MutationUpsertModelArgs = {
  input: UpsertModelInput;
};


export type MutationSetInferenceProfileArgs = {
  input: SetInferenceProfileInput;
};


export type MutationSetModelEnabledArgs = {
  input: SetModelEnabledInput;
};


export type MutationSchedulePriceArgs = {
  input: SchedulePriceInput;
};


export type MutationCancelScheduledPriceArgs = {
  input: CancelScheduledPriceInput;
};


export type MutationRequestDriftOverrideArgs = {
  input: RequestDriftOverrideInput;
};


export type MutationApproveDriftOverrideArgs = {
  input: ApproveDriftOverrideInput;
};


export type MutationRequestMoneyOverrideArgs = {
  input: RequestMoneyOverrideInput;
};


export type MutationApproveMoneyOverrideArgs = {
  input: ApproveMoneyOverrideInput;
};


export type MutationRerateBillingDaysArgs = {
  input: RerateBillingDaysInput;
};


export type MutationRetryBillingCommandArgs = {
  input: RetryBillingCommandInput;
};


export type MutationRequestStatementArgs = {
  input: RequestStatementInput;
};


export type MutationRequestExportArgs = {
  input: RequestExportInput;
};


export type MutationSetIdentityProviderArgs = {
  input: SetIdentityProviderInput;
};


export type MutationUpsertRouteBindingArgs = {
  input: UpsertRouteBindingInput;
};


export type MutationDeleteRouteBindingArgs = {
  input: DeleteRouteBindingInput;
};


export type MutationSetKillSwitchArgs = {
  input: SetKillSwitchInput;
};


export type MutationStartViewAsArgs = {
  input: StartViewAsInput;
};


export type MutationEndViewAsArgs = {
  input: EndViewAsInput;
};

export type LimitName =
  | 'REQUESTS_PER_MINUTE'
  | 'TOKENS_PER_MINUTE'
  | 'REQUESTS_PER_DAY'
  | 'CONCURRENT_STREAMS'
  | 'BUDGET';

export type LimitChangesInput = {
  reset?: InputMaybe<Array<LimitName>>;
  requestsPerMinute?: InputMaybe<Scalars['Int']['input']>;
  tokensPerMinute?: InputMaybe<Scalars['BigInt']['input']>;
  requestsPerDay?: InputMaybe<Scalars['Int']['input']>;
  concurrentStreams?: InputMaybe<Scalars['Int']['input']>;
  budget?: InputMaybe<BudgetInput>;
};

export type BudgetInput = {
  monthlyUsd: Scalars['Decimal']['input'];
  enforcement?: Enforcement;
};

export type CreateTenantInput = {
  idempotencyKey: Scalars['String']['input'];
  slug: Scalars['String']['input'];
  name: Scalars['String']['input'];
  tier: Tier;
  homeRegion: Region;
  allowedRegions?: InputMaybe<Array<Region>>;
  residency?: Residency;
  notes?: InputMaybe<Scalars['String']['input']>;
  adminEmail?: InputMaybe<Scalars['String']['input']>;
  adminName?: InputMaybe<Scalars['String']['input']>;
};

export type CreateTenantPayload = {
  __typename?: 'CreateTenantPayload';
  tenant: Maybe<Tenant>;
  operation: Maybe<TenantOperation>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type UpdateTenantInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  name?: InputMaybe<Scalars['String']['input']>;
  allowedRegions?: InputMaybe<Array<Region>>;
  residency?: InputMaybe<Residency>;
  notes?: InputMaybe<Scalars['String']['input']>;
};

export type UpdateTenantPayload = {
  __typename?: 'UpdateTenantPayload';
  tenant: Maybe<Tenant>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type ChangeTenantTierInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  tier: Tier;
  effectiveAt?: InputMaybe<Scalars['DateTime']['input']>;
};

export type ChangeTenantTierPayload = {
  __typename?: 'ChangeTenantTierPayload';
  replacedSchedule: Maybe<ScheduledTier>;
  tenant: Maybe<Tenant>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SuspendTenantInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  reason: Scalars['String']['input'];
};

export type SuspendTenantPayload = {
  __typename?: 'SuspendTenantPayload';
  tenant: Maybe<Tenant>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type ResumeTenantInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  reason: Scalars['String']['input'];
};

export type ResumeTenantPayload = {
  __typename?: 'ResumeTenantPayload';
  tenant: Maybe<Tenant>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type CloseTenantInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  confirmSlug: Scalars['String']['input'];
  reason: Scalars['String']['input'];
  purgeAfterDays?: InputMaybe<Scalars['Int']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
};

export type CloseTenantPayload = {
  __typename?: 'CloseTenantPayload';
  tenant: Maybe<Tenant>;
  operation: Maybe<TenantOperation>;
  preview: Maybe<PurgePreview>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SetPurgeDateInput = {
  idempotencyKey: Scalars['String']['input'];
  operationId: Scalars['ID']['input'];
  purgeAt: Scalars['DateTime']['input'];
  reason: Scalars['String']['input'];
};

export type SetPurgeDatePayload = {
  __typename?: 'SetPurgeDatePayload';
  operation: Maybe<TenantOperation>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RetryOperationInput = {
  idempotencyKey: Scalars['String']['input'];
  operationId: Scalars['ID']['input'];
  adminEmail?: InputMaybe<Scalars['String']['input']>;
};

export type RetryOperationPayload = {
  __typename?: 'RetryOperationPayload';
  operation: Maybe<TenantOperation>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SetTenantLimitsInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  subject?: SubjectKind;
  limits: LimitChangesInput;
};

export type SetTenantLimitsPayload = {
  __typename?: 'SetTenantLimitsPayload';
  tenant: Maybe<Tenant>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SetSubjectLimitsInput = {
  idempotencyKey: Scalars['String']['input'];
  subjectId: Scalars['ID']['input'];
  limits: LimitChangesInput;
};

export type SetSubjectLimitsPayload = {
  __typename?: 'SetSubjectLimitsPayload';
  user: Maybe<User>;
  apiKey: Maybe<ApiKey>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type InviteUserInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  email: Scalars['String']['input'];
  displayName: Scalars['String']['input'];
  role?: UserRole;
};

export type InviteUserPayload = {
  __typename?: 'InviteUserPayload';
  user: Maybe<User>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type UpdateUserInput = {
  idempotencyKey: Scalars['String']['input'];
  userId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  displayName?: InputMaybe<Scalars['String']['input']>;
  role?: InputMaybe<UserRole>;
};

export type UpdateUserPayload = {
  __typename?: 'UpdateUserPayload';
  user: Maybe<User>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type DisableUserInput = {
  idempotencyKey: Scalars['String']['input'];
  userId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  reason: Scalars['String']['input'];
  keepMachineClients?: Scalars['Boolean']['input'];
};

export type DisableUserPayload = {
  __typename?: 'DisableUserPayload';
  user: Maybe<User>;
  revokedApiKeys: Maybe<Scalars['Int']['output']>;
  revokedMachineClients: Maybe<Scalars['Int']['output']>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type EnableUserInput = {
  idempotencyKey: Scalars['String']['input'];
  userId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
};

export type EnableUserPayload = {
  __typename?: 'EnableUserPayload';
  user: Maybe<User>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type CreateGrantInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  subjectId?: InputMaybe<Scalars['ID']['input']>;
  model: Scalars['String']['input'];
  regions?: InputMaybe<Array<Region>>;
  effect?: GrantEffect;
  validFrom?: InputMaybe<Scalars['DateTime']['input']>;
  validUntil?: InputMaybe<Scalars['DateTime']['input']>;
};

export type CreateGrantPayload = {
  __typename?: 'CreateGrantPayload';
  grant: Maybe<Grant>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RevokeGrantInput = {
  idempotencyKey: Scalars['String']['input'];
  grantId: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};

export type RevokeGrantPayload = {
  __typename?: 'RevokeGrantPayload';
  revokedGrantId: Maybe<Scalars['ID']['output']>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type CreateApiKeyInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  ownerId?: InputMaybe<Scalars['ID']['input']>;
  name: Scalars['String']['input'];
  expiresInDays?: Scalars['Int']['input'];
};

export type CreateApiKeyPayload = {
  __typename?: 'CreateApiKeyPayload';
  apiKey: Maybe<ApiKey>;
  secret: Maybe<Scalars['String']['output']>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RotateApiKeyInput = {
  idempotencyKey: Scalars['String']['input'];
  apiKeyId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  overlapSeconds?: Scalars['Int']['input'];
  expiresInDays?: Scalars['Int']['input'];
  lostFingerprint?: InputMaybe<Scalars['String']['input']>;
};

export type RotateApiKeyPayload = {
  __typename?: 'RotateApiKeyPayload';
  apiKey: Maybe<ApiKey>;
  secret: Maybe<Scalars['String']['output']>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type UpdateApiKeyInput = {
  idempotencyKey: Scalars['String']['input'];
  apiKeyId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  name: Scalars['String']['input'];
};

export type UpdateApiKeyPayload = {
  __typename?: 'UpdateApiKeyPayload';
  apiKey: Maybe<ApiKey>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RevokeApiKeyInput = {
  idempotencyKey: Scalars['String']['input'];
  apiKeyId: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};

export type RevokeApiKeyPayload = {
  __typename?: 'RevokeApiKeyPayload';
  apiKey: Maybe<ApiKey>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type ReportLeakedKeyInput = {
  idempotencyKey: Scalars['String']['input'];
  key: Scalars['String']['input'];
  source: Scalars['String']['input'];
};

export type ReportLeakedKeyPayload = {
  __typename?: 'ReportLeakedKeyPayload';
  revoked: Maybe<Scalars['Boolean']['output']>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type CreateMachineClientInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  name: Scalars['String']['input'];
  scopes: Array<Scalars['String']['input']>;
  expiresInDays?: Scalars['Int']['input'];
};

export type CreateMachineClientPayload = {
  __typename?: 'CreateMachineClientPayload';
  machineClient: Maybe<MachineClient>;
  clientSecret: Maybe<Scalars['String']['output']>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RevokeMachineClientInput = {
  idempotencyKey: Scalars['String']['input'];
  machineClientId: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};

export type RevokeMachineClientPayload = {
  __typename?: 'RevokeMachineClientPayload';
  machineClient: Maybe<MachineClient>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type UpsertModelInput = {
  idempotencyKey: Scalars['String']['input'];
  model: Scalars['String']['input'];
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  displayName?: InputMaybe<Scalars['String']['input']>;
  foundationModelId?: InputMaybe<Scalars['String']['input']>;
  aliases?: InputMaybe<Array<Scalars['String']['input']>>;
  enabled?: InputMaybe<Scalars['Boolean']['input']>;
  contextWindow?: InputMaybe<Scalars['Int']['input']>;
  maxOutputTokens?: InputMaybe<Scalars['Int']['input']>;
  capabilities?: InputMaybe<ModelCapabilitiesInput>;
  betas?: InputMaybe<Array<BetaRuleInput>>;
};

export type ModelCapabilitiesInput = {
  systemMessages?: InputMaybe<Scalars['Boolean']['input']>;
  adaptiveThinking?: InputMaybe<Scalars['Boolean']['input']>;
  thinkingBudgetTokens?: InputMaybe<Scalars['Int']['input']>;
  outputConfig?: InputMaybe<Scalars['Boolean']['input']>;
  longContextBeta?: InputMaybe<Scalars['String']['input']>;
  dropFields?: InputMaybe<Array<Scalars['String']['input']>>;
  countTokensRegions?: InputMaybe<Array<Region>>;
};

export type BetaRuleInput = {
  match: Scalars['String']['input'];
  send?: InputMaybe<Scalars['String']['input']>;
  fields?: InputMaybe<Array<Scalars['String']['input']>>;
  regions?: InputMaybe<Array<Region>>;
};

export type UpsertModelPayload = {
  __typename?: 'UpsertModelPayload';
  model: Maybe<Model>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SetInferenceProfileInput = {
  idempotencyKey: Scalars['String']['input'];
  modelId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  region: Region;
  reach: Residency;
  bedrockModelId?: InputMaybe<Scalars['String']['input']>;
};

export type SetInferenceProfilePayload = {
  __typename?: 'SetInferenceProfilePayload';
  model: Maybe<Model>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SetModelEnabledInput = {
  idempotencyKey: Scalars['String']['input'];
  modelId: Scalars['ID']['input'];
  enabled: Scalars['Boolean']['input'];
  reason: Scalars['String']['input'];
};

export type SetModelEnabledPayload = {
  __typename?: 'SetModelEnabledPayload';
  model: Maybe<Model>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SchedulePriceInput = {
  idempotencyKey: Scalars['String']['input'];
  modelId: Scalars['ID']['input'];
  book: PriceBook;
  region?: InputMaybe<Region>;
  tier?: InputMaybe<Tier>;
  effectiveFrom: Scalars['DateTime']['input'];
  inputPerMillionUsd: Scalars['Decimal']['input'];
  outputPerMillionUsd: Scalars['Decimal']['input'];
  cacheReadPerMillionUsd: Scalars['Decimal']['input'];
  cacheWrite5mPerMillionUsd: Scalars['Decimal']['input'];
  cacheWrite1hPerMillionUsd: Scalars['Decimal']['input'];
};

export type CancelScheduledPriceInput = {
  idempotencyKey: Scalars['String']['input'];
  modelId: Scalars['ID']['input'];
  book: PriceBook;
  region?: InputMaybe<Region>;
  tier?: InputMaybe<Tier>;
  effectiveFrom: Scalars['DateTime']['input'];
  reason: Scalars['String']['input'];
};

export type CancelScheduledPricePayload = {
  __typename?: 'CancelScheduledPricePayload';
  cancelledPrice: Maybe<Price>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SchedulePricePayload = {
  __typename?: 'SchedulePricePayload';
  price: Maybe<Price>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RequestDriftOverrideInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  day: Scalars['Date']['input'];
  revision: Scalars['Int']['input'];
  expectedVersion: Scalars['Int']['input'];
  reason: Scalars['String']['input'];
};

export type RequestDriftOverridePayload = {
  __typename?: 'RequestDriftOverridePayload';
  billingDay: Maybe<BillingDay>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type ApproveDriftOverrideInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  day: Scalars['Date']['input'];
  revision: Scalars['Int']['input'];
  expectedVersion: Scalars['Int']['input'];
};

export type ApproveDriftOverridePayload = {
  __typename?: 'ApproveDriftOverridePayload';
  billingDay: Maybe<BillingDay>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RequestMoneyOverrideInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  month: Scalars['Month']['input'];
  expectedVersion: Scalars['Int']['input'];
  reason: Scalars['String']['input'];
};

export type RequestMoneyOverridePayload = {
  __typename?: 'RequestMoneyOverridePayload';
  billingPeriod: Maybe<BillingPeriod>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type ApproveMoneyOverrideInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  month: Scalars['Month']['input'];
  expectedVersion: Scalars['Int']['input'];
};

export type ApproveMoneyOverridePayload = {
  __typename?: 'ApproveMoneyOverridePayload';
  billingPeriod: Maybe<BillingPeriod>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RerateBillingDaysInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  from: Scalars['Date']['input'];
  to: Scalars['Date']['input'];
  reason: Scalars['String']['input'];
};

export type RerateBillingDaysPayload = {
  __typename?: 'RerateBillingDaysPayload';
  billingCommand: Maybe<BillingCommand>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RetryBillingCommandInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  billingCommandId: Scalars['ID']['input'];
};

export type RetryBillingCommandPayload = {
  __typename?: 'RetryBillingCommandPayload';
  billingCommand: Maybe<BillingCommand>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RequestStatementInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  month: Scalars['Month']['input'];
};

export type RequestStatementPayload = {
  __typename?: 'RequestStatementPayload';
  export: Maybe<Export>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type RequestExportInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  kind: ExportKind;
  from: Scalars['Date']['input'];
  to: Scalars['Date']['input'];
};

export type RequestExportPayload = {
  __typename?: 'RequestExportPayload';
  export: Maybe<Export>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SetIdentityProviderInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  identityProvider?: InputMaybe<IdentityProviderInput>;
  dryRun?: Scalars['Boolean']['input'];
};

export type IdentityProviderInput = {
  issuer: Scalars['String']['input'];
  audience: Scalars['String']['input'];
  clientId?: InputMaybe<Scalars['String']['input']>;
  identityClaim?: InputMaybe<Scalars['String']['input']>;
  groupsClaim?: InputMaybe<Scalars['String']['input']>;
  allowedGroups?: InputMaybe<Array<Scalars['String']['input']>>;
  scopes?: InputMaybe<Array<Scalars['String']['input']>>;
};

export type SetIdentityProviderPayload = {
  __typename?: 'SetIdentityProviderPayload';
  identityProvider: Maybe<IdentityProvider>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type UpsertRouteBindingInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  path: Scalars['String']['input'];
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  agentName: Scalars['String']['input'];
  runtimeArn: Scalars['String']['input'];
  region: Region;
  enabled?: Scalars['Boolean']['input'];
};

export type UpsertRouteBindingPayload = {
  __typename?: 'UpsertRouteBindingPayload';
  routeBinding: Maybe<RouteBinding>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type DeleteRouteBindingInput = {
  idempotencyKey: Scalars['String']['input'];
  routeBindingId: Scalars['ID']['input'];
  expectedVersion: Scalars['Int']['input'];
  reason: Scalars['String']['input'];
};

export type DeleteRouteBindingPayload = {
  __typename?: 'DeleteRouteBindingPayload';
  deletedRouteBindingId: Maybe<Scalars['ID']['output']>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type SetKillSwitchInput = {
  idempotencyKey: Scalars['String']['input'];
  scope: KillScope;
  targetId?: InputMaybe<Scalars['String']['input']>;
  on: Scalars['Boolean']['input'];
  reason: Scalars['String']['input'];
  dryRun?: Scalars['Boolean']['input'];
};

export type SetKillSwitchPayload = {
  __typename?: 'SetKillSwitchPayload';
  killSwitch: Maybe<KillSwitch>;
  affected: Maybe<Scalars['String']['output']>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type StartViewAsInput = {
  idempotencyKey: Scalars['String']['input'];
  tenantId: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};

export type StartViewAsPayload = {
  __typename?: 'StartViewAsPayload';
  viewAs: Maybe<ViewAs>;
  replayed: Scalars['Boolean']['output'];
  userErrors: Array<UserError>;
};

export type EndViewAsInput = {
  idempotencyKey: Scalars['String']['input'];
  viewAsId: Scalars['ID']['input'];
};

export type EndViewAsPayload = {
  __typename?: 'EndViewAsPayload';
  viewAs: Maybe<ViewAs>;
  replayed: Scalars['Boolean']['output'];
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
    | ( TenantSource )
    | ( UserSource )
    | ( MachineClientSource )
    | ( GrantSource )
    | ( ApiKeySource )
    | ( ModelSource )
    | ( RouteBindingSource )
    | ( LinkedEntrySource )
    | ( ExportSource )
    | ( OperationSource )
    | ( BillingDaySource )
    | ( BillingPeriodSource )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Policy: Policy;
  BigInt: ResolverTypeWrapper<Scalars['BigInt']['output']>;
  Decimal: ResolverTypeWrapper<Scalars['Decimal']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Date: ResolverTypeWrapper<Scalars['Date']['output']>;
  Month: ResolverTypeWrapper<Scalars['Month']['output']>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  UserError: ResolverTypeWrapper<UserError>;
  UserErrorCode: UserErrorCode;
  Viewer: ResolverTypeWrapper<PrincipalSource>;
  ViewerKind: ViewerKind;
  Role: Role;
  ViewAs: ResolverTypeWrapper<ViewAsSource>;
  QueryCost: ResolverTypeWrapper<QueryCost>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Tenant: ResolverTypeWrapper<TenantSource>;
  ScheduledTier: ResolverTypeWrapper<ScheduledTierSource>;
  TenantStatus: TenantStatus;
  Tier: Tier;
  Region: Region;
  Residency: Residency;
  Limits: ResolverTypeWrapper<LimitsSource>;
  Budget: ResolverTypeWrapper<BudgetSource>;
  Enforcement: Enforcement;
  BudgetStatus: ResolverTypeWrapper<Omit<BudgetStatus, 'budget'> & { budget: ResolversTypes['Budget'] }>;
  OnboardingKit: ResolverTypeWrapper<OnboardingKit>;
  TenantConnection: ResolverTypeWrapper<Omit<TenantConnection, 'nodes'> & { nodes: Array<ResolversTypes['Tenant']> }>;
  User: ResolverTypeWrapper<UserSource>;
  UserRole: UserRole;
  UserStatus: UserStatus;
  UserConnection: ResolverTypeWrapper<Omit<UserConnection, 'nodes'> & { nodes: Array<ResolversTypes['User']> }>;
  MachineClient: ResolverTypeWrapper<MachineClientSource>;
  MachineClientConnection: ResolverTypeWrapper<Omit<MachineClientConnection, 'nodes'> & { nodes: Array<ResolversTypes['MachineClient']> }>;
  IdentityProvider: ResolverTypeWrapper<IdentityProviderSource>;
  IdentityProviderKind: IdentityProviderKind;
  Grant: ResolverTypeWrapper<GrantSource>;
  GrantSubject: ResolverTypeWrapper<GrantSubject>;
  SubjectKind: SubjectKind;
  GrantEffect: GrantEffect;
  GrantConnection: ResolverTypeWrapper<Omit<GrantConnection, 'nodes'> & { nodes: Array<ResolversTypes['Grant']> }>;
  ApiKey: ResolverTypeWrapper<ApiKeySource>;
  ApiKeySecret: ResolverTypeWrapper<SecretOfKeySource>;
  ApiKeyUse: ResolverTypeWrapper<ApiKeyUse>;
  ApiKeyStatus: ApiKeyStatus;
  ApiKeyConnection: ResolverTypeWrapper<Omit<ApiKeyConnection, 'nodes'> & { nodes: Array<ResolversTypes['ApiKey']> }>;
  Model: ResolverTypeWrapper<ModelSource>;
  ModelProfile: ResolverTypeWrapper<ModelProfile>;
  ModelCapabilities: ResolverTypeWrapper<ModelCapabilities>;
  BetaRule: ResolverTypeWrapper<BetaRule>;
  Price: ResolverTypeWrapper<PriceSource>;
  PriceBook: PriceBook;
  ModelConnection: ResolverTypeWrapper<Omit<ModelConnection, 'nodes'> & { nodes: Array<ResolversTypes['Model']> }>;
  RouteBinding: ResolverTypeWrapper<RouteBindingSource>;
  RouteBindingConnection: ResolverTypeWrapper<Omit<RouteBindingConnection, 'nodes'> & { nodes: Array<ResolversTypes['RouteBinding']> }>;
  UsageInput: UsageInput;
  UsageGrain: UsageGrain;
  UsageDimension: UsageDimension;
  UsageReport: ResolverTypeWrapper<UsageReport>;
  UsageSeries: ResolverTypeWrapper<UsageSeries>;
  UsagePoint: ResolverTypeWrapper<UsagePoint>;
  UsageCounts: ResolverTypeWrapper<UsageCounts>;
  ModelRequest: ResolverTypeWrapper<StoredRequestSource>;
  RequestBilling: ResolverTypeWrapper<BilledRequest>;
  RequestBillingLine: ResolverTypeWrapper<RequestLine>;
  ModelRequestStatus: ModelRequestStatus;
  CallerType: CallerType;
  RequestGate: ResolverTypeWrapper<RequestGate>;
  RequestReservation: ResolverTypeWrapper<ReservationSource>;
  RequestSettlement: ResolverTypeWrapper<SettlementSource>;
  RequestOutcome: RequestOutcome;
  RequestThrottle: RequestThrottle;
  RequestTokens: ResolverTypeWrapper<TokenCountsSource>;
  RequestCosts: ResolverTypeWrapper<TokenCostsSource>;
  AuditEvent: ResolverTypeWrapper<LinkedEntrySource>;
  AuditActor: ResolverTypeWrapper<AuditActor>;
  FieldChange: ResolverTypeWrapper<FieldChange>;
  AuditOutcome: AuditOutcome;
  AuditFilter: AuditFilter;
  AuditEventConnection: ResolverTypeWrapper<Omit<AuditEventConnection, 'nodes'> & { nodes: Array<ResolversTypes['AuditEvent']> }>;
  Export: ResolverTypeWrapper<ExportSource>;
  ExportKind: ExportKind;
  ExportStatus: ExportStatus;
  ExportConnection: ResolverTypeWrapper<Omit<ExportConnection, 'nodes'> & { nodes: Array<ResolversTypes['Export']> }>;
  TenantOperation: ResolverTypeWrapper<OperationSource>;
  TenantOperationStep: ResolverTypeWrapper<OperationStepSource>;
  TenantOperationKind: TenantOperationKind;
  TenantOperationStatus: TenantOperationStatus;
  TenantOperationStepStatus: TenantOperationStepStatus;
  TenantOperationConnection: ResolverTypeWrapper<Omit<TenantOperationConnection, 'nodes'> & { nodes: Array<ResolversTypes['TenantOperation']> }>;
  PurgePreview: ResolverTypeWrapper<PurgePreviewSource>;
  ItemCount: ResolverTypeWrapper<ItemCount>;
  BillingCommand: ResolverTypeWrapper<BillingCommandSource>;
  BillingCommandKind: BillingCommandKind;
  BillingCommandState: BillingCommandState;
  BillingCommandConnection: ResolverTypeWrapper<Omit<BillingCommandConnection, 'nodes'> & { nodes: Array<ResolversTypes['BillingCommand']> }>;
  BillingDay: ResolverTypeWrapper<BillingDaySource>;
  BillingDayState: BillingDayState;
  BillingTokens: ResolverTypeWrapper<BillingTokens>;
  TokenClass: TokenClass;
  BillingLine: ResolverTypeWrapper<RatedLineSource>;
  BillingDayConnection: ResolverTypeWrapper<Omit<BillingDayConnection, 'nodes'> & { nodes: Array<ResolversTypes['BillingDay']> }>;
  BillingBoardConnection: ResolverTypeWrapper<BillingBoard>;
  BillingDayCounts: ResolverTypeWrapper<BillingDayCounts>;
  BillingDayCount: ResolverTypeWrapper<BillingDayCount>;
  DriftReport: ResolverTypeWrapper<DriftReportSource>;
  DriftLeg: DriftLeg;
  DriftSource: DriftSource;
  DriftOverride: ResolverTypeWrapper<DriftOverride>;
  BillingPeriod: ResolverTypeWrapper<BillingPeriodSource>;
  BillingPeriodState: BillingPeriodState;
  MoneyReport: ResolverTypeWrapper<MoneyReportSource>;
  MoneyPart: ResolverTypeWrapper<MoneyPartSource>;
  MoneyReason: ResolverTypeWrapper<MoneyReasonSource>;
  MoneyReasonKind: MoneyReasonKind;
  MoneyOverride: ResolverTypeWrapper<MoneyOverride>;
  BillingPeriodTotals: ResolverTypeWrapper<MonthTotals>;
  BillingPush: ResolverTypeWrapper<PushedDay>;
  BillingAdjustment: ResolverTypeWrapper<BillingAdjustmentSource>;
  BillingMargin: ResolverTypeWrapper<MonthMargin>;
  BillingMarginPart: ResolverTypeWrapper<MarginPart>;
  BillingPeriodConnection: ResolverTypeWrapper<Omit<BillingPeriodConnection, 'nodes'> & { nodes: Array<ResolversTypes['BillingPeriod']> }>;
  Invoice: ResolverTypeWrapper<InvoiceSource>;
  InvoiceState: InvoiceState;
  InvoiceConnection: ResolverTypeWrapper<Omit<InvoiceConnection, 'nodes'> & { nodes: Array<ResolversTypes['Invoice']> }>;
  BillingDayRun: ResolverTypeWrapper<BillingDayRunSource>;
  BillingRun: ResolverTypeWrapper<BillingRunSource>;
  BillingStep: BillingStep;
  KillSwitch: ResolverTypeWrapper<KillSwitch>;
  KillSwitchRegion: ResolverTypeWrapper<KillSwitchRegion>;
  KillScope: KillScope;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  LimitName: LimitName;
  LimitChangesInput: LimitChangesInput;
  BudgetInput: BudgetInput;
  CreateTenantInput: CreateTenantInput;
  CreateTenantPayload: ResolverTypeWrapper<Omit<CreateTenantPayload, 'tenant' | 'operation'> & { tenant?: Maybe<ResolversTypes['Tenant']>, operation?: Maybe<ResolversTypes['TenantOperation']> }>;
  UpdateTenantInput: UpdateTenantInput;
  UpdateTenantPayload: ResolverTypeWrapper<Omit<UpdateTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  ChangeTenantTierInput: ChangeTenantTierInput;
  ChangeTenantTierPayload: ResolverTypeWrapper<Omit<ChangeTenantTierPayload, 'replacedSchedule' | 'tenant'> & { replacedSchedule?: Maybe<ResolversTypes['ScheduledTier']>, tenant?: Maybe<ResolversTypes['Tenant']> }>;
  SuspendTenantInput: SuspendTenantInput;
  SuspendTenantPayload: ResolverTypeWrapper<Omit<SuspendTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  ResumeTenantInput: ResumeTenantInput;
  ResumeTenantPayload: ResolverTypeWrapper<Omit<ResumeTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversTypes['Tenant']> }>;
  CloseTenantInput: CloseTenantInput;
  CloseTenantPayload: ResolverTypeWrapper<Omit<CloseTenantPayload, 'tenant' | 'operation' | 'preview'> & { tenant?: Maybe<ResolversTypes['Tenant']>, operation?: Maybe<ResolversTypes['TenantOperation']>, preview?: Maybe<ResolversTypes['PurgePreview']> }>;
  SetPurgeDateInput: SetPurgeDateInput;
  SetPurgeDatePayload: ResolverTypeWrapper<Omit<SetPurgeDatePayload, 'operation'> & { operation?: Maybe<ResolversTypes['TenantOperation']> }>;
  RetryOperationInput: RetryOperationInput;
  RetryOperationPayload: ResolverTypeWrapper<Omit<RetryOperationPayload, 'operation'> & { operation?: Maybe<ResolversTypes['TenantOperation']> }>;
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
  UpsertModelInput: UpsertModelInput;
  ModelCapabilitiesInput: ModelCapabilitiesInput;
  BetaRuleInput: BetaRuleInput;
  UpsertModelPayload: ResolverTypeWrapper<Omit<UpsertModelPayload, 'model'> & { model?: Maybe<ResolversTypes['Model']> }>;
  SetInferenceProfileInput: SetInferenceProfileInput;
  SetInferenceProfilePayload: ResolverTypeWrapper<Omit<SetInferenceProfilePayload, 'model'> & { model?: Maybe<ResolversTypes['Model']> }>;
  SetModelEnabledInput: SetModelEnabledInput;
  SetModelEnabledPayload: ResolverTypeWrapper<Omit<SetModelEnabledPayload, 'model'> & { model?: Maybe<ResolversTypes['Model']> }>;
  SchedulePriceInput: SchedulePriceInput;
  CancelScheduledPriceInput: CancelScheduledPriceInput;
  CancelScheduledPricePayload: ResolverTypeWrapper<Omit<CancelScheduledPricePayload, 'cancelledPrice'> & { cancelledPrice?: Maybe<ResolversTypes['Price']> }>;
  SchedulePricePayload: ResolverTypeWrapper<Omit<SchedulePricePayload, 'price'> & { price?: Maybe<ResolversTypes['Price']> }>;
  RequestDriftOverrideInput: RequestDriftOverrideInput;
  RequestDriftOverridePayload: ResolverTypeWrapper<Omit<RequestDriftOverridePayload, 'billingDay'> & { billingDay?: Maybe<ResolversTypes['BillingDay']> }>;
  ApproveDriftOverrideInput: ApproveDriftOverrideInput;
  ApproveDriftOverridePayload: ResolverTypeWrapper<Omit<ApproveDriftOverridePayload, 'billingDay'> & { billingDay?: Maybe<ResolversTypes['BillingDay']> }>;
  RequestMoneyOverrideInput: RequestMoneyOverrideInput;
  RequestMoneyOverridePayload: ResolverTypeWrapper<Omit<RequestMoneyOverridePayload, 'billingPeriod'> & { billingPeriod?: Maybe<ResolversTypes['BillingPeriod']> }>;
  ApproveMoneyOverrideInput: ApproveMoneyOverrideInput;
  ApproveMoneyOverridePayload: ResolverTypeWrapper<Omit<ApproveMoneyOverridePayload, 'billingPeriod'> & { billingPeriod?: Maybe<ResolversTypes['BillingPeriod']> }>;
  RerateBillingDaysInput: RerateBillingDaysInput;
  RerateBillingDaysPayload: ResolverTypeWrapper<Omit<RerateBillingDaysPayload, 'billingCommand'> & { billingCommand?: Maybe<ResolversTypes['BillingCommand']> }>;
  RetryBillingCommandInput: RetryBillingCommandInput;
  RetryBillingCommandPayload: ResolverTypeWrapper<Omit<RetryBillingCommandPayload, 'billingCommand'> & { billingCommand?: Maybe<ResolversTypes['BillingCommand']> }>;
  RequestStatementInput: RequestStatementInput;
  RequestStatementPayload: ResolverTypeWrapper<Omit<RequestStatementPayload, 'export'> & { export?: Maybe<ResolversTypes['Export']> }>;
  RequestExportInput: RequestExportInput;
  RequestExportPayload: ResolverTypeWrapper<Omit<RequestExportPayload, 'export'> & { export?: Maybe<ResolversTypes['Export']> }>;
  SetIdentityProviderInput: SetIdentityProviderInput;
  IdentityProviderInput: IdentityProviderInput;
  SetIdentityProviderPayload: ResolverTypeWrapper<Omit<SetIdentityProviderPayload, 'identityProvider'> & { identityProvider?: Maybe<ResolversTypes['IdentityProvider']> }>;
  UpsertRouteBindingInput: UpsertRouteBindingInput;
  UpsertRouteBindingPayload: ResolverTypeWrapper<Omit<UpsertRouteBindingPayload, 'routeBinding'> & { routeBinding?: Maybe<ResolversTypes['RouteBinding']> }>;
  DeleteRouteBindingInput: DeleteRouteBindingInput;
  DeleteRouteBindingPayload: ResolverTypeWrapper<DeleteRouteBindingPayload>;
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
  Month: Scalars['Month']['output'];
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  ID: Scalars['ID']['output'];
  PageInfo: PageInfo;
  Boolean: Scalars['Boolean']['output'];
  UserError: UserError;
  Viewer: PrincipalSource;
  ViewAs: ViewAsSource;
  QueryCost: QueryCost;
  Int: Scalars['Int']['output'];
  Tenant: TenantSource;
  ScheduledTier: ScheduledTierSource;
  Limits: LimitsSource;
  Budget: BudgetSource;
  BudgetStatus: Omit<BudgetStatus, 'budget'> & { budget: ResolversParentTypes['Budget'] };
  OnboardingKit: OnboardingKit;
  TenantConnection: Omit<TenantConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['Tenant']> };
  User: UserSource;
  UserConnection: Omit<UserConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['User']> };
  MachineClient: MachineClientSource;
  MachineClientConnection: Omit<MachineClientConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['MachineClient']> };
  IdentityProvider: IdentityProviderSource;
  Grant: GrantSource;
  GrantSubject: GrantSubject;
  GrantConnection: Omit<GrantConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['Grant']> };
  ApiKey: ApiKeySource;
  ApiKeySecret: SecretOfKeySource;
  ApiKeyUse: ApiKeyUse;
  ApiKeyConnection: Omit<ApiKeyConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['ApiKey']> };
  Model: ModelSource;
  ModelProfile: ModelProfile;
  ModelCapabilities: ModelCapabilities;
  BetaRule: BetaRule;
  Price: PriceSource;
  ModelConnection: Omit<ModelConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['Model']> };
  RouteBinding: RouteBindingSource;
  RouteBindingConnection: Omit<RouteBindingConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['RouteBinding']> };
  UsageInput: UsageInput;
  UsageReport: UsageReport;
  UsageSeries: UsageSeries;
  UsagePoint: UsagePoint;
  UsageCounts: UsageCounts;
  ModelRequest: StoredRequestSource;
  RequestBilling: BilledRequest;
  RequestBillingLine: RequestLine;
  RequestGate: RequestGate;
  RequestReservation: ReservationSource;
  RequestSettlement: SettlementSource;
  RequestTokens: TokenCountsSource;
  RequestCosts: TokenCostsSource;
  AuditEvent: LinkedEntrySource;
  AuditActor: AuditActor;
  FieldChange: FieldChange;
  AuditFilter: AuditFilter;
  AuditEventConnection: Omit<AuditEventConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['AuditEvent']> };
  Export: ExportSource;
  ExportConnection: Omit<ExportConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['Export']> };
  TenantOperation: OperationSource;
  TenantOperationStep: OperationStepSource;
  TenantOperationConnection: Omit<TenantOperationConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['TenantOperation']> };
  PurgePreview: PurgePreviewSource;
  ItemCount: ItemCount;
  BillingCommand: BillingCommandSource;
  BillingCommandConnection: Omit<BillingCommandConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['BillingCommand']> };
  BillingDay: BillingDaySource;
  BillingTokens: BillingTokens;
  BillingLine: RatedLineSource;
  BillingDayConnection: Omit<BillingDayConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['BillingDay']> };
  BillingBoardConnection: BillingBoard;
  BillingDayCounts: BillingDayCounts;
  BillingDayCount: BillingDayCount;
  DriftReport: DriftReportSource;
  DriftOverride: DriftOverride;
  BillingPeriod: BillingPeriodSource;
  MoneyReport: MoneyReportSource;
  MoneyPart: MoneyPartSource;
  MoneyReason: MoneyReasonSource;
  MoneyOverride: MoneyOverride;
  BillingPeriodTotals: MonthTotals;
  BillingPush: PushedDay;
  BillingAdjustment: BillingAdjustmentSource;
  BillingMargin: MonthMargin;
  BillingMarginPart: MarginPart;
  BillingPeriodConnection: Omit<BillingPeriodConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['BillingPeriod']> };
  Invoice: InvoiceSource;
  InvoiceConnection: Omit<InvoiceConnection, 'nodes'> & { nodes: Array<ResolversParentTypes['Invoice']> };
  BillingDayRun: BillingDayRunSource;
  BillingRun: BillingRunSource;
  KillSwitch: KillSwitch;
  KillSwitchRegion: KillSwitchRegion;
  Query: Record<PropertyKey, never>;
  Mutation: Record<PropertyKey, never>;
  LimitChangesInput: LimitChangesInput;
  BudgetInput: BudgetInput;
  CreateTenantInput: CreateTenantInput;
  CreateTenantPayload: Omit<CreateTenantPayload, 'tenant' | 'operation'> & { tenant?: Maybe<ResolversParentTypes['Tenant']>, operation?: Maybe<ResolversParentTypes['TenantOperation']> };
  UpdateTenantInput: UpdateTenantInput;
  UpdateTenantPayload: Omit<UpdateTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  ChangeTenantTierInput: ChangeTenantTierInput;
  ChangeTenantTierPayload: Omit<ChangeTenantTierPayload, 'replacedSchedule' | 'tenant'> & { replacedSchedule?: Maybe<ResolversParentTypes['ScheduledTier']>, tenant?: Maybe<ResolversParentTypes['Tenant']> };
  SuspendTenantInput: SuspendTenantInput;
  SuspendTenantPayload: Omit<SuspendTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  ResumeTenantInput: ResumeTenantInput;
  ResumeTenantPayload: Omit<ResumeTenantPayload, 'tenant'> & { tenant?: Maybe<ResolversParentTypes['Tenant']> };
  CloseTenantInput: CloseTenantInput;
  CloseTenantPayload: Omit<CloseTenantPayload, 'tenant' | 'operation' | 'preview'> & { tenant?: Maybe<ResolversParentTypes['Tenant']>, operation?: Maybe<ResolversParentTypes['TenantOperation']>, preview?: Maybe<ResolversParentTypes['PurgePreview']> };
  SetPurgeDateInput: SetPurgeDateInput;
  SetPurgeDatePayload: Omit<SetPurgeDatePayload, 'operation'> & { operation?: Maybe<ResolversParentTypes['TenantOperation']> };
  RetryOperationInput: RetryOperationInput;
  RetryOperationPayload: Omit<RetryOperationPayload, 'operation'> & { operation?: Maybe<ResolversParentTypes['TenantOperation']> };
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
  UpsertModelInput: UpsertModelInput;
  ModelCapabilitiesInput: ModelCapabilitiesInput;
  BetaRuleInput: BetaRuleInput;
  UpsertModelPayload: Omit<UpsertModelPayload, 'model'> & { model?: Maybe<ResolversParentTypes['Model']> };
  SetInferenceProfileInput: SetInferenceProfileInput;
  SetInferenceProfilePayload: Omit<SetInferenceProfilePayload, 'model'> & { model?: Maybe<ResolversParentTypes['Model']> };
  SetModelEnabledInput: SetModelEnabledInput;
  SetModelEnabledPayload: Omit<SetModelEnabledPayload, 'model'> & { model?: Maybe<ResolversParentTypes['Model']> };
  SchedulePriceInput: SchedulePriceInput;
  CancelScheduledPriceInput: CancelScheduledPriceInput;
  CancelScheduledPricePayload: Omit<CancelScheduledPricePayload, 'cancelledPrice'> & { cancelledPrice?: Maybe<ResolversParentTypes['Price']> };
  SchedulePricePayload: Omit<SchedulePricePayload, 'price'> & { price?: Maybe<ResolversParentTypes['Price']> };
  RequestDriftOverrideInput: RequestDriftOverrideInput;
  RequestDriftOverridePayload: Omit<RequestDriftOverridePayload, 'billingDay'> & { billingDay?: Maybe<ResolversParentTypes['BillingDay']> };
  ApproveDriftOverrideInput: ApproveDriftOverrideInput;
  ApproveDriftOverridePayload: Omit<ApproveDriftOverridePayload, 'billingDay'> & { billingDay?: Maybe<ResolversParentTypes['BillingDay']> };
  RequestMoneyOverrideInput: RequestMoneyOverrideInput;
  RequestMoneyOverridePayload: Omit<RequestMoneyOverridePayload, 'billingPeriod'> & { billingPeriod?: Maybe<ResolversParentTypes['BillingPeriod']> };
  ApproveMoneyOverrideInput: ApproveMoneyOverrideInput;
  ApproveMoneyOverridePayload: Omit<ApproveMoneyOverridePayload, 'billingPeriod'> & { billingPeriod?: Maybe<ResolversParentTypes['BillingPeriod']> };
  RerateBillingDaysInput: RerateBillingDaysInput;
  RerateBillingDaysPayload: Omit<RerateBillingDaysPayload, 'billingCommand'> & { billingCommand?: Maybe<ResolversParentTypes['BillingCommand']> };
  RetryBillingCommandInput: RetryBillingCommandInput;
  RetryBillingCommandPayload: Omit<RetryBillingCommandPayload, 'billingCommand'> & { billingCommand?: Maybe<ResolversParentTypes['BillingCommand']> };
  RequestStatementInput: RequestStatementInput;
  RequestStatementPayload: Omit<RequestStatementPayload, 'export'> & { export?: Maybe<ResolversParentTypes['Export']> };
  RequestExportInput: RequestExportInput;
  RequestExportPayload: Omit<RequestExportPayload, 'export'> & { export?: Maybe<ResolversParentTypes['Export']> };
  SetIdentityProviderInput: SetIdentityProviderInput;
  IdentityProviderInput: IdentityProviderInput;
  SetIdentityProviderPayload: Omit<SetIdentityProviderPayload, 'identityProvider'> & { identityProvider?: Maybe<ResolversParentTypes['IdentityProvider']> };
  UpsertRouteBindingInput: UpsertRouteBindingInput;
  UpsertRouteBindingPayload: Omit<UpsertRouteBindingPayload, 'routeBinding'> & { routeBinding?: Maybe<ResolversParentTypes['RouteBinding']> };
  DeleteRouteBindingInput: DeleteRouteBindingInput;
  DeleteRouteBindingPayload: DeleteRouteBindingPayload;
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

export interface MonthScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Month'], any> {
  name: 'Month';
}

export type NodeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Tenant' | 'User' | 'MachineClient' | 'Grant' | 'ApiKey' | 'Model' | 'RouteBinding' | 'AuditEvent' | 'Export' | 'TenantOperation' | 'BillingDay' | 'BillingPeriod', ParentType, ContextType>;
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
  closedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  purgePreview?: Resolver<ResolversTypes['PurgePreview'], ParentType, ContextType>;
  tier?: Resolver<ResolversTypes['Tier'], ParentType, ContextType>;
  scheduledTier?: Resolver<Maybe<ResolversTypes['ScheduledTier']>, ParentType, ContextType>;
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
  identityProvider?: Resolver<Maybe<ResolversTypes['IdentityProvider']>, ParentType, ContextType>;
  routeBindings?: Resolver<Maybe<ResolversTypes['RouteBindingConnection']>, ParentType, ContextType, RequireFields<TenantRouteBindingsArgs, 'first'>>;
  usage?: Resolver<Maybe<ResolversTypes['UsageReport']>, ParentType, ContextType, RequireFields<TenantUsageArgs, 'input'>>;
  request?: Resolver<Maybe<ResolversTypes['ModelRequest']>, ParentType, ContextType, RequireFields<TenantRequestArgs, 'id'>>;
  auditEvents?: Resolver<Maybe<ResolversTypes['AuditEventConnection']>, ParentType, ContextType, RequireFields<TenantAuditEventsArgs, 'first'>>;
  exports?: Resolver<Maybe<ResolversTypes['ExportConnection']>, ParentType, ContextType, RequireFields<TenantExportsArgs, 'first'>>;
  operations?: Resolver<Maybe<ResolversTypes['TenantOperationConnection']>, ParentType, ContextType, RequireFields<TenantOperationsArgs, 'first'>>;
  billingCommands?: Resolver<Maybe<ResolversTypes['BillingCommandConnection']>, ParentType, ContextType, RequireFields<TenantBillingCommandsArgs, 'first'>>;
  billingDays?: Resolver<Maybe<ResolversTypes['BillingDayConnection']>, ParentType, ContextType, RequireFields<TenantBillingDaysArgs, 'month' | 'first'>>;
  billingPeriods?: Resolver<Maybe<ResolversTypes['BillingPeriodConnection']>, ParentType, ContextType, RequireFields<TenantBillingPeriodsArgs, 'first'>>;
  billingPeriod?: Resolver<Maybe<ResolversTypes['BillingPeriod']>, ParentType, ContextType, RequireFields<TenantBillingPeriodArgs, 'month'>>;
  invoices?: Resolver<Maybe<ResolversTypes['InvoiceConnection']>, ParentType, ContextType, RequireFields<TenantInvoicesArgs, 'first'>>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ScheduledTierResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ScheduledTier'] = ResolversParentTypes['ScheduledTier']> = {
  tier?: Resolver<ResolversTypes['Tier'], ParentType, ContextType>;
  effectiveAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
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

export type IdentityProviderResolvers<ContextType = Context, ParentType extends ResolversParentTypes['IdentityProvider'] = ResolversParentTypes['IdentityProvider']> = {
  kind?: Resolver<ResolversTypes['IdentityProviderKind'], ParentType, ContextType>;
  issuer?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  audience?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  jwksUri?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  clientId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  identityClaim?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  groupsClaim?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  allowedGroups?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType>;
  scopes?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  verifiedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
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
  lastUse?: Resolver<Maybe<ResolversTypes['ApiKeyUse']>, ParentType, ContextType>;
  ownLimits?: Resolver<Maybe<ResolversTypes['Limits']>, ParentType, ContextType>;
  revokedReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ApiKeySecretResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiKeySecret'] = ResolversParentTypes['ApiKeySecret']> = {
  fingerprint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  validUntil?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type ApiKeyUseResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiKeyUse'] = ResolversParentTypes['ApiKeyUse']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  model?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
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
  foundationModelId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  capabilities?: Resolver<Maybe<ResolversTypes['ModelCapabilities']>, ParentType, ContextType>;
  betas?: Resolver<Maybe<Array<ResolversTypes['BetaRule']>>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  prices?: Resolver<Array<ResolversTypes['Price']>, ParentType, ContextType, Partial<ModelPricesArgs>>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelProfileResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelProfile'] = ResolversParentTypes['ModelProfile']> = {
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  reach?: Resolver<ResolversTypes['Residency'], ParentType, ContextType>;
  bedrockModelId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ModelCapabilitiesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelCapabilities'] = ResolversParentTypes['ModelCapabilities']> = {
  systemMessages?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  adaptiveThinking?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  thinkingBudgetTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  outputConfig?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  longContextBeta?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  dropFields?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  countTokensRegions?: Resolver<Array<ResolversTypes['Region']>, ParentType, ContextType>;
};

export type BetaRuleResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BetaRule'] = ResolversParentTypes['BetaRule']> = {
  match?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  send?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  fields?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  regions?: Resolver<Maybe<Array<ResolversTypes['Region']>>, ParentType, ContextType>;
};

export type PriceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Price'] = ResolversParentTypes['Price']> = {
  book?: Resolver<ResolversTypes['PriceBook'], ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['Region']>, ParentType, ContextType>;
  tier?: Resolver<Maybe<ResolversTypes['Tier']>, ParentType, ContextType>;
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

export type RouteBindingResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RouteBinding'] = ResolversParentTypes['RouteBinding']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  agentName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  runtimeArn?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RouteBindingConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RouteBindingConnection'] = ResolversParentTypes['RouteBindingConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['RouteBinding']>, ParentType, ContextType>;
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
  sessionId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
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
  throttledByOwnLimit?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  throttledBySharedCapacity?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  inputTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  outputTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheReadTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheWrite5mTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheWrite1hTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  costUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  inputCostUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  outputCostUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheReadCostUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheWrite5mCostUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheWrite1hCostUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  unsplitCostUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
};

export type ModelRequestResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelRequest'] = ResolversParentTypes['ModelRequest']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ModelRequestStatus'], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  identityId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  callerType?: Resolver<ResolversTypes['CallerType'], ParentType, ContextType>;
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  keyFingerprint?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sessionId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  agentId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  parentAgentId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  traceId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  tier?: Resolver<Maybe<ResolversTypes['Tier']>, ParentType, ContextType>;
  model?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  bedrockModelId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  stream?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  gates?: Resolver<Array<ResolversTypes['RequestGate']>, ParentType, ContextType>;
  reserved?: Resolver<ResolversTypes['RequestReservation'], ParentType, ContextType>;
  settlement?: Resolver<Maybe<ResolversTypes['RequestSettlement']>, ParentType, ContextType>;
  billing?: Resolver<Maybe<ResolversTypes['RequestBilling']>, ParentType, ContextType>;
};

export type RequestBillingResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestBilling'] = ResolversParentTypes['RequestBilling']> = {
  day?: Resolver<ResolversTypes['BillingDay'], ParentType, ContextType>;
  amountUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  lines?: Resolver<Array<ResolversTypes['RequestBillingLine']>, ParentType, ContextType>;
  period?: Resolver<ResolversTypes['BillingPeriod'], ParentType, ContextType>;
};

export type RequestBillingLineResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestBillingLine'] = ResolversParentTypes['RequestBillingLine']> = {
  tokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  amountUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  line?: Resolver<ResolversTypes['BillingLine'], ParentType, ContextType>;
};

export type RequestGateResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestGate'] = ResolversParentTypes['RequestGate']> = {
  kind?: Resolver<ResolversTypes['SubjectKind'], ParentType, ContextType>;
  subjectId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type RequestReservationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestReservation'] = ResolversParentTypes['RequestReservation']> = {
  usd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  inputTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  outputTokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
};

export type RequestSettlementResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestSettlement'] = ResolversParentTypes['RequestSettlement']> = {
  outcome?: Resolver<ResolversTypes['RequestOutcome'], ParentType, ContextType>;
  settledAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  firstByteAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  stopReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  bedrockRequestId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  throttledBy?: Resolver<Maybe<ResolversTypes['RequestThrottle']>, ParentType, ContextType>;
  flags?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  tokens?: Resolver<ResolversTypes['RequestTokens'], ParentType, ContextType>;
  costUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  costs?: Resolver<Maybe<ResolversTypes['RequestCosts']>, ParentType, ContextType>;
  replacedUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
};

export type RequestTokensResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestTokens'] = ResolversParentTypes['RequestTokens']> = {
  input?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  output?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheRead?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheWrite5m?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheWrite1h?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
};

export type RequestCostsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestCosts'] = ResolversParentTypes['RequestCosts']> = {
  inputUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  outputUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheReadUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheWrite5mUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  cacheWrite1hUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
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
  sequence?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
  hash?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sealedText?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  personalText?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
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

export type ExportResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Export'] = ResolversParentTypes['Export']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['ExportKind'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ExportStatus'], ParentType, ContextType>;
  requestedBy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  fileName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  rows?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
  bytes?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
  sha256?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  publicKey?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  downloadUrl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ExportConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ExportConnection'] = ResolversParentTypes['ExportConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['Export']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type TenantOperationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantOperation'] = ResolversParentTypes['TenantOperation']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['TenantOperationKind'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['TenantOperationStatus'], ParentType, ContextType>;
  steps?: Resolver<Array<ResolversTypes['TenantOperationStep']>, ParentType, ContextType>;
  startedBy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  dueAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  adminEmail?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  purgeAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  archive?: Resolver<Maybe<ResolversTypes['Export']>, ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TenantOperationStepResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantOperationStep'] = ResolversParentTypes['TenantOperationStep']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['TenantOperationStepStatus'], ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  detail?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type TenantOperationConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantOperationConnection'] = ResolversParentTypes['TenantOperationConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['TenantOperation']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type PurgePreviewResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PurgePreview'] = ResolversParentTypes['PurgePreview']> = {
  runningRequests?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  purged?: Resolver<Array<ResolversTypes['ItemCount']>, ParentType, ContextType>;
  kept?: Resolver<Array<ResolversTypes['ItemCount']>, ParentType, ContextType>;
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ItemCountResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ItemCount'] = ResolversParentTypes['ItemCount']> = {
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type BillingCommandResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingCommand'] = ResolversParentTypes['BillingCommand']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['BillingCommandKind'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['BillingCommandState'], ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  requestedBy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  from?: Resolver<Maybe<ResolversTypes['Date']>, ParentType, ContextType>;
  to?: Resolver<Maybe<ResolversTypes['Date']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  detail?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type BillingCommandConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingCommandConnection'] = ResolversParentTypes['BillingCommandConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['BillingCommand']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type BillingDayResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingDay'] = ResolversParentTypes['BillingDay']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  day?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  supersededBy?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['BillingDayState'], ParentType, ContextType>;
  requests?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
  tokens?: Resolver<Maybe<ResolversTypes['BillingTokens']>, ParentType, ContextType>;
  chargeUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
  costUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
  marginUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
  lines?: Resolver<Array<ResolversTypes['BillingLine']>, ParentType, ContextType>;
  costLines?: Resolver<Array<ResolversTypes['BillingLine']>, ParentType, ContextType>;
  heldBy?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  driftReports?: Resolver<Array<ResolversTypes['DriftReport']>, ParentType, ContextType>;
  driftOverride?: Resolver<Maybe<ResolversTypes['DriftOverride']>, ParentType, ContextType>;
  ratedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  comparedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  meterMicroUsd?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
  pushedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  verifiedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  adjustedIn?: Resolver<Maybe<ResolversTypes['Month']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type BillingTokensResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingTokens'] = ResolversParentTypes['BillingTokens']> = {
  input?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  output?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheRead?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheWrite5m?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  cacheWrite1h?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
};

export type BillingLineResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingLine'] = ResolversParentTypes['BillingLine']> = {
  model?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  tier?: Resolver<Maybe<ResolversTypes['Tier']>, ParentType, ContextType>;
  tokenClass?: Resolver<ResolversTypes['TokenClass'], ParentType, ContextType>;
  charged?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  priceId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  perMillionUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  tokens?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  amountUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
};

export type BillingDayConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingDayConnection'] = ResolversParentTypes['BillingDayConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['BillingDay']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type BillingBoardConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingBoardConnection'] = ResolversParentTypes['BillingBoardConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['BillingDay']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  counts?: Resolver<ResolversTypes['BillingDayCounts'], ParentType, ContextType>;
};

export type BillingDayCountsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingDayCounts'] = ResolversParentTypes['BillingDayCounts']> = {
  states?: Resolver<Array<ResolversTypes['BillingDayCount']>, ParentType, ContextType>;
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type BillingDayCountResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingDayCount'] = ResolversParentTypes['BillingDayCount']> = {
  state?: Resolver<ResolversTypes['BillingDayState'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type DriftReportResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DriftReport'] = ResolversParentTypes['DriftReport']> = {
  accountId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  leg?: Resolver<ResolversTypes['DriftLeg'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['DriftSource'], ParentType, ContextType>;
  union?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  allowed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  onlyOurs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  onlyTheirs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  differing?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sampleOurs?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  sampleTheirs?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  sampleDiffering?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DriftOverrideResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DriftOverride'] = ResolversParentTypes['DriftOverride']> = {
  requestedBy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  approvedBy?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  approvedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type BillingPeriodResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingPeriod'] = ResolversParentTypes['BillingPeriod']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  month?: Resolver<ResolversTypes['Month'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['BillingPeriodState'], ParentType, ContextType>;
  why?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  totals?: Resolver<ResolversTypes['BillingPeriodTotals'], ParentType, ContextType>;
  waitsFor?: Resolver<Array<ResolversTypes['Date']>, ParentType, ContextType>;
  days?: Resolver<ResolversTypes['BillingDayConnection'], ParentType, ContextType, RequireFields<BillingPeriodDaysArgs, 'first'>>;
  pushes?: Resolver<Array<ResolversTypes['BillingPush']>, ParentType, ContextType>;
  adjustments?: Resolver<Array<ResolversTypes['BillingAdjustment']>, ParentType, ContextType>;
  margin?: Resolver<ResolversTypes['BillingMargin'], ParentType, ContextType>;
  moneyReports?: Resolver<Array<ResolversTypes['MoneyReport']>, ParentType, ContextType>;
  moneyReasons?: Resolver<Array<ResolversTypes['MoneyReason']>, ParentType, ContextType>;
  moneyComparedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  moneyOverride?: Resolver<Maybe<ResolversTypes['MoneyOverride']>, ParentType, ContextType>;
  closedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  invoice?: Resolver<Maybe<ResolversTypes['Invoice']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MoneyReportResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MoneyReport'] = ResolversParentTypes['MoneyReport']> = {
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['DriftSource'], ParentType, ContextType>;
  oursUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
  theirsUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  models?: Resolver<Array<ResolversTypes['MoneyPart']>, ParentType, ContextType>;
  usageTypes?: Resolver<Array<ResolversTypes['MoneyPart']>, ParentType, ContextType>;
};

export type MoneyPartResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MoneyPart'] = ResolversParentTypes['MoneyPart']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  usd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
};

export type MoneyReasonResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MoneyReason'] = ResolversParentTypes['MoneyReason']> = {
  kind?: Resolver<ResolversTypes['MoneyReasonKind'], ParentType, ContextType>;
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type MoneyOverrideResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MoneyOverride'] = ResolversParentTypes['MoneyOverride']> = {
  requestedBy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  approvedBy?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  approvedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type BillingPeriodTotalsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingPeriodTotals'] = ResolversParentTypes['BillingPeriodTotals']> = {
  usageUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  adjustmentsUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  chargeUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  chargeNanoUsd?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  meterMicroUsd?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
};

export type BillingPushResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingPush'] = ResolversParentTypes['BillingPush']> = {
  day?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['BillingDayState'], ParentType, ContextType>;
  identifier?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  microUsd?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  plannedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  pushedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  verifiedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type BillingAdjustmentResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingAdjustment'] = ResolversParentTypes['BillingAdjustment']> = {
  day?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  landsIn?: Resolver<ResolversTypes['Month'], ParentType, ContextType>;
  amountUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type BillingMarginResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingMargin'] = ResolversParentTypes['BillingMargin']> = {
  days?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  chargeUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  costUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
  marginUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
  byModel?: Resolver<Array<ResolversTypes['BillingMarginPart']>, ParentType, ContextType>;
  byRegion?: Resolver<Array<ResolversTypes['BillingMarginPart']>, ParentType, ContextType>;
};

export type BillingMarginPartResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingMarginPart'] = ResolversParentTypes['BillingMarginPart']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  chargeUsd?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  costUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
  marginUsd?: Resolver<Maybe<ResolversTypes['Decimal']>, ParentType, ContextType>;
};

export type BillingPeriodConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingPeriodConnection'] = ResolversParentTypes['BillingPeriodConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['BillingPeriod']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type InvoiceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Invoice'] = ResolversParentTypes['Invoice']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  number?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['InvoiceState'], ParentType, ContextType>;
  totalCents?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  dueCents?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  balanceAfterCents?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
  periodStart?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  periodEnd?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  paymentFailedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type InvoiceConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['InvoiceConnection'] = ResolversParentTypes['InvoiceConnection']> = {
  nodes?: Resolver<Array<ResolversTypes['Invoice']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type BillingDayRunResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingDayRun'] = ResolversParentTypes['BillingDayRun']> = {
  day?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  askedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  endedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  tenants?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  settled?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  quarantined?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  writtenAgain?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  corrected?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type BillingRunResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BillingRun'] = ResolversParentTypes['BillingRun']> = {
  day?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  step?: Resolver<ResolversTypes['BillingStep'], ParentType, ContextType>;
  detail?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  running?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
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
  machineClients?: Resolver<ResolversTypes['MachineClientConnection'], ParentType, ContextType, RequireFields<QueryMachineClientsArgs, 'first'>>;
  killSwitches?: Resolver<Array<ResolversTypes['KillSwitch']>, ParentType, ContextType>;
  platformAuditEvents?: Resolver<ResolversTypes['AuditEventConnection'], ParentType, ContextType, RequireFields<QueryPlatformAuditEventsArgs, 'first'>>;
  billingDays?: Resolver<ResolversTypes['BillingBoardConnection'], ParentType, ContextType, RequireFields<QueryBillingDaysArgs, 'day' | 'first'>>;
  billingRun?: Resolver<Maybe<ResolversTypes['BillingRun']>, ParentType, ContextType>;
  billingDayRuns?: Resolver<Array<ResolversTypes['BillingDayRun']>, ParentType, ContextType, RequireFields<QueryBillingDayRunsArgs, 'from' | 'to'>>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  createTenant?: Resolver<ResolversTypes['CreateTenantPayload'], ParentType, ContextType, RequireFields<MutationCreateTenantArgs, 'input'>>;
  updateTenant?: Resolver<ResolversTypes['UpdateTenantPayload'], ParentType, ContextType, RequireFields<MutationUpdateTenantArgs, 'input'>>;
  changeTenantTier?: Resolver<ResolversTypes['ChangeTenantTierPayload'], ParentType, ContextType, RequireFields<MutationChangeTenantTierArgs, 'input'>>;
  suspendTenant?: Resolver<ResolversTypes['SuspendTenantPayload'], ParentType, ContextType, RequireFields<MutationSuspendTenantArgs, 'input'>>;
  resumeTenant?: Resolver<ResolversTypes['ResumeTenantPayload'], ParentType, ContextType, RequireFields<MutationResumeTenantArgs, 'input'>>;
  closeTenant?: Resolver<ResolversTypes['CloseTenantPayload'], ParentType, ContextType, RequireFields<MutationCloseTenantArgs, 'input'>>;
  setPurgeDate?: Resolver<ResolversTypes['SetPurgeDatePayload'], ParentType, ContextType, RequireFields<MutationSetPurgeDateArgs, 'input'>>;
  retryOperation?: Resolver<ResolversTypes['RetryOperationPayload'], ParentType, ContextType, RequireFields<MutationRetryOperationArgs, 'input'>>;
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
  upsertModel?: Resolver<ResolversTypes['UpsertModelPayload'], ParentType, ContextType, RequireFields<MutationUpsertModelArgs, 'input'>>;
  setInferenceProfile?: Resolver<ResolversTypes['SetInferenceProfilePayload'], ParentType, ContextType, RequireFields<MutationSetInferenceProfileArgs, 'input'>>;
  setModelEnabled?: Resolver<ResolversTypes['SetModelEnabledPayload'], ParentType, ContextType, RequireFields<MutationSetModelEnabledArgs, 'input'>>;
  schedulePrice?: Resolver<ResolversTypes['SchedulePricePayload'], ParentType, ContextType, RequireFields<MutationSchedulePriceArgs, 'input'>>;
  cancelScheduledPrice?: Resolver<ResolversTypes['CancelScheduledPricePayload'], ParentType, ContextType, RequireFields<MutationCancelScheduledPriceArgs, 'input'>>;
  requestDriftOverride?: Resolver<ResolversTypes['RequestDriftOverridePayload'], ParentType, ContextType, RequireFields<MutationRequestDriftOverrideArgs, 'input'>>;
  approveDriftOverride?: Resolver<ResolversTypes['ApproveDriftOverridePayload'], ParentType, ContextType, RequireFields<MutationApproveDriftOverrideArgs, 'input'>>;
  requestMoneyOverride?: Resolver<ResolversTypes['RequestMoneyOverridePayload'], ParentType, ContextType, RequireFields<MutationRequestMoneyOverrideArgs, 'input'>>;
  approveMoneyOverride?: Resolver<ResolversTypes['ApproveMoneyOverridePayload'], ParentType, ContextType, RequireFields<MutationApproveMoneyOverrideArgs, 'input'>>;
  rerateBillingDays?: Resolver<ResolversTypes['RerateBillingDaysPayload'], ParentType, ContextType, RequireFields<MutationRerateBillingDaysArgs, 'input'>>;
  retryBillingCommand?: Resolver<ResolversTypes['RetryBillingCommandPayload'], ParentType, ContextType, RequireFields<MutationRetryBillingCommandArgs, 'input'>>;
  requestStatement?: Resolver<ResolversTypes['RequestStatementPayload'], ParentType, ContextType, RequireFields<MutationRequestStatementArgs, 'input'>>;
  requestExport?: Resolver<ResolversTypes['RequestExportPayload'], ParentType, ContextType, RequireFields<MutationRequestExportArgs, 'input'>>;
  setIdentityProvider?: Resolver<ResolversTypes['SetIdentityProviderPayload'], ParentType, ContextType, RequireFields<MutationSetIdentityProviderArgs, 'input'>>;
  upsertRouteBinding?: Resolver<ResolversTypes['UpsertRouteBindingPayload'], ParentType, ContextType, RequireFields<MutationUpsertRouteBindingArgs, 'input'>>;
  deleteRouteBinding?: Resolver<ResolversTypes['DeleteRouteBindingPayload'], ParentType, ContextType, RequireFields<MutationDeleteRouteBindingArgs, 'input'>>;
  setKillSwitch?: Resolver<ResolversTypes['SetKillSwitchPayload'], ParentType, ContextType, RequireFields<MutationSetKillSwitchArgs, 'input'>>;
  startViewAs?: Resolver<ResolversTypes['StartViewAsPayload'], ParentType, ContextType, RequireFields<MutationStartViewAsArgs, 'input'>>;
  endViewAs?: Resolver<ResolversTypes['EndViewAsPayload'], ParentType, ContextType, RequireFields<MutationEndViewAsArgs, 'input'>>;
};

export type CreateTenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateTenantPayload'] = ResolversParentTypes['CreateTenantPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  operation?: Resolver<Maybe<ResolversTypes['TenantOperation']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type UpdateTenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UpdateTenantPayload'] = ResolversParentTypes['UpdateTenantPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ChangeTenantTierPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ChangeTenantTierPayload'] = ResolversParentTypes['ChangeTenantTierPayload']> = {
  replacedSchedule?: Resolver<Maybe<ResolversTypes['ScheduledTier']>, ParentType, ContextType>;
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

export type CloseTenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CloseTenantPayload'] = ResolversParentTypes['CloseTenantPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  operation?: Resolver<Maybe<ResolversTypes['TenantOperation']>, ParentType, ContextType>;
  preview?: Resolver<Maybe<ResolversTypes['PurgePreview']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SetPurgeDatePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetPurgeDatePayload'] = ResolversParentTypes['SetPurgeDatePayload']> = {
  operation?: Resolver<Maybe<ResolversTypes['TenantOperation']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RetryOperationPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RetryOperationPayload'] = ResolversParentTypes['RetryOperationPayload']> = {
  operation?: Resolver<Maybe<ResolversTypes['TenantOperation']>, ParentType, ContextType>;
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
  revokedMachineClients?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
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

export type UpsertModelPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UpsertModelPayload'] = ResolversParentTypes['UpsertModelPayload']> = {
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SetInferenceProfilePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetInferenceProfilePayload'] = ResolversParentTypes['SetInferenceProfilePayload']> = {
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SetModelEnabledPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetModelEnabledPayload'] = ResolversParentTypes['SetModelEnabledPayload']> = {
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CancelScheduledPricePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CancelScheduledPricePayload'] = ResolversParentTypes['CancelScheduledPricePayload']> = {
  cancelledPrice?: Resolver<Maybe<ResolversTypes['Price']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SchedulePricePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SchedulePricePayload'] = ResolversParentTypes['SchedulePricePayload']> = {
  price?: Resolver<Maybe<ResolversTypes['Price']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RequestDriftOverridePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestDriftOverridePayload'] = ResolversParentTypes['RequestDriftOverridePayload']> = {
  billingDay?: Resolver<Maybe<ResolversTypes['BillingDay']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ApproveDriftOverridePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApproveDriftOverridePayload'] = ResolversParentTypes['ApproveDriftOverridePayload']> = {
  billingDay?: Resolver<Maybe<ResolversTypes['BillingDay']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RequestMoneyOverridePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestMoneyOverridePayload'] = ResolversParentTypes['RequestMoneyOverridePayload']> = {
  billingPeriod?: Resolver<Maybe<ResolversTypes['BillingPeriod']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ApproveMoneyOverridePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApproveMoneyOverridePayload'] = ResolversParentTypes['ApproveMoneyOverridePayload']> = {
  billingPeriod?: Resolver<Maybe<ResolversTypes['BillingPeriod']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RerateBillingDaysPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RerateBillingDaysPayload'] = ResolversParentTypes['RerateBillingDaysPayload']> = {
  billingCommand?: Resolver<Maybe<ResolversTypes['BillingCommand']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RetryBillingCommandPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RetryBillingCommandPayload'] = ResolversParentTypes['RetryBillingCommandPayload']> = {
  billingCommand?: Resolver<Maybe<ResolversTypes['BillingCommand']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RequestStatementPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestStatementPayload'] = ResolversParentTypes['RequestStatementPayload']> = {
  export?: Resolver<Maybe<ResolversTypes['Export']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RequestExportPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestExportPayload'] = ResolversParentTypes['RequestExportPayload']> = {
  export?: Resolver<Maybe<ResolversTypes['Export']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SetIdentityProviderPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetIdentityProviderPayload'] = ResolversParentTypes['SetIdentityProviderPayload']> = {
  identityProvider?: Resolver<Maybe<ResolversTypes['IdentityProvider']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type UpsertRouteBindingPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UpsertRouteBindingPayload'] = ResolversParentTypes['UpsertRouteBindingPayload']> = {
  routeBinding?: Resolver<Maybe<ResolversTypes['RouteBinding']>, ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type DeleteRouteBindingPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeleteRouteBindingPayload'] = ResolversParentTypes['DeleteRouteBindingPayload']> = {
  deletedRouteBindingId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
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
  Month?: GraphQLScalarType;
  Node?: NodeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
  Viewer?: ViewerResolvers<ContextType>;
  ViewAs?: ViewAsResolvers<ContextType>;
  QueryCost?: QueryCostResolvers<ContextType>;
  Tenant?: TenantResolvers<ContextType>;
  ScheduledTier?: ScheduledTierResolvers<ContextType>;
  Limits?: LimitsResolvers<ContextType>;
  Budget?: BudgetResolvers<ContextType>;
  BudgetStatus?: BudgetStatusResolvers<ContextType>;
  OnboardingKit?: OnboardingKitResolvers<ContextType>;
  TenantConnection?: TenantConnectionResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  UserConnection?: UserConnectionResolvers<ContextType>;
  MachineClient?: MachineClientResolvers<ContextType>;
  MachineClientConnection?: MachineClientConnectionResolvers<ContextType>;
  IdentityProvider?: IdentityProviderResolvers<ContextType>;
  Grant?: GrantResolvers<ContextType>;
  GrantSubject?: GrantSubjectResolvers<ContextType>;
  GrantConnection?: GrantConnectionResolvers<ContextType>;
  ApiKey?: ApiKeyResolvers<ContextType>;
  ApiKeySecret?: ApiKeySecretResolvers<ContextType>;
  ApiKeyUse?: ApiKeyUseResolvers<ContextType>;
  ApiKeyConnection?: ApiKeyConnectionResolvers<ContextType>;
  Model?: ModelResolvers<ContextType>;
  ModelProfile?: ModelProfileResolvers<ContextType>;
  ModelCapabilities?: ModelCapabilitiesResolvers<ContextType>;
  BetaRule?: BetaRuleResolvers<ContextType>;
  Price?: PriceResolvers<ContextType>;
  ModelConnection?: ModelConnectionResolvers<ContextType>;
  RouteBinding?: RouteBindingResolvers<ContextType>;
  RouteBindingConnection?: RouteBindingConnectionResolvers<ContextType>;
  UsageReport?: UsageReportResolvers<ContextType>;
  UsageSeries?: UsageSeriesResolvers<ContextType>;
  UsagePoint?: UsagePointResolvers<ContextType>;
  UsageCounts?: UsageCountsResolvers<ContextType>;
  ModelRequest?: ModelRequestResolvers<ContextType>;
  RequestBilling?: RequestBillingResolvers<ContextType>;
  RequestBillingLine?: RequestBillingLineResolvers<ContextType>;
  RequestGate?: RequestGateResolvers<ContextType>;
  RequestReservation?: RequestReservationResolvers<ContextType>;
  RequestSettlement?: RequestSettlementResolvers<ContextType>;
  RequestTokens?: RequestTokensResolvers<ContextType>;
  RequestCosts?: RequestCostsResolvers<ContextType>;
  AuditEvent?: AuditEventResolvers<ContextType>;
  AuditActor?: AuditActorResolvers<ContextType>;
  FieldChange?: FieldChangeResolvers<ContextType>;
  AuditEventConnection?: AuditEventConnectionResolvers<ContextType>;
  Export?: ExportResolvers<ContextType>;
  ExportConnection?: ExportConnectionResolvers<ContextType>;
  TenantOperation?: TenantOperationResolvers<ContextType>;
  TenantOperationStep?: TenantOperationStepResolvers<ContextType>;
  TenantOperationConnection?: TenantOperationConnectionResolvers<ContextType>;
  PurgePreview?: PurgePreviewResolvers<ContextType>;
  ItemCount?: ItemCountResolvers<ContextType>;
  BillingCommand?: BillingCommandResolvers<ContextType>;
  BillingCommandConnection?: BillingCommandConnectionResolvers<ContextType>;
  BillingDay?: BillingDayResolvers<ContextType>;
  BillingTokens?: BillingTokensResolvers<ContextType>;
  BillingLine?: BillingLineResolvers<ContextType>;
  BillingDayConnection?: BillingDayConnectionResolvers<ContextType>;
  BillingBoardConnection?: BillingBoardConnectionResolvers<ContextType>;
  BillingDayCounts?: BillingDayCountsResolvers<ContextType>;
  BillingDayCount?: BillingDayCountResolvers<ContextType>;
  DriftReport?: DriftReportResolvers<ContextType>;
  DriftOverride?: DriftOverrideResolvers<ContextType>;
  BillingPeriod?: BillingPeriodResolvers<ContextType>;
  MoneyReport?: MoneyReportResolvers<ContextType>;
  MoneyPart?: MoneyPartResolvers<ContextType>;
  MoneyReason?: MoneyReasonResolvers<ContextType>;
  MoneyOverride?: MoneyOverrideResolvers<ContextType>;
  BillingPeriodTotals?: BillingPeriodTotalsResolvers<ContextType>;
  BillingPush?: BillingPushResolvers<ContextType>;
  BillingAdjustment?: BillingAdjustmentResolvers<ContextType>;
  BillingMargin?: BillingMarginResolvers<ContextType>;
  BillingMarginPart?: BillingMarginPartResolvers<ContextType>;
  BillingPeriodConnection?: BillingPeriodConnectionResolvers<ContextType>;
  Invoice?: InvoiceResolvers<ContextType>;
  InvoiceConnection?: InvoiceConnectionResolvers<ContextType>;
  BillingDayRun?: BillingDayRunResolvers<ContextType>;
  BillingRun?: BillingRunResolvers<ContextType>;
  KillSwitch?: KillSwitchResolvers<ContextType>;
  KillSwitchRegion?: KillSwitchRegionResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  CreateTenantPayload?: CreateTenantPayloadResolvers<ContextType>;
  UpdateTenantPayload?: UpdateTenantPayloadResolvers<ContextType>;
  ChangeTenantTierPayload?: ChangeTenantTierPayloadResolvers<ContextType>;
  SuspendTenantPayload?: SuspendTenantPayloadResolvers<ContextType>;
  ResumeTenantPayload?: ResumeTenantPayloadResolvers<ContextType>;
  CloseTenantPayload?: CloseTenantPayloadResolvers<ContextType>;
  SetPurgeDatePayload?: SetPurgeDatePayloadResolvers<ContextType>;
  RetryOperationPayload?: RetryOperationPayloadResolvers<ContextType>;
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
  UpsertModelPayload?: UpsertModelPayloadResolvers<ContextType>;
  SetInferenceProfilePayload?: SetInferenceProfilePayloadResolvers<ContextType>;
  SetModelEnabledPayload?: SetModelEnabledPayloadResolvers<ContextType>;
  CancelScheduledPricePayload?: CancelScheduledPricePayloadResolvers<ContextType>;
  SchedulePricePayload?: SchedulePricePayloadResolvers<ContextType>;
  RequestDriftOverridePayload?: RequestDriftOverridePayloadResolvers<ContextType>;
  ApproveDriftOverridePayload?: ApproveDriftOverridePayloadResolvers<ContextType>;
  RequestMoneyOverridePayload?: RequestMoneyOverridePayloadResolvers<ContextType>;
  ApproveMoneyOverridePayload?: ApproveMoneyOverridePayloadResolvers<ContextType>;
  RerateBillingDaysPayload?: RerateBillingDaysPayloadResolvers<ContextType>;
  RetryBillingCommandPayload?: RetryBillingCommandPayloadResolvers<ContextType>;
  RequestStatementPayload?: RequestStatementPayloadResolvers<ContextType>;
  RequestExportPayload?: RequestExportPayloadResolvers<ContextType>;
  SetIdentityProviderPayload?: SetIdentityProviderPayloadResolvers<ContextType>;
  UpsertRouteBindingPayload?: UpsertRouteBindingPayloadResolvers<ContextType>;
  DeleteRouteBindingPayload?: DeleteRouteBindingPayloadResolvers<ContextType>;
  SetKillSwitchPayload?: SetKillSwitchPayloadResolvers<ContextType>;
  StartViewAsPayload?: StartViewAsPayloadResolvers<ContextType>;
  EndViewAsPayload?: EndViewAsPayloadResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = Context> = {
  auth?: AuthDirectiveResolver<any, any, ContextType>;
};
