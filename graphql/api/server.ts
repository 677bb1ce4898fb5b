import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import { describe } from '../../tenancy/refusal-description.ts';
import type { Context } from './context.ts';
import { formatError, GraphqlRefusal } from './errors.ts';
import { principalName, walledIn } from './principal.ts';
import type { Charged } from './query-limits/plugin.ts';
import { LIMITED_SERVER, queryLimitsPlugin } from './query-limits/plugin.ts';
import { type Safelist, safelistPlugin } from './safelist.ts';

export type ServerOptions = {
  readonly schema: GraphQLSchema;
  /** Where anybody whose token is right may read the schema. */
  readonly development: boolean;
  /** Takes a document's points from its caller's bucket. */
  readonly charge: (context: Context, cost: number) => Promise<Charged>;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
  /** What browsers may run. */
  readonly safelist: Safelist;
};

/** The API, without the world around it: what carries requests to it makes each one's context. */
export function makeServer({ schema, development, charge, log, safelist }: ServerOptions): ApolloServer<Context> {
  const mayIntrospect = ({ principal }: Context) => development || principal.kind === 'staff';
  return new ApolloServer<Context>({
    ...LIMITED_SERVER,
    schema,
    // Decided by the plugin, for each caller: Apollo's own switch is one for all.
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !development,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    formatError: formatError((error) => log({ level: 'error', event: 'masked', why: errorName(error) })),
    plugins: [
      // First, for a hash becomes its document here, which the others then weigh.
      safelistPlugin<Context>(safelist),
      queryLimitsPlugin<Context>({ mayIntrospect, charge }),
      noSubscriptions,
      oneLinePerRequest(log),
    ],
  });
}

/** The schema has none: left to the executor, that is an error without a code, which would pass for a fault of ours. */
const noSubscriptions: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== 'subscription') return;
      const { status } = describe({ kind: 'request_malformed', what: 'a subscription' });
      throw new GraphqlRefusal('BAD_USER_INPUT', 'there are no subscriptions; ask again with a query', status);
    },
  }),
};

/** What was asked by whom, without a word of the document: a name in it is the caller's own text. */
function oneLinePerRequest(log: ServerOptions['log']): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ contextValue, operation, errors }) => {
        const { requestId, traceId, principal } = contextValue;
        log({
          level: 'info',
          event: 'graphql',
          requestId,
          traceId,
          caller: principalName(principal),
          tenant: walledIn(principal) ?? undefined,
          operation: operation?.operation,
          refused: errors?.map(({ extensions }) => extensions['code']),
        });
      },
    }),
  };
}

/** A library's message may quote what it read: the name alone is logged, with where it was thrown. */
function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const place = /at .*?([\w-]+\.(?:[cm]?[jt]s):\d+)/.exec(error.stack ?? '')?.[1] ?? '';
  return `${error.name} ${place}`.trim();
}
