import {
  DeleteTransaction,
  Entity,
  type FormattedItem,
  isConditionCheckFailed,
  item,
  map,
  number,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { PRICE_BOOKS, type Price, type PriceBook, type PriceScope, priceAt, scopesOf } from '../price.ts';
import { REGIONS } from '../region.ts';
import { TIERS } from '../tenant.ts';
import { TOKEN_CLASSES } from '../usage.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

const perToken = () => number().validate((value: number) => Number.isSafeInteger(value) && value >= 0);

const priceEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'PRICE',
      table,
      timestamps: false,
      schema: item({
        modelId: string().key(),
        book: string()
          .enum(...PRICE_BOOKS)
          .key(),
        region: string()
          .enum(...REGIONS)
          .key()
          .optional(),
        tier: string()
          .enum(...TIERS)
          .key()
          .optional(),
        from: number().validate(Number.isSafeInteger).key(),
        perToken: map({
          input: perToken(),
          output: perToken(),
          cacheRead: perToken(),
          cacheWrite5m: perToken(),
          cacheWrite1h: perToken(),
        }),
      }),
      computeKey: ({ modelId, book, from, ...scope }) => ({
        pk: key`MODEL#${modelId}`,
        sk: prefixOf(book, scope) + new Date(from).toISOString(),
      }),
    }),
);

type StoredScope = { readonly [Name in keyof PriceScope]?: string | undefined };

/** What the prices of a scope begin with, before their instant. A digit follows it, so that no other scope is among them. */
function prefixOf(book: PriceBook, { region, tier }: StoredScope): string {
  const ofRegion = region === undefined ? '' : key`REGION#${region}#`;
  const ofTier = tier === undefined ? '' : key`TIER#${tier}#`;
  return key`PRICE#${book}#` + ofRegion + ofTier;
}

/** All prices of a model, of both books and all scopes, past and to come: `priceAt` finds the one in force. */
export async function listPrices(tables: Tables, modelId: string): Promise<Price[]> {
  const { Items = [] } = await tables.directory
    .build(QueryCommand)
    .entities(priceEntity(tables.directory))
    .query({ partition: key`MODEL#${modelId}`, range: { beginsWith: 'PRICE#' } })
    .options({ maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(toPrice);
}

/**
 * The price in force for a call at an instant (ms), or null. It reads one of each scope alone: prices that were in force are
 * never taken away, and whoever asks for one must not pay for all that were.
 */
export async function getPriceAt(
  tables: Tables,
  modelId: string,
  book: PriceBook,
  at: number,
  call: PriceScope = {},
): Promise<Price | null> {
  const latest = await Promise.all(scopesOf(call).map((scope) => latestOf(tables, modelId, book, at, scope)));
  return priceAt(
    latest.flatMap((price) => price ?? []),
    book,
    at,
    call,
  );
}

async function latestOf(
  tables: Tables,
  modelId: string,
  book: PriceBook,
  at: number,
  scope: PriceScope,
): Promise<Price | null> {
  const beginning = prefixOf(book, scope);
  const { Items = [] } = await tables.directory
    .build(QueryCommand)
    .entities(priceEntity(tables.directory))
    .query({
      partition: key`MODEL#${modelId}`,
      range: { between: [beginning, beginning + new Date(at).toISOString()] },
    })
    .options({ reverse: true, limit: 1 })
    .send();
  return Items[0] ? toPrice(Items[0]) : null;
}

/** The price of exactly this scope that begins at an instant (ms), or null. */
export async function getPriceFrom(
  tables: Tables,
  { modelId, book, from, ...scope }: Omit<Price, 'perToken'>,
): Promise<Price | null> {
  const price = await latestOf(tables, modelId, book, from, scope);
  return price?.from === from ? price : null;
}

function toPrice({ region, tier, ...price }: FormattedItem<ReturnType<typeof priceEntity>>): Price {
  return { ...price, ...(region === undefined ? {} : { region }), ...(tier === undefined ? {} : { tier }) };
}

/** Stores a price once. @returns `exists` when this book has one of its scope from the same instant: a price in force never changes */
export async function putPrice(tables: Tables, price: Price): Promise<'stored' | 'exists'> {
  const entity = priceEntity(tables.directory);
  try {
    await entity
      .build(PutItemCommand)
      .item({ ...price })
      .options({ condition: { attr: 'modelId', exists: false } })
      .send();
    return 'stored';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'exists';
    throw error;
  }
}

/** The part of a transaction that stores a price once; it fails when this book has one of its scope from the same instant. */
export function priceWrite(tables: Tables, price: Price) {
  return priceEntity(tables.directory)
    .build(PutTransaction)
    .item({ ...price })
    .options({ condition: { attr: 'modelId', exists: false } });
}

/** The part of a transaction that takes a price back; it fails when what stands there is not this price. */
export function priceRemoval(tables: Tables, { perToken, ...name }: Price) {
  return priceEntity(tables.directory)
    .build(DeleteTransaction)
    .key(name)
    .options({
      condition: { and: TOKEN_CLASSES.map((name) => ({ attr: `perToken.${name}` as const, eq: perToken[name] })) },
    });
}
