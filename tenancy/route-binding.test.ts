import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchRoute } from './route.ts';
import { agentPath, parseAgentPath, runtimeRegion } from './route-binding.ts';

it.each(['/agents/a', '/agents/support-desk', `/agents/${'a'.repeat(63)}`, '/agents/0'])(
  '%s is a path for an agent',
  (path) => {
    const name = parseAgentPath(path);
    expect(name && agentPath({ name })).toBe(path);
  },
);

it.each([
  '',
  '/agents',
  '/agents/',
  'agents/a',
  '/Agents/a',
  '/agents/A',
  '/agents/a/b',
  '/agents/a/',
  '/agents//a',
  '/agents/-a',
  '/agents/a-',
  '/agents/a#b',
  '/agents/a%2fb',
  '/agents/..',
  '/agents/a\n',
  `/agents/${'a'.repeat(64)}`,
  '/v1/messages',
  '/v1/agents/a',
])('%j is none', (path) => {
  expect(parseAgentPath(path)).toBeNull();
});

it('no path for an agent is one that the gateway serves itself', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[a-z0-9-]{1,63}$/),
    fc.constantFrom('v1', 'messages', 'models', 'model', 'inference-profiles', 'usage'),
  );
  fc.assert(
    fc.property(name, fc.constantFrom('GET', 'POST'), (one, method) => {
      const path = `/agents/${one}`;
      if (parseAgentPath(path) === null) return;
      expect(matchRoute(method, path)).toMatchObject({ ok: false, reason: { kind: 'route_unknown' } });
    }),
  );
});

it('whatever can be read stays what it was', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `/agents/${text}`),
      ),
      (path) => {
        const name = parseAgentPath(path);
        if (name !== null) expect(agentPath({ name })).toBe(path);
      },
    ),
    { numRuns: 1_000 },
  );
});

const ARN = 'arn:aws:bedrock-agentcore:eu-central-1:333333333333:runtime/support_desk-a1B2c3D4e5';

it('an ARN of an AgentCore runtime says its region', () => {
  expect(runtimeRegion(ARN)).toBe('eu-central-1');
});

it.each([
  ['another service', ARN.replace('bedrock-agentcore', 'bedrock')],
  ['another kind', ARN.replace('runtime/', 'gateway/')],
  ['a region where the platform is not', ARN.replace('eu-central-1', 'eu-north-1')],
  ['no account', ARN.replace('333333333333', '')],
  ['no id', ARN.replace('-a1B2c3D4e5', '')],
  ['an endpoint of it', `${ARN}/runtime-endpoint/DEFAULT`],
  ['a session’s shell', `${ARN}/commands`],
  ['something behind it', `${ARN}\n`],
  ['nothing', ''],
])('%s is no such ARN', (_, arn) => {
  expect(runtimeRegion(arn)).toBeNull();
});
