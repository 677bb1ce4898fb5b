import type { BetaRule, Model, ModelProfile } from '../../../tenancy/model.ts';
import { findModelFault, findProfileFault } from '../../../tenancy/model-rules.ts';
import { getModel, modelWrites } from '../../../tenancy/table/models.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { modelNodeId, parseIdOf } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned, type Step } from '../mutation.ts';
import type { BetaRuleInput, ModelCapabilitiesInput, Resolvers, UpsertModelInput } from '../resolver-types.ts';
import { readRegion, readResidency } from '../words.ts';
import { missing, whyTextWrong } from '../writable.ts';

/** Models as the platform's staff make and change them. Their trail is the platform's own. */
export const catalogueChangeResolvers = {
  Mutation: {
    async upsertModel(_, { input }, context) {
      const carried = await carryOut('upsertModel', input, context, async () => {
        const before = await readByOwnName(context, input.model);
        const stale = whyStale(before, input.expectedVersion);
        if (stale) return mistaken(stale);
        const lacking = before ? [] : NEEDED.filter((field) => input[field] === null || input[field] === undefined);
        if (lacking.length > 0) {
          return { ok: false, errors: lacking.map((field) => userError('INVALID', field, 'a new model needs it')) };
        }
        const misnamed = whyTextWrong('displayName', input.displayName ?? before?.displayName ?? '', 100);
        return misnamed ? mistaken(misnamed) : changing(context, before, merged(before ?? NOTHING, input));
      });
      return answer(carried, context);
    },
    async setInferenceProfile(_, { input }, context) {
      const carried = await carryOut('setInferenceProfile', input, context, async () => {
        const before = await readByOwnName(context, parseIdOf('Model', input.modelId)?.id ?? '');
        if (!before) return mistaken(missing('modelId', 'model'));
        const stale = whyStale(before, input.expectedVersion);
        if (stale) return mistaken(stale);
        const { bedrockModelId } = input;
        const place = { region: readRegion(input.region), scope: readResidency(input.reach) };
        const others = before.profiles.filter(({ region, scope }) => region !== place.region || scope !== place.scope);
        if (bedrockModelId === null || bedrockModelId === undefined) {
          if (others.length === before.profiles.length) return mistaken(missing('region', 'profile of this model'));
          return changing(context, before, { ...before, profiles: others });
        }
        const profile: ModelProfile = { ...place, bedrockModelId };
        const fault = findProfileFault(before, profile);
        if (fault) return mistaken(userError('INVALID', fault.field, fault.message));
        return changing(context, before, { ...before, profiles: [...others, profile] });
      });
      return answer(carried, context);
    },
  },
} satisfies Resolvers;

const NEEDED = ['displayName', 'foundationModelId', 'contextWindow', 'maxOutputTokens'] as const;

/** What a new model is as far as nobody says otherwise: it can be called by nobody, and is reached by no region. */
const NOTHING: Model = {
  id: '',
  displayName: '',
  aliases: [],
  enabled: false,
  foundationModelId: '',
  profiles: [],
  betas: [],
  dropFields: [],
  systemMessages: false,
  adaptiveThinking: false,
  thinkingBudgetTokens: 31_999,
  outputConfig: false,
  longContextBeta: null,
  contextTokens: 0,
  maxOutputTokens: 0,
  countTokensRegions: [],
};

/** By its own name alone: what comes by an alias would change another model than the one that was named. */
async function readByOwnName({ access }: Context, id: string): Promise<Model | null> {
  const model = await getModel(access.catalogue, id);
  return model?.id === id ? model : null;
}

function whyStale(before: Model | null, expected: number | null | undefined): UserError | null {
  const given = expected ?? null;
  if (!before) return given === null ? null : missing('model', 'model; leave expectedVersion out to make it');
  if (given === null) return userError('TAKEN', 'model', `there is this model already; send the version that you read`);
  return (before.version ?? 0) === given ? null : changedSince(before);
}

function changedSince({ version = 0 }: Model): UserError {
  return userError('CONFLICT_VERSION', 'expectedVersion', `the model is at version ${version} or later; read it again`);
}

