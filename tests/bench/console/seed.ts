import { createHash } from 'node:crypto';
import { type AuditEntry, auditEntry, mintAuditId } from '../../../tenancy/audit.ts';
import { CHAIN_START, nextLink } from '../../../tenancy/audit-chain.ts';
import { STARTING_CATALOGUE } from '../../../tenancy/catalogue.ts';
import type { Price } from '../../../tenancy/price.ts';
import { startingPrices } from '../../../tenancy/price-list.ts';
import { putApiKey } from '../../../tenancy/table/api-keys.ts';
import { appendAudit } from '../../../tenancy/table/audit.ts';
import { appendLink } from '../../../tenancy/table/audit-chain.ts';
import { updateGate } from '../../../tenancy/table/gates.ts';
import { putGrant } from '../../../tenancy/table/grants.ts';
import { putLimitRule } from '../../../tenancy/table/limit-rules.ts';
import { putMachineClient } from '../../../tenancy/table/machine-clients.ts';
import { putModel } from '../../../tenancy/table/models.ts';
import { putPrice } from '../../../tenancy/table/prices.ts';
import { putStaff } from '../../../tenancy/table/staff.ts';
import { setSwitch } from '../../../tenancy/table/switches.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import { putTenant } from '../../../tenancy/table/tenants.ts';
import { putUser } from '../../../tenancy/table/users.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import type { TestTables } from '../../tables.ts';
import { type Copy, readSpecimen, writeCopies } from './copies.ts';
import { seedUsage } from './seed-usage.ts';
import type { StoreSize } from './store-size.ts';

/** The time of everything here, in ms since the epoch: a run next year reads the same items. */
export const NOW = Date.UTC(2026, 10, 22, 12);

/** Numbered names have one length, so that a page has one size wherever it stands. */
const name = (beginning: string, digits: number) => (n: number) => beginning + String(n).padStart(digits, '0');
const tenantName = name('tenant-', 5);
const userName = name('usr_', 6);
const keyName = name('k', 9);
const grantName = name('grt_', 6);
const clientName = name('client-', 6);

/** The tenant that the queries ask for, its admin, and a member with keys. */
export const TENANT = parseTenantId(tenantName(0)) as TenantId;
export const TENANT_ADMIN = 'usr_admin0';
export const MEMBER = userName(0);
export const STAFF = 'stf_support';
/** Of the member alone, beside those that everybody has. */
const MEMBER_KEYS = 25;

/** An entry in every ten minutes: however many there are, a day has as many. */
const BETWEEN_ENTRIES_MS = 600_000;
const entryAt = (n: number): number => NOW - n * BETWEEN_ENTRIES_MS;
export const auditId = (n: number): string => mintAuditId(entryAt(n), new Uint8Array(10));

/**
 * Fills empty tables. One item of each kind is written by the product's own writer and read back; all others are copies
 * of it under other names.
 * @param tell told now and then how many items are written
 */
export async function seedConsole(
  { client, tables, url }: TestTables,
  size: StoreSize,
  tell: (line: string) => void = () => {},
): Promise<void> {
  await writeSpecimens(tables);
  await seedUsage(tables, { tenantId: TENANT, keyId: keyName(0), userName, until: NOW, days: size.usageDays });
  let told = 0;
  await writeCopies(url, await allCopies(client, size), (written) => {
    if (written - told < 100_000) return;
    told = written;
    tell(`seeded ${written} items`);
  });
}

async function writeSpecimens(tables: Tables): Promise<void> {
  await putStaff(tables, {
    id: STAFF,
    email: 'support@platform.test',
    displayName: 'Support',
    role: 'PLATFORM_SUPPORT',
    status: 'ACTIVE',
    version: 1,
  });
  await putTenant(tables, {
    id: TENANT,
    name: 'A Company of Some Size Ltd',
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1', 'eu-central-2'],
    residency: 'geo',
    limits: { tenant: { budget: { nanoUsd: 5_000_000_000_000n, enforcement: 'hard' } } },
    version: 1,
  });
  for (const [id, role] of [
    [TENANT_ADMIN, 'ADMIN'],
    [MEMBER, 'MEMBER'],
  ] as const) {
    const email = `${id}@company.test`;
    const person = { tenantId: TENANT, id, email, displayName: `Somebody ${id}`, role, invitedAt: NOW, version: 1 };
    await putUser(tables, null, { ...person, status: 'ACTIVE' });
  }
  for (let n = 0; n <= MEMBER_KEYS; n++) await putApiKey(tables, apiKey(n === 0 ? keyName(0) : name('z', 9)(n)));
  const grant = { id: grantName(0), tenantId: TENANT, model: 'claude-opus-5-5', effect: 'allow' } as const;
  await putGrant(tables, { ...grant, regions: ['eu-central-1'], subject: { kind: 'user', identityId: MEMBER } });
  await putGrant(tables, { ...grant, regions: '*', model: '*', id: 'everything', subject: { kind: 'tenant' } });
  const limits = { requestsPerMinute: 30, budget: { nanoUsd: 200_000_000_000n, enforcement: 'soft' } } as const;
  await putLimitRule(tables, TENANT, { subject: { kind: 'user', identityId: MEMBER }, limits });
  await putLimitRule(tables, TENANT, { subject: { kind: 'key', keyId: keyName(0) }, limits });
  await putMachineClient(tables, {
    clientId: clientName(0),
    tenantId: TENANT,
    name: 'nightly report',
    scopes: ['usage:read', 'users:read'],
    createdBy: TENANT_ADMIN,
    expiresAt: NOW + 1e9,
    version: 1,
  });
  const counters = [['committed.2026-11', 3_000_000_000n] as const, ['spent.2026-11', 2_000_000_000n] as const];
  const update = { add: new Map(counters), atMost: new Map<string, bigint>(), refusedWhenClosed: false, remove: [] };
  await updateGate(tables, { tenantId: TENANT, subject: { kind: 'tenant' } }, update);
  for (const trail of [TENANT, null]) {
    await appendAudit(tables, entryOf(trail));
    await appendLink(tables, trail, nextLink(CHAIN_START, entryOf(trail), sha256));
  }
  for (const model of STARTING_CATALOGUE) {
    await putModel(tables, model);
    for (const price of pricesOf(model.id)) await putPrice(tables, price);
    await setSwitch(tables, `model:${model.id}`, { reason: 'it misbehaves', by: STAFF, at: NOW });
  }
}

