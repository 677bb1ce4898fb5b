import { expect, it } from 'vitest';
import { readGatewayMetadata, withOffline } from './gateway-metadata.ts';

const says = (body: object) => async () => new Response(JSON.stringify(body));
const metadata = {
  authorization_servers: ['https://issuer.example/pool'],
  scopes_supported: ['openid', 'email'],
  agent_runner_client_id: 'cli',
};

it.each([
  ['https://acme.example', 'https://acme.example', true],
  ['https://acme.example', 'https://acme.example/', true],
  ['https://acme.example', 'https://globex.example', false],
  ['https://acme.example', 'http://acme.example', false],
  ['https://acme.example', 'https://acme.example:8443', false],
  ['https://acme.example', 'acme', false],
  // On this machine a port of 127.0.0.1 carries the host, and the scheme's port is not the deployed one.
  ['http://127.0.0.1:41001', 'http://acme.proxy.localhost:4000', true],
  ['http://acme.proxy.localhost:4000', 'https://acme.proxy.localhost', true],
  ['http://acme.proxy.localhost:4000', 'http://globex.proxy.localhost:4000', false],
  ['http://127.0.0.1:41001', 'https://acme.example', false],
])('a gateway at %s that speaks for %s is believed: %s', async (gateway, resource, believed) => {
  const read = readGatewayMetadata(gateway, says({ ...metadata, resource }));
  if (believed)
    expect(await read).toEqual({ issuer: 'https://issuer.example/pool', clientId: 'cli', scope: 'openid email' });
  else await expect(read).rejects.toThrow('speaks for');
});

it('asks for a refresh token by name where the issuer knows the name, and not of Cognito, which does not', () => {
  expect(withOffline('openid', ['openid', 'offline_access'])).toBe('openid offline_access');
  expect(withOffline('openid offline_access', ['offline_access'])).toBe('openid offline_access');
  expect(withOffline('openid', ['openid'])).toBe('openid');
  expect(withOffline('openid', undefined)).toBe('openid');
});
