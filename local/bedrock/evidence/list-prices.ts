import type { Usage } from '../usage.ts';

/** Cents per million tokens. */
type Prices = Readonly<Record<keyof Usage, number>>;

const OPUS: Prices = { input: 500, output: 2_500, cacheRead: 50, cacheWrite5m: 625, cacheWrite1h: 1_000 };

/**
 * What AWS charges, by the family of the model: the public list as of 2026-11-22, alike in all regions and profiles. It is
 * written down here once more on purpose: a bill that is made of the platform's own prices would agree with whatever those say.
 */
const FAMILIES: Readonly<Record<string, Prices>> = {
  opus: OPUS,
  sonnet: { input: 300, output: 1_500, cacheRead: 30, cacheWrite5m: 375, cacheWrite1h: 600 },
  haiku: { input: 100, output: 500, cacheRead: 10, cacheWrite5m: 125, cacheWrite1h: 200 },
  // No price of these is public: the dearest that is.
  fable: OPUS,
  mythos: OPUS,
};

export interface BilledModel {
  /** As usage types have it: `Claude4.5Sonnet`. */
  readonly billingName: string;
  readonly prices: Prices;
}

/** A model by its foundation model's id, such as `anthropic.claude-sonnet-4-5-20250929-v1:0`. */
export function billedModel(modelId: string): BilledModel {
  const [, family = '', major, minor] = /claude-([a-z]+)-(\d+)(?:-(\d)(?!\d))?/.exec(modelId) ?? [];
  const prices = FAMILIES[family];
  if (prices === undefined) throw new Error(`no list price of ${modelId}`);
  const version = minor === undefined ? major : `${major}.${minor}`;
  return { billingName: `Claude${version}${family.charAt(0).toUpperCase()}${family.slice(1)}`, prices };
}
