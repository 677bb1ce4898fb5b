import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';

/** A selection that is enough to ask for a field. */
export function selection(field: GraphQLField<unknown, unknown>): string {
  const args = field.args
    .filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
    .map(({ name, type }) => `${name}: ${literal(type)}`);
  const inner = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${inner}`;
}

function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter(
      (one) => isNonNullType(one.type) && one.defaultValue === undefined,
    );
    return `{ ${needed.map(({ name, type: of }) => `${name}: ${literal(of)}`).join(', ')} }`;
  }
  const texts: Record<string, string> = {
    Int: '1',
    Boolean: 'true',
    Date: '"2026-11-22"',
    Month: '"2026-11"',
    DateTime: '"2026-11-22T00:00:00Z"',
    Decimal: '"1"',
    BigInt: '"1"',
  };
  return texts[type.name] ?? '"x"';
}
