import type { TrustedIssuer } from '../../access-token/claims.ts';
import type { SigningKeys } from '../../access-token/jwks.ts';
import { verifyToken } from '../../access-token/verify.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { describe } from '../../tenancy/refusal-description.ts';
import { getMachineClient } from '../../tenancy/table/machine-clients.ts';
import { getStaff } from '../../tenancy/table/staff.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getUser } from '../../tenancy/table/users.ts';
import { machineClientLiveness } from '../../tenancy/user.ts';
import { GraphqlRefusal } from './errors.ts';
import { type Principal, readPrincipal } from './principal.ts';

/** What tells who is asking. */
export type Authentication = {
  readonly issuer: TrustedIssuer;
  readonly signingKeys: SigningKeys;
  /** Of the control region, by the function's own role: nobody is anybody yet. */
  readonly tables: Tables;
};

/** Who is asking, and by which of the user pool's clients the token was got. */
export type Authenticated = { readonly principal: Principal; readonly clientId: string };

/**
 * Whose request it is: by its access token, and by what stands in our own tables now. A token lives for an hour; who was
 * disabled or demoted meanwhile is so from the next request on.
 * @param authorization the header, as it came @param now ms since the epoch
 * @throws GraphqlRefusal UNAUTHENTICATED or UNAVAILABLE
 */
export async function authenticate(
  authorization: string | undefined,
  { issuer, signingKeys, tables }: Authentication,
  now: number,
): Promise<Authenticated> {
  const token = /^bearer ([^\s,]+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined)
    throw refused({ kind: 'credential_missing' }, 'send an access token as "Authorization: Bearer ..."');
  const verified = await verifyToken(token, issuer, signingKeys, () => null, now);
  switch (verified.outcome) {
    case 'unverifiable':
      throw refused(verified.refusal, 'tokens cannot be verified at the moment; try again');
    case 'expired':
      throw refused({ kind: 'credential_expired', refreshable: false }, 'the access token has expired; sign in again');
    case 'invalid':
      throw refused(
        { kind: 'credential_invalid', why: verified.why },
        'the access token is not valid here; sign in again',
      );
    case 'authentic': {
      const principal = readPrincipal(verified.identity);
      const current = principal && (await asItStands(principal, tables, now));
      if (!current) {
        const why = 'no role here';
        throw refused(
          { kind: 'credential_invalid', why },
          'this account may not sign in here any more; ask your admin',
        );
      }
      return { principal: current, clientId: String(verified.identity.claims['client_id']) };
    }
  }
}

/** The principal with the role that it has now; null for one that has none any more. */
async function asItStands(principal: Principal, tables: Tables, now: number): Promise<Principal | null> {
  switch (principal.kind) {
    case 'user': {
      const user = await getUser(tables, principal.tenantId, principal.id);
      if (!user || user.status === 'DISABLED') return null;
      return { ...principal, role: user.role === 'ADMIN' ? 'TENANT_ADMIN' : 'TENANT_MEMBER' };
    }
    case 'staff': {
      const staff = await getStaff(tables, principal.id);
      return staff && staff.status !== 'DISABLED' ? { ...principal, role: staff.role } : null;
    }
    case 'machine': {
      const client = await getMachineClient(tables, principal.tenantId, principal.id);
      if (!client || machineClientLiveness(client, now) !== 'live') return null;
      // What the token was made for and what the client still has.
      return { ...principal, scopes: new Set(client.scopes.filter((scope) => principal.scopes.has(scope))) };
    }
  }
}

/** The status and the code are every refusal's own; the words are for who calls this API. */
function refused(refusal: Refusal, message: string): GraphqlRefusal {
  const { graphqlCode, status } = describe(refusal);
  return new GraphqlRefusal(graphqlCode, message, status);
}
