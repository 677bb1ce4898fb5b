/** What one request to the control plane may be. Each is decided before a resolver runs. */

/** The whole body, in bytes: text, variables and what surrounds them. */
export const BODY_LIMIT_BYTES = 65_536;

export const QUERY_LIMITS = {
  /** Characters of the document. */
  text: 15_000,
  /** Words and signs of it, as the lexer counts them. */
  tokens: 2_000,
  /** Brackets of any kind that stand in each other. */
  brackets: 64,
  /** Fields within fields, with every fragment in its place. */
  depth: 12,
  /** The same for a document that reads the schema: GraphiQL's own asks for 9 levels of `ofType`. */
  introspectionDepth: 20,
  /** The next three with every fragment in each of its places. */
  aliases: 50,
  fields: 2_000,
  rootFields: 20,
  /** On one field, fragment, operation or variable. */
  directives: 5,
  /** Lists and objects within each other, in the document's values and in the variables. */
  valueDepth: 10,
  /** Points of one document; see `document-cost.ts`. */
  cost: 5_000,
  /** Items of one page. */
  first: 100,
} as const;

/** What a caller may ask for over time: so many points at once, and so many a second from then on. */
export const QUERY_BUCKET = { capacity: 20_000, refill: 200 } as const;

/** Why a document may not run. `field` and the like are names out of the document. */
export type LimitReason =
  | { readonly kind: 'body_too_large' }
  | { readonly kind: 'text_too_long' }
  | { readonly kind: 'too_many_tokens' }
  | { readonly kind: 'too_many_brackets' }
  | { readonly kind: 'too_deep'; readonly field: string; readonly limit: number }
  | { readonly kind: 'too_many_aliases'; readonly within: string }
  | { readonly kind: 'too_many_fields'; readonly within: string }
  | { readonly kind: 'too_many_root_fields'; readonly within: string }
  | { readonly kind: 'too_many_directives'; readonly at: string }
  | { readonly kind: 'fragment_cycle'; readonly fragment: string }
  | { readonly kind: 'values_too_deep'; readonly at: string }
  | { readonly kind: 'introspection'; readonly field: string }
  | { readonly kind: 'first_missing'; readonly field: string }
  | { readonly kind: 'first_out_of_range'; readonly field: string }
  /** `field`: the root field that costs the most. */
  | { readonly kind: 'too_costly'; readonly cost: number; readonly field: string };

/** For the client: what is wrong, where, and the way out. */
export function describeLimit(reason: LimitReason): string {
  switch (reason.kind) {
    case 'body_too_large':
      return `the request's body is over ${BODY_LIMIT_BYTES} bytes; send less at once`;
    case 'text_too_long':
      return `the document is over ${QUERY_LIMITS.text} characters; split it, and move values into variables`;
    case 'too_many_tokens':
      return `the document has over ${QUERY_LIMITS.tokens} tokens; split it, and move values into variables`;
    case 'too_many_brackets':
      return `the document has over ${QUERY_LIMITS.brackets} brackets within each other; ask for what is so deep in a document of its own`;
    case 'too_deep':
      return `the field ${name(reason.field)} is more than ${reason.limit} levels deep; ask for it in a document of its own, by id`;
    case 'too_many_aliases':
      return `${name(reason.within)} has over ${QUERY_LIMITS.aliases} aliases, fragments included; ask for lists instead, or split it`;
    case 'too_many_fields':
      return `${name(reason.within)} has over ${QUERY_LIMITS.fields} fields, fragments included; split it`;
    case 'too_many_root_fields':
      return `${name(reason.within)} has over ${QUERY_LIMITS.rootFields} fields at its root; split it`;
    case 'too_many_directives':
      return `${name(reason.at)} has over ${QUERY_LIMITS.directives} directives; leave out those that it does not need`;
    case 'fragment_cycle':
      return `the fragment ${name(reason.fragment)} contains itself; write the levels that you need`;
    case 'values_too_deep':
      return `${name(reason.at)} has a value of over ${QUERY_LIMITS.valueDepth} lists or objects within each other; no field here takes one`;
    case 'introspection':
      return `${name(reason.field)} is not for you here; read schema.graphql instead`;
    case 'first_missing':
      return `the field ${name(reason.field)} needs \`first\`, 1 to ${QUERY_LIMITS.first}`;
    case 'first_out_of_range':
      return `\`first\` of the field ${name(reason.field)} must be a whole number, 1 to ${QUERY_LIMITS.first}; fetch more page by page, with \`after\``;
    case 'too_costly': {
      const cost = reason.cost >= MOST ? `over ${MOST}` : String(reason.cost);
      return `the document costs ${cost} points of at most ${QUERY_LIMITS.cost}, most of it for the field ${name(reason.field)}; ask for smaller pages (\`first\`), for fewer lists within lists, or for fewer days`;
    }
  }
}

/** Nothing is counted further: a fragment that doubles 30 times must not end in a number without meaning. */
export const MOST = 1_000_000_000;

/** Adds without passing `MOST`. */
export function sum(one: number, other: number): number {
  return Math.min(MOST, one + other);
}

/** Multiplies without passing `MOST`. Factors are at most that, so the product is far from a float's end. */
export function product(one: number, other: number): number {
  return Math.min(MOST, one * other);
}

/** A name in a document is plain letters, but may be as long as the document. */
function name(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
