import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, type GraphQLSchema } from 'graphql';
import type { TenantId } from '../../../tenancy/tenant.ts';
import { rulesOf } from '../../api/authorize.ts';
import { permits, type Rule } from '../../api/policy.ts';
import type { Principal } from '../../api/principal.ts';

/** A change that somebody may be hurt by. `what` names it, the same in every run: it is declared by this text. */
export type SchemaChange = { readonly what: string; readonly why: 'breaking' | 'weaker' };

/**
 * What of a schema's changes must be declared: what breaks a client, and whatever lets somebody read or do what was
 * refused before.
 */
export async function changesToDeclare(before: string, after: string): Promise<SchemaChange[]> {
  const [old, next] = [buildSchema(before), buildSchema(after)];
  const changes = await diff(old, next);
  const breaking = changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    // A policy is data of ours and no client's: what became of it is told below, by who passes.
    .filter(({ path }) => !path?.includes('@auth'))
    .map(({ message }): SchemaChange => ({ what: message, why: 'breaking' }));
  return [...breaking, ...weakened(old, next)];
}

/** Fields of both schemas that somebody passes now who did not before. */
function weakened(old: GraphQLSchema, next: GraphQLSchema): SchemaChange[] {
  const before = rulesOf(old);
  return [...rulesOf(next)].flatMap(([field, rule]) => {
    const was = before.get(field);
    const newcomers =
      was && was.policy !== rule.policy
        ? SOMEBODY.filter((one) => !passes(was, one, false) && passes(rule, one, true))
        : [];
    if (newcomers.length === 0) return [];
    return [{ what: `${field} opens to ${newcomers.map(({ name }) => name).join(', ')}`, why: 'weaker' }];
  });
}

type Somebody = { readonly name: string; readonly principal: Principal; readonly ownerId: string };

const TENANT = 'one' as TenantId;

/** One of every kind; a machine has whatever scope is asked for, and so shows whether one can pass at all. */
const SOMEBODY: readonly Somebody[] = [
  ...(['PLATFORM_ADMIN', 'PLATFORM_SUPPORT', 'PLATFORM_BILLING'] as const).map((role) => ({
    name: role,
    principal: { kind: 'staff', id: 's', role, viewingAs: null } as const,
    ownerId: 'other',
  })),
  {
    name: 'TENANT_ADMIN',
    principal: { kind: 'user', id: 'a', role: 'TENANT_ADMIN', tenantId: TENANT },
    ownerId: 'other',
  },
  {
    name: 'TENANT_MEMBER',
    principal: { kind: 'user', id: 'm', role: 'TENANT_MEMBER', tenantId: TENANT },
    ownerId: 'm',
  },
  {
    name: 'another TENANT_MEMBER',
    principal: { kind: 'user', id: 'm', role: 'TENANT_MEMBER', tenantId: TENANT },
    ownerId: 'other',
  },
];

/** @param parent how a part of another object counts, which is as open as that: both leaving it and becoming one is told */
function passes(rule: Rule, { principal, ownerId }: Somebody, parent: boolean): boolean {
  if (rule.policy === 'PARENT') return parent;
  return permits(rule, principal, { tenantId: TENANT, ownerId });
}
