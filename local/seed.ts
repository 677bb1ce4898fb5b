import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Mac, mintApiKey, parseApiKey, randomBase62 } from '../tenancy/api-key.ts';
import { STARTING_CATALOGUE } from '../tenancy/catalogue.ts';
import { startingPrices } from '../tenancy/price-list.ts';
import { mintRequestId } from '../tenancy/request-id.ts';
import { putApiKey } from '../tenancy/table/api-keys.ts';
import { requestBilling } from '../tenancy/table/billing-commands.ts';
import { putGrant } from '../tenancy/table/grants.ts';
import { putModel } from '../tenancy/table/models.ts';
import { putPrice } from '../tenancy/table/prices.ts';
import { putTenant } from '../tenancy/table/tenants.ts';
import { parseTenantId, type Tenant, type TenantId } from '../tenancy/tenant.ts';
import type { OktaUser } from './okta/org.ts';
import { type MachineSignIn, type People, type SeededPerson, seedMachine, seedStaff, seedUser } from './seed-people.ts';

export const EDGE_SECRET_ID = 'agent-runner/edge';

/** What only the edge may know: the key that seals passports, and the keys behind the MAC in every API key. */
export type EdgeSecret = {
  readonly passport: { readonly kid: string; readonly privateKeyPem: string };
  /** By version, base64. */
  readonly macKeys: Readonly<Record<string, string>>;
};

