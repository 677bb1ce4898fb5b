import { type BetaRule, type Model, type ModelProfile, parseModelName } from './model.ts';
import type { Region } from './region.ts';
import { parseFieldPath } from './translation.ts';

/** What is wrong with a model, or with what would be made of it: the field, and the way out. */
export type ModelFault = { readonly field: string; readonly message: string };

const MODEL_ID = /^[a-z0-9][a-z0-9.:-]{0,95}$/;
const BETA = /^[A-Za-z0-9._-]{1,100}$/;
const BETA_PATTERN = /^[A-Za-z0-9._-]{0,99}\*$/;
const FIELD = /^[a-z_]{1,64}$/;
/** What no request is without: cut out, the model could not be called at all. */
const NEEDED_FIELDS = ['messages', 'max_tokens', 'model', 'anthropic_version'];
/** More than any model of Claude's has; a slip of the finger is not taken for a window. */
const MAX_TOKENS = 10_000_000;
const ARN_PARTS =
  /^arn:aws[-a-z]*:bedrock:([a-z0-9-]*):[^:]*:(inference-profile|application-inference-profile|foundation-model)\/(.+)$/;

/** The first fault of a model that staff have written, or null. Prices and grants are no part of it. */
export function findModelFault(model: Model): ModelFault | null {
  const { id, displayName, aliases, foundationModelId, contextTokens, maxOutputTokens, thinkingBudgetTokens } = model;
  if (!MODEL_ID.test(id)) return { field: 'model', message: 'must be 1 to 96 of a-z, 0-9, dots, colons and hyphens' };
  if (displayName.length < 1 || displayName.length > 100) {
    return { field: 'displayName', message: 'must be 1 to 100 characters' };
  }
  const alias = aliases.find((one) => !MODEL_ID.test(one));
  if (alias !== undefined) {
    return { field: 'aliases', message: `${JSON.stringify(alias.slice(0, 100))} is no name that a client could send` };
  }
  if (aliases.includes(id)) return { field: 'aliases', message: 'must not have the model’s own name among them' };
  if (!MODEL_ID.test(foundationModelId)) {
    return { field: 'foundationModelId', message: 'must be an id of Bedrock’s, such as anthropic.claude-opus-5-5' };
  }
  const sizes = {
    contextWindow: contextTokens,
    maxOutputTokens,
    'capabilities.thinkingBudgetTokens': thinkingBudgetTokens,
  };
  for (const [field, tokens] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(tokens) || tokens < 1 || tokens > MAX_TOKENS) {
      return { field, message: `must be 1 to ${MAX_TOKENS} tokens` };
    }
  }
  if (maxOutputTokens > contextTokens)
    return { field: 'maxOutputTokens', message: 'must be within the context window' };
  return findCapabilityFault(model) ?? findBetaFault(model.betas) ?? findProfilesFault(model);
}

function findCapabilityFault({ dropFields, longContextBeta }: Model): ModelFault | null {
  const lost = dropFields.find((field) => !FIELD.test(field) || NEEDED_FIELDS.includes(field));
  if (lost !== undefined) {
    const message = `${JSON.stringify(lost.slice(0, 64))} is no top-level field of a body that may be cut out`;
    return { field: 'capabilities.dropFields', message };
  }
  if (longContextBeta !== null && !BETA.test(longContextBeta)) {
    return { field: 'capabilities.longContextBeta', message: 'must be the name of a beta' };
  }
  return null;
}

function findBetaFault(betas: readonly BetaRule[]): ModelFault | null {
  for (const [at, { match, send, fields = [], regions }] of betas.entries()) {
    const fault = (message: string): ModelFault => ({ field: `betas.${at}`, message });
    if (!BETA.test(match) && !BETA_PATTERN.test(match))
      return fault('match must be the name of a beta; it may end in *');
    // A pattern is sent as what the client said; under any other text it would be one beta for all that it matches.
    if (send !== null && send !== match && !BETA.test(send))
      return fault('send must be the name of a beta, match itself, or null');
    const unread = fields.find((path) => parseFieldPath(path) === null);
    if (unread !== undefined) return fault('fields must be like context_management or tools[].defer_loading');
    if (fields.some((path) => NEEDED_FIELDS.includes(path)))
      return fault('fields must not be ones that every request needs');
    if (regions?.length === 0) return fault('regions must name one; leave them out for everywhere');
  }
  return null;
}

function findProfilesFault(model: Model): ModelFault | null {
  const wrong = model.profiles.find((profile) => findProfileFault(model, profile) !== null);
  if (!wrong) return null;
  const message = `the profile ${wrong.bedrockModelId} leads elsewhere; take the profiles away first, or make another model`;
  return { field: 'foundationModelId', message };
}

/**
 * What is wrong with a way to reach a model, or null. A system-defined profile says by its prefix how far it carries a
 * prompt, and must say the same as its scope: `eu.` or `us.` its own geography, `global.` anywhere. Where an application
 * profile leads nobody can read off its ARN; whoever enters it answers for its scope.
 */
export function findProfileFault(
  { foundationModelId }: Pick<Model, 'foundationModelId'>,
  { region, scope, bedrockModelId }: ModelProfile,
): ModelFault | null {
  const fault = (message: string): ModelFault => ({ field: 'bedrockModelId', message });
  const parsed = parseModelName(bedrockModelId);
  if (!parsed || parsed.longContext) return fault('must be an id of Bedrock’s, or the ARN of an inference profile');
  const [, arnRegion, kind] = ARN_PARTS.exec(bedrockModelId) ?? [];
  if (arnRegion !== undefined && arnRegion !== region)
    return fault(`is an ARN of ${arnRegion || 'no region'}, not of ${region}`);
  if (kind === 'application-inference-profile') return null;
  const expected = { region: '', geo: `${geographyOf(region)}.`, global: 'global.' }[scope] + foundationModelId;
  if (parsed.name === expected && (kind !== 'foundation-model' || scope === 'region')) return null;
  return fault(`must be ${expected} to be reached with this scope from ${region}, or an application inference profile`);
}

/** As Bedrock's cross-region profiles name it: the first part of a region's name. */
function geographyOf(region: Region): string {
  return region.slice(0, region.indexOf('-'));
}
