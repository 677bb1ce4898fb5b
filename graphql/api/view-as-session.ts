import { describe } from '../../tenancy/refusal-description.ts';
import type { ViewAs } from '../../tenancy/table/view-as.ts';
import { GraphqlRefusal } from './errors.ts';
import type { Principal } from './principal.ts';

/**
 * The principal that looks at a tenant with its admin's eyes, and changes nothing.
 * @param session as it was loaded by the id that the caller sent; null when there is none
 * @param now ms since the epoch
 * @throws GraphqlRefusal for whoever is not staff, and for a session that is not the caller's own or has ended: a request
 *   that was meant to be walled in never goes on without the wall
 */
export function applyViewAs(principal: Principal, session: ViewAs | null, now: number): Principal {
  if (principal.kind !== 'staff') throw forbidden('only platform staff view as a tenant');
  // One text for no session and another's: an id that somebody has found out is not even confirmed.
  if (session?.staffId !== principal.id) {
    throw forbidden('there is no such view-as session of yours; start one with startViewAs');
  }
  if (now >= session.expiresAt) {
    throw forbidden('this view-as session has ended; start another one with startViewAs');
  }
  return { ...principal, viewingAs: session };
}

/** With the status of a refusal: nothing of the document has run. */
function forbidden(message: string): GraphqlRefusal {
  return new GraphqlRefusal('FORBIDDEN', message, describe({ kind: 'tenant_mismatch' }).status);
}
