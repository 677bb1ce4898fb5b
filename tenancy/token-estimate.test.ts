import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateInputTokens, roughInputTokens } from './token-estimate.ts';

/** Texts and what the published tokenizer makes of them; tests/token-oracle.ts counts them. */
type Sample = { readonly kind: string; readonly text: string; readonly tokens: number };
const SAMPLES = JSON.parse(
  readFileSync(new URL('token-estimate.fixture.json', import.meta.url), 'utf8'),
) as readonly Sample[];
/** What newer tokenizers make of the same text, by their maker's word. */
const GROWTH = 1.35;

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const asking = (...content: unknown[]) => ({ max_tokens: 8, messages: [{ role: 'user', content }] });
const estimate = (body: unknown) => estimateInputTokens(bytes(body));
const EMPTY = estimate(asking());

describe('the estimate of input tokens', () => {
  it.each(SAMPLES)('is not too low for $kind, nor absurdly high', ({ text, tokens }) => {
    const ratio = estimate(text) / (GROWTH * tokens);
    expect(ratio).toBeGreaterThanOrEqual(1);
    expect(ratio).toBeLessThanOrEqual(1.6);
  });

  it('is the one whose table is published', () => {
    const table = readFileSync(new URL('../docs/count-tokens.md', import.meta.url), 'utf8');
    for (const { kind, text, tokens } of SAMPLES)
      expect(table).toContain(`| ${kind} | ${Buffer.byteLength(text)} | ${tokens} | ${estimate(text)} |`);
  });

  it('counts text wherever it stands, and nothing less for more of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ maxLength: 20 }), (text, more) => {
        const [less, all] = [
          { type: 'text', text },
          { type: 'text', text: text + more },
        ].map((one) => estimate(asking(one)));
        return less! <= all! && estimate(text) <= less!;
      }),
      { seed: 20261122, numRuns: 2_000 },
    );
  });

  it('is no lower for a body that escapes what is not ASCII', () => {
    for (const { text } of SAMPLES) {
      const plain = JSON.stringify(text);
      const ascii = plain.replace(
        /[\u0080-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      expect(estimateInputTokens(Buffer.from(ascii))).toBeGreaterThan(0.8 * estimateInputTokens(Buffer.from(plain)));
    }
  });

  it('prices an escape as the character that it stands for', () => {
    expect(estimateInputTokens(Buffer.from('\\n'.repeat(100)))).toBe(
      estimateInputTokens(Buffer.from('\n'.repeat(100))),
    );
    expect(estimateInputTokens(Buffer.from('\\u4e2d'.repeat(100)))).toBe(260);
    expect(estimateInputTokens(Buffer.from('\\\\'.repeat(100)))).toBe(
      estimateInputTokens(Buffer.from('!'.repeat(100))),
    );
  });

  it.each([
    '',
    '\\',
    '"',
    '"\\',
    '\\u',
    '\\u12',
    '{"a',
    '{"messages":[',
    ']]]}}}',
    '{"messages":[{"content":[{"data":"',
  ])('ends on what is no JSON: %j', (text) => {
    expect(estimateInputTokens(Buffer.from(text))).toBeGreaterThanOrEqual(0);
    expect(roughInputTokens(Buffer.from(text))).toBeGreaterThanOrEqual(0);
  });

  it('ends on words of megabytes where short ones belong', () => {
    const word = 'a'.repeat(1_000_000);
    const tools = [{ type: word, name: word, [word]: word }];
    expect(
      estimate({ ...asking({ type: 'image', source: { [word]: 1, type: word, data: word } }), tools }),
    ).toBeGreaterThan(1_000_000);
  });

  it('ends on any bytes, and on brackets without end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'{}[]",:\\ua1é', '"data"', '"source"', '"type":"base64"', '"messages"'), {
          maxLength: 40,
        }),
        (parts) => estimateInputTokens(Buffer.from(parts.join(''))) >= 0,
      ),
      { seed: 20261122, numRuns: 2_000 },
    );
    expect(estimateInputTokens(Buffer.from('['.repeat(1_000_000)))).toBeGreaterThan(200_000);
  });
});

const BASE64 = Buffer.from(Array.from({ length: 90_000 }, (_, i) => (i * 2_654_435_761) >>> 11)).toString('base64');
const image = (data: string, more = {}) => ({
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data },
  ...more,
});
const pdf = (data: string) => ({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data } });

