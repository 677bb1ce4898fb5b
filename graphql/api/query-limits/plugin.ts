import { type ApolloServerPlugin, type BaseContext, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLErrorExtensions, parse } from 'graphql';
import { describe } from '../../../tenancy/refusal-description.ts';
import { checkVariables } from './check-query.ts';
import { costOf } from './document-cost.ts';
import { checkShape } from './document-shape.ts';
import { describeLimit, type LimitReason, QUERY_LIMITS } from './limits.ts';
import { readDocument } from './read-document.ts';

/** What became of a charge, in points. `left`: null when the bucket could not be asked. `waitMs`: null means never. */
export type Charged =
  | { readonly admitted: true; readonly left: number | null }
  | { readonly admitted: false; readonly left: number; readonly waitMs: number | null };

export type QueryLimitsOptions<Context extends BaseContext> = {
  /** Whether the caller may read the schema by `__schema` and `__type`. */
  mayIntrospect(contextValue: Context): boolean;
  /** Takes a document's points from the caller's bucket, once, before it runs. */
  charge(contextValue: Context, cost: number): Promise<Charged>;
};

/** What `extensions.cost` says: points asked for, the most that one document may ask for, and what is left in the bucket. */
type CostReport = { readonly asked: number; readonly limit: number; readonly left: number | null };

/**
 * The server's options that the plugin relies on. A store of parsed documents would let a refused one's place be taken
 * by `NOTHING` for good; a batch would be many documents for one check of the body.
 */
export const LIMITED_SERVER = {
  documentStore: null,
  allowBatchedHttpRequests: false,
  parseOptions: { maxTokens: QUERY_LIMITS.tokens },
} as const;

/** Stands in for a refused document, so that the server neither parses nor validates that. It never runs. */
const NOTHING = parse('{ __typename }', { noLocation: true });

/**
 * Refuses documents that are too large or cost too much. Apollo has no hook before validation that may refuse, and
 * validation is the expensive part: so the document is checked as soon as its source is there, and a refused one is put
 * aside until `didResolveOperation`, which may.
 */
export function queryLimitsPlugin<Context extends BaseContext>(
  options: QueryLimitsOptions<Context>,
): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => {
      let refused: LimitReason | null = null;
      let report: CostReport | null = null;
      const putAside = (request: GraphQLRequestContext<Context>): void => {
        if (refused) Object.assign(request, { document: NOTHING });
      };
      return {
        didResolveSource: async (request) => {
          refused = checkSource(
            request.source,
            request.request.variables ?? {},
            options.mayIntrospect(request.contextValue),
          );
          putAside(request);
        },
        // For a server that has a store of documents all the same: it has overwritten what was put aside.
        validationDidStart: async (request) => putAside(request),
        didResolveOperation: async ({ schema, document, request, contextValue }) => {
          if (refused) throw refusal(refused);
          const cost = costOf(schema, document, request.operationName, request.variables ?? {});
          if (!cost.ok) {
            if (cost.reason.kind === 'too_costly') report = reportOf(cost.reason.cost, null);
            throw refusal(cost.reason);
          }
          const charged = await options.charge(contextValue, cost.value);
          report = reportOf(cost.value, charged.left);
          if (!charged.admitted) throw emptyBucket(cost.value, charged);
        },
        willSendResponse: async ({ response }) => {
          if (!report || response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          singleResult.extensions = { ...singleResult.extensions, cost: report };
        },
      };
    },
  };
}

function checkSource(source: string, variables: Record<string, unknown>, mayIntrospect: boolean): LimitReason | null {
  const read = readDocument(source);
  if (!read.ok) return read.reason;
  // No GraphQL: the server will say so.
  if (!read.value) return null;
  return checkShape(read.value, { mayIntrospect }) ?? checkVariables(variables);
}

function reportOf(asked: number, left: number | null): CostReport {
  return { asked, limit: QUERY_LIMITS.cost, left };
}

function refusal(reason: LimitReason): GraphQLError {
  const code = reason.kind === 'too_costly' ? 'COST_EXCEEDED' : 'BAD_USER_INPUT';
  return graphqlError(describeLimit(reason), { code, reason: reason.kind, http: { status: 400 } });
}

function emptyBucket(cost: number, { left, waitMs }: Extract<Charged, { admitted: false }>): GraphQLError {
  const costs = `the document costs ${cost} points and ${left} are left`;
  if (waitMs === null) {
    return graphqlError(`${costs}; it is more than you may ever spend at once, ask for smaller pages (\`first\`)`, {
      code: 'COST_EXCEEDED',
      http: { status: 400 },
    });
  }
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const what = `${costs}; try again in ${retryAfterSeconds} s, or ask for smaller pages (\`first\`)`;
  const { status, message } = describe({ kind: 'rate_limited', what, retryAfterSeconds });
  const headers = new HeaderMap([['retry-after', String(retryAfterSeconds)]]);
  return graphqlError(message, { code: 'COST_EXCEEDED', retryAfterSeconds, http: { status, headers } });
}

function graphqlError(message: string, extensions: GraphQLErrorExtensions): GraphQLError {
  return new GraphQLError(message, { extensions });
}
