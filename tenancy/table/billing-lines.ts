import {
  boolean,
  Entity,
  type FormattedItem,
  item,
  list,
  map,
  number,
  PutItemCommand,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import type { RatedDay } from '../billing-day.ts';
import { PRICE_BOOKS } from '../price.ts';
import type { RatedLine } from '../rating.ts';
import { REGIONS } from '../region.ts';
import { type TenantId, TIERS } from '../tenant.ts';
import { TOKEN_CLASSES } from '../usage.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

/** A line is some 300 bytes, and an item takes 400 KB. */
const LINES_PER_ITEM = 500;

const linesEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_LINES',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        day: string(),
        lines: list(
          map({
            book: string().enum(...PRICE_BOOKS),
            model: string(),
            region: string().enum(...REGIONS),
            tier: string()
              .enum(...TIERS)
              .optional(),
            charged: boolean(),
            tokenClass: string().enum(...TOKEN_CLASSES),
            priceId: string(),
            perToken: number().validate(Number.isSafeInteger),
            tokens: number().big(),
            nanoUsd: number().big(),
          }),
        ),
      }),
    }),
);

/** Whose lines, and of which inputs: a day that is counted anew has others beside them, and none is overwritten. */
export type BillingLinesId = { readonly tenantId: TenantId; readonly day: string } & Pick<RatedDay, 'inputsHash'>;

/** Stores the lines of a day's rating, before the day says that it is RATED. Safe to repeat: equal inputs make equal lines. */
export async function putBillingLines(tables: Tables, one: BillingLinesId, lines: readonly RatedLine[]): Promise<void> {
  for (let at = 0; at < lines.length; at += LINES_PER_ITEM) {
    await linesEntity(tables.ledger)
      .build(PutItemCommand)
      .item({
        pk: partitionOf(one.tenantId),
        sk: prefixOf(one) + String(at / LINES_PER_ITEM).padStart(4, '0'),
        tenantId: one.tenantId,
        day: one.day,
        lines: lines
          .slice(at, at + LINES_PER_ITEM)
          .map(({ tier, ...line }) => ({ ...line, ...(tier === null ? {} : { tier }) })),
      })
      .send();
  }
}

/**
 * The lines of a day's rating, in their order.
 * @param lines how many the day says that there are
 * @throws Error when there are others: a statement without one of them would be wrong
 */
export async function listBillingLines(
  tables: Tables,
  one: BillingLinesId,
  { lines: expected }: Pick<RatedDay, 'lines'>,
): Promise<RatedLine[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(linesEntity(tables.ledger))
    .query({ partition: partitionOf(one.tenantId), range: { beginsWith: prefixOf(one) } })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  const lines = Items.flatMap((stored) => stored.lines.map(toLine));
  return lines.length === expected ? lines : damaged('billing lines', `${one.tenantId} ${one.day}`);
}

type StoredLine = FormattedItem<ReturnType<typeof linesEntity>>['lines'][number];

function toLine({ tier, tokens, nanoUsd, ...line }: StoredLine): RatedLine {
  return { ...line, tier: tier ?? null, tokens: BigInt(tokens), nanoUsd: BigInt(nanoUsd) };
}

function partitionOf(tenantId: string): string {
  return key`TENANT#${tenantId}#BILLING_LINES`;
}

function prefixOf({ day, inputsHash }: BillingLinesId): string {
  return key`${day}#${inputsHash}#`;
}
