import { exportDays, exportEnds, exportFileName, exportStatus, MAX_EXPORT_DAYS } from '../../../tenancy/export.ts';
import { isRequestId } from '../../../tenancy/request-id.ts';
import { listExports } from '../../../tenancy/table/exports.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { GraphqlRefusal, type UserError, userError } from '../errors.ts';
import { EXPORT_SCOPES, exportAnswer, holdsExportScope, planExportOf } from '../export-request.ts';
import { exportNodeId, parseIdOf } from '../ids.ts';
import { carryOut, mistaken, type Planned } from '../mutation.ts';
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
      if (!holdsExportScope(principal, one.kind)) {
        throw new GraphqlRefusal(
          'FORBIDDEN',
          `you may not download this; it takes the scope ${EXPORT_SCOPES[one.kind]}`,
        );
      }
      return exportStatus(one, now).status === 'READY' ? platform.downloadUrl(one) : null;
    },
  },
  Mutation: {
    async requestExport(_, { input }, context) {
      const carried = await carryOut('requestExport', input, context, () => planExport(input, context));
      return exportAnswer(carried, context);
    },
  },
} satisfies Resolvers;

async function planExport(input: RequestExportInput, context: Context): Promise<Planned<never>> {
  const { principal, now } = context;
  const opened = await openForWriting(context, parseIdOf('Tenant', input.tenantId), 'tenantId', 'tenant');
  if (!opened.ok) return opened.refusal;
  const { reach, tenant } = opened;
  const wrong = whyWrong(input, principal, now);
  return wrong ? mistaken(wrong, tenant.id) : planExportOf(reach, input, context);
}

function whyWrong({ kind, from, to }: RequestExportInput, principal: Principal, now: number): UserError | null {
  if (kind === 'ARCHIVE')
    return userError('INVALID', 'kind', 'an archive is made when a tenant is closed, and then alone');
  if (kind === 'STATEMENT') return userError('INVALID', 'kind', 'a statement is of a month: use requestStatement');
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
  if (holdsExportScope(principal, kind)) return null;
  return userError('BEYOND_OWN', 'kind', `it takes the scope ${EXPORT_SCOPES[kind]} as well`);
}
