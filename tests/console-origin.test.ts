import { describe, expect, inject, it } from 'vitest';
import { ask } from './ask.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;
const CONSOLE = `http://app.localhost:${platform.proxy.port}`;
const EVIL = 'https://evil.example';
const PATHS = ['/v1/models?limit=1000', '/v1/models/claude-opus-5-5', '/v1/usage/self'];

describe("a browser's preflight", () => {
  const preflight = (path: string, origin: string) =>
    ask(`${acme.loopbackUrl}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });

  it.each(PATHS)('of the console for %s is answered at the edge, with a body', async (path) => {
    const reply = await preflight(path, CONSOLE);
    expect(reply).toMatchObject({ status: 200, body: '{}' });
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': CONSOLE,
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization,x-api-key,anthropic-version',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    expect(reply.headers['x-amz-apigw-id'], 'an origin was called').toBeUndefined();
  });

  it('of another page, or for what costs money, is refused', async () => {
    for (const reply of [await preflight('/v1/models', EVIL), await preflight('/v1/messages', CONSOLE)]) {
      expect(reply.status).toBe(401);
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});

it.each<[string, number, () => Record<string, string>]>([
  ['no credential (edge/viewer)', 401, () => ({})],
  ['a damaged key (edge/viewer)', 401, () => ({ 'x-api-key': acme.apiKey.slice(0, -1) })],
  ['a foreign key (edge/origin)', 403, () => ({ 'x-api-key': globex.apiKey })],
])('a refusal for %s can be read by the console and by no other page', async (_, status, credential) => {
  for (const path of PATHS) {
    for (const origin of [CONSOLE, EVIL]) {
      const reply = await ask(`${acme.loopbackUrl}${path}`, { method: 'GET', headers: { ...credential(), origin } });
      expect(reply.status).toBe(status);
      expect(reply.headers['access-control-allow-origin']).toBe(origin === CONSOLE ? CONSOLE : undefined);
    }
  }
});
