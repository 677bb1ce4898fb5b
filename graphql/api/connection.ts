import { GraphqlRefusal } from './errors.ts';

/** What of a list was asked for. `after`: where the page before ended, as the store names it. */
export type PageAsk = { readonly limit: number; readonly after?: string };

/** A page as the store reads it: `next` is where it ended, if there is more. */
export type StoredPage<Item> = { readonly items: readonly Item[]; readonly next?: string };

export type Connection<Item> = {
  readonly nodes: Item[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
};

const MAX_FIRST = 100;
/**
 * A store's name of a place in a list; it says where, never in which list: that is the caller's own reach. An id is part of
 * a key and has no `#`; a place among grants is several such parts.
 */
const PLACES = { id: /^[\x21-\x22\x24-\x7e]{1,128}$/, path: /^[\x21-\x7e]{1,300}$/ } as const;

/**
 * Reads a list's arguments.
 * @param form what a place in the list is
 * @throws GraphqlRefusal for a page that is too large, or a cursor that no list of ours gave out
 */
export function readPageArgs(
  { first, after }: { readonly first: number; readonly after?: string | null | undefined },
  form: keyof typeof PLACES = 'id',
): PageAsk {
  if (first < 1 || first > MAX_FIRST) {
    throw new GraphqlRefusal('BAD_USER_INPUT', `first must be 1 to ${MAX_FIRST}, not ${first}`);
  }
  if (after === null || after === undefined) return { limit: first };
  const place = Buffer.from(after, 'base64url').toString('latin1');
  if (!PLACES[form].test(place) || toCursor(place) !== after) {
    throw new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
  }
  return { limit: first, after: place };
}

export function toConnection<Item>({ items, next }: StoredPage<Item>): Connection<Item> {
  const endCursor = next === undefined ? null : toCursor(next);
  return { nodes: [...items], pageInfo: { hasNextPage: next !== undefined, endCursor } };
}

export const NO_ITEMS: Connection<never> = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };

function toCursor(place: string): string {
  return Buffer.from(place, 'latin1').toString('base64url');
}
