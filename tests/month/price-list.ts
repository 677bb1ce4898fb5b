/**
 * The price lists of the simulated month, as a contract has them: USD for a million tokens, by model and book, each from an
 * instant on. Plain data, of which the platform's books and the recomputation are both made, each by its own reading.
 */
export type ListPrice = {
  readonly model: string;
  readonly book: 'cost' | 'charge';
  readonly region?: string;
  readonly tier?: string;
  /** ISO 8601, UTC */
  readonly from: string;
  readonly usdPerMillion: Readonly<Record<TokenKind, string>>;
};

export const TOKEN_KINDS = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

export const MODELS = ['claude-haiku-5-5', 'claude-sonnet-5-5', 'claude-opus-5-5'] as const;

const BEFORE = '2026-01-01T00:00:00Z';

/** Prices that come to whole micro-USD nowhere, so that a rounding in the wrong place shows. @param noon of the day on which both books change */
export function priceList(noon: string): readonly ListPrice[] {
  return [
    price('claude-haiku-5-5', 'cost', BEFORE, ['1', '5', '0.1', '1.25', '2']),
    price('claude-haiku-5-5', 'charge', BEFORE, ['1.103', '5.507', '0.111', '1.379', '2.207']),
    price('claude-sonnet-5-5', 'cost', BEFORE, ['3', '15', '0.3', '3.75', '6']),
    price('claude-sonnet-5-5', 'charge', BEFORE, ['3.301', '16.503', '0.333', '4.127', '6.607']),
    price('claude-opus-5-5', 'cost', BEFORE, ['5', '25', '0.5', '6.25', '10']),
    price('claude-opus-5-5', 'charge', BEFORE, ['5.501', '27.503', '0.557', '6.879', '11.003']),
    price('claude-opus-5-5', 'charge', BEFORE, ['4.999', '24.989', '0.503', '6.247', '9.991'], { tier: 'PREMIUM' }),
    price('claude-sonnet-5-5', 'cost', BEFORE, ['3.3', '16.5', '0.33', '4.125', '6.6'], { region: 'eu-central-2' }),
    price('claude-sonnet-5-5', 'charge', BEFORE, ['3.607', '18.013', '0.361', '4.507', '7.211'], {
      region: 'eu-central-2',
    }),
    price('claude-sonnet-5-5', 'charge', BEFORE, ['3.407', '17.011', '0.347', '4.261', '6.823'], {
      region: 'eu-central-2',
      tier: 'PREMIUM',
    }),
    price('claude-haiku-5-5', 'cost', noon, ['0.8', '4', '0.08', '1', '1.6']),
    price('claude-haiku-5-5', 'charge', noon, ['0.907', '4.513', '0.091', '1.129', '1.811']),
    price('claude-sonnet-5-5', 'cost', noon, ['2.9', '14.5', '0.29', '3.625', '5.8']),
    price('claude-sonnet-5-5', 'charge', noon, ['3.109', '15.511', '0.313', '3.889', '6.211']),
    price('claude-opus-5-5', 'charge', noon, ['4.703', '23.509', '0.479', '5.881', '9.403'], { tier: 'PREMIUM' }),
  ];
}

/** What a new platform charges, and is charged, for these models: the public list. */
export const STARTING_LIST: readonly ListPrice[] = (['cost', 'charge'] as const).flatMap((book) => [
  price('claude-haiku-5-5', book, BEFORE, ['1', '5', '0.1', '1.25', '2']),
  price('claude-sonnet-5-5', book, BEFORE, ['3', '15', '0.3', '3.75', '6']),
  price('claude-opus-5-5', book, BEFORE, ['5', '25', '0.5', '6.25', '10']),
]);

function price(
  model: ListPrice['model'],
  book: ListPrice['book'],
  from: string,
  usd: readonly [string, string, string, string, string],
  scope: Pick<ListPrice, 'region' | 'tier'> = {},
): ListPrice {
  const [input, output, cacheRead, cacheWrite5m, cacheWrite1h] = usd;
  return { model, book, ...scope, from, usdPerMillion: { input, output, cacheRead, cacheWrite5m, cacheWrite1h } };
}
