import { expect, test } from 'vitest';
import { renderViewer } from './render.ts';

test('puts the domain in its one place', () => {
  expect(renderViewer("const DOMAIN = '__DOMAIN__';", 'gateway.example.com')).toBe(
    "const DOMAIN = 'gateway.example.com';",
  );
});

test.each(['', 'Example.com', 'a b', "x';evil();'", '.example.com', 'example.com.', '-a.com', 'a'.repeat(64), '$&'])(
  'refuses %j as a domain, because it becomes program text',
  (domain) => {
    expect(() => renderViewer("'__DOMAIN__'", domain)).toThrow('is not a lower-case DNS name');
  },
);

test('refuses a source with no place for the domain, or two', () => {
  expect(() => renderViewer('', 'localhost')).toThrow('exactly once');
  expect(() => renderViewer("'__DOMAIN__' + '__DOMAIN__'", 'localhost')).toThrow('exactly once');
});

test('refuses what CloudFront would not take, counted in bytes after rendering', () => {
  const almost = `'__DOMAIN__' //${'é'.repeat(5_112)}`;
  expect(renderViewer(almost, 'localhost')).toHaveLength(5_126);
  expect(() => renderViewer(almost, 'gateway.example.com')).toThrow('over CloudFront');
});
