import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  BatchGetCommand,
  BatchGetRequest,
  DeleteTransaction,
  Entity,
  executeBatchGet,
  type FormattedValue,
  Formatter,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  list,
  number,
  PutItemCommand,
  PutTransaction,
  string,
} from 'dynamodb-toolbox';
import { type IdentityProvider, PROVIDER_DEFAULTS } from '../identity-provider.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables, wholeBatch } from './tables.ts';
import { follows } from './versions.ts';

const KIND = 'IDENTITY_PROVIDER';

const schema = item({
  tenantId: string().key(),
  issuer: string(),
  audience: string(),
  jwksUri: string(),
  clientId: string().optional(),
  identityClaim: string().optional(),
  groupsClaim: string().optional(),
  allowedGroups: list(string()).optional(),
  scopes: list(string()).optional(),
  verifiedAt: number().validate(Number.isSafeInteger),
  version: number().validate(Number.isSafeInteger),
});

const providerEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: KIND,
      table,
      timestamps: false,
      schema,
      computeKey: ({ tenantId }) => ({ pk: key`TENANT#${tenantId}`, sk: 'IDENTITY_PROVIDER' }),
    }),
);

/** Issuer and audience are anybody's text: in a key they stand as a hash, whose parts no other pair has. */
const ownerEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'IDENTITY_PROVIDER_OWNER',
      table,
      timestamps: false,
      schema: item({
        issuer: string().key(),
        audience: string().key(),
        tenantId: string(),
        claimedAt: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ issuer, audience }) => ({
        pk: key`IDENTITY_PROVIDER#${hashOf({ issuer, audience })}`,
        sk: 'OWNER',
      }),
    }),
);

/** What leads from a tenant to the pairs that it has claimed, used or not: a claim stands by its pair alone. */
const claimedPairEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'CLAIMED_PAIR',
      table,
      timestamps: false,
      schema: item({ tenantId: string().key(), pair: string().key() }),
      computeKey: ({ tenantId, pair }) => ({ pk: key`TENANT#${tenantId}`, sk: key`CLAIMED_PAIR#${pair}` }),
    }),
);

function hashOf({ issuer, audience }: Pick<Claim, 'issuer' | 'audience'>): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, audience]))
    .digest('hex');
}

/** A claim and the provider that it is for are two writes; what is not followed by the second in this time never will be. */
const CLAIM_MS = 3_600_000;

type Claim = Pick<IdentityProvider, 'tenantId' | 'issuer' | 'audience'>;

/** A tenant's own identity provider as it is now; null when the platform's own pool signs everybody in. */
export async function getIdentityProvider(tables: Tables, tenantId: TenantId): Promise<IdentityProvider | null> {
  const { Item } = await providerEntity(tables.directory)
    .build(GetItemCommand)
    .key({ tenantId })
    .options({ consistent: true })
    .send();
  return Item ? toProvider(Item) : null;
}

/** Those of many tenants at once, in the order that was asked for; null for a tenant without one. At most 100. */
export async function getIdentityProviders(
  tables: Tables,
  tenantIds: readonly TenantId[],
): Promise<(IdentityProvider | null)[]> {
  if (tenantIds.length === 0) return [];
  const entity = providerEntity(tables.directory);
  const command = tables.directory
    .build(BatchGetCommand)
    .requests(...tenantIds.map((tenantId) => entity.build(BatchGetRequest).key({ tenantId })))
    .options({ consistent: true });
  const { Responses, UnprocessedKeys } = await executeBatchGet({ maxAttempts: 5 }, command);
  wholeBatch(UnprocessedKeys);
  const [rows = []] = Responses ?? [];
  const found = new Map(rows.flatMap((row) => (row ? [[row.tenantId, toProvider(row)]] : [])));
  return tenantIds.map((id) => found.get(id) ?? null);
}

/**
 * Reads the image of an item as the directory's stream carries it.
 * @returns null when it is an item of another kind
 * @throws Error when it is a provider's and damaged
 */
export function readIdentityProviderImage(image: Readonly<Record<string, unknown>>): IdentityProvider | null {
  const stored = image as Record<string, AttributeValue>;
  return stored['kind']?.S === KIND ? toProvider(new Formatter(schema).format(unmarshall(stored))) : null;
}