function apiKey(keyId: string) {
  return {
    tenantId: TENANT,
    keyId,
    name: 'build server',
    ownerId: MEMBER,
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets: [{ sha256: sha256(keyId), validUntil: NOW + 1e9 }],
    version: 1,
  } as const;
}

/** The first prices are in force now; copies of them go back in time. */
function pricesOf(modelId: string): Price[] {
  return startingPrices(modelId).map((price) => ({ ...price, from: NOW }));
}

function entryOf(trail: TenantId | null): AuditEntry {
  const what = {
    id: auditId(0),
    tenantId: trail,
    at: entryAt(0),
    requestId: auditId(0).slice('aud_'.length),
    actor: { kind: 'user', id: TENANT_ADMIN },
    action: 'updateApiKey',
    target: { kind: 'ApiKey', id: `key_${TENANT}:${keyName(0)}` },
    outcome: 'ALLOWED',
    reason: 'it has another owner now',
    sourceIp: '192.0.2.1',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  } as const;
  return auditEntry(what, { name: 'old', version: 1 }, { name: 'new', version: 2 });
}

/** Everything beside the specimens, made as it is written: a million items never stand in memory at once. */
async function allCopies(client: TestTables['client'], size: StoreSize): Promise<Iterable<Copy>> {
  const { tenants, users, things, auditEntries, prices } = size;
  const own = `TENANT#${TENANT}`;
  const of = (table: 'directory' | 'ledger', pk: string, sk: string) => readSpecimen(client, table, pk, sk);
  const perTenant = await Promise.all([
    of('directory', own, 'TENANT'),
    of('directory', 'TENANTS', `TENANT#${TENANT}`),
    of('ledger', `${own}#GATE#TENANT`, 'GATE'),
  ]);
  const user = await of('ledger', own, `USER#${MEMBER}`);
  const numbered = await Promise.all([
    of('directory', own, `KEY#${keyName(0)}`),
    of('directory', own, `OWNED_KEY#${MEMBER}#${keyName(0)}`),
    of('directory', own, `GRANT#USER#${MEMBER}`),
    of('directory', own, `LIMITS#USER#${MEMBER}`),
    of('directory', own, `LIMITS#KEY#${keyName(0)}`),
    of('ledger', own, `MACHINE_CLIENT#${clientName(0)}`),
  ]);
  const [entry, platformEntry] = await Promise.all([
    of('ledger', `${own}#AUDIT`, 'aud_'),
    of('ledger', 'PLATFORM#AUDIT', 'aud_'),
  ]);
  const ofPrices = await Promise.all(
    STARTING_CATALOGUE.flatMap(({ id }) =>
      pricesOf(id).map(({ book }) => of('directory', `MODEL#${id}`, `PRICE#${book}#`)),
    ),
  );
  const instant = (n: number): string => new Date(NOW - n * 86_400_000).toISOString();
  const others = tenants - 1;
  return (function* (): Generator<Copy> {
    for (let t = 1; t < tenants; t++) for (const one of perTenant) yield one([[TENANT, tenantName(t)]]);
    for (let n = 1; n < users / 2; n++) yield user([[MEMBER, userName(n)]]);
    for (let n = 1; n < things; n++) {
      const names = [
        [MEMBER, userName(n)],
        [keyName(0), keyName(n)],
        [grantName(0), grantName(n)],
        [clientName(0), clientName(n)],
      ] as const;
      for (const one of numbered) yield one(names);
    }
    for (let n = 0; n < users / 2; n++) {
      const [t, u] = [1 + (n % others), Math.floor(n / others)];
      yield user([
        [MEMBER, userName(u)],
        [TENANT, tenantName(t)],
      ]);
    }
    for (let n = 1; n < prices; n++) {
      const from = NOW - n * 86_400_000;
      for (const one of ofPrices)
        yield one([
          [instant(0), instant(n)],
          [String(NOW), String(from)],
        ]);
    }
    for (let n = 1; n < auditEntries * 0.5; n++) yield entry(auditChanges(n));
    for (let n = 1; n < auditEntries * 0.1; n++) yield platformEntry(auditChanges(n));
    for (let n = 0; n < auditEntries * 0.4; n++) {
      const [t, place] = [1 + (n % others), Math.floor(n / others)];
      yield entry([[TENANT, tenantName(t)], ...auditChanges(place)]);
    }
  })();
}

function auditChanges(n: number) {
  return [
    [auditId(0), auditId(n)],
    [String(entryAt(0)), String(entryAt(n))],
  ] as const;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
