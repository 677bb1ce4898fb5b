import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelRequest } from './request.ts';
import { createPromptCache, promptTokens } from './usage.ts';

const mark = { cache_control: { type: 'ephemeral' } };

function block(characters: number, extra: object = {}, letter = 'a'): { type: string; text: string } {
  return { type: 'text', text: letter.repeat(characters), ...extra };
}

function turns(...blocks: ReturnType<typeof block>[]): ModelRequest {
  return { max_tokens: 1, messages: [{ role: 'user', content: blocks }] };
}

test('without a mark everything is input, every time', () => {
  const cache = createPromptCache();
  const all = { input: 10, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  expect(cache.measure('m', turns(block(40)))).toEqual(all);
  expect(cache.measure('m', turns(block(40)))).toEqual(all);
});

test('a conversation that grows reads what it wrote before, although the mark has moved on', () => {
  const cache = createPromptCache();
  expect(cache.measure('m', turns(block(40, mark)))).toMatchObject({ cacheRead: 0, cacheWrite5m: 10 });
  const second = cache.measure('m', turns(block(40), block(20, mark), block(8)));
  expect(second).toEqual({ input: 2, cacheRead: 10, cacheWrite5m: 5, cacheWrite1h: 0 });
});

test('a changed beginning reads nothing, nor does another model', () => {
  const cache = createPromptCache();
  cache.measure('m', turns(block(40, mark)));
  expect(cache.measure('m', turns(block(40, mark, 'b')))).toMatchObject({ cacheRead: 0, cacheWrite5m: 10 });
  expect(cache.measure('other', turns(block(40, mark)))).toMatchObject({ cacheRead: 0, cacheWrite5m: 10 });
});

test('what lies before a mark is written by the ttl of that mark', () => {
  const hour = { cache_control: { type: 'ephemeral', ttl: '1h' } };
  const request = { ...turns(block(8), block(8, mark)), system: [block(20), block(20, hour)] };
  const usage = { input: 1, cacheRead: 0, cacheWrite1h: 10, cacheWrite5m: 4 };
  expect(createPromptCache().measure('m', request)).toEqual(usage);
});

test('an image counts as an image, not by its base64', () => {
  const source = { type: 'base64', media_type: 'image/png', data: 'A'.repeat(400_000) };
  const request = { max_tokens: 1, messages: [{ role: 'user', content: [{ type: 'image', source }] }] };
  expect(promptTokens(request)).toBeLessThan(2000);
});

test('the classes add up to the prompt, whatever of it the cache holds', () => {
  const hour = { cache_control: { type: 'ephemeral', ttl: '1h' } };
  const piece = fc.tuple(
    fc.integer({ min: 0, max: 30 }),
    fc.constantFrom({}, {}, mark, hour),
    fc.constantFrom('a', 'b'),
  );
  const prompt = fc.array(piece, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(prompt, { minLength: 1, maxLength: 8 }), (prompts) => {
      const cache = createPromptCache();
      for (const pieces of prompts) {
        const request = turns(...pieces.map((each) => block(...each)));
        const { input, cacheRead, cacheWrite5m, cacheWrite1h } = cache.measure('m', request);
        expect(input + cacheRead + cacheWrite5m + cacheWrite1h).toBe(promptTokens(request));
      }
    }),
    { seed: 6, numRuns: 300 },
  );
});
