import type { Grant, GrantSubject } from '../grant.ts';
import type { TenantId } from '../tenant.ts';
import { getApiKey, listApiKeys } from './api-keys.ts';
import { listTenantGrants, placeInList } from './grants.ts';
import type { Tables } from './tables.ts';

type Page = { readonly limit: number; readonly after?: string };

/** What one page of keys may hold: as many as one batch reads. */
const MAX_KEYS = 100;
/** Of a part of a key. */
const MAX_ID = 128;

/**
 * A page of the grants that speak of one identity, in the order in which `listTenantGrants` lists all: those of its live
 * keys, everybody's, and its own. They are asked for by subject, so that what others were granted is not even read, and
 * subject after subject, so that a page costs by what it shows, however many keys there are.
 */
export async function listOwnGrants(
  tables: Tables,
  tenantId: TenantId,
  identityId: string,
  { limit, after = '' }: Page,
): Promise<{ readonly items: Grant[]; readonly next?: string }> {
  const found: Grant[] = [];
  // One more than the page tells whether there is another.
  for await (const subjects of subjectsFrom(tables, tenantId, identityId, { limit: limit + 1, after })) {
    const room = limit + 1 - found.length;
    const pages = await Promise.all(
      subjects.map((subject) => listTenantGrants(tables, tenantId, { limit: room, after, subject })),
    );
    found.push(...pages.flatMap(({ items }) => items));
    if (found.length > limit) break;
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(last && found.length > limit ? { next: placeInList(last) } : {}) };
}

/** The subjects whose grants can stand behind a place, in their order, some at a time: more each time that few had any. */
async function* subjectsFrom(
  tables: Tables,
  tenantId: TenantId,
  identityId: string,
  { limit, after }: Required<Page>,
): AsyncGenerator<GrantSubject[]> {
  const [kind = '', begun = ''] = after.split('#');
  if (kind <= 'KEY') {
    // A longer one than any key has is a made-up one; its beginning stands before it, which is all that is asked here.
    let seen = kind === 'KEY' ? begun.slice(0, MAX_ID) : '';
    if (seen !== '') {
      // Whoever makes up a cursor names a key that need not be the own one.
      const key = await getApiKey(tables, tenantId, seen);
      if (key?.ownerId === identityId && key.state !== 'REVOKED') yield [{ kind: 'key', keyId: seen }];
    }
    for (let size = limit; ; size *= 2) {
      const page = { ownerId: identityId, limit: Math.min(size, MAX_KEYS), ...(seen === '' ? {} : { after: seen }) };
      const { items, next } = await listApiKeys(tables, tenantId, page);
      const live = items.filter(({ state }) => state !== 'REVOKED');
      yield live.map(({ keyId }) => ({ kind: 'key', keyId }));
      if (next === undefined) break;
      seen = next;
    }
  }
  yield [{ kind: 'tenant' }, { kind: 'user', identityId }];
}
