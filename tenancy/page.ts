import type { Refusal } from './refusal.ts';
import { no, ok, type Result } from './result.ts';
import { isModelId } from './route.ts';

/** Which part of the list of models is asked for; `limit` counts models, the ids are those of the list's entries. */
export type Page = { readonly limit?: number; readonly beforeId?: string; readonly afterId?: string };

const MAX_LIMIT = 1_000;

/**
 * Reads a page from a query string (without `?`). Parameters that it does not know take no part. A refusal names the
 * parameter and never its value: a query string is in no message and no log.
 */
export function parsePage(querystring: string): Result<Page, Refusal> {
  const query = new URLSearchParams(querystring);
  const doubled = ['limit', 'before_id', 'after_id'].find((name) => query.getAll(name).length > 1);
  if (doubled !== undefined) return malformed(`${doubled} stands twice in the query`);
  const [limit, beforeId, afterId] = [query.get('limit'), query.get('before_id'), query.get('after_id')];
  const page = {
    ...(limit === null ? {} : { limit: /^[0-9]{1,4}$/.test(limit) ? Number(limit) : Number.NaN }),
    ...(beforeId === null ? {} : { beforeId }),
    ...(afterId === null ? {} : { afterId }),
  };
  if (!isLimit(page.limit)) return malformed(`limit must be a whole number from 1 to ${MAX_LIMIT}`);
  if (!isCursor(page.beforeId)) return malformed('before_id must be the id of a model');
  if (!isCursor(page.afterId)) return malformed('after_id must be the id of a model');
  if (beforeId !== null && afterId !== null) return malformed('before_id and after_id cannot be used together');
  return ok(page);
}

/** Reads a page back from data of no known shape; null when it is none. */
export function readPage(value: unknown): Page | null {
  if (typeof value !== 'object' || value === null) return null;
  const { limit, beforeId, afterId } = value as Record<string, unknown>;
  if (!isLimit(limit) || !isCursor(beforeId) || !isCursor(afterId)) return null;
  if (beforeId !== undefined && afterId !== undefined) return null;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(beforeId === undefined ? {} : { beforeId }),
    ...(afterId === undefined ? {} : { afterId }),
  };
}

function isLimit(value: unknown): value is number | undefined {
  return value === undefined || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_LIMIT);
}

function isCursor(value: unknown): value is string | undefined {
  return value === undefined || isModelId(value);
}

function malformed(what: string): Result<never, Refusal> {
  return no({ kind: 'request_malformed', what });
}