function merged(before: Model, input: UpsertModelInput): Model {
  return {
    ...before,
    ...capabilitiesOf(before, input.capabilities ?? {}),
    id: input.model,
    displayName: input.displayName?.trim() ?? before.displayName,
    foundationModelId: input.foundationModelId ?? before.foundationModelId,
    aliases: input.aliases ? [...new Set(input.aliases)] : before.aliases,
    enabled: input.enabled ?? before.enabled,
    contextTokens: input.contextWindow ?? before.contextTokens,
    maxOutputTokens: input.maxOutputTokens ?? before.maxOutputTokens,
    betas: input.betas?.map(readBetaRule) ?? before.betas,
  };
}

function capabilitiesOf(before: Model, input: ModelCapabilitiesInput) {
  return {
    systemMessages: input.systemMessages ?? before.systemMessages,
    adaptiveThinking: input.adaptiveThinking ?? before.adaptiveThinking,
    thinkingBudgetTokens: input.thinkingBudgetTokens ?? before.thinkingBudgetTokens,
    outputConfig: input.outputConfig ?? before.outputConfig,
    longContextBeta: input.longContextBeta === undefined ? before.longContextBeta : input.longContextBeta,
    dropFields: input.dropFields ? [...new Set(input.dropFields)] : before.dropFields,
    countTokensRegions: input.countTokensRegions?.map(readRegion) ?? before.countTokensRegions,
  };
}

function readBetaRule({ match, send, fields, regions }: BetaRuleInput): BetaRule {
  return {
    match,
    send: send ?? null,
    ...(fields ? { fields: [...fields] } : {}),
    ...(regions ? { regions: regions.map(readRegion) } : {}),
  };
}

/** The change of a model, with every name of it as a step of its own: who takes a name is told whose it is. */
async function changing({ access }: Context, before: Model | null, next: Model): Promise<Planned<never>> {
  const fault = findModelFault(next);
  if (fault) return mistaken(userError('INVALID', fault.field, fault.message));
  const model: Model = { ...next, version: (before?.version ?? 0) + 1 };
  let writes: ReturnType<typeof modelWrites>;
  try {
    writes = modelWrites(access.catalogue, before, model);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return mistaken(userError('LIMIT_REACHED', 'aliases', error.message));
  }
  const owners = await Promise.all(
    writes.names.map(async ({ name }) => ({ name, owner: await getModel(access.catalogue, name) })),
  );
  const taken = owners.find(({ owner }) => owner && owner.id !== model.id);
  if (taken?.owner) return mistaken(nameTaken(model, taken.name, `a name of the model ${taken.owner.id}`));
  const conflict = before ? changedSince(before) : userError('TAKEN', 'model', 'somebody has just made this model');
  const steps: Step[] = [
    { writes: writes.model, refusedAs: conflict },
    ...writes.names.map(({ name, writes: own }) => ({
      writes: own,
      refusedAs: nameTaken(model, name, 'since this moment a name of another model; ask again to see of which'),
    })),
  ];
  const result = { modelId: model.id };
  const target = { kind: 'Model', id: modelNodeId(model.id) };
  return planned<never>({ trail: null, target, before: before ?? {}, after: model, steps, result });
}

function fieldOf(model: Model, name: string): string {
  if (name === model.id) return 'model';
  if (model.aliases.includes(name)) return 'aliases';
  return name === model.foundationModelId ? 'foundationModelId' : 'bedrockModelId';
}

/** @param whose said of the name */
function nameTaken(model: Model, name: string, whose: string): UserError {
  const field = fieldOf(model, name);
  return userError('TAKEN', field, `${name} is ${whose}; one name never means two models`);
}

async function answer(carried: Carried<never>, { loaders }: Context) {
  if (!carried.done) return { model: null, replayed: false, userErrors: [...carried.errors] };
  loaders.forget();
  const model = await loaders.model(String(carried.result['modelId']));
  return { model, replayed: carried.replayed, userErrors: [] };
}
