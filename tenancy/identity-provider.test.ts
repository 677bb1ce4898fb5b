import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { configurationUrl, isAudience, whyAddressRefused } from './identity-provider.ts';

describe('an issuer’s address', () => {
  it.each([
    'https://acme.okta.com/oauth2/aus1a2b3c4d5e6f7g8h9',
    'https://acme.eu.auth0.com/',
    'https://login.microsoftonline.com/7f0c6b1e-0000-4000-8000-000000000000/v2.0',
    'https://id.acme.co.uk',
    'https://xn--bcher-kva.example/oauth2/default',
  ])('%s passes', (text) => expect(whyAddressRefused(text)).toBeNull());

  it.each([
    [
      'https://',
      'http://acme.okta.com file:///etc/passwd ftp://a.example gopher://a.example data:,x https://1.2.3.4.5x.6 acme.okta.com //a.example',
    ],
    ['user, query or fragment', 'https://a@b.example https://a:b@b.example https://b.example/?x https://b.example/#x'],
    [
      'user, query or fragment',
      'https://b.example? https://b.example# https://@b.example https://b.example\\@c.example',
    ],
    ['port 443', 'https://b.example:8443 https://b.example:80/x https://b.example:22'],
    [
      'DNS name',
      'https://127.0.0.1/ https://2130706433/ https://0x7f.1/ https://[::1]/ https://8.8.8.8 https://localhost',
    ],
    ['DNS name', 'https://metadata https://b.example./ https://a_b.example https://-a.example'],
    [
      'spelt as',
      'HTTPS://b.example https://B.example https://b.example:443/ https://b.example/a/../c https://b.example/ä',
    ],
    ['spelt as', 'https:b.example https:/b.example/ https:///b.example https://bücher.example https://ⓐ.example'],
    ['spelt as', 'https://b.exa\tmple/'],
  ])('is refused (%s)', (why, texts) => {
    for (const text of texts.split(' ')) expect(whyAddressRefused(text), text).toContain(why);
  });

  it('is refused when it is too long', () => {
    expect(whyAddressRefused(`https://b.example/${'a'.repeat(300)}`)).toContain('300 characters');
  });

  test('and whatever passes is read as it is written, at the host that stands in it', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'https://',
        'http://',
        '@',
        ':443',
        ':8443',
        '/',
        '\\',
        '?',
        '#',
        '.',
        '..',
        '%2e',
        '[::1]',
        '127.1',
      ),
      fc.constantFrom('b.example', 'localhost', 'a', 'ä', '\t', '\n', ' ', 'xn--a', '０'),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const text = `https://${parts.join('')}`;
        if (whyAddressRefused(text) !== null) return;
        const host = text.slice('https://'.length).split('/')[0];
        const url = new URL(text);
        expect([url.host, url.href.replace(/\/$/, '')]).toEqual([host, text.replace(/\/$/, '')]);
        expect(host).toMatch(/^[a-z0-9.-]+\.[a-z0-9-]+$/);
      }),
      { numRuns: 5_000 },
    );
  });
});

test('an audience is plain text without spaces', () => {
  for (const good of ['api://default', '0oa1b2c3', 'https://acme.example/api']) expect(isAudience(good)).toBe(true);
  for (const bad of ['', 'a b', 'ä', 'a\n', 'a'.repeat(201)]) expect(isAudience(bad)).toBe(false);
});

test('an issuer’s configuration is under its address, with one slash between', () => {
  expect(configurationUrl('https://a.example/')).toBe('https://a.example/.well-known/openid-configuration');
  expect(configurationUrl('https://a.example/o/x')).toBe('https://a.example/o/x/.well-known/openid-configuration');
});
