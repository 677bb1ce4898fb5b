import {
  anyOf,
  boolean,
  ConditionCheck,
  DeleteTransaction,
  Entity,
  executeTransactWrite,
  GetItemCommand,
  isTransactionCancelled,
  item,
  list,
  map,
  nul,
  number,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { type Model, parseModelName } from '../model.ts';
import { REGIONS } from '../region.ts';
import { RESIDENCIES } from '../tenant.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

const modelEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'MODEL',
      table,
      timestamps: false,
      schema: item({
        id: string().key(),
        displayName: string(),
        aliases: list(string()),
        enabled: boolean(),
        profiles: list(
          map({
            region: string().enum(...REGIONS),
            scope: string().enum(...RESIDENCIES),
            bedrockModelId: string(),
          }),
        ),
        betas: list(map({ match: string(), send: anyOf(string(), nul()) })),
        dropFields: list(string()),
        maxOutputTokens: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ id }) => ({ pk: key`MODEL#${id}`, sk: 'MODEL' }),
    }),
);

const aliasEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'MODEL_ALIAS',
      table,
      timestamps: false,
      schema: item({ alias: string().key(), modelId: string() }),
      computeKey: ({ alias }) => ({ pk: key`MODEL#${alias}`, sk: 'ALIAS' }),
    }),
);

/** The list of the catalogue: without it nobody could ask for all models but by reading the whole table. */
const listedEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'LISTED_MODEL',
      table,
      timestamps: false,
      schema: item({ modelId: string().key() }),
      computeKey: ({ modelId }) => ({ pk: 'PLATFORM', sk: key`MODEL#${modelId}` }),
    }),
);

/** Every model of the catalogue, by id. */
export async function listModels(tables: Tables): Promise<Model[]> {
  const { Items = [] } = await tables.directory
    .build(QueryCommand)
    .entities(listedEntity(tables.directory))
    .query({ partition: 'PLATFORM', range: { beginsWith: 'MODEL#' } })
    .options({ maxPages: Number.POSITIVE_INFINITY })
    .send();
  const models = await Promise.all(Items.map(({ modelId }) => readModel(tables, modelId)));
  return models.filter((model) => model !== null);
}

/**
 * The model of this name: one read for its own name, two for an alias of it. Null for an unknown or misshapen name.
 * Consistent reads, so that a model switched off is off for the next request.
 */
export async function getModel(tables: Tables, nameOrAlias: string): Promise<Model | null> {
  const name = parseModelName(nameOrAlias);
  if (!name) return null;
  const { Items = [] } = await tables.directory
    .build(QueryCommand)
    .entities(modelEntity(tables.directory), aliasEntity(tables.directory))
    .query({ partition: key`MODEL#${name}` })
    .options({ consistent: true })
    .send();
  const [found] = Items;
  if (!found || !('modelId' in found)) return found ?? null;
  const model = await readModel(tables, found.modelId);
  // The model has the last word on its names: an alias left behind by two writers at once leads nowhere.
  return model?.aliases.includes(name) ? model : null;
}

/**
 * Stores a model and its aliases, and takes away aliases that it no longer has, all or nothing.
 * @returns `name_taken` when one of its names is another model's: one name must never mean two models
 */
export async function putModel(tables: Tables, model: Model): Promise<'stored' | 'name_taken'> {
  const [models, aliases] = [modelEntity(tables.directory), aliasEntity(tables.directory)];
  const before = await readModel(tables, model.id);
  const dropped = before?.aliases.filter((alias) => !model.aliases.includes(alias)) ?? [];
  const { aliases: names, profiles, betas, dropFields, ...rest } = model;
  const ours = {
    or: [
      { attr: 'modelId' as const, exists: false },
      { attr: 'modelId' as const, eq: model.id },
    ],
  };
  try {
    await executeTransactWrite(
      models.build(PutTransaction).item({
        ...rest,
        aliases: [...names],
        profiles: [...profiles],
        betas: [...betas],
        dropFields: [...dropFields],
      }),
      listedEntity(tables.directory).build(PutTransaction).item({ modelId: model.id }),
      aliases.build(ConditionCheck).key({ alias: model.id }).condition({ attr: 'modelId', exists: false }),
      ...names.flatMap((alias) => [
        aliases.build(PutTransaction).item({ alias, modelId: model.id }).options({ condition: ours }),
        models.build(ConditionCheck).key({ id: alias }).condition({ attr: 'displayName', exists: false }),
      ]),
      ...dropped.map((alias) => aliases.build(DeleteTransaction).key({ alias }).options({ condition: ours })),
    );
    return 'stored';
  } catch (error) {
    if (
      isTransactionCancelled(error) &&
      error.CancellationReasons?.some(({ Code }) => Code === 'ConditionalCheckFailed')
    )
      return 'name_taken';
    throw error;
  }
}

async function readModel(tables: Tables, id: string): Promise<Model | null> {
  const { Item } = await modelEntity(tables.directory)
    .build(GetItemCommand)
    .key({ id })
    .options({ consistent: true })
    .send();
  return Item ?? null;
}
