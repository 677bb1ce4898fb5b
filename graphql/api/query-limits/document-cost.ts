import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { no, ok, type Result } from '../../../tenancy/result.ts';
import { type LimitReason, product, QUERY_LIMITS, sum } from './limits.ts';
import { READ_COSTS } from './read-costs.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** `items`: of the selections that a connection has once for each of its items; `rest`: of all others. */
type Cost = { readonly items: number; readonly rest: number };

const NOTHING: Cost = { items: 0, rest: 0 };

/**
 * What a document may make the server do, in points, reckoned without doing it. An object costs 1, a scalar nothing. A
 * connection costs 1, and what its `nodes` and `edges` cost as often as `first` says. A list that a field gives for a
 * list of arguments (`nodes(ids:)`) counts as often as that is long: ids travel in variables, which no limit on the text
 * reaches. What is read behind a field beside its objects counts as `READ_COSTS` says. What `@skip` leaves out is counted.
 *
 * For a document that `checkShape` has passed and GraphQL has validated; what is unknown in any other counts 1.
 * @returns at least 1, and at most `MOST`; or the connection that does not say how much it wants
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
): Result<number, LimitReason> {
  const operation = getOperationAST(document, operationName);
  // Nothing will run: the server has words for that.
  if (!operation) return ok(1);
  const found: LimitReason[] = [];
  const values = { ...defaultsOf(operation), ...variables };
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const known = new Map<string, Cost>();

  const costOfSet = ({ selections }: SelectionSetNode, parent: string | undefined): Cost =>
    selections
      .map((one): Cost => {
        if (one.kind === Kind.FRAGMENT_SPREAD) return costOfFragment(one.name.value);
        if (one.kind === Kind.INLINE_FRAGMENT)
          return costOfSet(one.selectionSet, one.typeCondition?.name.value ?? parent);
        const cost = costOfField(one, parent);
        const isItems = isConnection(parent) && (one.name.value === 'nodes' || one.name.value === 'edges');
        return isItems ? { items: cost, rest: 0 } : { items: 0, rest: cost };
      })
      .reduce((one, other) => ({ items: sum(one.items, other.items), rest: sum(one.rest, other.rest) }), NOTHING);

  function costOfFragment(name: string): Cost {
    const fragment = fragments.get(name);
    if (!fragment || known.has(name)) return known.get(name) ?? NOTHING;
    // Before it is known, so that a cycle ends.
    known.set(name, NOTHING);
    const cost = costOfSet(fragment.selectionSet, fragment.typeCondition.name.value);
    known.set(name, cost);
    return cost;
  }

  function costOfField(field: FieldNode, parent: string | undefined): number {
    const definition = fieldOf(schema, parent, field.name.value);
    const type = definition ? getNamedType(definition.type) : undefined;
    if (type && isLeafType(type)) return 0;
    const { items, rest } = field.selectionSet ? costOfSet(field.selectionSet, type?.name) : NOTHING;
    const read = READ_COSTS.get(`${parent}.${field.name.value}`)?.((name) => argumentOf(field, name)) ?? 0;
    const itself = sum(1, read);
    if (isConnection(type?.name)) return sum(itself, sum(rest, product(pageOf(field), items)));
    // `nodes` and `edges` of what is no connection are fields like any other.
    const one = sum(itself, sum(rest, items));
    const isList = definition && isListType(getNullableType(definition.type));
    return isList ? product(one, longestArgument(field)) : one;
  }

  function pageOf(field: FieldNode): number {
    const first = argumentOf(field, 'first');
    if (first === undefined || first === null) found.push({ kind: 'first_missing', field: field.name.value });
    else if (!isPage(first)) found.push({ kind: 'first_out_of_range', field: field.name.value });
    else return first;
    return 1;
  }

  function argumentOf(field: FieldNode, name: string): unknown {
    const given = field.arguments?.find((one) => one.name.value === name);
    return given && valueFromASTUntyped(given.value, values);
  }

  function longestArgument(field: FieldNode): number {
    const given = (field.arguments ?? []).map((one) => valueFromASTUntyped(one.value, values));
    return Math.max(1, ...given.map((one) => (Array.isArray(one) ? one.length : 1)));
  }

  const root = schema.getRootType(operation.operation)?.name;
  const { items, rest } = costOfSet(operation.selectionSet, root);
  const cost = Math.max(1, sum(items, rest));
  if (found[0]) return no(found[0]);
  return cost > QUERY_LIMITS.cost ? no({ kind: 'too_costly', cost, field: costliest() }) : ok(cost);

  function costliest(): string {
    const fields = rootFields(operation?.selectionSet, fragments);
    const costs = fields.map((field) => [costOfField(field, root), field.name.value] as const);
    return costs.sort(([one], [other]) => other - one)[0]?.[1] ?? '';
  }
}

function isConnection(type: string | undefined): boolean {
  return type?.endsWith('Connection') === true;
}

function isPage(first: unknown): first is number {
  return typeof first === 'number' && Number.isInteger(first) && first >= 1 && first <= QUERY_LIMITS.first;
}

function fieldOf(
  schema: GraphQLSchema,
  parent: string | undefined,
  name: string,
): Pick<GraphQLField<unknown, unknown>, 'type'> | undefined {
  const meta = META_FIELDS.get(name);
  const type = schema.getType(meta ?? parent ?? '');
  if (!isCompositeType(type) && !meta) return undefined;
  if (meta && type) return { type: type as GraphQLField<unknown, unknown>['type'] };
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

/** The fields that every schema has without saying so, with their types. */
const META_FIELDS: ReadonlyMap<string, string> = new Map([
  ['__typename', 'String'],
  ['__schema', '__Schema'],
  ['__type', '__Type'],
]);

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}

/** With those of fragments, each fragment once. */
function rootFields(
  set: SelectionSetNode | undefined,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen = new Set<string>(),
): FieldNode[] {
  return (set?.selections ?? []).flatMap((one) => {
    if (one.kind === Kind.FIELD) return [one];
    if (one.kind === Kind.INLINE_FRAGMENT) return rootFields(one.selectionSet, fragments, seen);
    if (seen.has(one.name.value)) return [];
    seen.add(one.name.value);
    return rootFields(fragments.get(one.name.value)?.selectionSet, fragments, seen);
  });
}
