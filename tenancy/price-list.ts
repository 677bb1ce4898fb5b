import type { Price, TokenPrices } from './price.ts';

/**
 * The prices that a new platform starts with, in both books: Anthropic's public list per million tokens as of 2026-11-22,
 * which Bedrock charges alike in the regions served ($5/$25 Opus, $3/$15 Sonnet, $1/$5 Haiku; a cache read is a tenth of
 * the input, a write 1.25 times it for 5 minutes and twice it for an hour). It is data from then on, and each platform's
 * to check against its own contract before it sends an invoice.
 */
const PER_MILLION: readonly (readonly [family: string, inputUsd: number, outputUsd: number])[] = [
  ['opus', 5, 25],
  ['sonnet', 3, 15],
  ['haiku', 1, 5],
  // No list price is public for these; taken from the dearest public family, so that no budget is undercounted.
  ['fable', 5, 25],
  ['mythos', 5, 25],
];

const FROM = Date.UTC(2026, 0, 1);

/** The starting prices of a model of the catalogue; none for a family that is not on the list. */
export function startingPrices(modelId: string): Price[] {
  const found = PER_MILLION.find(([family]) => modelId.includes(family));
  if (!found) return [];
  const perToken = perTokenOf(found[1], found[2]);
  return (['cost', 'charge'] as const).map((book) => ({ modelId, book, from: FROM, perToken }));
}

/** A dollar per million tokens is 1,000 nano-USD per token. */
function perTokenOf(inputUsd: number, outputUsd: number): TokenPrices {
  const input = inputUsd * 1_000;
  return {
    input,
    output: outputUsd * 1_000,
    cacheRead: input / 10,
    cacheWrite5m: (input * 5) / 4,
    cacheWrite1h: input * 2,
  };
}
