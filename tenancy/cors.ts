import { type Answer, answerHeaders } from './answer.ts';
import type { RouteName } from './route.ts';

/**
 * What the console's scripts may read in a browser: these `GET` routes, from the console's one origin. No other page's
 * script gets to read anything, and none gets to call a model.
 */
const ROUTES: readonly RouteName[] = ['models', 'model', 'usage_self'];

/** The same by path, for the edge, which answers before a route is known: a refusal must be readable as well. */
export const CONSOLE_PATH = /^\/v1\/(models(\/[^/]+)?|usage\/self)$/;

const RATE_LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((counted) =>
  ['limit', 'remaining', 'reset'].map((what) => `anthropic-ratelimit-${counted}-${what}`),
);

/** Response headers that a script may see beyond the harmless few that it always does: all that we answer with. */
const EXPOSED = [
  'request-id',
  'retry-after',
  'x-should-retry',
  'x-ar-budget-spent',
  'x-ar-dropped-betas',
  'x-ar-token-count',
  ...RATE_LIMITS,
];

const ORIGIN = /^https:\/\/[a-z0-9.-]{1,253}(:[0-9]{1,5})?$|^http:\/\/([a-z0-9-]{1,63}\.)*localhost(:[0-9]{1,5})?$/;

/** An origin as a browser writes it. Plain http only on this machine, where no network can change the page. */
export function isConsoleOrigin(text: unknown): text is string {
  return typeof text === 'string' && ORIGIN.test(text);
}

/**
 * Headers that let the console's scripts read an answer; none for any other origin, path or route.
 * @param origin value of the request's one `origin` header
 * @param consoleOrigin the console's, from the settings: compared as a whole
 */
export function corsHeadersAt(path: string, origin: string | undefined, consoleOrigin: string): Record<string, string> {
  return origin === consoleOrigin && CONSOLE_PATH.test(path) ? corsHeaders(consoleOrigin) : {};
}

/** The same for the region, which knows the route alone. */
export function corsHeadersOn(
  route: RouteName,
  origin: string | undefined,
  consoleOrigin: string,
): Record<string, string> {
  return origin === consoleOrigin && ROUTES.includes(route) ? corsHeaders(consoleOrigin) : {};
}

/** The headers themselves, for whom has found that they are due. */
export function corsHeaders(consoleOrigin: string): Record<string, string> {
  return {
    'access-control-allow-origin': consoleOrigin,
    'access-control-expose-headers': EXPOSED.join(','),
    vary: 'Origin',
  };
}

/** The answer to a browser that asks whether it may ask. It has a body, as all our answers have. */
export function preflightAnswer(consoleOrigin: string, requestId: string): Answer {
  const headers = {
    ...answerHeaders(requestId),
    'content-type': 'application/json',
    ...corsHeaders(consoleOrigin),
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': 'authorization,x-api-key,anthropic-version',
    'access-control-max-age': '600',
  };
  return { statusCode: 200, headers, body: '{}' };
}
