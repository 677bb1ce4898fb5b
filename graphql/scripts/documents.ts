// Made from schema.graphql and documents/*.graphql by `npm run generate`.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type Enforcement =
  | 'HARD'
  | 'SOFT';

export type SubjectKind =
  | 'TENANT'
  | 'USER'
  | 'API_KEY';

export type GrantEffect =
  | 'ALLOW'
  | 'DENY'
  | 'RESTRICT';

export type ApiKeyStatus =
  | 'ACTIVE'
  | 'ROTATING'
  | 'EXPIRED'
  | 'REVOKED'
  | 'OWNER_DISABLED';

export type UsageInput = {
  from: string;
  to: string;
  grain?: UsageGrain;
  groupBy?: Array<UsageDimension>;
  userIds?: Array<string> | null | undefined;
  apiKeyIds?: Array<string> | null | undefined;
  models?: Array<string> | null | undefined;
  regions?: Array<Region> | null | undefined;
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

export type ModelRequestStatus =
  | 'OPEN'
  | 'SETTLED';

export type CallerType =
  | 'USER'
  | 'MACHINE'
  | 'API_KEY'
  | 'PROVISIONING';

export type RequestOutcome =
  | 'COMPLETED'
  | 'PARTIAL'
  | 'UPSTREAM_ERROR'
  | 'ORPHAN'
  | 'REFUSED';

export type RequestThrottle =
  | 'OWN_LIMIT'
  | 'SHARED_CAPACITY';

export type AuditOutcome =
  | 'ALLOWED'
  | 'DENIED'
  | 'FAILED';

export type AuditFilter = {
  from?: string | null | undefined;
  to?: string | null | undefined;
};

export type ExportStatus =
  | 'REQUESTED'
  | 'RUNNING'
  | 'READY'
  | 'FAILED'
  | 'EXPIRED';

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

export type BillingDayState =
  | 'COLLECTING'
  | 'RATED'
  | 'DRIFT_BLOCKED'
  | 'APPROVED'
  | 'PUSHED'
  | 'VERIFIED'
  | 'FAILED';

export type TokenClass =
  | 'INPUT'
  | 'OUTPUT'
  | 'CACHE_READ'
  | 'CACHE_WRITE_5M'
  | 'CACHE_WRITE_1H';

export type BillingPeriodState =
  | 'OPEN'
  | 'CLOSING'
  | 'CLOSED'
  | 'INVOICED';

export type InvoiceState =
  | 'DRAFT'
  | 'OPEN'
  | 'UNCOLLECTIBLE'
  | 'PAID'
  | 'VOID';

export type KillScope =
  | 'PLATFORM'
  | 'REGION'
  | 'MODEL'
  | 'TENANT'
  | 'USER'
  | 'API_KEY';

export type LimitName =
  | 'REQUESTS_PER_MINUTE'
  | 'TOKENS_PER_MINUTE'
  | 'REQUESTS_PER_DAY'
  | 'CONCURRENT_STREAMS'
  | 'BUDGET';

export type LimitChangesInput = {
  reset?: Array<LimitName> | null | undefined;
  requestsPerMinute?: number | null | undefined;
  tokensPerMinute?: string | null | undefined;
  requestsPerDay?: number | null | undefined;
  concurrentStreams?: number | null | undefined;
  budget?: BudgetInput | null | undefined;
};

export type BudgetInput = {
  monthlyUsd: string;
  enforcement?: Enforcement;
};

export type CreateTenantInput = {
  idempotencyKey: string;
  slug: string;
  name: string;
  tier: Tier;
  homeRegion: Region;
  allowedRegions?: Array<Region> | null | undefined;
  residency?: Residency;
  notes?: string | null | undefined;
  adminEmail?: string | null | undefined;
  adminName?: string | null | undefined;
};

export type ChangeTenantTierInput = {
  idempotencyKey: string;
  tenantId: string;
  expectedVersion: number;
  tier: Tier;
  effectiveAt?: string | null | undefined;
};

export type CloseTenantInput = {
  idempotencyKey: string;
  tenantId: string;
  expectedVersion: number;
  confirmSlug: string;
  reason: string;
  purgeAfterDays?: number | null | undefined;
  dryRun?: boolean | null | undefined;
};

export type SetPurgeDateInput = {
  idempotencyKey: string;
  operationId: string;
  purgeAt: string;
  reason: string;
};

export type RetryOperationInput = {
  idempotencyKey: string;
  operationId: string;
  adminEmail?: string | null | undefined;
};

export type SetTenantLimitsInput = {
  idempotencyKey: string;
  tenantId: string;
  expectedVersion: number;
  subject?: SubjectKind;
  limits: LimitChangesInput;
};

export type CreateGrantInput = {
  idempotencyKey: string;
  tenantId: string;
  subjectId?: string | null | undefined;
  model: string;
  regions?: Array<Region> | null | undefined;
  effect?: GrantEffect;
  validFrom?: string | null | undefined;
  validUntil?: string | null | undefined;
};

export type RotateApiKeyInput = {
  idempotencyKey: string;
  apiKeyId: string;
  expectedVersion: number;
  overlapSeconds?: number;
  expiresInDays?: number;
  lostFingerprint?: string | null | undefined;
};

export type RequestStatementInput = {
  idempotencyKey: string;
  tenantId: string;
  month: string;
};

export type SetKillSwitchInput = {
  idempotencyKey: string;
  scope: KillScope;
  targetId?: string | null | undefined;
  on: boolean;
  reason: string;
  dryRun?: boolean;
};

export type SealedEventFragment = { id: string, at: string, requestId: string, action: string, outcome: AuditOutcome, targetType: string, targetId: string, sequence: string | null, hash: string | null, sealedText: string, personalText: string | null, reason: string | null, actor: { kind: string, id: string }, changes: Array<{ field: string, before: string | null, after: string | null }> };

export type TenantTrailQueryVariables = Exact<{
  slug: string;
  first: number;
  after?: string | null | undefined;
  filter?: AuditFilter | null | undefined;
}>;


export type TenantTrailQuery = { tenant: { status: TenantStatus, auditEvents: { nodes: Array<{ id: string, at: string, requestId: string, action: string, outcome: AuditOutcome, targetType: string, targetId: string, sequence: string | null, hash: string | null, sealedText: string, personalText: string | null, reason: string | null, actor: { kind: string, id: string }, changes: Array<{ field: string, before: string | null, after: string | null }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type PlatformTrailQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: AuditFilter | null | undefined;
}>;


export type PlatformTrailQuery = { platformAuditEvents: { nodes: Array<{ id: string, at: string, requestId: string, action: string, outcome: AuditOutcome, targetType: string, targetId: string, sequence: string | null, hash: string | null, sealedText: string, personalText: string | null, reason: string | null, actor: { kind: string, id: string }, changes: Array<{ field: string, before: string | null, after: string | null }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ClosingBySlugQueryVariables = Exact<{
  slug: string;
}>;


export type ClosingBySlugQuery = { tenant: { id: string, status: TenantStatus, version: number, operations: { nodes: Array<{ id: string, kind: TenantOperationKind, status: TenantOperationStatus, dueAt: string | null, finishedAt: string | null, steps: Array<{ name: string, status: TenantOperationStepStatus, attempts: number, detail: string | null }> }> } | null } | null };

export type ClosingByIdQueryVariables = Exact<{
  id: string;
}>;


export type ClosingByIdQuery = { node:
    | { startedAt: string, purgeAt: string | null, archive: { downloadUrl: string | null, sha256: string | null, bytes: string | null, publicKey: string | null } | null }
    | Record<PropertyKey, never>
   | null };

export type CloseTenantMutationVariables = Exact<{
  input: CloseTenantInput;
}>;


export type CloseTenantMutation = { closeTenant: { replayed: boolean, operation: { id: string, kind: TenantOperationKind, status: TenantOperationStatus, dueAt: string | null, finishedAt: string | null, steps: Array<{ name: string, status: TenantOperationStepStatus, attempts: number, detail: string | null }> } | null, preview: { runningRequests: number, complete: boolean, purged: Array<{ kind: string, count: number }>, kept: Array<{ kind: string, count: number }> } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type SetPurgeDateMutationVariables = Exact<{
  input: SetPurgeDateInput;
}>;


export type SetPurgeDateMutation = { setPurgeDate: { operation: { purgeAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type TenantGrantsQueryVariables = Exact<{
  slug: string;
  first: number;
  after?: string | null | undefined;
}>;


export type TenantGrantsQuery = { tenant: { id: string, grants: { nodes: Array<{ id: string, model: string, regions: Array<Region> | null, effect: GrantEffect, validFrom: string | null, validUntil: string | null, subject: { kind: SubjectKind } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type GrantModelMutationVariables = Exact<{
  input: CreateGrantInput;
}>;


export type GrantModelMutation = { createGrant: { replayed: boolean, grant: { id: string } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type RotatedKeyFragment = { id: string, keyId: string, name: string, status: ApiKeyStatus, version: number, owner: { email: string } | null, secrets: Array<{ fingerprint: string, createdAt: string | null, validUntil: string, lastUsedAt: string | null }> };

export type TenantKeysQueryVariables = Exact<{
  slug: string;
  first: number;
  after?: string | null | undefined;
}>;


export type TenantKeysQuery = { tenant: { apiKeys: { nodes: Array<{ id: string, keyId: string, name: string, status: ApiKeyStatus, version: number, owner: { email: string } | null, secrets: Array<{ fingerprint: string, createdAt: string | null, validUntil: string, lastUsedAt: string | null }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type KeyByIdQueryVariables = Exact<{
  id: string;
}>;


export type KeyByIdQuery = { node:
    | { id: string, keyId: string, name: string, status: ApiKeyStatus, version: number, owner: { email: string } | null, secrets: Array<{ fingerprint: string, createdAt: string | null, validUntil: string, lastUsedAt: string | null }> }
    | Record<PropertyKey, never>
   | null };

export type RotateKeyMutationVariables = Exact<{
  input: RotateApiKeyInput;
}>;


export type RotateKeyMutation = { rotateApiKey: { secret: string | null, replayed: boolean, apiKey: { id: string, keyId: string, name: string, status: ApiKeyStatus, version: number, owner: { email: string } | null, secrets: Array<{ fingerprint: string, createdAt: string | null, validUntil: string, lastUsedAt: string | null }> } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type SetKillSwitchMutationVariables = Exact<{
  input: SetKillSwitchInput;
}>;


export type SetKillSwitchMutation = { setKillSwitch: { affected: string | null, replayed: boolean, killSwitch: { on: boolean, reason: string | null, setBy: string | null, setAt: string | null, regions: Array<{ region: Region, on: boolean | null }> } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type FollowedOperationFragment = { id: string, kind: TenantOperationKind, status: TenantOperationStatus, dueAt: string | null, finishedAt: string | null, steps: Array<{ name: string, status: TenantOperationStepStatus, attempts: number, detail: string | null }> };

export type OperationByIdQueryVariables = Exact<{
  id: string;
}>;


export type OperationByIdQuery = { node:
    | { id: string, kind: TenantOperationKind, status: TenantOperationStatus, dueAt: string | null, finishedAt: string | null, steps: Array<{ name: string, status: TenantOperationStepStatus, attempts: number, detail: string | null }> }
    | Record<PropertyKey, never>
   | null };

export type LastOperationQueryVariables = Exact<{
  slug: string;
}>;


export type LastOperationQuery = { tenant: { operations: { nodes: Array<{ id: string, kind: TenantOperationKind, status: TenantOperationStatus, dueAt: string | null, finishedAt: string | null, steps: Array<{ name: string, status: TenantOperationStepStatus, attempts: number, detail: string | null }> }> } | null } | null };

export type RetryOperationMutationVariables = Exact<{
  input: RetryOperationInput;
}>;


export type RetryOperationMutation = { retryOperation: { replayed: boolean, operation: { id: string, kind: TenantOperationKind, status: TenantOperationStatus, dueAt: string | null, finishedAt: string | null, steps: Array<{ name: string, status: TenantOperationStepStatus, attempts: number, detail: string | null }> } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type WholeRequestFragment = { id: string, status: ModelRequestStatus, startedAt: string, region: Region, identityId: string, callerType: CallerType, keyFingerprint: string | null, sessionId: string | null, agentId: string | null, parentAgentId: string | null, traceId: string | null, tier: Tier | null, model: string, stream: boolean, user: { id: string, email: string } | null, apiKey: { id: string, name: string, status: ApiKeyStatus } | null, gates: Array<{ kind: SubjectKind, subjectId: string }>, reserved: { usd: string, inputTokens: string, outputTokens: string }, settlement: { outcome: RequestOutcome, settledAt: string, firstByteAt: string | null, stopReason: string | null, bedrockRequestId: string | null, throttledBy: RequestThrottle | null, flags: Array<string>, revision: number, costUsd: string, replacedUsd: string | null, tokens: { input: string, output: string, cacheRead: string, cacheWrite5m: string, cacheWrite1h: string }, costs: { inputUsd: string, outputUsd: string, cacheReadUsd: string, cacheWrite5mUsd: string, cacheWrite1hUsd: string } | null } | null, billing: { amountUsd: string, day: { id: string, revision: number, state: BillingDayState }, lines: Array<{ tokens: string, amountUsd: string, line: { tokenClass: TokenClass, priceId: string, perMillionUsd: string, tokens: string, amountUsd: string } }>, period: { month: string, state: BillingPeriodState, invoice: { id: string, number: string | null, state: InvoiceState } | null } } | null };

export type RequestOfTenantQueryVariables = Exact<{
  slug: string;
  id: string;
}>;


export type RequestOfTenantQuery = { tenant: { slug: string, request: { id: string, status: ModelRequestStatus, startedAt: string, region: Region, identityId: string, callerType: CallerType, keyFingerprint: string | null, sessionId: string | null, agentId: string | null, parentAgentId: string | null, traceId: string | null, tier: Tier | null, model: string, stream: boolean, user: { id: string, email: string } | null, apiKey: { id: string, name: string, status: ApiKeyStatus } | null, gates: Array<{ kind: SubjectKind, subjectId: string }>, reserved: { usd: string, inputTokens: string, outputTokens: string }, settlement: { outcome: RequestOutcome, settledAt: string, firstByteAt: string | null, stopReason: string | null, bedrockRequestId: string | null, throttledBy: RequestThrottle | null, flags: Array<string>, revision: number, costUsd: string, replacedUsd: string | null, tokens: { input: string, output: string, cacheRead: string, cacheWrite5m: string, cacheWrite1h: string }, costs: { inputUsd: string, outputUsd: string, cacheReadUsd: string, cacheWrite5mUsd: string, cacheWrite1hUsd: string } | null } | null, billing: { amountUsd: string, day: { id: string, revision: number, state: BillingDayState }, lines: Array<{ tokens: string, amountUsd: string, line: { tokenClass: TokenClass, priceId: string, perMillionUsd: string, tokens: string, amountUsd: string } }>, period: { month: string, state: BillingPeriodState, invoice: { id: string, number: string | null, state: InvoiceState } | null } } | null } | null } | null };

export type RequestOfAnyTenantQueryVariables = Exact<{
  id: string;
  first: number;
  after?: string | null | undefined;
}>;


export type RequestOfAnyTenantQuery = { tenants: { nodes: Array<{ slug: string, request: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RequestStatementMutationVariables = Exact<{
  input: RequestStatementInput;
}>;


export type RequestStatementMutation = { requestStatement: { export: { id: string } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type StatementByIdQueryVariables = Exact<{
  id: string;
}>;


export type StatementByIdQuery = { node:
    | { status: ExportStatus, fileName: string, rows: string | null, sha256: string | null, downloadUrl: string | null, failure: string | null }
    | Record<PropertyKey, never>
   | null };

export type StatementTenantQueryVariables = Exact<{
  slug: string;
  month: string;
}>;


export type StatementTenantQuery = { tenant: { id: string, billingPeriod: { state: BillingPeriodState } | null } | null };

export type TenantSlugsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type TenantSlugsQuery = { tenants: { nodes: Array<{ id: string, slug: string, name: string, tier: Tier, status: TenantStatus, homeRegion: Region, allowedRegions: Array<Region>, residency: Residency }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type OwnTenantQueryVariables = Exact<{ [key: string]: never; }>;


export type OwnTenantQuery = { viewer: { tenant: { id: string, slug: string, tier: Tier, status: TenantStatus } | null } };

export type TenantBySlugQueryVariables = Exact<{
  slug: string;
}>;


export type TenantBySlugQuery = { tenant: { id: string, slug: string, name: string, tier: Tier, status: TenantStatus, homeRegion: Region, allowedRegions: Array<Region>, residency: Residency, proxyUrl: string, version: number, scheduledTier: { tier: Tier, effectiveAt: string } | null } | null };

export type SlugAvailableQueryVariables = Exact<{
  slug: string;
}>;


export type SlugAvailableQuery = { slugAvailable: boolean };

export type TenantBudgetsQueryVariables = Exact<{
  slug: string;
}>;


export type TenantBudgetsQuery = { tenant: { id: string, version: number, limits: { budget: { monthlyUsd: string, enforcement: Enforcement } | null }, userLimits: { budget: { monthlyUsd: string, enforcement: Enforcement } | null }, keyLimits: { budget: { monthlyUsd: string, enforcement: Enforcement } | null } } | null };

export type CreateTenantMutationVariables = Exact<{
  input: CreateTenantInput;
}>;


export type CreateTenantMutation = { createTenant: { replayed: boolean, tenant: { id: string, status: TenantStatus, proxyUrl: string } | null, operation: { id: string, kind: TenantOperationKind, status: TenantOperationStatus, dueAt: string | null, finishedAt: string | null, steps: Array<{ name: string, status: TenantOperationStepStatus, attempts: number, detail: string | null }> } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type ChangeTenantTierMutationVariables = Exact<{
  input: ChangeTenantTierInput;
}>;


export type ChangeTenantTierMutation = { changeTenantTier: { replayed: boolean, tenant: { id: string, tier: Tier, version: number } | null, replacedSchedule: { tier: Tier, effectiveAt: string } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type SetTenantLimitsMutationVariables = Exact<{
  input: SetTenantLimitsInput;
}>;


export type SetTenantLimitsMutation = { setTenantLimits: { replayed: boolean, tenant: { id: string, version: number } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type AllCountsFragment = { requests: string, errors: string, partial: string, refused: string, throttledByOwnLimit: string, throttledBySharedCapacity: string, inputTokens: string, outputTokens: string, cacheReadTokens: string, cacheWrite5mTokens: string, cacheWrite1hTokens: string, costUsd: string, inputCostUsd: string, outputCostUsd: string, cacheReadCostUsd: string, cacheWrite5mCostUsd: string, cacheWrite1hCostUsd: string, unsplitCostUsd: string };

export type TenantUsageQueryVariables = Exact<{
  slug: string;
  input: UsageInput;
}>;


export type TenantUsageQuery = { tenant: { usage: { asOf: string, totals: { costUsd: string }, series: Array<{ userId: string | null, apiKeyId: string | null, model: string | null, region: Region | null, sessionId: string | null, points: Array<{ start: string, counts: { requests: string, errors: string, partial: string, refused: string, throttledByOwnLimit: string, throttledBySharedCapacity: string, inputTokens: string, outputTokens: string, cacheReadTokens: string, cacheWrite5mTokens: string, cacheWrite1hTokens: string, costUsd: string, inputCostUsd: string, outputCostUsd: string, cacheReadCostUsd: string, cacheWrite5mCostUsd: string, cacheWrite1hCostUsd: string, unsplitCostUsd: string } }> }> } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const SealedEventFragmentDoc = new TypedDocumentString(`
    fragment SealedEvent on AuditEvent {
  id
  at
  requestId
  action
  outcome
  actor {
    kind
    id
  }
  targetType
  targetId
  sequence
  hash
  sealedText
  personalText
  reason
  changes {
    field
    before
    after
  }
}
    `, {"fragmentName":"SealedEvent"}) as unknown as TypedDocumentString<SealedEventFragment, unknown>;
export const RotatedKeyFragmentDoc = new TypedDocumentString(`
    fragment RotatedKey on ApiKey {
  id
  keyId
  name
  status
  version
  owner {
    email
  }
  secrets {
    fingerprint
    createdAt
    validUntil
    lastUsedAt
  }
}
    `, {"fragmentName":"RotatedKey"}) as unknown as TypedDocumentString<RotatedKeyFragment, unknown>;
export const FollowedOperationFragmentDoc = new TypedDocumentString(`
    fragment FollowedOperation on TenantOperation {
  id
  kind
  status
  dueAt
  finishedAt
  steps {
    name
    status
    attempts
    detail
  }
}
    `, {"fragmentName":"FollowedOperation"}) as unknown as TypedDocumentString<FollowedOperationFragment, unknown>;
export const WholeRequestFragmentDoc = new TypedDocumentString(`
    fragment WholeRequest on ModelRequest {
  id
  status
  startedAt
  region
  identityId
  user {
    id
    email
  }
  callerType
  apiKey {
    id
    name
    status
  }
  keyFingerprint
  sessionId
  agentId
  parentAgentId
  traceId
  tier
  model
  stream
  gates {
    kind
    subjectId
  }
  reserved {
    usd
    inputTokens
    outputTokens
  }
  settlement {
    outcome
    settledAt
    firstByteAt
    stopReason
    bedrockRequestId
    throttledBy
    flags
    revision
    tokens {
      input
      output
      cacheRead
      cacheWrite5m
      cacheWrite1h
    }
    costUsd
    costs {
      inputUsd
      outputUsd
      cacheReadUsd
      cacheWrite5mUsd
      cacheWrite1hUsd
    }
    replacedUsd
  }
  billing {
    day {
      id
      revision
      state
    }
    amountUsd
    lines {
      tokens
      amountUsd
      line {
        tokenClass
        priceId
        perMillionUsd
        tokens
        amountUsd
      }
    }
    period {
      month
      state
      invoice {
        id
        number
        state
      }
    }
  }
}
    `, {"fragmentName":"WholeRequest"}) as unknown as TypedDocumentString<WholeRequestFragment, unknown>;
export const AllCountsFragmentDoc = new TypedDocumentString(`
    fragment AllCounts on UsageCounts {
  requests
  errors
  partial
  refused
  throttledByOwnLimit
  throttledBySharedCapacity
  inputTokens
  outputTokens
  cacheReadTokens
  cacheWrite5mTokens
  cacheWrite1hTokens
  costUsd
  inputCostUsd
  outputCostUsd
  cacheReadCostUsd
  cacheWrite5mCostUsd
  cacheWrite1hCostUsd
  unsplitCostUsd
}
    `, {"fragmentName":"AllCounts"}) as unknown as TypedDocumentString<AllCountsFragment, unknown>;
export const TenantTrail = new TypedDocumentString(`
    query TenantTrail($slug: String!, $first: Int!, $after: String, $filter: AuditFilter) {
  tenant(slug: $slug) {
    status
    auditEvents(first: $first, after: $after, filter: $filter) {
      nodes {
        ...SealedEvent
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment SealedEvent on AuditEvent {
  id
  at
  requestId
  action
  outcome
  actor {
    kind
    id
  }
  targetType
  targetId
  sequence
  hash
  sealedText
  personalText
  reason
  changes {
    field
    before
    after
  }
}`) as unknown as TypedDocumentString<TenantTrailQuery, TenantTrailQueryVariables>;
export const PlatformTrail = new TypedDocumentString(`
    query PlatformTrail($first: Int!, $after: String, $filter: AuditFilter) {
  platformAuditEvents(first: $first, after: $after, filter: $filter) {
    nodes {
      ...SealedEvent
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment SealedEvent on AuditEvent {
  id
  at
  requestId
  action
  outcome
  actor {
    kind
    id
  }
  targetType
  targetId
  sequence
  hash
  sealedText
  personalText
  reason
  changes {
    field
    before
    after
  }
}`) as unknown as TypedDocumentString<PlatformTrailQuery, PlatformTrailQueryVariables>;
export const ClosingBySlug = new TypedDocumentString(`
    query ClosingBySlug($slug: String!) {
  tenant(slug: $slug) {
    id
    status
    version
    operations(first: 1) {
      nodes {
        ...FollowedOperation
      }
    }
  }
}
    fragment FollowedOperation on TenantOperation {
  id
  kind
  status
  dueAt
  finishedAt
  steps {
    name
    status
    attempts
    detail
  }
}`) as unknown as TypedDocumentString<ClosingBySlugQuery, ClosingBySlugQueryVariables>;
export const ClosingById = new TypedDocumentString(`
    query ClosingById($id: ID!) {
  node(id: $id) {
    ... on TenantOperation {
      startedAt
      purgeAt
      archive {
        downloadUrl
        sha256
        bytes
        publicKey
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ClosingByIdQuery, ClosingByIdQueryVariables>;
export const CloseTenant = new TypedDocumentString(`
    mutation CloseTenant($input: CloseTenantInput!) {
  closeTenant(input: $input) {
    operation {
      ...FollowedOperation
    }
    preview {
      runningRequests
      purged {
        kind
        count
      }
      kept {
        kind
        count
      }
      complete
    }
    replayed
    userErrors {
      code
      field
      message
    }
  }
}
    fragment FollowedOperation on TenantOperation {
  id
  kind
  status
  dueAt
  finishedAt
  steps {
    name
    status
    attempts
    detail
  }
}`) as unknown as TypedDocumentString<CloseTenantMutation, CloseTenantMutationVariables>;
export const SetPurgeDate = new TypedDocumentString(`
    mutation SetPurgeDate($input: SetPurgeDateInput!) {
  setPurgeDate(input: $input) {
    operation {
      purgeAt
    }
    userErrors {
      code
      field
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetPurgeDateMutation, SetPurgeDateMutationVariables>;
export const TenantGrants = new TypedDocumentString(`
    query TenantGrants($slug: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    id
    grants(first: $first, after: $after) {
      nodes {
        id
        subject {
          kind
        }
        model
        regions
        effect
        validFrom
        validUntil
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TenantGrantsQuery, TenantGrantsQueryVariables>;
export const GrantModel = new TypedDocumentString(`
    mutation GrantModel($input: CreateGrantInput!) {
  createGrant(input: $input) {
    grant {
      id
    }
    replayed
    userErrors {
      code
      field
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GrantModelMutation, GrantModelMutationVariables>;
export const TenantKeys = new TypedDocumentString(`
    query TenantKeys($slug: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    apiKeys(first: $first, after: $after) {
      nodes {
        ...RotatedKey
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment RotatedKey on ApiKey {
  id
  keyId
  name
  status
  version
  owner {
    email
  }
  secrets {
    fingerprint
    createdAt
    validUntil
    lastUsedAt
  }
}`) as unknown as TypedDocumentString<TenantKeysQuery, TenantKeysQueryVariables>;
export const KeyById = new TypedDocumentString(`
    query KeyById($id: ID!) {
  node(id: $id) {
    ...RotatedKey
  }
}
    fragment RotatedKey on ApiKey {
  id
  keyId
  name
  status
  version
  owner {
    email
  }
  secrets {
    fingerprint
    createdAt
    validUntil
    lastUsedAt
  }
}`) as unknown as TypedDocumentString<KeyByIdQuery, KeyByIdQueryVariables>;
export const RotateKey = new TypedDocumentString(`
    mutation RotateKey($input: RotateApiKeyInput!) {
  rotateApiKey(input: $input) {
    apiKey {
      ...RotatedKey
    }
    secret
    replayed
    userErrors {
      code
      field
      message
    }
  }
}
    fragment RotatedKey on ApiKey {
  id
  keyId
  name
  status
  version
  owner {
    email
  }
  secrets {
    fingerprint
    createdAt
    validUntil
    lastUsedAt
  }
}`) as unknown as TypedDocumentString<RotateKeyMutation, RotateKeyMutationVariables>;
export const SetKillSwitch = new TypedDocumentString(`
    mutation SetKillSwitch($input: SetKillSwitchInput!) {
  setKillSwitch(input: $input) {
    killSwitch {
      on
      reason
      setBy
      setAt
      regions {
        region
        on
      }
    }
    affected
    replayed
    userErrors {
      code
      field
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetKillSwitchMutation, SetKillSwitchMutationVariables>;
export const OperationById = new TypedDocumentString(`
    query OperationById($id: ID!) {
  node(id: $id) {
    ...FollowedOperation
  }
}
    fragment FollowedOperation on TenantOperation {
  id
  kind
  status
  dueAt
  finishedAt
  steps {
    name
    status
    attempts
    detail
  }
}`) as unknown as TypedDocumentString<OperationByIdQuery, OperationByIdQueryVariables>;
export const LastOperation = new TypedDocumentString(`
    query LastOperation($slug: String!) {
  tenant(slug: $slug) {
    operations(first: 1) {
      nodes {
        ...FollowedOperation
      }
    }
  }
}
    fragment FollowedOperation on TenantOperation {
  id
  kind
  status
  dueAt
  finishedAt
  steps {
    name
    status
    attempts
    detail
  }
}`) as unknown as TypedDocumentString<LastOperationQuery, LastOperationQueryVariables>;
export const RetryOperation = new TypedDocumentString(`
    mutation RetryOperation($input: RetryOperationInput!) {
  retryOperation(input: $input) {
    operation {
      ...FollowedOperation
    }
    replayed
    userErrors {
      code
      field
      message
    }
  }
}
    fragment FollowedOperation on TenantOperation {
  id
  kind
  status
  dueAt
  finishedAt
  steps {
    name
    status
    attempts
    detail
  }
}`) as unknown as TypedDocumentString<RetryOperationMutation, RetryOperationMutationVariables>;
export const RequestOfTenant = new TypedDocumentString(`
    query RequestOfTenant($slug: String!, $id: ID!) {
  tenant(slug: $slug) {
    slug
    request(id: $id) {
      ...WholeRequest
    }
  }
}
    fragment WholeRequest on ModelRequest {
  id
  status
  startedAt
  region
  identityId
  user {
    id
    email
  }
  callerType
  apiKey {
    id
    name
    status
  }
  keyFingerprint
  sessionId
  agentId
  parentAgentId
  traceId
  tier
  model
  stream
  gates {
    kind
    subjectId
  }
  reserved {
    usd
    inputTokens
    outputTokens
  }
  settlement {
    outcome
    settledAt
    firstByteAt
    stopReason
    bedrockRequestId
    throttledBy
    flags
    revision
    tokens {
      input
      output
      cacheRead
      cacheWrite5m
      cacheWrite1h
    }
    costUsd
    costs {
      inputUsd
      outputUsd
      cacheReadUsd
      cacheWrite5mUsd
      cacheWrite1hUsd
    }
    replacedUsd
  }
  billing {
    day {
      id
      revision
      state
    }
    amountUsd
    lines {
      tokens
      amountUsd
      line {
        tokenClass
        priceId
        perMillionUsd
        tokens
        amountUsd
      }
    }
    period {
      month
      state
      invoice {
        id
        number
        state
      }
    }
  }
}`) as unknown as TypedDocumentString<RequestOfTenantQuery, RequestOfTenantQueryVariables>;
export const RequestOfAnyTenant = new TypedDocumentString(`
    query RequestOfAnyTenant($id: ID!, $first: Int!, $after: String) {
  tenants(first: $first, after: $after) {
    nodes {
      slug
      request(id: $id) {
        id
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<RequestOfAnyTenantQuery, RequestOfAnyTenantQueryVariables>;
export const RequestStatement = new TypedDocumentString(`
    mutation RequestStatement($input: RequestStatementInput!) {
  requestStatement(input: $input) {
    export {
      id
    }
    userErrors {
      code
      field
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RequestStatementMutation, RequestStatementMutationVariables>;
export const StatementById = new TypedDocumentString(`
    query StatementById($id: ID!) {
  node(id: $id) {
    ... on Export {
      status
      fileName
      rows
      sha256
      downloadUrl
      failure
    }
  }
}
    `) as unknown as TypedDocumentString<StatementByIdQuery, StatementByIdQueryVariables>;
export const StatementTenant = new TypedDocumentString(`
    query StatementTenant($slug: String!, $month: Month!) {
  tenant(slug: $slug) {
    id
    billingPeriod(month: $month) {
      state
    }
  }
}
    `) as unknown as TypedDocumentString<StatementTenantQuery, StatementTenantQueryVariables>;
export const TenantSlugs = new TypedDocumentString(`
    query TenantSlugs($first: Int!, $after: String) {
  tenants(first: $first, after: $after) {
    nodes {
      id
      slug
      name
      tier
      status
      homeRegion
      allowedRegions
      residency
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<TenantSlugsQuery, TenantSlugsQueryVariables>;
export const OwnTenant = new TypedDocumentString(`
    query OwnTenant {
  viewer {
    tenant {
      id
      slug
      tier
      status
    }
  }
}
    `) as unknown as TypedDocumentString<OwnTenantQuery, OwnTenantQueryVariables>;
export const TenantBySlug = new TypedDocumentString(`
    query TenantBySlug($slug: String!) {
  tenant(slug: $slug) {
    id
    slug
    name
    tier
    status
    homeRegion
    allowedRegions
    residency
    proxyUrl
    version
    scheduledTier {
      tier
      effectiveAt
    }
  }
}
    `) as unknown as TypedDocumentString<TenantBySlugQuery, TenantBySlugQueryVariables>;
export const SlugAvailable = new TypedDocumentString(`
    query SlugAvailable($slug: String!) {
  slugAvailable(slug: $slug)
}
    `) as unknown as TypedDocumentString<SlugAvailableQuery, SlugAvailableQueryVariables>;
export const TenantBudgets = new TypedDocumentString(`
    query TenantBudgets($slug: String!) {
  tenant(slug: $slug) {
    id
    version
    limits {
      budget {
        monthlyUsd
        enforcement
      }
    }
    userLimits {
      budget {
        monthlyUsd
        enforcement
      }
    }
    keyLimits {
      budget {
        monthlyUsd
        enforcement
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TenantBudgetsQuery, TenantBudgetsQueryVariables>;
export const CreateTenant = new TypedDocumentString(`
    mutation CreateTenant($input: CreateTenantInput!) {
  createTenant(input: $input) {
    tenant {
      id
      status
      proxyUrl
    }
    operation {
      ...FollowedOperation
    }
    replayed
    userErrors {
      code
      field
      message
    }
  }
}
    fragment FollowedOperation on TenantOperation {
  id
  kind
  status
  dueAt
  finishedAt
  steps {
    name
    status
    attempts
    detail
  }
}`) as unknown as TypedDocumentString<CreateTenantMutation, CreateTenantMutationVariables>;
export const ChangeTenantTier = new TypedDocumentString(`
    mutation ChangeTenantTier($input: ChangeTenantTierInput!) {
  changeTenantTier(input: $input) {
    tenant {
      id
      tier
      version
    }
    replacedSchedule {
      tier
      effectiveAt
    }
    replayed
    userErrors {
      code
      field
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ChangeTenantTierMutation, ChangeTenantTierMutationVariables>;
export const SetTenantLimits = new TypedDocumentString(`
    mutation SetTenantLimits($input: SetTenantLimitsInput!) {
  setTenantLimits(input: $input) {
    tenant {
      id
      version
    }
    replayed
    userErrors {
      code
      field
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetTenantLimitsMutation, SetTenantLimitsMutationVariables>;
export const TenantUsage = new TypedDocumentString(`
    query TenantUsage($slug: String!, $input: UsageInput!) {
  tenant(slug: $slug) {
    usage(input: $input) {
      asOf
      totals {
        costUsd
      }
      series {
        userId
        apiKeyId
        model
        region
        sessionId
        points {
          start
          counts {
            ...AllCounts
          }
        }
      }
    }
  }
}
    fragment AllCounts on UsageCounts {
  requests
  errors
  partial
  refused
  throttledByOwnLimit
  throttledBySharedCapacity
  inputTokens
  outputTokens
  cacheReadTokens
  cacheWrite5mTokens
  cacheWrite1hTokens
  costUsd
  inputCostUsd
  outputCostUsd
  cacheReadCostUsd
  cacheWrite5mCostUsd
  cacheWrite1hCostUsd
  unsplitCostUsd
}`) as unknown as TypedDocumentString<TenantUsageQuery, TenantUsageQueryVariables>;