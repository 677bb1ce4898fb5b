import type { Refusal } from './refusal.ts';
import { no, ok, type Result } from './result.ts';

/** The one path that every region answers on. What the client asked for travels in the passport, where it cannot be bent. */
export const ORIGIN_PATH = '/origin';

/** The wire a client speaks, which decides the shape of every refusal. */
export type Wire = 'anthropic' | 'bedrock';

type RouteRule = {
  readonly method: 'GET' | 'POST';
  readonly wire: Wire;
  /** `{id}` stands for one segment that names a model. */
  readonly path: string;
};

/** All that is served. Exact paths on raw bytes, never normalised: `//v1/messages` and `/v1%2Fmessages` are unknown. */
const RULES = {
  messages: { method: 'POST', wire: 'anthropic', path: '/v1/messages' },
  count_tokens: { method: 'POST', wire: 'anthropic', path: '/v1/messages/count_tokens' },
  models: { method: 'GET', wire: 'anthropic', path: '/v1/models' },
  model: { method: 'GET', wire: 'anthropic', path: '/v1/models/{id}' },
  usage_self: { method: 'GET', wire: 'anthropic', path: '/v1/usage/self' },
  invoke: { method: 'POST', wire: 'bedrock', path: '/model/{id}/invoke' },
  invoke_stream: { method: 'POST', wire: 'bedrock', path: '/model/{id}/invoke-with-response-stream' },
  converse: { method: 'POST', wire: 'bedrock', path: '/model/{id}/converse' },
  converse_stream: { method: 'POST', wire: 'bedrock', path: '/model/{id}/converse-stream' },
  bedrock_count_tokens: { method: 'POST', wire: 'bedrock', path: '/model/{id}/count-tokens' },
  inference_profiles: { method: 'GET', wire: 'bedrock', path: '/inference-profiles' },
  inference_profile: { method: 'GET', wire: 'bedrock', path: '/inference-profiles/{id}' },
} as const satisfies Record<string, RouteRule>;

export type RouteName = keyof typeof RULES;

/** `model`: what the path names as one, decoded once; there exactly where the route has a place for it. */
export type Route = { readonly name: RouteName; readonly method: 'GET' | 'POST'; readonly model?: string };

export const ROUTE_NAMES = Object.keys(RULES) as readonly RouteName[];

const ID = '{id}';
const MAX_ID_LENGTH = 200;

/** A name of a model: our own, an alias, or one of Bedrock's ids. */
const NAME = '[a-z0-9][a-z0-9.:-]{0,95}';
const ARN =
  'arn:aws[a-z-]*:bedrock:[a-z0-9-]{1,30}:(?:[0-9]{12})?:(?:application-inference-profile|foundation-model|inference-profile)/[A-Za-z0-9][A-Za-z0-9.:-]{0,127}';
const MODEL_ID = new RegExp(`^(?:${NAME}|${ARN})(?:\\[1m\\])?$`);

/** Whether a text, decoded, can stand where a path or a query names a model. It may still be the name of none. */
export function isModelId(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_ID_LENGTH && MODEL_ID.test(text) && !text.includes('..');
}

/** Bedrock's own paths get Bedrock's own error shape. */
export function wireOf(path: string): Wire {
  return path.startsWith('/model/') || path.startsWith('/inference-profiles') ? 'bedrock' : 'anthropic';
}

/** The same by route, for the region: it never sees the path. */
export function wireOfRoute(name: RouteName): Wire {
  return RULES[name].wire;
}

/** The one method that a route is served on. */
export function methodOfRoute(name: RouteName): 'GET' | 'POST' {
  return RULES[name].method;
}

/** Whether the path of a route names a model. */
export function namesModel(name: RouteName): boolean {
  return RULES[name].path.includes(ID);
}

/**
 * Finds what serves (method, path). The query string takes no part and is not passed in. A segment that can be no
 * model's id is refused here as one that names none: the path itself is right, and a client should not be sent to it.
 */
export function matchRoute(method: string, path: string): Result<Route, Refusal> {
  const found = findPath(path);
  if (!found) return no({ kind: 'route_unknown', method, path });
  const { name, segment = '' } = found;
  const model = namesModel(name) ? decodeId(segment) : undefined;
  if (model === null) return no({ kind: 'model_not_listed', model: segment });
  const allow = RULES[name].method;
  if (method !== allow) return no({ kind: 'method_not_allowed', method, allow });
  return ok({ name, method: allow, ...(model === undefined ? {} : { model }) });
}

export function isRouteName(text: unknown): text is RouteName {
  return typeof text === 'string' && Object.hasOwn(RULES, text);
}

/** The route of a path, with the one segment that should name a model, as it was sent. */
function findPath(path: string): { readonly name: RouteName; readonly segment?: string } | null {
  for (const name of ROUTE_NAMES) {
    const [before = '', after] = RULES[name].path.split(ID);
    if (after === undefined) {
      if (path === before) return { name };
    } else if (path.startsWith(before) && path.endsWith(after)) {
      const segment = path.slice(before.length, path.length - after.length);
      if (segment !== '' && !segment.includes('/')) return { name, segment };
    }
  }
  return null;
}

/**
 * One segment's text. Decoded once and never again: what still holds a `%` after that was encoded twice, to look like
 * another id to whoever decodes next.
 */
function decodeId(segment: string): string | null {
  try {
    const id = decodeURIComponent(segment);
    return isModelId(id) ? id : null;
  } catch {
    return null;
  }
}
