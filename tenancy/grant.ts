import type { Caller } from './caller.ts';
import type { Region } from './region.ts';
import type { TenantId } from './tenant.ts';

/** Who a grant is for: everybody of the tenant, one identity, or one API key. */
export type GrantSubject =
  | { readonly kind: 'tenant' }
  | { readonly kind: 'user'; readonly identityId: string }
  | { readonly kind: 'key'; readonly keyId: string };

/** One rule: this subject may (or may not) call this model in these regions, from and until. */
export type Grant = {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly subject: GrantSubject;
  /** A model id of the catalogue, or `*` for every enabled model. */
  readonly model: string;
  readonly regions: readonly Region[] | '*';
  readonly effect: 'allow' | 'deny';
  /** Milliseconds since the epoch; the grant holds in [from, until). */
  readonly from?: number;
  readonly until?: number;
};

/** The subjects whose grants speak for a caller. */
export function grantSubjects(caller: Caller): GrantSubject[] {
  const subjects: GrantSubject[] = [{ kind: 'tenant' }, { kind: 'user', identityId: caller.identityId }];
  if (caller.keyId !== undefined) subjects.push({ kind: 'key', keyId: caller.keyId });
  return subjects;
}

/** `allowed` and `denied` name the grant that decided; `none` means that no grant speaks of it, which is a no. */
export type GrantDecision =
  | { readonly outcome: 'allowed'; readonly grantId: string }
  | { readonly outcome: 'denied'; readonly grantId: string }
  | { readonly outcome: 'none' };

/** Decides a call. Any deny wins over every allow; silence is a no. */
export function decideGrant(grants: readonly Grant[], model: string, region: Region, now: number): GrantDecision {
  const speaking = grants.filter(
    (grant) =>
      (grant.model === '*' || grant.model === model) &&
      (grant.regions === '*' || grant.regions.includes(region)) &&
      (grant.from === undefined || grant.from <= now) &&
      (grant.until === undefined || now < grant.until),
  );
  const denied = speaking.find((grant) => grant.effect === 'deny');
  if (denied) return { outcome: 'denied', grantId: denied.id };
  const [allowed] = speaking;
  return allowed ? { outcome: 'allowed', grantId: allowed.id } : { outcome: 'none' };
}