/** The part of a transaction that stores a provider whose `version` is one more than was read; its pair must be claimed. */
export function identityProviderWrite(tables: Tables, provider: IdentityProvider) {
  const { allowedGroups, scopes, ...rest } = provider;
  return providerEntity(tables.directory)
    .build(PutTransaction)
    .item({ ...rest, scopes: [...scopes], ...(allowedGroups ? { allowedGroups: [...allowedGroups] } : {}) })
    .options({ condition: follows(provider.version) });
}

/** The part of a transaction that takes a provider away, as long as it is the version that was read. */
export function identityProviderRemoval(
  tables: Tables,
  { tenantId, version }: Pick<IdentityProvider, 'tenantId' | 'version'>,
) {
  return providerEntity(tables.directory)
    .build(DeleteTransaction)
    .key({ tenantId })
    .options({ condition: { attr: 'version', eq: version } });
}

/**
 * Whether a tenant may claim a pair of issuer and audience: nobody has, or it has itself, or who has never came to use it
 * or does no longer. So nothing has to be given back, and no crash leaves a pair to nobody.
 * @param tables opened with the platform's own credentials @param now ms since the epoch
 */
export async function mayClaimPair(tables: Tables, claim: Claim, now: number): Promise<boolean> {
  return (await findClaim(tables, claim, now)).free;
}

/**
 * Claims a pair for a tenant, before its provider is written: of two tenants who want one pair, one gets it. It stands
 * outside of every tenant's wall. Alone it lets nobody in. Safe to repeat.
 * @param tables opened with the platform's own credentials @param now ms since the epoch
 * @returns false when the pair is another's
 */
export async function claimPair(tables: Tables, claim: Claim, now: number): Promise<boolean> {
  const { issuer, audience, tenantId } = claim;
  const { free, left } = await findClaim(tables, claim, now);
  if (!free) return false;
  // Before the claim: one that a tenant cannot be led to would outlive the tenant.
  await claimedPairEntity(tables.ledger)
    .build(PutItemCommand)
    .item({ tenantId, pair: hashOf(claim) })
    .send();
  const own = [{ attr: 'tenantId', exists: false } as const, { attr: 'tenantId', eq: tenantId } as const];
  // The one that is left must still be the one that was looked at: its tenant may be claiming the pair anew.
  const stillLeft = left && ({ attr: 'claimedAt', eq: left.claimedAt } as const);
  try {
    await ownerEntity(tables.ledger)
      .build(PutItemCommand)
      .item({ issuer, audience, tenantId, claimedAt: now })
      .options({ condition: { or: stillLeft ? [...own, stillLeft] : own } })
      .send();
    return true;
  } catch (error) {
    if (isConditionCheckFailed(error)) return false;
    throw error;
  }
}

type Found = { readonly free: boolean; readonly left?: { readonly claimedAt: number } };

async function findClaim(tables: Tables, { tenantId, issuer, audience }: Claim, now: number): Promise<Found> {
  const { Item } = await ownerEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ issuer, audience })
    .options({ consistent: true })
    .send();
  if (!Item || Item.tenantId === tenantId) return { free: true };
  if (now - Item.claimedAt < CLAIM_MS) return { free: false };
  const owner = parseTenantId(Item.tenantId) ?? damaged('owner of an identity provider', Item.tenantId);
  const used = await getIdentityProvider(tables, owner);
  if (used?.issuer === issuer && used.audience === audience) return { free: false };
  return { free: true, left: Item };
}

/** What a row of before these could be said does not say has its default. */
function toProvider({ tenantId, clientId, allowedGroups, ...rest }: FormattedValue<typeof schema>): IdentityProvider {
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('identity provider of', tenantId),
    ...(clientId === undefined ? {} : { clientId }),
    identityClaim: rest.identityClaim ?? PROVIDER_DEFAULTS.identityClaim,
    groupsClaim: rest.groupsClaim ?? PROVIDER_DEFAULTS.groupsClaim,
    ...(allowedGroups === undefined ? {} : { allowedGroups }),
    scopes: rest.scopes ?? PROVIDER_DEFAULTS.scopes,
  };
}
