import {
  type Export,
  type ExportKind,
  exportDays,
  exportEnds,
  exportFileName,
  exportStatus,
  isUnderWay,
  MAX_EXPORT_DAYS,
  MAX_UNDER_WAY,
} from '../../../tenancy/export.ts';
import { isRequestId, mintRequestId } from '../../../tenancy/request-id.ts';
import { exportWrites, getExportTurn, listExports, listRecentExports } from '../../../tenancy/table/exports.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { GraphqlRefusal, type UserError, userError } from '../errors.ts';
import { exportNodeId, parseIdOf } from '../ids.ts';
import { carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import { loadNode } from '../nodes.ts';
import type { Principal } from '../principal.ts';
import type { RequestExportInput, Resolvers } from '../resolver-types.ts';
import { openForWriting } from '../writable.ts';

/** A tenant's usage and audit trail as files: asked for here, written by graphql/exports. */
export const exportResolvers = {
  Tenant: {
    async exports({ id }, args, { access }) {
      const page = readPageArgs(args);
      if (page.after !== undefined && !isRequestId(page.after)) {
        throw new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
      }
      const reach = await access.tenant(id);
      return reach?.self === null ? toConnection(await listExports(reach.tables, id, page)) : NO_ITEMS;
    },
  },
  Export: {
    id: (one) => exportNodeId(one),
    status: (one, _, { now }) => exportStatus(one, now).status,
    failure: (one, _, { now }) => exportStatus(one, now).failure,
    finishedAt: ({ finishedAt }) => finishedAt ?? null,
    fileName: (one) => exportFileName(one),
    rows: ({ file }) => (file ? BigInt(file.rows) : null),
    bytes: ({ file }) => (file ? BigInt(file.bytes) : null),
    sha256: ({ file }) => file?.sha256 ?? null,
    publicKey: ({ file }) => file?.publicKey ?? null,
    expiresAt: (one) => exportEnds(one),
    downloadUrl: (one, _, { principal, platform, now }) => {
      // Or a machine that may make exports alone would read by them what it may not read.
      if (!holdsScopeOf(principal, one.kind)) {
        throw new GraphqlRefusal('FORBIDDEN', `you may not download this; it takes the scope ${SCOPE_OF[one.kind]}`);
      }
      return exportStatus(one, now).status === 'READY' ? platform.downloadUrl(one) : null;
    },
  },
  Mutation: {
    async requestExport(_, { input }, context) {
      const carried = await carryOut('requestExport', input, context, () => planExport(input, context));
      if (!carried.done) return { export: null, replayed: false, userErrors: [...carried.errors] };
      const id = parseIdOf('Export', String(carried.result['exportId']));
      const made = (id && (await loadNode(id, context))) as Export | null;
      return { export: made, replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

const SCOPE_OF = { USAGE: 'usage:read', AUDIT: 'audit:read', ARCHIVE: 'tenants:write' } as const satisfies Record<
  ExportKind,
  string
>;

function holdsScopeOf(principal: Principal, kind: ExportKind): boolean {
  return principal.kind !== 'machine' || principal.scopes.has(SCOPE_OF[kind]);
}

async function planExport(input: RequestExportInput, context: Context): Promise<Planned<never>> {
  const { principal, platform, now } = context;
  const opened = await openForWriting(context, parseIdOf('Tenant', input.tenantId), 'tenantId', 'tenant');
  if (!opened.ok) return opened.refusal;
  const { reach, tenant } = opened;
  const wrong = whyWrong(input, principal, now);
  if (wrong) return mistaken(wrong, tenant.id);
  // In this order: who comes between the two reads is counted, who comes after them fails the transaction's condition.
  const turn = await getExportTurn(reach.tables, tenant.id);
  const recent = await listRecentExports(reach.tables, tenant.id, now);
  if (recent.filter((one) => isUnderWay(one, now)).length >= MAX_UNDER_WAY) {
    const full = `${MAX_UNDER_WAY} exports are under way; ask again when one of them is READY`;
    return mistaken(userError('LIMIT_REACHED', 'tenantId', full), tenant.id);
  }
  const one: Export = {
    id: mintRequestId(now, platform.randomBytes(10)),
    tenantId: tenant.id,
    kind: input.kind,
    from: input.from,
    to: input.to,
    state: 'REQUESTED',
    requestedBy: principal.id,
    requestedAt: now,
    attempts: 0,
  };
  const id = exportNodeId(one);
  const { kind, from, to } = one;
  const atOnce = userError('LIMIT_REACHED', 'tenantId', 'another export was asked for at this moment; try again');
  return planned({
    trail: tenant.id,
    target: { kind: 'Export', id },
    before: {},
    after: { kind, from, to },
    steps: [{ writes: exportWrites(reach.tables, one, turn), refusedAs: atOnce }],
    result: { exportId: id },
  });
}

function whyWrong({ kind, from, to }: RequestExportInput, principal: Principal, now: number): UserError | null {
  if (kind === 'ARCHIVE')
    return userError('INVALID', 'kind', 'an archive is made when a tenant is closed, and then alone');
  const most = MAX_EXPORT_DAYS[kind];
  const { length } = exportDays({ from, to });
  if (length === 0) return userError('INVALID', 'to', 'must not be before from');
  if (length > most) {
    return userError(
      'INVALID',
      'to',
      `from and to may be ${most} days at most, not ${length}; ask for several exports`,
    );
  }
  if (Date.parse(from) > now) return userError('INVALID', 'from', 'must not be to come: there is nothing yet');
  if (holdsScopeOf(principal, kind)) return null;
  return userError('BEYOND_OWN', 'kind', `it takes the scope ${SCOPE_OF[kind]} as well`);
}
