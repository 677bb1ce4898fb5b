import { actionMatches, type Condition, type Context, conditionHolds, resourceMatches } from './condition.ts';

/** The part of IAM's policy language that our policies use. DynamoDB Local and the stand-ins ask no policy. */
export type Statement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Condition;
};

export type Call = { readonly action: string; readonly resource: string };

/** Whether IAM lets a call through: some statement allows it and none denies it. */
export function isAllowed(statements: readonly Statement[], { action, resource }: Call, context: Context): boolean {
  const effects = statements
    .filter(
      (one) =>
        [one.Action].flat().some((pattern) => actionMatches(pattern, action)) &&
        [one.Resource].flat().some((pattern) => resourceMatches(pattern, resource, context)) &&
        conditionHolds(one.Condition, context),
    )
    .map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}
