import { anyOf, boolean, Entity, type FormattedItem, item, list, map, nul, number, string } from 'dynamodb-toolbox';
import type { Model } from '../model.ts';
import { REGIONS } from '../region.ts';
import { RESIDENCIES } from '../tenant.ts';
import { parseFieldPath } from '../translation.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable } from './tables.ts';

const tokens = () => number().validate((value: number) => Number.isSafeInteger(value) && value > 0);

export const modelEntity = entityOf(
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
        version: number().validate(Number.isSafeInteger).optional(),
      }),
      computeKey: ({ id }) => ({ pk: key`MODEL#${id}`, sk: 'MODEL' }),
    }),
);

export const aliasEntity = entityOf(
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
export const listedEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'LISTED_MODEL',
      table,
      timestamps: false,
      schema: item({ modelId: string().key() }),
      computeKey: ({ modelId }) => ({ pk: 'PLATFORM', sk: key`MODEL#${modelId}` }),
    }),
);

export function toModel({ betas, version, ...rest }: FormattedItem<ReturnType<typeof modelEntity>>): Model {
  return {
    ...rest,
    betas: betas.map(({ match, send, fields, regions }) => ({
      match,
      send,
      ...(fields ? { fields } : {}),
      ...(regions ? { regions } : {}),
    })),
    ...(version === undefined ? {} : { version }),
  };
}
