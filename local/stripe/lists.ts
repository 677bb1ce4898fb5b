import { StripeRefusal } from './errors.ts';
import type { Params } from './params.ts';

/** What every list takes beside its own filters. */
export const LIST_PARAMS = ['limit', 'starting_after'] as const;

/** A page of a list, newest first. @param items oldest first, as they were made */
export function listPage<Item extends { readonly id: string }>(
  url: string,
  items: readonly Item[],
  params: Params,
): object {
  const limit = params.whole('limit') ?? 10;
  if (limit < 1 || limit > 100) throw new StripeRefusal(400, 'limit must be between 1 and 100', { param: 'limit' });
  const after = params.text('starting_after');
  const newest = items.toReversed();
  const from = after === undefined ? 0 : newest.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && from === 0)
    throw new StripeRefusal(400, `No such object: '${after}'`, { code: 'resource_missing', param: 'starting_after' });
  const data = newest.slice(from, from + limit);
  return { object: 'list', url, has_more: newest.length > from + limit, data };
}

/** The filter `created[gte]=...`. */
export function createdWithin(params: Params): (one: { readonly created?: number; readonly date?: number }) => boolean {
  const from = Number(params.object('created')?.['gte'] ?? 0);
  return ({ created, date }) => (created ?? date ?? 0) >= from;
}
