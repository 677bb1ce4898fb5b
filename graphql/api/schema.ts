import {
  buildSchema,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  isScalarType,
  specifiedScalarTypes,
} from 'graphql';
import { guard } from './authorize.ts';
import type { Context } from './context.ts';
import { tellAttempt } from './mutation.ts';
import { placeOf } from './nodes.ts';
import { walledIn } from './principal.ts';
import type { Resolvers } from './resolver-types.ts';
import { apiKeyChangeResolvers } from './resolvers/api-key-changes.ts';
import { apiKeyResolvers } from './resolvers/api-keys.ts';
import { auditResolvers } from './resolvers/audit.ts';
import { billingCommandResolvers } from './resolvers/billing-commands.ts';
import { billingDayResolvers } from './resolvers/billing-days.ts';
import { billingMoneyResolvers } from './resolvers/billing-money.ts';
import { billingPeriodResolvers } from './resolvers/billing-periods.ts';
import { catalogueChangeResolvers } from './resolvers/catalogue-changes.ts';
import { closingResolvers } from './resolvers/closing.ts';
import { driftOverrideResolvers } from './resolvers/drift-overrides.ts';
import { exportResolvers } from './resolvers/exports.ts';
import { grantChangeResolvers } from './resolvers/grant-changes.ts';
import { grantResolvers } from './resolvers/grants.ts';
import { identityProviderResolvers } from './resolvers/identity-providers.ts';
import { killSwitchChangeResolvers } from './resolvers/kill-switch-changes.ts';
import { killSwitchResolvers } from './resolvers/kill-switches.ts';
import { leakedKeyResolvers } from './resolvers/leaked-keys.ts';
import { limitChangeResolvers } from './resolvers/limit-changes.ts';
import { limitResolvers } from './resolvers/limits.ts';
import { machineClientChangeResolvers } from './resolvers/machine-client-changes.ts';
import { machineClientResolvers } from './resolvers/machine-clients.ts';
import { modelChangeResolvers } from './resolvers/model-changes.ts';
import { modelResolvers } from './resolvers/models.ts';
import { moneyOverrideResolvers } from './resolvers/money-overrides.ts';
import { operationResolvers } from './resolvers/operations.ts';
import { requestResolvers } from './resolvers/requests.ts';
import { routeBindingResolvers } from './resolvers/route-bindings.ts';
import { statementResolvers } from './resolvers/statements.ts';
import { tenantChangeResolvers } from './resolvers/tenant-changes.ts';
import { tenantResolvers } from './resolvers/tenants.ts';
import { usageResolvers } from './resolvers/usage.ts';
import { userAccessResolvers } from './resolvers/user-access.ts';
import { userChangeResolvers } from './resolvers/user-changes.ts';
import { userResolvers } from './resolvers/users.ts';
import { viewAsResolvers } from './resolvers/view-as.ts';
import { viewerResolvers } from './resolvers/viewer.ts';
import { armScalar } from './scalars.ts';

/** By noun; several give fields to one type. */
const NOUNS: readonly Resolvers[] = [
  viewerResolvers,
  tenantResolvers,
  tenantChangeResolvers,
  limitResolvers,
  limitChangeResolvers,
  userResolvers,
  userChangeResolvers,
  userAccessResolvers,
  machineClientResolvers,
  machineClientChangeResolvers,
  identityProviderResolvers,
  grantResolvers,
  grantChangeResolvers,
  apiKeyResolvers,
  apiKeyChangeResolvers,
  leakedKeyResolvers,
  modelResolvers,
  modelChangeResolvers,
  catalogueChangeResolvers,
  routeBindingResolvers,
  usageResolvers,
  requestResolvers,
  auditResolvers,
  exportResolvers,
  operationResolvers,
  closingResolvers,
  billingDayResolvers,
  billingPeriodResolvers,
  billingMoneyResolvers,
  billingCommandResolvers,
  statementResolvers,
  driftOverrideResolvers,
  moneyOverrideResolvers,
  killSwitchResolvers,
  killSwitchChangeResolvers,
  viewAsResolvers,
];

/** The schema with a resolver on every field that needs one, every field behind its rule. @throws when the two do not agree */
export function makeSchema(sdl: string): GraphQLSchema {
  const schema = buildSchema(sdl);
  for (const nouns of NOUNS) attach(schema, nouns);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && !specifiedScalarTypes.some(({ name }) => name === type.name)) armScalar(type);
    if (isInterfaceType(type)) type.resolveType = (source: { readonly __typename?: string }) => source.__typename;
  }
  guard(schema, placeOf, (context: Context, field) => {
    // Reads are asked for by the thousand and change nothing; who tries to change something is told of.
    const [type, action = ''] = field.split('.');
    if (type === 'Mutation') void tellAttempt(action, 'DENIED', 'policy', walledIn(context.principal), context);
  });
  return schema;
}

function attach(schema: GraphQLSchema, resolvers: Resolvers): void {
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`schema.graphql has no type ${typeName}, which has resolvers`);
    for (const [name, resolve] of Object.entries(fields as Record<string, unknown>)) {
      const field = type.getFields()[name];
      if (!field) throw new Error(`schema.graphql has no field ${typeName}.${name}, which has a resolver`);
      if (field.resolve) throw new Error(`${typeName}.${name} has two resolvers`);
      field.resolve = resolve as NonNullable<typeof field.resolve>;
    }
  }
}
