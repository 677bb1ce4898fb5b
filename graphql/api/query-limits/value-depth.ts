import { Kind, type ValueNode } from 'graphql';

/**
 * Whether lists and objects stand in each other deeper than that. Level by level and not by recursion: variables 10,000
 * lists deep are there to overflow the stack of whoever recurses, graphql's own coercion first of all.
 */
export function isDeeper(value: unknown, limit: number): boolean {
  return reaches(value, limit, (one) => (typeof one === 'object' && one !== null ? Object.values(one) : null));
}

/** The same for a value that is written in the document. */
export function isLiteralDeeper(value: ValueNode, limit: number): boolean {
  return reaches<ValueNode>(value, limit, (one) => {
    if (one.kind === Kind.LIST) return one.values;
    return one.kind === Kind.OBJECT ? one.fields.map((field) => field.value) : null;
  });
}

/** @param partsOf null for a value that holds no others, which adds no level */
function reaches<Value>(value: Value, limit: number, partsOf: (one: Value) => readonly Value[] | null): boolean {
  let level: readonly Value[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const holders = level.flatMap((one) => {
      const parts = partsOf(one);
      return parts ? [parts] : [];
    });
    if (holders.length > 0 && depth === limit) return true;
    level = holders.flat();
  }
  return false;
}
