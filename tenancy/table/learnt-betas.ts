import { Entity, item, number, PutItemCommand, QueryCommand, string } from 'dynamodb-toolbox';
import { REGIONS, type Region } from '../region.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

const instant = () => number().validate(Number.isSafeInteger);

const learntBetaEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'LEARNT_BETA',
      table,
      timestamps: false,
      schema: item({
        region: string()
          .enum(...REGIONS)
          .key(),
        model: string().key(),
        beta: string().key(),
        until: instant(),
        /** In seconds: for the table's own clean-up, which comes when it comes. What counts is `until`. */
        expiresAt: instant(),
      }),
      computeKey: ({ region, model, beta }) => ({
        pk: key`LEARNT_BETAS#${region}#${model}`,
        sk: key`BETA#${beta}`,
      }),
    }),
);

/** What one read brings: a client that invents betas must not make every request pay for them. */
const MOST = 100;

/**
 * The betas that Bedrock was seen to refuse with this model in this region, each with the time (ms) until which it is
 * not sent again. Ended ones may still be among them. Not consistent: what is missed is refused and learnt once more.
 */
export async function listLearntBetas(
  tables: Tables,
  region: Region,
  model: string,
): Promise<ReadonlyMap<string, number>> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(learntBetaEntity(tables.ledger))
    .query({ partition: key`LEARNT_BETAS#${region}#${model}`, range: { beginsWith: 'BETA#' } })
    .options({ limit: MOST })
    .send();
  return new Map(Items.map(({ beta, until }) => [beta, until]));
}

/** Writes down that this beta is refused until then (ms); one that is known gets the new time. */
export async function putLearntBeta(
  tables: Tables,
  region: Region,
  model: string,
  beta: string,
  until: number,
): Promise<void> {
  const expiresAt = Math.ceil(until / 1000);
  await learntBetaEntity(tables.ledger).build(PutItemCommand).item({ region, model, beta, until, expiresAt }).send();
}
