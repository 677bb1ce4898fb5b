import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { type AuditEntry, auditEntry, mintAuditId } from '../../tenancy/audit.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { appendAudit } from '../../tenancy/table/audit.ts';
import type { Tables } from '../../tenancy/table/tables.ts';

/** What a command did, for the trail of whose it was; `tenantId` null: the platform's. */
export type Deed = Pick<AuditEntry, 'tenantId' | 'action' | 'target' | 'outcome'> & {
  readonly after: Readonly<Record<string, unknown>>;
  readonly reason?: string;
};

/**
 * Tells the trail what somebody did past the API, under that person's name on the machine. It is told after the deed:
 * whoever stops something in an emergency does not wait for the trail.
 * @param tables of the control region; undefined when the command was not given that region
 * @returns why it could not be told; null when it was
 */
export async function tellTrail(
  tables: Tables | undefined,
  { after, ...deed }: Deed,
  now: number,
): Promise<string | null> {
  if (!tables) return 'the control region is not among the regions';
  const random = randomBytes(10);
  const entry = auditEntry(
    {
      ...deed,
      id: mintAuditId(now, random),
      salt: randomBytes(16).toString('hex'),
      at: now,
      requestId: mintRequestId(now, random),
      actor: { kind: 'staff', id: `terminal:${userInfo().username}` },
    },
    {},
    after,
  );
  try {
    await appendAudit(tables, entry);
    return null;
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}
