import type { Region } from './region.ts';
import type { Residency } from './tenant.ts';

/** How far an inference profile may carry a prompt; the same three words as a tenant's residency rule. */
export type ProfileScope = Residency;

/** How a model is reached from one region. */
export type ModelProfile = {
  readonly region: Region;
  readonly scope: ProfileScope;
  /**
   * What Bedrock is called with: an inference profile id, the ARN of an application inference profile, or a bare
   * foundation-model id for scope `region`.
   */
  readonly bedrockModelId: string;
};

/**
 * What becomes of an `anthropic-beta` value on its way to Bedrock. The first rule of the region that matches decides.
 */
export type BetaRule = {
  /** The client's name of it; may end in `*`. */
  readonly match: string;
  /** Bedrock's name of it; the same text as `match` passes it as it is, null drops it. */
  readonly send: string | null;
  /** What of a body belongs to it, and goes when it is not sent: `context_management`, `tools[].defer_loading`. */
  readonly fields?: readonly string[];
  /** Where the rule holds; absent: everywhere. */
  readonly regions?: readonly Region[];
};

/** A model of the catalogue, as the directory holds it: names for people on one side, Bedrock's on the other. */
export type Model = {
  /** The name that clients send: `claude-opus-5-5`. */
  readonly id: string;
  readonly displayName: string;
  /** Further names of it: dated and legacy ids. Bedrock's ids are names of it without standing here. */
  readonly aliases: readonly string[];
  readonly enabled: boolean;
  /** `anthropic.claude-opus-5-5`: what its profiles lead to, and what CountTokens takes. */
  readonly foundationModelId: string;
  readonly profiles: readonly ModelProfile[];
  readonly betas: readonly BetaRule[];
  /** Top-level body fields that Bedrock refuses with this model whatever betas are sent, cut out before the call. */
  readonly dropFields: readonly string[];
  /** Takes role `system` between the other messages; else such a message is sent as the user's. */
  readonly systemMessages: boolean;
  /** Takes `thinking: {type: adaptive}`; else it becomes a budget of `thinkingBudgetTokens`. */
  readonly adaptiveThinking: boolean;
  readonly thinkingBudgetTokens: number;
  /** Takes `output_config`; else the field is cut out. */
  readonly outputConfig: boolean;
  /** The beta that a name with `[1m]` asks for; null where a million tokens are native or not to be had. */
  readonly longContextBeta: string | null;
  readonly contextTokens: number;
  /** Tokens reserved when a request does not name `max_tokens`, and the most it may name: a larger one is lowered. */
  readonly maxOutputTokens: number;
  /** Where Bedrock's CountTokens takes its foundation model. */
  readonly countTokensRegions: readonly Region[];
  /** Counts up with each change; absent: none yet. */
  readonly version?: number;
};

const MODEL_NAME = /^[a-z0-9][a-z0-9.:-]{0,95}$/;
const ARN =
  /^arn:aws[-a-z]{0,16}:bedrock:[a-z0-9-]{0,24}:(?:\d{12})?:(inference-profile|application-inference-profile|foundation-model)\/([a-z0-9][a-z0-9.:-]{0,95})$/;
const LONG_CONTEXT = '[1m]';
/** The longest part that a key takes. */
const MAX_NAME = 128;

/** A model as a client names it: `name` is what the directory is asked for, `longContext` says that `[1m]` stood behind it. */
export type ModelName = { readonly name: string; readonly longContext: boolean };

/**
 * Reads a model's name: a name or an alias of the catalogue, an id of Bedrock's, or an ARN, of which the id is the name;
 * an application profile's ARN is one whole, for its id says nothing. Only a name of this shape becomes part of a key.
 */
export function parseModelName(text: unknown): ModelName | null {
  if (typeof text !== 'string') return null;
  const longContext = text.endsWith(LONG_CONTEXT);
  const plain = longContext ? text.slice(0, -LONG_CONTEXT.length) : text;
  const [arn, kind, id] = ARN.exec(plain) ?? [];
  const name = arn === undefined || kind === 'application-inference-profile' ? plain : (id ?? '');
  return (arn !== undefined || MODEL_NAME.test(name)) && name.length <= MAX_NAME ? { name, longContext } : null;
}

/**
 * Every name that means this model beside its id, each once: aliases, and all that Bedrock calls it.
 * @throws RangeError for one that no client could ever send
 */
export function modelNames(model: Pick<Model, 'id' | 'aliases' | 'foundationModelId' | 'profiles'>): string[] {
  const texts = [
    ...model.aliases,
    model.foundationModelId,
    ...model.profiles.map(({ bedrockModelId }) => bedrockModelId),
  ];
  const names = texts.map((text) => {
    const parsed = parseModelName(text);
    if (!parsed || parsed.longContext)
      throw new RangeError(`no name of a model: ${JSON.stringify(text.slice(0, 140))}`);
    return parsed.name;
  });
  return [...new Set(names)].filter((name) => name !== model.id);
}

const REACH: Record<Residency, readonly ProfileScope[]> = {
  region: ['region'],
  geo: ['region', 'geo'],
  global: ['region', 'geo', 'global'],
};

/** The profile for a call: in the caller's region, within the tenant's residency, and the one that travels least. */
export function chooseProfile(model: Model, region: Region, residency: Residency): ModelProfile | null {
  for (const scope of REACH[residency]) {
    const profile = model.profiles.find((one) => one.region === region && one.scope === scope);
    if (profile) return profile;
  }
  return null;
}
