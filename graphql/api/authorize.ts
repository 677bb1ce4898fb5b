import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getDirectiveValues,
  isObjectType,
} from 'graphql';
import type { Context } from './context.ts';
import { GraphqlRefusal } from './errors.ts';
import { isPolicy, type Place, permits, type Rule } from './policy.ts';

/** Tells whose an object is. It is asked for types whose policy looks at that, and must not look anything up. */
export type PlaceOf = (typeName: string, source: unknown) => Place | null;

/** The rule of every field of every object type, by type and field. @throws for a field that has none: the build fails */
export function rulesOf(schema: GraphQLSchema): ReadonlyMap<string, Rule> {
  const rules = new Map<string, Rule>();
  for (const type of objectTypes(schema)) {
    const ofType = ruleOn(schema, type);
    for (const field of Object.values(type.getFields())) {
      const rule = ruleOn(schema, field) ?? ofType;
      if (!rule) throw new Error(`schema.graphql: ${type.name}.${field.name} has no policy`);
      rules.set(`${type.name}.${field.name}`, rule);
    }
  }
  return rules;
}

/**
 * Puts every field behind its rule. A field that is refused never runs its resolver.
 * @param onDenied told each refusal, for the audit
 */
export function guard(
  schema: GraphQLSchema,
  placeOf: PlaceOf,
  onDenied: (context: Context, field: string) => void,
): void {
  const rules = rulesOf(schema);
  const mutations = schema.getMutationType();
  const roots = [schema.getQueryType(), mutations];
  for (const type of objectTypes(schema)) {
    const isRoot = roots.includes(type);
    for (const field of Object.values(type.getFields())) {
      const name = `${type.name}.${field.name}`;
      const rule = rules.get(name);
      if (!rule) throw new Error(`schema.graphql: ${name} has no policy`);
      const resolve = field.resolve ?? (defaultFieldResolver as NonNullable<typeof field.resolve>);
      field.resolve = (source, args, context: Context, info) => {
        const place = isRoot ? null : placeOf(type.name, source);
        // An object that belongs to nobody we know belongs to nobody who asks.
        if (!isRoot && place === null && rule.policy !== 'PARENT')
          throw new GraphqlRefusal('FORBIDDEN', forbidden(name, rule, context));
        if (!permits(rule, context.principal, place) || (type === mutations && isOnlyLooking(context))) {
          onDenied(context, name);
          throw new GraphqlRefusal('FORBIDDEN', forbidden(name, rule, context));
        }
        return resolve(source, args, context, info);
      };
    }
  }
}

/** Who looks at a tenant with its admin's eyes changes nothing, whatever else everybody may do. */
function isOnlyLooking({ principal }: Context): boolean {
  return principal.kind === 'staff' && principal.viewingAs !== null;
}

/** With the way out, as far as there is one for this caller. It says nothing of the object. */
function forbidden(field: string, { scope }: Rule, { principal }: Context): string {
  // Whoever looks is told what the tenant's admin would be told; only that nothing can be changed is the look's own.
  if (principal.kind === 'staff' && principal.viewingAs && field.startsWith('Mutation.')) {
    return `you may not use ${field} while you look as the tenant's admin; leave out the header x-ar-view-as`;
  }
  if (principal.kind === 'machine') {
    return scope === null
      ? `you may not use ${field}: it is for people`
      : `you may not use ${field}; it takes a client of the right owner with the scope ${scope}`;
  }
  return `you may not use ${field}; ask an admin of your tenant, or of the platform`;
}

function objectTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
  );
}

function ruleOn(schema: GraphQLSchema, { astNode }: GraphQLObjectType | GraphQLField<unknown, unknown>): Rule | null {
  const directive = schema.getDirective('auth');
  const values = directive && astNode && getDirectiveValues(directive, astNode);
  if (!values) return null;
  const { policy, scope } = values;
  if (!isPolicy(policy)) throw new Error(`schema.graphql: ${astNode.name.value} has the unknown policy ${policy}`);
  return { policy, scope: typeof scope === 'string' ? scope : null };
}