describe('what is no text', () => {
  it('an image costs the ceiling, whatever its size, and wherever its data stands in the source', () => {
    const some = estimate(asking(image(BASE64)));
    expect(some - EMPTY).toBeGreaterThanOrEqual(4_784);
    expect(some - EMPTY).toBeLessThan(4_784 + 60);
    expect(estimate(asking(image(BASE64 + BASE64)))).toBe(some);
    const turned = { type: 'image', source: { data: BASE64, media_type: 'image/png', type: 'base64' } };
    expect(estimate(asking(turned)) - some).toBeLessThan(10);
    expect(estimateInputTokens(Buffer.from(JSON.stringify(asking(image(BASE64)), null, 2)))).toBeLessThan(some + 60);
  });

  it.each<[string, object]>([
    ['in what a tool gave back', { type: 'tool_result', tool_use_id: 't', content: [image(BASE64)] }],
    ['in a document', { type: 'document', source: { type: 'content', content: [image(BASE64)] } }],
    ["in Converse's shape", { image: { format: 'png', source: { bytes: BASE64 } } }],
    ["in Converse's shape, from a tool", { toolResult: { content: [{ image: { source: { bytes: BASE64 } } }] } }],
  ])('an image %s', (_, block) => {
    const cost = estimate(asking(block)) - EMPTY;
    expect(cost).toBeGreaterThanOrEqual(4_784);
    expect(cost).toBeLessThan(4_784 + 100);
  });

  it.each<[string, object]>([
    ['as a prompt', { type: 'text', text: BASE64 }],
    ['as a prompt that looks like one', { type: 'text', text: JSON.stringify(image(BASE64)) }],
    ["as a tool's input", { type: 'tool_use', id: 't', name: 'n', input: image(BASE64) }],
    ["as a tool's input, deeper", { type: 'tool_use', id: 't', name: 'n', input: { content: [image(BASE64)] } }],
    [
      'as a plain text document',
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: BASE64 } },
    ],
  ])('text dressed as an image is text: %s', (_, block) => {
    expect(estimate(asking(block))).toBeGreaterThan(BASE64.length / 2);
    expect(roughInputTokens(bytes(asking(block)))).toBeGreaterThan(BASE64.length / 3);
  });

  it("text dressed as an image in a tool's example is text", () => {
    const tools = [{ name: 'n', input_schema: { type: 'object' }, input_examples: [image(BASE64)] }];
    expect(estimate({ ...asking(), tools })).toBeGreaterThan(BASE64.length / 2);
  });

  it('a source that says text beside base64 is text', () => {
    const twice = JSON.stringify(asking(image(BASE64))).replace('"type":"base64"', '"type":"base64","type":"text"');
    expect(estimateInputTokens(Buffer.from(twice))).toBeGreaterThan(BASE64.length / 2);
  });

  it('a PDF costs by its size, up to the pages that a request may have', () => {
    const cost = (size: number) =>
      estimate(asking(pdf(Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(size - 8)]).toString('base64')))) -
      EMPTY;
    expect(cost(9_000) - cost(900)).toBe(0);
    expect(cost(95_000) - cost(900)).toBe(27_000);
    expect(cost(9_000_000) - cost(900)).toBe(599 * 3_000);
  });

  it('sealed thinking costs what the thinking may', () => {
    const cost = estimate(asking({ type: 'thinking', thinking: '', signature: BASE64 })) - EMPTY;
    expect(cost / BASE64.length).toBeCloseTo(1 / 3, 2);
    const redacted = estimate(asking({ type: 'redacted_thinking', data: BASE64 })) - EMPTY;
    expect(redacted / BASE64.length).toBeCloseTo(1 / 3, 2);
  });

  it('tools bring a system prompt of their own, once, and defined ones a description each', () => {
    const own = { name: 'n', input_schema: { type: 'object' } };
    const cost = (...tools: object[]) => estimate({ ...asking(), tools }) - EMPTY;
    expect(cost()).toBeLessThan(20);
    expect(cost(own)).toBeGreaterThan(1_000);
    expect(cost(own, own)).toBeLessThan(1_060);
    expect(cost({ ...own, type: 'custom' })).toBeLessThan(1_060);
    expect(cost({ type: 'bash_20250124', name: 'bash' })).toBeGreaterThan(2_000);
  });
});

describe('the rough estimate', () => {
  it('is one token per 2.5 bytes', () => {
    expect(roughInputTokens(Buffer.alloc(250_000, 'a b c, '))).toBe(100_000);
    expect(roughInputTokens(Buffer.alloc(1))).toBe(1);
  });

  it('takes out images and documents', () => {
    const body = bytes(asking({ type: 'text', text: 'one word after the other '.repeat(2_000) }, image(BASE64)));
    expect(roughInputTokens(body)).toBe(Math.ceil((body.length - BASE64.length) / 2.5) + 4_784);
  });

  it('overlooks no payload that is longer than two of its strides', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.integer({ min: 8_400, max: 20_000 }), (before, length) => {
        const body = asking({ type: 'text', text: ' '.repeat(before) }, image(BASE64.slice(0, length)));
        return roughInputTokens(bytes(body)) === Math.ceil((bytes(body).length - length) / 2.5) + 4_784;
      }),
      { seed: 20261122, numRuns: 300 },
    );
  });
});
