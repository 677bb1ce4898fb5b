import type { NearestGrant } from './grant.ts';

/** The largest request body, in bytes: what Lambda's event of 6 MB holds of ordinary JSON text. */
export const BODY_LIMIT_BYTES = 5_000_000;

/**
 * Every way the platform says no. A refusal is data until the last moment; its only wires are in
 * `answer.ts`. `why` and the like are for the log: what a caller may learn is in `refusal-description.ts`.
 */
export type Refusal =
  | { readonly kind: 'host_unknown' }
  | { readonly kind: 'credential_missing' }
  | { readonly kind: 'credential_invalid'; readonly why: string }
  /** An AWS client signs with AWS keys where it should send one of our credentials. */
  | { readonly kind: 'credential_aws_signature' }
  /** `refreshable`: the client holds a helper that can fetch a fresh token, so a retry is worth something. */
  | { readonly kind: 'credential_expired'; readonly refreshable: boolean }
  | { readonly kind: 'credentials_conflict' }
  | { readonly kind: 'key_not_live'; readonly state: 'unknown' | 'revoked' | 'expired' | 'owner_disabled' }
  | { readonly kind: 'tenant_mismatch' }
  /** A person of the tenant's own identity provider, who is in none of the groups that may come. */
  | { readonly kind: 'group_missing'; readonly tenant: string; readonly groups: readonly string[] }
  | { readonly kind: 'tenant_inactive'; readonly tenant: string; readonly status: string }
  | { readonly kind: 'tenant_not_here'; readonly retryAfterSeconds: number }
  | { readonly kind: 'passport_refused'; readonly why: string }
  | { readonly kind: 'route_unknown'; readonly method: string; readonly path: string }
  | { readonly kind: 'method_not_allowed'; readonly method: string; readonly allow: string }
  | { readonly kind: 'request_malformed'; readonly what: string }
  | { readonly kind: 'content_type_unsupported'; readonly what: string }
  | { readonly kind: 'body_too_large'; readonly limitBytes?: number }
  /** Not granted, unknown and disabled are one refusal, or it would tell which models exist. */
  | {
      readonly kind: 'model_not_granted';
      readonly model: string;
      readonly tenant: string;
      /** The rule that decided: the grant that denies it, or the one that would allow it but for its time or regions. */
      readonly by?: { readonly grantId: string; readonly why: 'denied' | 'restricted' } | NearestGrant;
    }
  /**
   * A listing names nothing that the caller cannot have: unknown and not granted are one answer, as with a call. An id
   * in a path that can be no model's has this answer too, for whoever asks.
   */
  | { readonly kind: 'model_not_listed'; readonly model: string }
  /** Granted, but no profile of it may be used from this region within the tenant's residency rule. */
  | { readonly kind: 'model_out_of_reach'; readonly model: string; readonly region: string; readonly residency: string }
  /** A kill switch. */
  | {
      readonly kind: 'stopped';
      readonly by: 'platform' | 'region' | 'model' | 'tenant' | 'user' | 'key';
    }
  /** The model's capacity is shared out among tenants at the moment, and this one has had its share. */
  | { readonly kind: 'capacity_shared'; readonly model: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'rate_limited'; readonly what: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'limit_spent'; readonly what: string }
  | { readonly kind: 'store_unavailable'; readonly what: string }
  /** A request that runs cannot be told to its limits any more: the model has worked on it already. */
  | { readonly kind: 'place_lost'; readonly what: string }
  | { readonly kind: 'edge_not_ready'; readonly what: string }
  /** Bedrock's own words pass unmodified: Claude Code decides by them. */
  | { readonly kind: 'upstream_invalid'; readonly message: string }
  | { readonly kind: 'upstream_throttled'; readonly message: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'upstream_overloaded'; readonly message: string }
  /** Bedrock refused us, not the caller: our fault, alarmed; its text names our roles and stays in the log. */
  | { readonly kind: 'upstream_denied'; readonly why: string }
  | { readonly kind: 'upstream_broken'; readonly message: string }
  | { readonly kind: 'upstream_silent'; readonly seconds: number }
  | { readonly kind: 'internal'; readonly why: string };

/** What was short for a caller that was told to slow down. */
export const THROTTLED_BY = ['own_limit', 'shared_capacity'] as const;
export type ThrottledBy = (typeof THROTTLED_BY)[number];

const THROTTLED: { readonly [Kind in Refusal['kind']]?: ThrottledBy } = {
  rate_limited: 'own_limit',
  limit_spent: 'own_limit',
  capacity_shared: 'shared_capacity',
  upstream_throttled: 'shared_capacity',
};

/** Whether a refusal is for the tenant's own limits, or for what it shares with others; null: for neither. */
export function throttledBy({ kind }: Refusal): ThrottledBy | null {
  return THROTTLED[kind] ?? null;
}
