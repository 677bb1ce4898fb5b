import type { ApiKey } from '../../tenancy/api-key.ts';
import type { ShareAsk, ShareWindow } from '../../tenancy/fair-share.ts';
import type { BudgetThreshold, Gate, GateAnswer, GateId, GateUpdate } from '../../tenancy/gate.ts';
import type { Grant, GrantSubject } from '../../tenancy/grant.ts';
import type { LimitRule } from '../../tenancy/limit.ts';
import type { Model } from '../../tenancy/model.ts';
import type { Price } from '../../tenancy/price.ts';
import type { ProvisioningKey } from '../../tenancy/provisioning.ts';
import type { UserUsage } from '../../tenancy/rollup.ts';
import type { Switches } from '../../tenancy/switches.ts';
import type { Tenant, TenantId } from '../../tenancy/tenant.ts';
import type { Intent, Settlement } from '../../tenancy/usage.ts';
import type { BetaStore } from './learnt-betas.ts';

/** What one request reads and writes. Absent things are null; a store that cannot be reached throws. */
export type Stores = {
  passportKey(kid: string): Promise<StoredPassportKey | null>;
  tenant(id: TenantId): Promise<Tenant | null>;
  apiKey(tenantId: TenantId, keyId: string): Promise<ApiKey | null>;
  /** The key with which the platform may call a tenant that is PROVISIONING. */
  provisioningKey(tenantId: TenantId): Promise<ProvisioningKey | null>;
  switches(): Promise<Switches>;
  /** By the name that a client sends: an id of the catalogue or an alias. */
  model(name: string): Promise<PricedModel | null>;
  /** Every model of the catalogue. */
  models(): Promise<readonly Model[]>;
  rules(tenantId: TenantId, subjects: readonly GrantSubject[]): Promise<Rules>;
  /** Must not be retried below: of a first attempt whose answer was lost, the second would say `replayed`. */
  open(intent: Intent): Promise<'opened' | 'replayed'>;
  /** Adds to what an open request holds in the book, and says that it is still worked on. `now` in ms. */
  extend(
    intent: Intent,
    more: { readonly nanoUsd: bigint; readonly outputTokens: number },
    now: number,
  ): Promise<'extended' | 'settled'>;
  /**
   * `settled` also when this very settlement stands already; `already_settled` when another one does; `replaced`: nano-USD
   * of a sweeper's estimate that it took the place of.
   */
  settle(
    intent: Intent,
    settlement: Settlement,
  ): Promise<'settled' | 'already_settled' | { readonly replaced: bigint }>;
  /** Must not be retried below: adding is not idempotent. Throws when it is not known whether the change was made. */
  updateGate(id: GateId, update: GateUpdate): Promise<GateAnswer>;
  /** Reads gates in the order asked for, consistently. */
  gates(ids: readonly GateId[]): Promise<readonly Gate[]>;
  /** What happened to a model's shared quota in the last windows before one, the last first. */
  shareWindows(bedrockModelId: string, before: number): Promise<readonly ShareWindow[]>;
  /** Must not be retried below, nor need it be: a count that is lost is a small unfairness for seconds. So the next two. */
  takeShare(ask: ShareAsk): Promise<'given' | 'refused'>;
  /** What was given was not sent. */
  returnShare(ask: ShareAsk): Promise<void>;
  /** What was given and sent, Bedrock refused; to the last try, or it is tried again. */
  countThrottled(ask: ShareAsk, outcome: 'refused' | 'tried again'): Promise<void>;
  /** What Bedrock was seen to refuse in this region, for its other environments. */
  learntBetas: BetaStore['learntBetas'];
  keepLearntBeta: BetaStore['keepLearntBeta'];
  /** Notes until when (ms) a model's quota is shared out. */
  setCongested(bedrockModelId: string, until: number): Promise<void>;
  /** What a user used on a day (`2026-11-22`) and in its month, from the roll-ups of this region. */
  userUsage(tenantId: TenantId, identityId: string, day: string): Promise<UserUsage>;
  /** Notes that a budget's threshold was passed, once: `known` when it has been noted before. */
  noteThreshold(event: BudgetThreshold): Promise<'noted' | 'known'>;
};

/** A model of the catalogue with its prices, of both books and all times. */
export type PricedModel = { readonly model: Model; readonly prices: readonly Price[] };

/** What a tenant's own rules say of some subjects: who may call what, and limits of their own. */
export type Rules = { readonly grants: readonly Grant[]; readonly limits: readonly LimitRule[] };

/** A public key of the edge's; past `expiresAt` (ms since the epoch) nothing is opened with it any more. */
export type StoredPassportKey = { readonly kid: string; readonly publicKeyPem: string; readonly expiresAt?: number };
