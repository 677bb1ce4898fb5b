import { type ApiKey, keyLiveness } from '../../tenancy/api-key.ts';
import { auditEntry, mintAuditId } from '../../tenancy/audit.ts';
import { apiKeyRevocation, getApiKey } from '../../tenancy/table/api-keys.ts';
import { auditWrite } from '../../tenancy/table/audit.ts';
import { commit } from '../../tenancy/table/commit.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { apiKeyNodeId } from './ids.ts';

/** A key that was found where it should not be: who reports it holds all of it, and `sha256` proves that. */
export type Leak = {
  readonly tenantId: TenantId;
  readonly keyId: string;
  readonly sha256: string;
  /** Where it was found, without any key in it. */
  readonly source: string;
  readonly requestId: string;
  /** ms since the epoch */
  readonly now: number;
};

/** Whether it was a key of ours; then it works no more. */
export type RevokeLeaked = (leak: Leak) => Promise<boolean>;

const TRIES = 4;

/**
 * The one thing that a caller can do across a tenant's wall, which is why it is so narrow: it takes back a key of which
 * the caller has shown the whole, and nothing else. The key's own tenant is told that it was reported and where it was
 * found; by whom is not that tenant's to know.
 * @param tables the platform's own, of the control region @param auditBytes as `Platform` has it
 */
export function revokeLeakedBy(
  tables: Tables,
  auditBytes: (at: number) => Uint8Array,
  randomBytes: (size: number) => Uint8Array,
): RevokeLeaked {
  return async (leak) => {
    for (let tries = 1; ; tries++) {
      const key = await getApiKey(tables, leak.tenantId, leak.keyId);
      if (!key || keyLiveness(key, leak.sha256, leak.now) === 'unknown') return false;
      if (key.state === 'REVOKED') return true;
      const { outcome } = await commit(revocation(tables, key, leak, auditBytes(leak.now), randomBytes(16)));
      if (outcome === 'done') return true;
      if (tries === TRIES) throw new Error(`a leaked key could not be revoked: ${outcome}`);
    }
  };
}

function revocation(
  tables: Tables,
  key: ApiKey,
  { source, requestId, now }: Leak,
  random: Uint8Array,
  salt: Uint8Array,
) {
  const reason = `reported as leaked: ${source}`;
  const entry = auditEntry(
    {
      id: mintAuditId(now, random),
      tenantId: key.tenantId,
      at: now,
      requestId,
      salt: Buffer.from(salt).toString('hex'),
      actor: { kind: 'system', id: 'leak-report' },
      action: 'reportLeakedKey',
      target: { kind: 'ApiKey', id: apiKeyNodeId(key.tenantId, key.keyId) },
      outcome: 'ALLOWED',
      reason,
    },
    key,
    { ...key, state: 'REVOKED', revokedReason: reason, version: key.version + 1 },
  );
  return [apiKeyRevocation(tables, key, reason), auditWrite(tables, entry)];
}
