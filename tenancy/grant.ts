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
  readonly effect: GrantEffect;
  /** Milliseconds since the epoch; the grant holds in [from, until). */
  readonly from?: number;
  readonly until?: number;
  /**
   * Made by the platform's staff: theirs alone to take away, and the only ones that give anything. What a tenant's admin
   * allows hands on what the platform gave, and holds for as long as that does.
   */
  readonly byPlatform?: boolean;
};

/**
 * `restrict`, for everybody of a tenant: what the tenant may call, only those may who have an `allow` of their own, as a
 * user or as a key.
 */
export const GRANT_EFFECTS = ['allow', 'deny', 'restrict'] as const;
export type GrantEffect = (typeof GRANT_EFFECTS)[number];

/** What a new grant would give. */
export type GrantAsk = Pick<Grant, 'model' | 'regions' | 'until' | 'from'>;

/**
 * The grant that gives a tenant all that is asked for, of those that speak of everybody in it; null when none does. One
 * must cover it whole, in models, in regions and in time, so that it can be named, and looked at again when it is used.
 */
export function coveringGrant(held: readonly Grant[], ask: GrantAsk): Grant | null {
  const covers = (grant: Grant) =>
    gives(grant) &&
    grant.subject.kind === 'tenant' &&
    (grant.model === '*' || grant.model === ask.model) &&
    (grant.regions === '*' || (ask.regions !== '*' && ask.regions.every((region) => grant.regions.includes(region)))) &&
    (grant.from ?? Number.NEGATIVE_INFINITY) <= (ask.from ?? Number.NEGATIVE_INFINITY) &&
    (ask.until ?? Number.POSITIVE_INFINITY) <= (grant.until ?? Number.POSITIVE_INFINITY);
  return held.find(covers) ?? null;
}

/** The subjects whose grants speak for a caller. */
export function grantSubjects(caller: Caller): GrantSubject[] {
  const subjects: GrantSubject[] = [{ kind: 'tenant' }, { kind: 'user', identityId: caller.identityId }];
  if (caller.keyId !== undefined) subjects.push({ kind: 'key', keyId: caller.keyId });
  return subjects;
}

/** Whether it adds to what its subject may call; all else only takes away, or hands on. */
function gives({ effect, byPlatform }: Grant): boolean {
  return effect === 'allow' && byPlatform === true;
}

/**
 * `allowed`, `denied` and `restricted` name the grant that decided; `none` means that no grant speaks of it, which is a
 * no. It names the grant that would allow it but for one thing, when there is one, and what that is.
 */
export type GrantDecision =
  | { readonly outcome: 'allowed'; readonly grantId: string }
  | { readonly outcome: 'denied' | 'restricted'; readonly grantId: string }
  | { readonly outcome: 'none'; readonly nearest?: NearestGrant };

/** Why a grant of the model does not speak: its time has not come or is over, or it is for other regions. Times in ms. */
export type NearestGrant = { readonly grantId: string } & (
  | { readonly why: 'not_begun'; readonly from: number }
  | { readonly why: 'ended'; readonly until: number }
  | { readonly why: 'other_regions'; readonly regions: readonly Region[] }
);

/**
 * Decides a call, of the grants that speak for its caller. Any deny wins over every allow; what the platform did not give
 * nobody else can; what is restricted takes a grant of the caller's own. Silence is a no.
 */
export function decideGrant(grants: readonly Grant[], model: string, region: Region, now: number): GrantDecision {
  const ofModel = grants.filter((grant) => grant.model === '*' || grant.model === model);
  const speaking = ofModel.filter((grant) => inRegion(grant, region) && inTime(grant, now));
  const denied = speaking.find((grant) => grant.effect === 'deny');
  if (denied) return { outcome: 'denied', grantId: denied.id };
  const given = speaking.find(gives);
  if (!given) {
    const nearest = nearestOf(ofModel.filter(gives), region, now);
    return nearest ? { outcome: 'none', nearest } : { outcome: 'none' };
  }
  const restricted = speaking.find((grant) => grant.effect === 'restrict');
  if (!restricted) return { outcome: 'allowed', grantId: given.id };
  const own = speaking.find((grant) => grant.effect === 'allow' && grant.subject.kind !== 'tenant');
  return own ? { outcome: 'allowed', grantId: own.id } : { outcome: 'restricted', grantId: restricted.id };
}

function inRegion({ regions }: Grant, region: Region): boolean {
  return regions === '*' || regions.includes(region);
}

function inTime({ from, until }: Grant, now: number): boolean {
  return (from === undefined || from <= now) && (until === undefined || now < until);
}

/** The one that begins next, else the one that ended last, else one for other regions. */
function nearestOf(grants: readonly Grant[], region: Region, now: number): NearestGrant | null {
  const here = grants.filter((grant) => inRegion(grant, region));
  const coming = here.flatMap(({ id, from, until = Number.POSITIVE_INFINITY }) =>
    from !== undefined && from > now && from < until ? [{ grantId: id, why: 'not_begun', from } as const] : [],
  );
  const [next] = coming.sort((a, b) => a.from - b.from);
  if (next) return next;
  const over = here.flatMap(({ id, until }) =>
    until !== undefined && until <= now ? [{ grantId: id, why: 'ended', until } as const] : [],
  );
  const [last] = over.sort((a, b) => b.until - a.until);
  if (last) return last;
  const elsewhere = grants.find((grant) => !inRegion(grant, region) && inTime(grant, now) && grant.regions.length > 0);
  return elsewhere && elsewhere.regions !== '*'
    ? { grantId: elsewhere.id, why: 'other_regions', regions: elsewhere.regions }
    : null;
}
