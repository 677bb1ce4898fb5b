import {
  anyOf,
  BatchGetCommand,
  BatchGetRequest,
  boolean,
  ConditionCheck,
  DeleteTransaction,
  Entity,
  executeBatchGet,
  executeTransactWrite,
  type FormattedItem,
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
  UpdateTransaction,
} from 'dynamodb-toolbox';
import { type Model, modelNames, parseModelName } from '../model.ts';
import { REGIONS } from '../region.ts';
import { RESIDENCIES } from '../tenant.ts';
import { parseFieldPath } from '../translation.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables, wholeBatch } from './tables.ts';

const tokens = () => number().validate((value: number) => Number.isSafeInteger(value) && value > 0);

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
        foundationModelId: string(),
        betas: list(
          map({
            match: string(),
            send: anyOf(string(), nul()),
            // A path that nobody can read would leave its field in every body, unnoticed until Bedrock refuses it.
            fields: list(string().validate((path: string) => parseFieldPath(path) !== null)).optional(),
            regions: list(string().enum(...REGIONS)).optional(),
          }),
        ),
        dropFields: list(string()),
        systemMessages: boolean(),
        adaptiveThinking: boolean(),
        thinkingBudgetTokens: tokens(),
        outputConfig: boolean(),
        longContextBeta: anyOf(string(), nul()),
        contextTokens: tokens(),
        maxOutputTokens: tokens(),
        countTokensRegions: list(string().enum(...REGIONS)),
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

/** The most that one transaction of DynamoDB's holds. */
const MAX_ACTIONS = 100;

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

/** A page of the catalogue, by id. `after`: the last one seen. */
export async function listModelPage(
  tables: Tables,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: Model[]; readonly next?: string }> {
  const { Items = [], LastEvaluatedKey } = await tables.directory
    .build(QueryCommand)
    .entities(listedEntity(tables.directory))
    .query({ partition: 'PLATFORM', range: { beginsWith: 'MODEL#' } })
    .options({
      limit,
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: 'PLATFORM', sk: key`MODEL#${after}` } }),
    })
    .send();
  const models = await readModels(
    tables,
    Items.map(({ modelId }) => modelId),
  );
  const next = LastEvaluatedKey && Items.at(-1)?.modelId;
  return { items: models.filter((model) => model !== null), ...(next === undefined ? {} : { next }) };
}

/**
 * The model of this name: one read for its own name, two for any other: an alias, a Bedrock id, an ARN. Null for an
 * unknown or misshapen name. Consistent reads, so that a model switched off is off for the next request.
 */
export async function getModel(tables: Tables, anyName: string): Promise<Model | null> {
  const parsed = parseModelName(anyName);
  if (!parsed) return null;
  const { name } = parsed;
  const { Items = [] } = await tables.directory
    .build(QueryCommand)
    .entities(modelEntity(tables.directory), aliasEntity(tables.directory))
    .query({ partition: key`MODEL#${name}` })
    .options({ consistent: true })
    .send();
  const [found] = Items;
  if (!found) return null;
  if (!('modelId' in found)) return toModel(found);
  const model = await readModel(tables, found.modelId);
  // The model has the last word on its names: an alias left behind by two writers at once leads nowhere.
  return model && modelNames(model).includes(name) ? model : null;
}

/**
 * Stores a model under all its names, Bedrock's among them, and takes away those that it no longer has, all or nothing.
 * @returns `name_taken` when one of its names is another model's: one name must never mean two models
 * @throws RangeError when it has a name that no client could send, or more names than one transaction can write
 */
export async function putModel(tables: Tables, model: Model): Promise<'stored' | 'name_taken'> {
  const [models, aliases] = [modelEntity(tables.directory), aliasEntity(tables.directory)];
  const names = modelNames(model);
  const before = await readModel(tables, model.id);
  const dropped = before ? modelNames(before).filter((name) => !names.includes(name)) : [];
  const actions = 3 + 2 * names.length + dropped.length;
  if (actions > MAX_ACTIONS)
    throw new RangeError(`${model.id}: too many names at once, old and new; drop some before others are added`);
  const ours = {
    or: [
      { attr: 'modelId' as const, exists: false },
      { attr: 'modelId' as const, eq: model.id },
    ],
  };
  try {
    await executeTransactWrite(
      models.build(PutTransaction).item({
        ...model,
        aliases: [...model.aliases],
        profiles: [...model.profiles],
        betas: model.betas.map(({ match, send, fields, regions }) => ({
          match,
          send,
          ...(fields ? { fields: [...fields] } : {}),
          ...(regions ? { regions: [...regions] } : {}),
        })),
        dropFields: [...model.dropFields],
        countTokensRegions: [...model.countTokensRegions],
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

/**
 * The part of a transaction that lets a model be called, or not. It writes this one field, so that it takes nothing back of
 * what another writer does to the rest, and fails when the field is not what was read: of two who switch it at once the
 * second is told, and each entry of the trail says truly what was before.
 */
export function modelEnabledWrite(tables: Tables, { id, enabled }: Pick<Model, 'id' | 'enabled'>, next: boolean) {
  return modelEntity(tables.directory)
    .build(UpdateTransaction)
    .item({ id, enabled: next })
    .options({ condition: { attr: 'enabled', eq: enabled } });
}

async function readModel(tables: Tables, id: string): Promise<Model | null> {
  const { Item } = await modelEntity(tables.directory)
    .build(GetItemCommand)
    .key({ id })
    .options({ consistent: true })
    .send();
  return Item ? toModel(Item) : null;
}

/** At most 100, each once. */
async function readModels(tables: Tables, ids: readonly string[]): Promise<(Model | null)[]> {
  if (ids.length === 0) return [];
  const entity = modelEntity(tables.directory);
  const command = tables.directory
    .build(BatchGetCommand)
    .requests(...ids.map((id) => entity.build(BatchGetRequest).key({ id })))
    .options({ consistent: true });
  const { Responses, UnprocessedKeys } = await executeBatchGet({ maxAttempts: 5 }, command);
  wholeBatch(UnprocessedKeys);
  const [rows = []] = Responses ?? [];
  return ids.map((_, n) => {
    const row = rows[n];
    return row ? toModel(row) : null;
  });
}

function toModel({ betas, ...rest }: FormattedItem<ReturnType<typeof modelEntity>>): Model {
  return {
    ...rest,
    betas: betas.map(({ match, send, fields, regions }) => ({
      match,
      send,
      ...(fields ? { fields } : {}),
      ...(regions ? { regions } : {}),
    })),
  };
}
