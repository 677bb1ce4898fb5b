import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzzSettings, mutateText } from '../tests/fuzz.ts';
import { matchRoute, wireOf } from './route.ts';

/** Every route's path with `{id}` for the model, by name: how a route is written back. */
const PATHS: Readonly<Record<string, string>> = {
  messages: '/v1/messages',
  count_tokens: '/v1/messages/count_tokens',
  models: '/v1/models',
  model: '/v1/models/{id}',
  usage_self: '/v1/usage/self',
  invoke: '/model/{id}/invoke',
  invoke_stream: '/model/{id}/invoke-with-response-stream',
  converse: '/model/{id}/converse',
  converse_stream: '/model/{id}/converse-stream',
  bedrock_count_tokens: '/model/{id}/count-tokens',
  inference_profiles: '/inference-profiles',
  inference_profile: '/inference-profiles/{id}',
};

const PROFILE = 'arn:aws:bedrock:eu-central-1:111111111111:inference-profile';
const IDS = [
  'claude-opus-5-5',
  'claude-opus-5-5[1m]',
  'anthropic.claude-haiku-4-5-20251001-v1:0',
  'eu.anthropic.claude-haiku-4-5-20251001-v1%3A0',
  'eu.anthropic.claude-opus-5-5',
  encodeURIComponent(`${PROFILE}/eu.anthropic.claude-opus-5-5`),
  `${PROFILE}%2Feu.anthropic.claude-opus-5-5`,
  'arn:aws:bedrock:us-east-1:111111111111:application-inference-profile%2fabcd1234',
  '..',
  '%2e%2e',
  '%252F',
  '%',
  '%zz',
  '%00',
  '%c3%28',
  'constructor',
  '__proto__',
];
const PIECES = [
  '/',
  '//',
  '%2F',
  '%2f',
  '%252F',
  '%',
  '%3A',
  ':',
  '.',
  '..',
  '/../',
  '%2e',
  '?',
  '?beta=true',
  '#',
  ';',
  '\\',
  ' ',
  '+',
  '\0',
  '\n',
  '[1m]',
  '%5B1m%5D',
  'é',
  '%c3%a9',
  '\u2215',
  'A',
  'invoke',
  '/v1',
  '/model/',
];
const change = fc.record({ pick: fc.nat(200), how: fc.nat(5), with: fc.nat(255) });
const path = fc
  .tuple(fc.constantFrom(...Object.values(PATHS)), fc.constantFrom(...IDS), fc.array(change, { maxLength: 2 }))
  .map(([template, id, changes]) => mutateText(template.replace('{id}', id), changes, PIECES));
const method = fc.constantFrom('GET', 'POST', 'POST', 'HEAD', 'PUT', 'get', 'POST ', '', 'OPTIONS');

/** The path's segments: a model's decoded once, as the contract says, all others as they are. */
function isWrittenAs(template: string, model: string | undefined, given: string): boolean {
  const [wanted, segments] = [template.split('/'), given.split('/')];
  return (
    wanted.length === segments.length &&
    wanted.includes('{id}') === (model !== undefined) &&
    wanted.every((one, i) => (one === '{id}' ? decodeURIComponent(segments[i] ?? '') === model : one === segments[i]))
  );
}

it(
  'a path that is served is one route, which writes back into the very path',
  () => {
    let accepted = 0;
    fc.assert(
      fc.property(method, path, (how, given) => {
        const read = matchRoute(how, given);
        if (!read.ok) {
          const { reason } = read;
          // Known but not by this method: then it is served by the method that the refusal names.
          if (reason.kind === 'method_not_allowed') return matchRoute(reason.allow, given).ok && reason.allow !== how;
          // A model's place is known by its path alone: with another segment there the path is one that is served.
          if (reason.kind === 'model_not_listed')
            return Object.values(PATHS).some((template) => template.replace('{id}', () => reason.model) === given);
          return reason.kind === 'route_unknown';
        }
        accepted++;
        const route: { readonly name: string; readonly method: string; readonly model?: string } = read.value;
        const template = PATHS[route.name];
        return (
          template !== undefined &&
          route.method === how &&
          isWrittenAs(template, route.model, given) &&
          // What a name may hold: nothing that a later reader could take for a path, an escape or an end of line.
          (route.model === undefined || /^[A-Za-z0-9._:/[\]-]+$/.test(route.model)) &&
          (wireOf(given) === 'bedrock') === /^\/(model\/|inference-profiles)/.test(given)
        );
      }),
      fuzzSettings(),
    );
    expect(accepted).toBeGreaterThan(fuzzSettings().numRuns / 200);
  },
  FUZZ_TIMEOUT_MS,
);
