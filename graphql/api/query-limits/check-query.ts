import type { DocumentNode, GraphQLSchema } from 'graphql';
import { costOf, type Variables } from './document-cost.ts';
import { checkShape } from './document-shape.ts';
import { type LimitReason, QUERY_LIMITS } from './limits.ts';
import { isDeeper } from './value-depth.ts';

/** `cost`: points, 1 to `QUERY_LIMITS.cost`. */
export type QueryVerdict =
  | { readonly ok: true; readonly cost: number }
  | { readonly ok: false; readonly reason: LimitReason };

/** Whether a parsed document may run with these variables, and what it costs. Time is linear in both. */
export function checkQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
  options: { readonly mayIntrospect: boolean },
): QueryVerdict {
  const reason = checkShape(document, options) ?? checkVariables(variables);
  if (reason) return { ok: false, reason };
  const cost = costOf(schema, document, operationName, variables);
  return cost.ok ? { ok: true, cost: cost.value } : cost;
}

export function checkVariables(variables: Variables): LimitReason | null {
  const deep = Object.entries(variables).find(([, value]) => isDeeper(value, QUERY_LIMITS.valueDepth));
  return deep ? { kind: 'values_too_deep', at: deep[0].replace(/\W/g, '?') } : null;
}
