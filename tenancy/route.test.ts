import { describe, expect, it } from 'vitest';
import { originDomain, REGIONS } from './region.ts';
import { isRouteName, matchRoute, wireOf } from './route.ts';

describe('a route', () => {
  it('is found by its method and its exact path', () => {
    expect(matchRoute('POST', '/v1/messages')).toEqual({ ok: true, value: { name: 'messages', method: 'POST' } });
  });

  it.each(['GET', 'HEAD', 'PUT', 'post', 'POST ', ''])('is known, but not by the method %j', (method) => {
    expect(matchRoute(method, '/v1/messages')).toEqual({
      ok: false,
      reason: { kind: 'method_not_allowed', method, allow: 'POST' },
    });
  });

  it.each([
    '/',
    '',
    '//v1/messages',
    '/v1//messages',
    '/v1/messages/',
    '/V1/messages',
    '/v1/messages?beta=true',
    '/v1%2Fmessages',
    '/v1/../v1/messages',
    '/v1/messages/count_tokens',
    'https://acme.proxy.example.com/v1/messages',
    '/origin',
    'constructor',
  ])('is none at %j: a path is never made to fit', (path) => {
    expect(matchRoute('POST', path)).toEqual({ ok: false, reason: { kind: 'route_unknown', method: 'POST', path } });
  });

  it('has a name from a closed list', () => {
    expect(['messages', 'message', '', null, 1].map(isRouteName)).toEqual([true, false, false, false, false]);
  });
});

it.each([
  ['/model/eu.anthropic.claude-opus-5-5/invoke', 'bedrock'],
  ['/inference-profiles', 'bedrock'],
  ['/v1/messages', 'anthropic'],
  ['/', 'anthropic'],
  ['/models', 'anthropic'],
  ['/v1/model/x', 'anthropic'],
])('at %s a client speaks %s', (path, wire) => {
  expect(wireOf(path)).toBe(wire);
});

it('each region has one fixed host name', () => {
  expect(REGIONS.map((region) => originDomain(region, 'example.com'))).toEqual([
    'eu-central-1.origin.example.com',
    'eu-central-2.origin.example.com',
    'us-east-1.origin.example.com',
  ]);
});
