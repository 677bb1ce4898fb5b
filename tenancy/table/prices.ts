import {
  DeleteTransaction,
  Entity,
  isConditionCheckFailed,
  item,
  map,
  number,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { PRICE_BOOKS, type Price, type PriceBook } from '../price.ts';
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
        from: number().validate(Number.isSafeInteger).key(),
        perToken: map({
          input: perToken(),
          output: perToken(),
          cacheRead: perToken(),
          cacheWrite5m: perToken(),
          cacheWrite1h: perToken(),
        }),
      }),
      computeKey: ({ modelId, book, from }) => ({
        pk: key`MODEL#${modelId}`,
        sk: key`PRICE#${book}#${new Date(from).toISOString()}`,
      }),
    }),
);

/** All prices of a model, of both books, past and to come: `priceAt` finds the one in force. */
export async function listPrices(tables: Tables, modelId: string): Promise<Price[]> {
  const { Items = [] } = await tables.directory
    .build(QueryCommand)
    .entities(priceEntity(tables.directory))
    .query({ partition: key`MODEL#${modelId}`, range: { beginsWith: 'PRICE#' } })
    .options({ maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items;
}

/**
 * The price in force at an instant (ms), or null. It reads that one alone: prices that were in force are never taken away,
 * and whoever asks for one must not pay for all that were.
 */
export async function getPriceAt(tables: Tables, modelId: string, book: PriceBook, at: number): Promise<Price | null> {
  const beginning = key`PRICE#${book}#`;
  const { Items = [] } = await tables.directory
    .build(QueryCommand)
    .entities(priceEntity(tables.directory))
    .query({
      partition: key`MODEL#${modelId}`,
      range: { between: [beginning, beginning + new Date(at).toISOString()] },
    })
    .options({ reverse: true, limit: 1 })
    .send();
  return Items[0] ?? null;
}

/** Stores a price once. @returns `exists` when this book has one from the same instant: a price in force never changes */
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

/** The part of a transaction that stores a price once; it fails when this book has one from the same instant. */
export function priceWrite(tables: Tables, price: Price) {
  return priceEntity(tables.directory)
    .build(PutTransaction)
    .item({ ...price })
    .options({ condition: { attr: 'modelId', exists: false } });
}

/** The part of a transaction that takes a price back; it fails when what stands there is not this price. */
export function priceRemoval(tables: Tables, { modelId, book, from, perToken }: Price) {
  return priceEntity(tables.directory)
    .build(DeleteTransaction)
    .key({ modelId, book, from })
    .options({
      condition: { and: TOKEN_CLASSES.map((name) => ({ attr: `perToken.${name}` as const, eq: perToken[name] })) },
    });
}
