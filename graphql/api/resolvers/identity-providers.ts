import { withoutKeys } from '../../../tenancy/api-key.ts';
import { fitsEdge } from '../../../tenancy/edge-provider.ts';
import { type IdentityProvider, PROVIDER_DEFAULTS, whyProviderRefused } from '../../../tenancy/identity-provider.ts';
import type { Result } from '../../../tenancy/result.ts';
import {
  claimPair,
  getIdentityProvider,
  identityProviderRemoval,
  identityProviderWrite,
  mayClaimPair,
} from '../../../tenancy/table/identity-providers.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { Context, Platform } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { parseIdOf, tenantNodeId } from '../ids.ts';
import { carryOut, mistaken, type Planned, planned, type Step } from '../mutation.ts';
import type { IdentityProviderInput, Resolvers, SetIdentityProviderInput } from '../resolver-types.ts';
import { openForWriting } from '../writable.ts';

/** A tenant's own identity provider: recorded when it was found good; edge/sync tells the edge of it. */
export const identityProviderResolvers = {
  Tenant: {
    async identityProvider({ id }, _, { access }) {
      const reach = await access.tenant(id);
      return reach && getIdentityProvider(reach.tables, id);
    },
  },
  IdentityProvider: {
    kind: () => 'OIDC',
  },
  Mutation: {
    async setIdentityProvider(_, { input }, context) {
      let inspected: Promise<Result<string, string>> | null = null;
      // A second try believes the first one: an issuer is asked once, however busy the store is.
      const inspect = (issuer: string) => {
        inspected ??= context.platform.inspectIssuer(issuer);
        return inspected;
      };
      const carried = await carryOut('setIdentityProvider', input, context, () => plan(context, input, inspect));
      if (!carried.done) return { identityProvider: null, replayed: false, userErrors: [...carried.errors] };
      const id = parseIdOf('Tenant', String(carried.result['tenantId']));
      const reach = id && (await context.access.tenant(id.tenantId));
      const identityProvider = reach && (await getIdentityProvider(reach.tables, reach.tenantId));
      return { identityProvider, replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

async function plan(
  context: Context,
  input: SetIdentityProviderInput,
  inspect: Platform['inspectIssuer'],
): Promise<Planned<never>> {
  const opened = await openForWriting(context, parseIdOf('Tenant', input.tenantId), 'tenantId', 'tenant');
  if (!opened.ok) return opened.refusal;
  const { reach, tenant } = opened;
  const no = (error: UserError): Planned<never> => mistaken(error, tenant.id);
  // Left out by mistake it must not remove what lets people in.
  if (input.identityProvider === undefined) {
    return no(userError('INVALID', 'identityProvider', 'must be given: what it is to be, or null to remove it'));
  }
  const before = await getIdentityProvider(reach.tables, tenant.id);
  if ((before?.version ?? null) !== (input.expectedVersion ?? null)) return no(stale(before));
  if (input.identityProvider === null) {
    if (!before) return no(userError('NOT_FOUND', 'identityProvider', 'the tenant has no identity provider to remove'));
    const writes = [identityProviderRemoval(reach.tables, before)];
    return changing(tenant, before, null, { writes, refusedAs: stale(before) }, input);
  }
  const made = await makeProvider(context, tenant, before, input.identityProvider, inspect, input.dryRun === true);
  if (!made.ok) return no(made.reason);
  const writes = [identityProviderWrite(reach.tables, made.value)];
  return changing(tenant, before, made.value, { writes, refusedAs: stale(before) }, input);
}

/** The cheap questions first: nobody is asked for an issuer that the tenant could not have. */
async function makeProvider(
  { platform, now }: Context,
  tenant: Tenant,
  before: IdentityProvider | null,
  { issuer, audience, clientId, allowedGroups, ...rest }: IdentityProviderInput,
  inspect: Platform['inspectIssuer'],
  dryRun: boolean,
): Promise<Result<IdentityProvider, UserError>> {
  const no = (reason: UserError) => ({ ok: false, reason }) as const;
  const registered = {
    audience,
    ...(typeof clientId === 'string' ? { clientId } : {}),
    identityClaim: rest.identityClaim ?? PROVIDER_DEFAULTS.identityClaim,
    groupsClaim: rest.groupsClaim ?? PROVIDER_DEFAULTS.groupsClaim,
    ...(allowedGroups ? { allowedGroups } : {}),
    scopes: rest.scopes ?? PROVIDER_DEFAULTS.scopes,
  };
  const wrong = whyProviderRefused(registered) ?? whyKeyInside(registered);
  if (wrong) return no(userError('INVALID', `identityProvider.${wrong.field}`, wrong.message));
  const own = platformTables(platform);
  const pair = { tenantId: tenant.id, issuer, audience };
  const taken = userError(
    'TAKEN',
    'identityProvider',
    'this issuer and audience are another tenant’s, or have just been; let the issuer make an audience for this gateway alone',
  );
  if (!(await mayClaimPair(own, pair, now))) return no(taken);
  const inspected = await inspect(issuer);
  if (!inspected.ok) return no(userError('INVALID', 'identityProvider.issuer', inspected.reason));
  const version = (before?.version ?? 0) + 1;
  const provider = { ...registered, ...pair, jwksUri: inspected.value, verifiedAt: now, version };
  if (!fitsEdge(provider)) {
    const long =
      'is more than the edge has room for (1,024 characters): shorten the issuer’s address, groups or scopes';
    return no(userError('INVALID', 'identityProvider', long));
  }
  if (!dryRun && !(await claimPair(own, pair, now))) return no(taken);
  return { ok: true, value: provider };
}

/** Somebody has pasted an API key, which would stand in the trail for all to read. */
function whyKeyInside(registered: Readonly<Record<string, string | readonly string[]>>) {
  const found = Object.entries(registered).find(([, value]) => [value].flat().some((one) => withoutKeys(one) !== one));
  return found ? { field: found[0], message: 'must be no API key' } : null;
}

/** Whose a pair is stands outside of every tenant's wall. */
function platformTables(platform: Platform): Tables {
  const own = platform.everyRegion().find(({ region }) => region === platform.controlRegion);
  if (!own) throw new Error('the control region has no tables');
  return own.tables;
}

function stale(before: IdentityProvider | null): UserError {
  const now = before ? `is at version ${before.version} or later` : 'is not there, or has just been set';
  return userError('CONFLICT_VERSION', 'expectedVersion', `the identity provider ${now}; read it again`);
}

function changing(
  { id }: Tenant,
  before: IdentityProvider | null,
  after: IdentityProvider | null,
  step: Step,
  { dryRun }: SetIdentityProviderInput,
): Planned<never> {
  const tenantId = tenantNodeId(id);
  const common = { trail: id, target: { kind: 'Tenant', id: tenantId }, result: { tenantId } } as const;
  // Told in the trail as well: somebody has made the platform ask another's machines.
  if (dryRun) return planned({ ...common, before: {}, after: {}, reason: 'dry run', steps: [] });
  return planned({ ...common, before: before ?? {}, after: after ?? {}, steps: [step] });
}
