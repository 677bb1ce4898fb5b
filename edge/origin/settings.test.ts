import { expect, test } from 'vitest';
import { settings } from './fixture.ts';
import { parseSettings } from './settings.ts';

const parse = (change: Record<string, unknown>) => parseSettings(JSON.stringify({ ...settings, ...change }));

test('good settings are read as they stand', () => {
  expect(parse({})).toEqual(settings);
  const internalIssuers = ['https://sso.corp.example:8443'];
  expect(parse({ internalIssuers })).toEqual({ ...settings, internalIssuers });
  const local = { domain: 'localhost', proxyOrigin: 'http://localhost:4000' };
  expect(parse(local)).toEqual({ ...settings, ...local });
  for (const secretsManagerEndpoint of ['https://vpce.example.test', 'http://127.0.0.1:4599', 'http://localhost:1/']) {
    expect(parse({ secretsManagerEndpoint })).toEqual({ ...settings, secretsManagerEndpoint });
  }
});

test.each([
  ['domain', { domain: 'Example.test' }],
  ['domain', { domain: '' }],
  ['consoleOrigin', { consoleOrigin: undefined }],
  ['consoleOrigin', { consoleOrigin: '*' }],
  ['consoleOrigin', { consoleOrigin: 'http://app.example.test' }],
  ['controlRegion', { controlRegion: 'eu-north-1' }],
  ['regions', { regions: [] }],
  ['regions', { regions: ['eu-central-1', 'mars-1'] }],
  ['regions: must contain controlRegion', { regions: ['us-east-1'] }],
  ['issuer.url', { issuer: { ...settings.issuer, url: 'http://issuer.example.test' } }],
  ['issuer.jwksUri', { issuer: { ...settings.issuer, jwksUri: 'http://issuer.example.test/jwks' } }],
  ['issuer.jwksUri', { issuer: { ...settings.issuer, jwksUri: undefined } }],
  ['issuer.clientIds', { issuer: { ...settings.issuer, clientIds: [] } }],
  ['issuer.clientIds', { issuer: { ...settings.issuer, clientIds: [''] } }],
  ['issuer.loginClientId', { issuer: { ...settings.issuer, loginClientId: 'stranger' } }],
  ['issuer.loginClientId', { issuer: { ...settings.issuer, loginClientId: undefined } }],
  ['proxyOrigin', { proxyOrigin: undefined }],
  ['proxyOrigin', { proxyOrigin: 'http://example.test' }],
  ['proxyOrigin', { proxyOrigin: 'https://example.test/' }],
  ['proxyOrigin', { proxyOrigin: 'https://other.test' }],
  ['internalIssuers', { internalIssuers: 'https://sso.corp.example' }],
  ['internalIssuers', { internalIssuers: ['http://sso.corp.example'] }],
  ['internalIssuers', { internalIssuers: ['https://sso.corp.example/realms'] }],
  ['internalIssuers', { internalIssuers: ['https://*.corp.example/'] }],
  ['issuer.audience: no such setting', { issuer: { ...settings.issuer, audience: 'x' } }],
  ['issuer.url', { issuer: undefined }],
  ['secretId', { secretId: '' }],
  ['secretsManagerRegion', { secretsManagerRegion: 1 }],
  ['secretsManagerEndpoint', { secretsManagerEndpoint: 'http://10.0.0.1' }],
  ['secretsManagerEndpoint', { secretsManagerEndpoint: 'http://127.0.0.1.evil.test' }],
  ['secretsManagerEndpoint', { secretsManagerEndpoint: 'https://x.test/path' }],
  ['secretsManagerEndpoint', { secretsManagerEndpoint: '' }],
  ['secretsManagerEndpont: no such setting', { secretsManagerEndpont: 'https://x.test' }],
])('%s: wrong settings do not start', (name, change) => expect(() => parse(change)).toThrow(name));

test('every wrong field is named at once', () => {
  expect(() => parseSettings('{}')).toThrow(/domain.*consoleOrigin.*controlRegion.*regions.*issuer\.url.*secretId/);
  expect(() => parseSettings('[]')).toThrow(/domain/);
  expect(() => parseSettings('')).toThrow();
});
