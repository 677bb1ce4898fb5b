import { ListKeysCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenants, listTenants } from '../../tenancy/table/tenants.ts';
import { type EdgeTenant, encodeEdgeTenant, parseTenantId, type TenantId, toEdgeTenant } from '../../tenancy/tenant.ts';
import { type EdgeStore, inOrder, isServedUnknown, writeChanges } from './edge-store.ts';

/** Where the store and the directory differ. */
export type Differences = {
  /** In the directory. */
  readonly tenants: number;
  /** In the store, before anything was written. */
  readonly entries: number;
  /** Who has no entry, or one that is no longer so; first who is to be written first. */
  readonly put: readonly TenantId[];
  /** Entries whose tenant is gone. */
  readonly remove: readonly TenantId[];
};

/** A tenant whom the store has no room for. `served`: its requests are served all the same, by the control region. */
export type LeftOut = { readonly tenant: TenantId; readonly served: boolean };

/** What one page of the directory has, and what one update of the store takes. */
const PAGE = 100;
const KEYS_PER_UPDATE = 50;
const TRIES = 5;

/**
 * Compares the whole store with the whole directory, page by page. The store is read first, so that no entry of a tenant
 * that is made meanwhile looks like one whose tenant is gone. Keys that are no tenant's name are not looked at.
 * @throws what the clients throw; nothing was changed
 */
export async function compareStore(store: EdgeStore, tables: Tables): Promise<Differences> {
  const stored = await readStore(store);
  const entries = stored.size;
  const wanted = new Map<TenantId, EdgeTenant>();
  let tenants = 0;
  let after: string | undefined;
  do {
    const page = await listTenants(tables, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    tenants += page.items.length;
    for (const tenant of page.items) {
      const entry = toEdgeTenant(tenant);
      if (stored.get(tenant.id) !== encodeEdgeTenant(entry)) wanted.set(tenant.id, entry);
      stored.delete(tenant.id);
    }
    after = page.next;
  } while (after !== undefined);
  // The list of tenants may lag behind; a tenant's own row does not, and it alone takes an entry away.
  const gone = await readEntries(tables, [...stored.keys()]);
  const remove = [...gone].flatMap(([id, entry]) => (entry === null ? [id] : []));
  return { tenants, entries, put: inOrder(wanted).map(([id]) => id), remove };
}

/**
 * Writes what differs: what makes room goes first. Each tenant's row is read right before its entry is written and right
 * after, so that nothing that edge/sync writes at the same time is taken back.
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
    leftOut.push(...(await writeRows(store, tables, all.slice(from, from + KEYS_PER_UPDATE))));
  }
  return leftOut;
}

async function writeRows(store: EdgeStore, tables: Tables, ids: readonly TenantId[]): Promise<LeftOut[]> {
  let rows = await readEntries(tables, ids);
  for (let tries = 0; tries < TRIES; tries++) {
    const { leftOut } = await writeChanges(store, rows);
    const written = textOf(rows);
    rows = await readEntries(tables, ids);
    if (textOf(rows) !== written) continue;
    return [...leftOut].flatMap(([tenant, entry]) =>
      entry ? [{ tenant, served: entry.status === 'ACTIVE' && isServedUnknown(entry) }] : [],
    );
  }
  throw new Error('tenants are being changed at this moment; run it again');
}

function textOf(rows: ReadonlyMap<TenantId, EdgeTenant | null>): string {
  return JSON.stringify([...rows].map(([id, entry]) => [id, entry && encodeEdgeTenant(entry)]));
}

/** What the store should say of each tenant, by its row as it is now; null for one that has none. */
async function readEntries(tables: Tables, ids: readonly TenantId[]): Promise<Map<TenantId, EdgeTenant | null>> {
  const found = new Map<TenantId, EdgeTenant | null>();
  for (let from = 0; from < ids.length; from += PAGE) {
    const asked = ids.slice(from, from + PAGE);
    const rows = await getTenants(tables, asked);
    for (const [n, id] of asked.entries()) {
      const row = rows[n];
      found.set(id, row ? toEdgeTenant(row) : null);
    }
  }
  return found;
}

async function readStore({ client, arn }: EdgeStore): Promise<Map<TenantId, string>> {
  const stored = new Map<TenantId, string>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListKeysCommand({ KvsARN: arn, ...(NextToken ? { NextToken } : {}) }));
    for (const { Key, Value = '' } of page.Items ?? []) {
      const id = parseTenantId(Key);
      if (id) stored.set(id, Value);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return stored;
}
