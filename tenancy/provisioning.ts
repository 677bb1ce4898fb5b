import { equalInConstantTime } from './api-key.ts';
import type { CallerType } from './caller.ts';
import type { TokenPrices } from './price.ts';
import type { TenantId } from './tenant.ts';
import { NO_TOKENS } from './usage.ts';

/**
 * The one key with which a tenant that is PROVISIONING can be called: the platform's own, for its call of the new
 * hostname. It is no API key of the tenant's: nothing that lists, rotates or looks up those can meet it, and nobody asks
 * for it once the tenant is anything else.
 */
export type ProvisioningKey = {
  readonly tenantId: TenantId;
  readonly keyId: string;
  /** Hex digest of the whole key, which is kept nowhere. */
  readonly sha256: string;
  /** ms since the epoch. */
  readonly validUntil: number;
};

/** Long enough for the row to reach the tenant's home region, and for one call. */
export const PROVISIONING_KEY_LIFE_MS = 120_000;

/** Whose usage the call is, among the identities of the tenant. */
export const PROVISIONING_IDENTITY = 'provisioning';

/** Whether a presented key is this one, now. @param sha256 hex digest of the whole presented key */
export function isProvisioningKey(
  key: ProvisioningKey | null,
  presented: { readonly keyId: string | undefined; readonly sha256: string | undefined },
  now: number,
): boolean {
  if (!key || key.keyId !== presented.keyId || now >= key.validUntil) return false;
  return equalInConstantTime(key.sha256, presented.sha256 ?? '');
}

/**
 * What a call is rated at, and what finance is told of it: the platform's own call is counted as every token is, and is
 * not its tenant's to pay. This is the one place that says so: no budget holds or counts any of it either.
 */
export function ratingOf(
  callerType: CallerType,
  perToken: TokenPrices,
): { readonly perToken: TokenPrices; readonly flags: readonly string[] } {
  return callerType === 'provisioning' ? { perToken: NO_TOKENS, flags: ['not_charged'] } : { perToken, flags: [] };
}
