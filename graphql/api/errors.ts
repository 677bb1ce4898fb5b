import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { UserErrorCode } from './resolver-types.ts';

/** The codes with which a request, or a field, is refused as a whole. Mistakes in an input are `userErrors`. */
const CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'COST_EXCEEDED',
  'UNAVAILABLE',
  'INTERNAL',
] as const;
type Code = (typeof CODES)[number];

/** A refusal that was written for the client: its text goes out as it is. */
export class GraphqlRefusal extends GraphQLError {
  /** @param status of the whole answer, where nothing of the document ran */
  constructor(code: Code, message: string, status?: number) {
    super(message, { extensions: { code, ...(status === undefined ? {} : { http: { status } }) } });
  }
}

/** A mistake in a mutation's input. */
export type UserError = {
  readonly code: UserErrorCode;
  readonly field: string[] | null;
  readonly message: string;
};

export function userError(code: UserErrorCode, field: string | null, message: string): UserError {
  return { code, field: field === null ? null : ['input', ...field.split('.')], message };
}

/** Codes of Apollo's own, for documents that never ran: their texts speak of the document and name nothing of ours. */
const OF_THE_DOCUMENT = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
]);

/**
 * What the client sees of an error. What was written for it passes; anything else becomes one text, for a library's own
 * message may quote what it should not.
 * @param onMasked told what was hidden, for the log
 */
export function formatError(onMasked: (error: unknown) => void) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { message, locations, path, extensions } = formatted;
    const code = extensions?.['code'];
    const at = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
    const ours =
      unwrapResolverError(error) instanceof GraphqlRefusal || CODES.some((one) => one === code && one !== 'INTERNAL');
    if (ours || OF_THE_DOCUMENT.has(String(code)))
      return { message, ...at, extensions: { ...extensions, code: String(code) } };
    onMasked(unwrapResolverError(error));
    return {
      message: 'something went wrong here, and was logged under the id in the header request-id; try again',
      ...at,
      extensions: { code: 'INTERNAL' },
    };
  };
}
