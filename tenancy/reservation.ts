import { costOf, costsOf, dearestInput, type TokenPrices } from './price.ts';
import { NO_TOKENS, type TokenCosts, type TokenCounts } from './usage.ts';

/**
 * The declared reservation: the prompt at its dearest, and one step of output. Output is reserved in steps as it flows,
 * for Claude Code asks for room of 128,000 tokens in every request and uses a hundredth of it.
 */
export const OUTPUT_STEP_TOKENS = 4_096;

/** Output that nobody sees (thinking that is not displayed, an answer in one piece) is reserved by the clock, at this pace. */
export const UNSEEN_TOKENS_PER_SECOND = 120;

/** What a request asks for, as far as its cost goes. */
export type Estimate = {
  /** Of the whole prompt. */
  readonly inputTokens: number;
  /** `max_tokens`, within what the model can do: nothing past it is ever generated. */
  readonly maxOutputTokens: number;
};

/** What a request holds from the start: nano-USD, and the output that they are for. */
export function firstReservation(estimate: Estimate, perToken: TokenPrices): { money: bigint; outputTokens: number } {
  const outputTokens = Math.min(OUTPUT_STEP_TOKENS, estimate.maxOutputTokens);
  return {
    money: BigInt(estimate.inputTokens) * BigInt(dearestInput(perToken)) + outputCost(outputTokens, perToken),
    outputTokens,
  };
}

/**
 * How many steps further the reservation must be taken before more output may flow: it stays at least half a step ahead
 * of what has flowed, up to the most that can.
 * @param reserved output tokens reserved so far @param flowed output tokens seen, or estimated by the clock
 */
export function tokensToExtend(reserved: number, flowed: number, maxOutputTokens: number): number {
  const target = Math.min(maxOutputTokens, flowed + OUTPUT_STEP_TOKENS / 2);
  if (target <= reserved) return 0;
  const steps = Math.ceil((target - reserved) / OUTPUT_STEP_TOKENS);
  return Math.min(maxOutputTokens - reserved, steps * OUTPUT_STEP_TOKENS);
}

/**
 * What a request holds, by token class: its output at its price, all else the prompt's, which is held at the dearest that
 * a prompt can be. Adds up to what is held, whatever that is.
 * @param money nano-USD
 */
export function costsOfHeld(
  { money, outputTokens }: { readonly money: bigint; readonly outputTokens: number },
  perToken: TokenPrices,
): TokenCosts {
  const priced = outputCost(outputTokens, perToken);
  const output = priced < money ? priced : money;
  return { ...costsOf(NO_TOKENS, perToken), input: money - output, output };
}

export function outputCost(tokens: number, perToken: TokenPrices): bigint {
  return costOf({ ...NO_TOKENS, output: tokens }, perToken);
}

/** Tokens that count against a limit per minute: those that were not read from a cache. */
export function limitedTokens({ input, output, cacheWrite5m, cacheWrite1h }: TokenCounts): number {
  return input + output + cacheWrite5m + cacheWrite1h;
}
