import type { Caller } from './caller.ts';
import type { Refusal } from './refusal.ts';
import { no, ok, type Result } from './result.ts';
import type { TenantId } from './tenant.ts';

/** Credentials as they stood on the request, before anything is believed. */
export type PresentedCredentials = {
  readonly bearer?: string;
  readonly apiKey?: string;
};

/**
 * What one credential turned out to be. `expired`: authentic, but its time is over. `unverifiable`: what would tell
 * (an issuer's keys, our own) cannot be reached, so it is neither believed nor called false.
 */
export type VerifiedCredential =
  | { readonly outcome: 'authentic'; readonly caller: Caller }
  | { readonly outcome: 'expired' }
  | { readonly outcome: 'invalid'; readonly why: string }
  | {
      readonly outcome: 'unverifiable';
      readonly refusal: Extract<Refusal, { kind: 'store_unavailable' | 'edge_not_ready' }>;
    };

/**
 * The one rule that binds a request to its tenant.
 * Every credential presented must be authentic (else 401), each must be of the host's tenant (else 403), and all must
 * name one identity (else 401: two people in one request is a mistake or a confused deputy). One that could not be
 * verified gives 503, unless another is known to be bad: a client drops a credential that gets 401 or 403.
 * @param verified one entry per credential presented; the order does not matter.
 * @param presented the raw values, for the one thing they tell: an expired token in both headers is the mark of a
 *   helper that Claude Code will run again, and only then is a retry worth anything.
 */
export function bindCredentials(
  verified: readonly VerifiedCredential[],
  presented: PresentedCredentials,
  hostTenant: TenantId,
): Result<Caller, Refusal> {
  if (verified.length === 0) return no({ kind: 'credential_missing' });
  const callers: Caller[] = [];
  let unverifiable: Refusal | undefined;
  for (const credential of verified) {
    switch (credential.outcome) {
      case 'authentic':
        callers.push(credential.caller);
        break;
      case 'expired':
        return no({
          kind: 'credential_expired',
          refreshable: presented.bearer !== undefined && presented.bearer === presented.apiKey,
        });
      case 'invalid':
        return no({ kind: 'credential_invalid', why: credential.why });
      case 'unverifiable':
        unverifiable = credential.refusal;
        break;
    }
  }
  if (unverifiable) return no(unverifiable);
  if (callers.some((caller) => caller.tenantId !== hostTenant)) return no({ kind: 'tenant_mismatch' });
  const [first, ...others] = callers;
  if (!first) return no({ kind: 'credential_missing' });
  if (others.some((other) => other.identityId !== first.identityId || other.keyId !== first.keyId)) {
    return no({ kind: 'credentials_conflict' });
  }
  return ok(first);
}
