import { parseIdentityId } from '../../tenancy/caller.ts';
import type { GateId } from '../../tenancy/gate.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';

/**
 * Reads `TENANT`, `TENANT user IDENTITY` or `TENANT key KEY_ID` as the gate that it names; a user or key also by the id that
 * the API and the trail give it, `usr_<tenant>:<identity>`.
 */
export function parseGateWords(words: readonly string[]): Result<GateId, string> {
  const [tenant = '', kind, named = '', ...more] = words;
  const id = named.replace(new RegExp(`^(?:usr|key)_${tenant.replace(/[^a-z0-9-]/g, '')}:`), '');
  const tenantId = parseTenantId(tenant);
  if (!tenantId) return no(`${JSON.stringify(tenant)} is no tenant id`);
  if (kind === undefined) return ok({ tenantId, subject: { kind: 'tenant' } });
  if (more.length > 0) return no(`what is ${JSON.stringify(more[0])}?`);
  if (kind === 'user') {
    const identityId = parseIdentityId(id);
    return identityId ? ok({ tenantId, subject: { kind, identityId } }) : no(`${JSON.stringify(id)} is no user's id`);
  }
  if (kind === 'key') {
    return /^[0-9A-Za-z]{10}$/.test(id)
      ? ok({ tenantId, subject: { kind, keyId: id } })
      : no(`${JSON.stringify(id)} is no key id: it is the 10 characters after ark1_${tenantId}_`);
  }
  return no(`${JSON.stringify(kind)} is neither user nor key`);
}

/** A gate for people: `tenant acme`, `user usr_anna of tenant acme`. */
export function gateText({ tenantId, subject }: GateId): string {
  switch (subject.kind) {
    case 'tenant':
      return `tenant ${tenantId}`;
    case 'user':
      return `user ${subject.identityId} of tenant ${tenantId}`;
    case 'key':
      return `key ${subject.keyId} of tenant ${tenantId}`;
  }
}