export function makeEdgeSecret(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const secret: EdgeSecret = {
    passport: {
      kid: `p-${randomBase62(randomBytes(32), 8)}`,
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    macKeys: { 1: randomBytes(32).toString('base64') },
  };
  return JSON.stringify(secret);
}

export const ARCHIVE_SECRET_ID = 'agent-runner/archive';

/** The key that signs the archives of tenants that are closed. */
export function makeArchiveSecret(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({ privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() });
}

/** What is shown once on a real platform, and is kept here so that a laptop shows it at every start. */
export type SeededTenant = { readonly apiKey: string; readonly developer: SeededPerson; readonly admin: SeededPerson };
export type Seed = {
  readonly tenants: Readonly<Record<'acme' | 'globex' | 'initech', SeededTenant>>;
  /** Who signs in at initech's own identity provider, and what opens that one's management API. */
  readonly okta: { readonly users: Readonly<Record<'member' | 'outsider', OktaUser>>; readonly apiToken: string };
  readonly staff: Readonly<Record<'admin' | 'support' | 'billing', SeededPerson>>;
  readonly machineClients: Readonly<Record<'platform' | 'acme' | 'automation', MachineSignIn>>;
};

const TENANTS: Readonly<Record<keyof Seed['tenants'], Omit<Tenant, 'id'>>> = {
  acme: {
    name: 'Acme Corporation',
    status: 'ACTIVE',
    tier: 'PREMIUM',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1', 'eu-central-2'],
    residency: 'geo',
    version: 1,
  },
  globex: {
    name: 'Globex Corporation',
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'us-east-1',
    allowedRegions: ['us-east-1'],
    residency: 'global',
    version: 1,
  },
  initech: {
    name: 'Initech',
    status: 'ACTIVE',
    tier: 'PREMIUM',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
  },
};

/**
 * Three tenants, so that isolation can be tried at once: each with every model granted, a developer, an admin and an API
 * key; people of the identity provider that the third one has; the platform's staff, one of each role; and three machine
 * clients. Does nothing but read when the folder was seeded before.
 */
export async function seed(path: string, people: People, edgeSecret: EdgeSecret): Promise<Seed> {
  const { tables } = people;
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Seed;
  await Promise.all(
    STARTING_CATALOGUE.map(async (model) => {
      await putModel(tables, model);
      for (const price of startingPrices(model.id)) await putPrice(tables, price);
    }),
  );
  const [acme, globex, initech] = await Promise.all([
    seedTenant('acme', people, edgeSecret),
    seedTenant('globex', people, edgeSecret),
    seedTenant('initech', people, edgeSecret),
  ]);
  const [admin, support, billing] = await Promise.all([
    seedStaff(people, 'staff', 'PLATFORM_ADMIN'),
    seedStaff(people, 'support', 'PLATFORM_SUPPORT'),
    seedStaff(people, 'billing', 'PLATFORM_BILLING'),
  ]);
  const result: Seed = {
    tenants: { acme, globex, initech },
    okta: {
      users: {
        member: oktaUser('peter.gibbons', 'Peter Gibbons', ['Everyone', CLAUDE_GROUP]),
        outsider: oktaUser('milton.waddams', 'Milton Waddams', ['Everyone']),
      },
      apiToken: randomBase62(randomBytes(96), 42),
    },
    staff: { admin, support, billing },
    machineClients: {
      platform: await seedMachine(people, null, 'reader', admin.id),
      acme: await seedMachine(people, tenantIdOf('acme'), 'reader', acme.admin.id),
      automation: await seedMachine(people, null, 'automation', admin.id),
    },
  };
  writeFileSync(path, JSON.stringify(result, null, 2), { mode: 0o600 });
  return result;
}

/** The group of initech's people who may come. */
export const CLAUDE_GROUP = 'claude-users';

function oktaUser(name: string, fullName: string, groups: readonly string[]): OktaUser {
  const [password, id] = [randomBase62(randomBytes(48), 16), randomBase62(randomBytes(48), 17)];
  return { login: `${name}@initech.example`, password: `Aa1-${password}`, uid: `00u${id}`, name: fullName, groups };
}

function tenantIdOf(slug: keyof Seed['tenants']): TenantId {
  const id = parseTenantId(slug);
  if (!id) throw new Error(`seed: ${slug} is no tenant id`);
  return id;
}

async function seedTenant(slug: keyof Seed['tenants'], people: People, edgeSecret: EdgeSecret): Promise<SeededTenant> {
  const { tables, now } = people;
  const tenant: Tenant = { ...TENANTS[slug], id: tenantIdOf(slug) };
  const apiKey = mintKey(tenant.id, edgeSecret);
  await putTenant(tables, tenant);
  const [developer, admin] = await Promise.all([
    seedUser(people, tenant.id, { name: 'developer', displayName: 'Dana Developer', role: 'MEMBER' }),
    seedUser(people, tenant.id, { name: 'admin', displayName: 'Ada Admin', role: 'ADMIN' }),
  ]);
  await putGrant(tables, {
    id: 'grt_everything',
    tenantId: tenant.id,
    subject: { kind: 'tenant' },
    model: '*',
    regions: '*',
    effect: 'allow',
    byPlatform: true,
  });
  await putApiKey(tables, {
    tenantId: tenant.id,
    keyId: parseApiKey(apiKey)?.keyId ?? '',
    name: 'first key',
    ownerId: developer.id,
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets: [
      { sha256: createHash('sha256').update(apiKey).digest('hex'), validUntil: now + 90 * 86_400_000, createdAt: now },
    ],
    version: 1,
  });
  // As its onboarding would have: without a customer nothing of it is billed.
  await requestBilling(tables, {
    id: mintRequestId(now, randomBytes(10)),
    tenantId: tenant.id,
    kind: 'CREATE_CUSTOMER',
    state: 'PENDING',
    requestedAt: now,
    requestedBy: 'seed',
  });
  return { apiKey, developer, admin };
}

function mintKey(tenantId: TenantId, { macKeys }: EdgeSecret): string {
  const macKey = Buffer.from(macKeys['1'] ?? '', 'base64');
  const mac: Mac = (text) => createHmac('sha256', macKey).update(text).digest();
  return mintApiKey(tenantId, randomBase62(randomBytes(32), 10), randomBase62(randomBytes(96), 32), mac);
}
