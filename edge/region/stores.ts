import type { ApiKey } from '../../tenancy/api-key.ts';
import type { Grant, GrantSubject } from '../../tenancy/grant.ts';
import type { Model } from '../../tenancy/model.ts';
import type { Tenant, TenantId } from '../../tenancy/tenant.ts';
import type { Intent, Settlement } from '../../tenancy/usage.ts';

/** What one request reads and writes. Absent things are null; a store that cannot be reached throws. */
export type Stores = {
  passportKey(kid: string): Promise<StoredPassportKey | null>;
  tenant(id: TenantId): Promise<Tenant | null>;
  apiKey(tenantId: TenantId, keyId: string): Promise<ApiKey | null>;
  /** By the name that a client sends: an id of the catalogue or an alias. */
  model(name: string): Promise<Model | null>;
  grants(tenantId: TenantId, subjects: readonly GrantSubject[]): Promise<readonly Grant[]>;
  /** Must not be retried below: of a first attempt whose answer was lost, the second would say `replayed`. */
  open(intent: Intent): Promise<'opened' | 'replayed'>;
  settle(intent: Intent, settlement: Settlement): Promise<'settled' | 'already_settled'>;
};

/** A public key of the edge's; past `expiresAt` (ms since the epoch) nothing is opened with it any more. */
export type StoredPassportKey = { readonly kid: string; readonly publicKeyPem: string; readonly expiresAt?: number };
