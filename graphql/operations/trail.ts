import { auditEntry, mintAuditId } from '../../tenancy/audit.ts';
import type { Operation } from '../../tenancy/operation.ts';
import { auditWrite } from '../../tenancy/table/audit.ts';
import { commit, type Write } from '../../tenancy/table/commit.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { TryAgain } from './run.ts';

type Image = Readonly<Record<string, unknown>>;

export type TrailDeps = {
  /** Those of the control region. */
  readonly tables: Tables;
  /** As the API has it. */
  readonly auditBytes: (at: number) => Uint8Array;
  readonly now: () => number;
};

/** One change that a step makes, as its tenant's trail tells it. */
export type Change = {
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly before: Image;
  readonly after: Image;
};

/**
 * Makes a change and tells it in one transaction, in the name of the operation.
 * @throws TryAgain when somebody else was at the same items: the step begins anew and reads them again
 */
export async function changeAndTell(
  { tables, auditBytes, now }: TrailDeps,
  operation: Operation,
  { action, target, before, after }: Change,
  writes: readonly Write[],
): Promise<void> {
  const at = now();
  const told = {
    id: mintAuditId(at, auditBytes(at)),
    tenantId: operation.tenantId,
    at,
    requestId: operation.id,
    actor: { kind: 'system', id: `operation:${operation.kind.toLowerCase()}` },
    action,
    target,
    outcome: 'ALLOWED',
  } as const;
  const { outcome } = await commit([...writes, auditWrite(tables, auditEntry(told, before, after))]);
  if (outcome !== 'done') throw new TryAgain(`${action} met another change of the same`);
}
