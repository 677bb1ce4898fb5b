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
  /** `withheld`: why the tenant itself, which alone may say so, does not let this person in. */
  | { readonly outcome: 'authentic'; readonly caller: Caller; readonly withheld?: Refusal }
  | { readonly outcome: 'expired' }
  | { readonly outcome: 'invalid'; readonly why: string }
  | {
      readonly outcome: 'unverifiable';
      readonly refusal: Extract<Refusal, { kind: 'store_unavailable' | 'edge_not_ready' }>;
    };

/**
 * Whether an `Authorization` header is a request signed with AWS keys (version 4, in either of its algorithms): what an
 * AWS client sends that was given no token of ours. It is nobody's credential here, and its owner has to be told how to
 * send one.
 */
export function isAwsSignature(authorization: string): boolean {
  return /^\s*aws4-/i.test(authorization);
}

/**
 * The one rule that binds a request to its tenant.
 * Every credential presented must be authentic (else 401), each must be of the host's tenant (else 403), and all must
 * name one identity (else 401: two people in one request is a mistake or a confused deputy). One that could not be
 * verified gives 503, unless another is known to be forged or expired: a client drops a credential that gets 401 or 403.
 * @param verified one entry per credential presented, the same text in both headers being one; the order does not matter.
 * @param presented the raw values, for the one thing they tell: an expired token in both headers is the mark of a
 *   helper that Claude Code will run again, and only then is a retry worth anything.
 */
export function bindCredentials(
  verified: readonly VerifiedCredential[],
  presented: PresentedCredentials,
  hostTenant: TenantId,
): Result<Caller, Refusal> {
  const callers: Caller[] = [];
  let withheld: Refusal | undefined;
  let invalid: Refusal | undefined;
  let expired: Refusal | undefined;
  let unverifiable: Refusal | undefined;
  for (const credential of verified) {
    switch (credential.outcome) {
      case 'authentic':
        callers.push(credential.caller);
        withheld ??= credential.withheld;
        break;
      case 'expired': {
        const refreshable = presented.bearer !== undefined && presented.bearer === presented.apiKey;
        expired = { kind: 'credential_expired', refreshable };
        break;
      }
      case 'invalid':
        invalid ??= { kind: 'credential_invalid', why: credential.why };
        break;
      case 'unverifiable':
        unverifiable = credential.refusal;
        break;
    }
  }
  const bad = invalid ?? expired ?? unverifiable;
  if (bad) return no(bad);
  if (callers.some((caller) => caller.tenantId !== hostTenant)) return no({ kind: 'tenant_mismatch' });
  const [first, ...others] = callers;
  if (!first) return no({ kind: 'credential_missing' });
  if (others.some((other) => !isSame(other, first))) return no({ kind: 'credentials_conflict' });
  // Two secrets of one key, as during a rotation: only one of them could be looked up behind the edge.
  if (first.callerType === 'api_key' && others.length > 0) return no({ kind: 'credentials_conflict' });
  return withheld ? no(withheld) : ok(first);
}

/** A person and a machine may bear one name: they are two all the same, and budgets and grants tell them apart. */
function isSame(one: Caller, other: Caller): boolean {
  return one.identityId === other.identityId && one.callerType === other.callerType && one.keyId === other.keyId;
}
