/**
 * A pattern as Lambda's event sources take it (`FilterCriteria`): every field that it names must be there, with one of the
 * values listed for it.
 */
export type FilterPattern = { readonly [field: string]: FilterPattern | readonly string[] };

const written = (...kinds: string[]): FilterPattern => ({ dynamodb: { NewImage: { kind: { S: kinds } } } });
const inserted = (kind: string): FilterPattern => ({ eventName: ['INSERT'], ...written(kind) });

/**
 * Which records of its stream each consumer is woken for: one of these patterns must match. What is left out costs no
 * invocation, and holds up nothing behind it. Each consumer still looks at what it gets: a filter saves work, and decides
 * nothing.
 */
export const STREAM_FILTERS = {
  'edge-rollup': [written('REQUEST')],
  'graphql-audit-chain': [inserted('AUDIT')],
  'graphql-notifications': [inserted('BUDGET_THRESHOLD')],
  'graphql-exports': [inserted('EXPORT')],
  'graphql-operations': [written('OPERATION')],
  'billing-commands': [written('BILLING_COMMAND')],
  // The kind of an item that is gone stands in its old image alone.
  'edge-sync': [
    written('TENANT', 'IDENTITY_PROVIDER'),
    { eventName: ['REMOVE'], dynamodb: { OldImage: { kind: { S: ['TENANT', 'IDENTITY_PROVIDER'] } } } },
  ],
} as const satisfies Readonly<Record<string, readonly FilterPattern[]>>;
