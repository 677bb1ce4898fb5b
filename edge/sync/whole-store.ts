import { ListKeysCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { pointerOwner, providerOwner } from '../../tenancy/edge-provider.ts';
import { getIdentityProviders } from '../../tenancy/table/identity-providers.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenants, listTenants } from '../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId, toEdgeTenant } from '../../tenancy/tenant.ts';
import { type EdgeStore, writeEntries } from './edge-store.ts';
import { type Entries, inOrder, leaveProviderKey, setProvider, setTenant } from './entries.ts';

/** A key of the store, and whose entry it is. */
export type OwnedKey = { readonly key: string; readonly tenant: TenantId };

/** Where the store and the directory differ. */
export type Differences = {
  /** In the directory. */
  readonly tenants: number;
  /** In the store, before anything was written. */
  readonly entries: number;
  /** What has no entry, or one that is no longer so; first what is to be written first. */
  readonly put: readonly OwnedKey[];
  /** Entries of tenants that are gone, and of identity providers that they no longer have. */
  readonly remove: readonly OwnedKey[];
};

/** What the store has no room for. `served`: the tenant's requests are served all the same, by the control region. */
export type LeftOut = OwnedKey & { readonly served: boolean };

/** What one page of the directory has, and what one update of the store takes. */
const PAGE = 100;
const KEYS_PER_UPDATE = 50;
const TRIES = 5;

/**
 * Compares the whole store with the whole directory, page by page. The store is read first, so that no entry of a tenant
 * that is made meanwhile looks like one whose tenant is gone. Keys that are nobody's are not looked at.
 * @throws what the clients throw; nothing was changed
 */
export async function compareStore(store: EdgeStore, tables: Tables): Promise<Differences> {
  const stored = await readStore(store);
  const entries = stored.size;
  const wanted: Entries = new Map();
  let tenants = 0;
  let after: string | undefined;
  do {
    const page = await listTenants(tables, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    tenants += page.items.length;
    const ids = page.items.map(({ id }) => id);
    for (const [key, entry] of await readEntries(tables, ids)) {
      if (entry.value === null) continue;
      if (stored.get(key)?.value !== entry.value) wanted.set(key, entry);
      stored.delete(key);
    }
    after = page.next;
  } while (after !== undefined);
  // The list of tenants may lag behind; a tenant's own rows do not, and they alone take an entry away.
  const left = [...stored].map(([key, { tenant }]) => ({ key, tenant }));
  const now = await readEntries(tables, [...new Set(left.map(({ tenant }) => tenant))]);
  const remove = left.filter(({ key, tenant }) => now.get(key)?.tenant !== tenant || now.get(key)?.value === null);
  const put = inOrder(wanted).map(([key, { tenant }]) => ({ key, tenant }));
  return { tenants, entries, put, remove };
}

/**
 * Writes what differs: what makes room goes first. Each tenant's rows are read right before its entries are written and
 * right after, so that nothing that edge/sync writes at the same time is taken back.
 * @throws what the clients throw, or an Error for tenants that change all the time: some of it may be written then
 */
export async function writeDifferences(
  store: EdgeStore,
  tables: Tables,
  { put, remove }: Pick<Differences, 'put' | 'remove'>,
): Promise<LeftOut[]> {
  const all = [...remove, ...put];
  const leftOut: LeftOut[] = [];
  for (let from = 0; from < all.length; from += KEYS_PER_UPDATE) {
    leftOut.push(...(await writeKeys(store, tables, all.slice(from, from + KEYS_PER_UPDATE))));
  }
  return leftOut;
}

async function writeKeys(store: EdgeStore, tables: Tables, keys: readonly OwnedKey[]): Promise<LeftOut[]> {
  let entries = await readKeys(tables, keys);
  for (let tries = 0; tries < TRIES; tries++) {
    const { leftOut } = await writeEntries(store, entries);
    const written = textOf(entries);
    entries = await readKeys(tables, keys);
    if (textOf(entries) !== written) continue;
    return [...leftOut].map(([key, { tenant, served }]) => ({ key, tenant, served }));
  }
  throw new Error('tenants are being changed at this moment; run it again');
}

function textOf(entries: Entries): string {
  return JSON.stringify([...entries].map(([key, { value }]) => [key, value]));
}

/** What the store should say under these keys, by their tenants' rows as they are now. */
async function readKeys(tables: Tables, keys: readonly OwnedKey[]): Promise<Entries> {
  const found = await readEntries(tables, [...new Set(keys.map(({ tenant }) => tenant))]);
  const entries: Entries = new Map();
  for (const { key, tenant } of keys) {
    const entry = found.get(key);
    if (entry?.tenant === tenant) entries.set(key, entry);
    else leaveProviderKey(entries, tenant, key);
  }
  return entries;
}

/** All that the store should say of these tenants, by their rows as they are now. */
async function readEntries(tables: Tables, ids: readonly TenantId[]): Promise<Entries> {
  const entries: Entries = new Map();
  for (let from = 0; from < ids.length; from += PAGE) {
    const asked = ids.slice(from, from + PAGE);
    const [rows, providers] = await Promise.all([getTenants(tables, asked), getIdentityProviders(tables, asked)]);
    for (const [n, id] of asked.entries()) {
      const row = rows[n];
      setTenant(entries, id, row ? toEdgeTenant(row) : null);
      setProvider(entries, id, providers[n] ?? null);
    }
  }
  return entries;
}

type Stored = { readonly tenant: TenantId; readonly value: string };

async function readStore({ client, arn }: EdgeStore): Promise<Map<string, Stored>> {
  const stored = new Map<string, Stored>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListKeysCommand({ KvsARN: arn, ...(NextToken ? { NextToken } : {}) }));
    for (const { Key = '', Value = '' } of page.Items ?? []) {
      const tenant = parseTenantId(Key) ?? pointerOwner(Key) ?? (Key.includes(' ') ? providerOwner(Value) : null);
      if (tenant) stored.set(Key, { tenant, value: Value });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return stored;
}
