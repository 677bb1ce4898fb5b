import type { Region } from './region.ts';
import type { Residency } from './tenant.ts';

/** How far an inference profile may carry a prompt; the same three words as a tenant's residency rule. */
export type ProfileScope = Residency;

/** How a model is reached from one region. */
export type ModelProfile = {
  readonly region: Region;
  readonly scope: ProfileScope;
  /** What Bedrock is called with: an inference profile id, or a bare foundation-model id for scope `region`. */
  readonly bedrockModelId: string;
};

/** What becomes of an `anthropic-beta` value on its way to Bedrock. `match` may end in `*`; the first match decides. */
export type BetaRule = { readonly match: string; readonly send: string | null };

/** A model of the catalogue, as the directory holds it: names for people on one side, Bedrock's on the other. */
export type Model = {
  /** The name that clients send: `claude-opus-5-5`. */
  readonly id: string;
  readonly displayName: string;
  readonly aliases: readonly string[];
  readonly enabled: boolean;
  readonly profiles: readonly ModelProfile[];
  readonly betas: readonly BetaRule[];
  /** Top-level body fields that Bedrock refuses with this model, cut out before the call. */
  readonly dropFields: readonly string[];
  /** Tokens reserved when a request does not name `max_tokens`, and the most it may name. */
  readonly maxOutputTokens: number;
};

const MODEL_NAME = /^[a-z0-9][a-z0-9.:-]{0,95}$/;

/** Reads a model name as a client sends it. Only a name of this shape becomes part of a key. */
export function parseModelName(text: unknown): string | null {
  return typeof text === 'string' && MODEL_NAME.test(text) ? text : null;
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

/**
 * Translates the betas a client asks for into those Bedrock takes with this model. What no rule names is passed on: a
 * closed list would silently switch features off on the day a client learns a new one.
 * @param header the value of `anthropic-beta`: comma-separated
 */
export function translateBetas(model: Model, header: string): { betas: string[]; dropped: string[] } {
  const betas = new Set<string>();
  const dropped: string[] = [];
  for (const beta of header.split(',').map((one) => one.trim())) {
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(beta)) continue;
    const rule = model.betas.find(({ match }) =>
      match.endsWith('*') ? beta.startsWith(match.slice(0, -1)) : beta === match,
    );
    const sent = rule ? rule.send : beta;
    if (sent === null) dropped.push(beta);
    else betas.add(sent);
  }
  return { betas: [...betas], dropped };
}
