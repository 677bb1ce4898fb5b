import { type Export, type ExportKind, isUnderWay, MAX_UNDER_WAY } from '../../tenancy/export.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { exportWrites, getExportTurn, listRecentExports } from '../../tenancy/table/exports.ts';
import type { Reach } from './access.ts';
import type { Context } from './context.ts';
import { userError } from './errors.ts';
import { exportNodeId, parseIdOf } from './ids.ts';
import { type Carried, mistaken, type Planned, planned } from './mutation.ts';
import { loadNode } from './nodes.ts';
import type { Principal } from './principal.ts';

/** What a machine client must hold to read what is in a file, beside what lets it ask for files at all. */
export const EXPORT_SCOPES = {
  USAGE: 'usage:read',
  AUDIT: 'audit:read',
  ARCHIVE: 'tenants:write',
  STATEMENT: 'usage:read',
} as const satisfies Record<ExportKind, string>;

export function holdsExportScope(principal: Principal, kind: ExportKind): boolean {
  return principal.kind !== 'machine' || principal.scopes.has(EXPORT_SCOPES[kind]);
}

/** Asks for a file of a tenant's, of whom so many may be under way at a time. */
export async function planExportOf(
  { tables, tenantId }: Reach,
  { kind, stage, from, to }: Pick<Export, 'kind' | 'stage' | 'from' | 'to'>,
  { principal, platform, now }: Context,
): Promise<Planned<never>> {
  // In this order: who comes between the two reads is counted, who comes after them fails the transaction's condition.
  const turn = await getExportTurn(tables, tenantId);
  const recent = await listRecentExports(tables, tenantId, now);
  if (recent.filter((one) => isUnderWay(one, now)).length >= MAX_UNDER_WAY) {
    const full = `${MAX_UNDER_WAY} exports are under way; ask again when one of them is READY`;
    return mistaken(userError('LIMIT_REACHED', 'tenantId', full), tenantId);
  }
  const one: Export = {
    id: mintRequestId(now, platform.randomBytes(10)),
    tenantId,
    kind,
    ...(stage === undefined ? {} : { stage }),
    from,
    to,
    state: 'REQUESTED',
    requestedBy: principal.id,
    requestedAt: now,
    attempts: 0,
  };
  const id = exportNodeId(one);
  const atOnce = userError('LIMIT_REACHED', 'tenantId', 'another export was asked for at this moment; try again');
  return planned({
    trail: tenantId,
    target: { kind: 'Export', id },
    before: {},
    after: { kind, from, to },
    steps: [{ writes: exportWrites(tables, one, turn), refusedAs: atOnce }],
    result: { exportId: id },
  });
}

/** The answer of a mutation that asks for a file. */
export async function exportAnswer(carried: Carried<never>, context: Context) {
  if (!carried.done) return { export: null, replayed: false, userErrors: [...carried.errors] };
  const id = parseIdOf('Export', String(carried.result['exportId']));
  const made = (id && (await loadNode(id, context))) as Export | null;
  return { export: made, replayed: carried.replayed, userErrors: [] };
}
