import {
  $add,
  BatchGetCommand,
  BatchGetRequest,
  ConditionCheck,
  DeleteTransaction,
  executeBatchGet,
  GetItemCommand,
  PutTransaction,
  QueryCommand,
  UpdateTransaction,
} from 'dynamodb-toolbox';
import { type Model, modelNames, parseModelName } from '../model.ts';
import { commit, type Write } from './commit.ts';
import { key } from './keys.ts';
import { aliasEntity, listedEntity, modelEntity, toModel } from './model-entity.ts';
import { type Tables, wholeBatch } from './tables.ts';

/** The most that one transaction of DynamoDB's holds, without what the control plane writes beside the model. */
const MAX_ACTIONS = 98;

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
 * @returns `name_taken` when one of its names is another model's: one name must never mean two models; `conflict` when
 *   somebody else changed the model at the same moment
 * @throws RangeError when it has a name that no client could send, or more names than one transaction can write
 */
export async function putModel(tables: Tables, model: Model): Promise<'stored' | 'name_taken' | 'conflict'> {
  const writes = modelWrites(tables, await readModel(tables, model.id), model);
  const committed = await commit([...writes.model, ...writes.names.flatMap(({ writes: own }) => own)]);
  if (committed.outcome === 'done') return 'stored';
  return committed.outcome === 'refused' && committed.index >= writes.model.length ? 'name_taken' : 'conflict';
}

/** The parts of a transaction that store a model. */
export type ModelWrites = {
  /** They fail when it is no longer what was read. */
  readonly model: readonly Write[];
  /** For each of its names: they fail when the name is another model's. */
  readonly names: readonly { readonly name: string; readonly writes: readonly Write[] }[];
};

/**
 * The parts of a transaction that store a model under all its names, and take away those that it no longer has.
 * @param before as it was read; null for a new one
 * @throws RangeError when it has a name that no client could send, or more names than one transaction can write
 */
export function modelWrites(tables: Tables, before: Model | null, model: Model): ModelWrites {
  const [models, aliases] = [modelEntity(tables.directory), aliasEntity(tables.directory)];
  const names = modelNames(model);
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
  const stored = models
    .build(PutTransaction)
    .item({
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
    })
    .options({ condition: unchangedSince(before) });
  return {
    model: [stored, listedEntity(tables.directory).build(PutTransaction).item({ modelId: model.id })],
    names: [
      {
        name: model.id,
        writes: [aliases.build(ConditionCheck).key({ alias: model.id }).condition({ attr: 'modelId', exists: false })],
      },
      ...names.map((name) => ({
        name,
        writes: [
          aliases.build(PutTransaction).item({ alias: name, modelId: model.id }).options({ condition: ours }),
          models.build(ConditionCheck).key({ id: name }).condition({ attr: 'displayName', exists: false }),
        ],
      })),
      ...dropped.map((name) => ({
        name,
        writes: [aliases.build(DeleteTransaction).key({ alias: name }).options({ condition: ours })],
      })),
    ],
  };
}

/** A model that was never changed has no version yet. */
function unchangedSince(before: Model | null) {
  if (!before) return { attr: 'displayName', exists: false } as const;
  const { version } = before;
  return version === undefined
    ? ({ attr: 'version', exists: false } as const)
    : ({ attr: 'version', eq: version } as const);
}

/**
 * The part of a transaction that lets a model be called, or not. It writes this one field, so that it takes nothing back of
 * what another writer does to the rest, and fails when the field is not what was read: of two who switch it at once the
 * second is told, and each entry of the trail says truly what was before. It counts as a version: whoever changes the model
 * by what he read before must not switch it back.
 */
export function modelEnabledWrite(tables: Tables, { id, enabled }: Pick<Model, 'id' | 'enabled'>, next: boolean) {
  return modelEntity(tables.directory)
    .build(UpdateTransaction)
    .item({ id, enabled: next, version: $add(1) })
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
