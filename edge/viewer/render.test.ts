import { expect, test } from 'vitest';
import { renderViewer } from './render.ts';

const SOURCE = "const DOMAIN = '__DOMAIN__'; const CONSOLE_ORIGIN = '__CONSOLE_ORIGIN__';";
const places = { domain: 'gateway.example.com', consoleOrigin: 'https://app.gateway.example.com' };

test('puts each name in its one place', () => {
  expect(renderViewer(SOURCE, places)).toBe(
    "const DOMAIN = 'gateway.example.com'; const CONSOLE_ORIGIN = 'https://app.gateway.example.com';",
  );
});

test.each(['', 'Example.com', 'a b', "x';evil();'", '.example.com', 'example.com.', '-a.com', 'a'.repeat(64), '$&'])(
  'refuses %j as a domain, because it becomes program text',
  (domain) => {
    expect(() => renderViewer(SOURCE, { ...places, domain })).toThrow('is not a lower-case DNS name');
  },
);

test.each([
  '',
  '*',
  'null',
  'app.example.com',
  'http://app.example.com',
  'https://app.example.com/',
  "https://x';f();'",
])('refuses %j as the console’s origin', (consoleOrigin) => {
  expect(() => renderViewer(SOURCE, { ...places, consoleOrigin })).toThrow('is not the origin of a console');
});

test('refuses a source with no place for a name, or two', () => {
  for (const place of ["'__DOMAIN__'", "'__CONSOLE_ORIGIN__'"]) {
    expect(() => renderViewer(SOURCE.replace(place, ''), places)).toThrow(`${place} exactly once`);
    expect(() => renderViewer(`${SOURCE}${place}`, places)).toThrow(`${place} exactly once`);
  }
});

test('refuses what CloudFront would not take, counted in bytes after rendering', () => {
  const almost = `'__DOMAIN__''__CONSOLE_ORIGIN__'//${'é'.repeat(5_096)}`;
  const small = { domain: 'localhost', consoleOrigin: 'http://localhost:4000' };
  expect(renderViewer(almost, small)).toHaveLength(34 + 2 + 5_096);
  expect(() => renderViewer(almost, places)).toThrow('over CloudFront');
});
