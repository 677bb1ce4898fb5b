import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Page, parsePage, readPage } from './page.ts';

const what = (query: string) => {
  const page = parsePage(query);
  return page.ok ? page.value : (page.reason as { what: string }).what;
};

describe('a page in a query string', () => {
  it.each<[string, Page]>([
    ['', {}],
    ['limit=1000', { limit: 1_000 }],
    ['limit=1', { limit: 1 }],
    ['limit=0020', { limit: 20 }],
    ['after_id=claude-opus-5-5&limit=20', { limit: 20, afterId: 'claude-opus-5-5' }],
    ['before_id=claude-opus-5-5%5B1m%5D', { beforeId: 'claude-opus-5-5[1m]' }],
    ['beta=true&Limit=x&limit[]=2&type=SYSTEM_DEFINED&%ff', {}],
  ])('%j is read', (query, page) => {
    expect(parsePage(query)).toEqual({ ok: true, value: page });
  });

  it.each([
    ['limit', 'limit=0'],
    ['limit', 'limit=1001'],
    ['limit', 'limit='],
    ['limit', 'limit'],
    ['limit', 'limit=-1'],
    ['limit', 'limit=1.5'],
    ['limit', 'limit=1e2'],
    ['limit', 'limit=%201'],
    ['limit', 'limit=99999999999999999999'],
    ['limit stands twice', 'limit=1&limit=1'],
    ['after_id', 'after_id='],
    ['after_id', 'after_id=..'],
    ['after_id', 'after_id=a/b'],
    ['after_id', 'after_id=%ff'],
    ['after_id stands twice', 'after_id=a&after_id=b'],
    ['before_id', 'before_id=A'],
    ['before_id and after_id', 'before_id=a&after_id=b'],
  ])('%s is named when it is wrong: %s', (name, query) => {
    expect(what(query)).toContain(name);
  });

  it('is never quoted in a refusal, and never breaks the reader', () => {
    fc.assert(
      fc.property(fc.constantFrom('limit', 'after_id', 'before_id'), fc.string({ unit: 'binary' }), (name, text) => {
        const told = what(`${name}=CANARY${encodeURIComponent(text.toWellFormed())}`);
        expect(typeof told === 'string' && !told.includes('CANARY')).toBe(true);
        parsePage(text);
      }),
      { seed: 113, numRuns: 1_000 },
    );
  });
});

describe('a page as data', () => {
  it('is read back as it was', () => {
    const limit = fc.integer({ min: 1, max: 1_000 });
    const cursor = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,40}$/);
    const page = fc.record({ limit, afterId: cursor }, { requiredKeys: [] });
    fc.assert(
      fc.property(page, (one) => {
        expect(readPage(JSON.parse(JSON.stringify({ ...one, more: 1 })))).toEqual(one);
      }),
      { seed: 114 },
    );
  });

  it.each([
    null,
    7,
    { limit: '1' },
    { limit: 0 },
    { limit: 1.5 },
    { limit: 1_001 },
    { limit: null },
    { beforeId: 'A' },
    { afterId: 7 },
    { beforeId: 'a', afterId: 'b' },
  ])('%j is none', (value) => {
    expect(readPage(value)).toBeNull();
  });
});
