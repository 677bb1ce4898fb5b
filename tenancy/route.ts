import type { Refusal } from './refusal.ts';
import { no, ok, type Result } from './result.ts';

/** The one path that every region answers on. What the client asked for travels in the passport, where it cannot be bent. */
export const ORIGIN_PATH = '/origin';

/** The wire a client speaks, which decides the shape of every refusal. */
export type Wire = 'anthropic' | 'bedrock';

export type RouteName = 'messages';
export type Route = { readonly name: RouteName; readonly method: 'POST' };

/** Exact paths on raw bytes, never normalised: `//v1/messages`, `/v1/messages/` and `%2F` are other paths, and unknown. */
const ROUTES: ReadonlyMap<string, Route> = new Map([['/v1/messages', { name: 'messages', method: 'POST' }]]);

/** Bedrock's own paths get Bedrock's own error shape. */
export function wireOf(path: string): Wire {
  return path.startsWith('/model/') || path.startsWith('/inference-profiles') ? 'bedrock' : 'anthropic';
}

/** Finds what serves (method, path). The query string takes no part and is not passed in. */
export function matchRoute(method: string, path: string): Result<Route, Refusal> {
  const route = ROUTES.get(path);
  if (!route) return no({ kind: 'route_unknown', method, path });
  return route.method === method ? ok(route) : no({ kind: 'method_not_allowed', method, allow: route.method });
}

export function isRouteName(text: unknown): text is RouteName {
  return text === 'messages';
}
