import type { BetaRule, Model } from './model.ts';
import type { Region } from './region.ts';

/** A place in a body that belongs to a beta: a top-level field, or a member of each element of such a field. */
export type FieldPath = { readonly field: string; readonly member?: string };

/** The betas of one call: what Bedrock is sent, what the client asked for in vain, and what of the body goes with that. */
export type BetaPlan = {
  /** In Bedrock's names. */
  readonly betas: readonly string[];
  /** In the client's names. */
  readonly dropped: readonly string[];
  readonly cut: readonly FieldPath[];
};

const BETA = /^[A-Za-z0-9._-]{1,100}$/;
const PATH = /^([a-z_]{1,64})(?:\[\]\.([a-z_]{1,64}))?$/;

/** Reads `context_management` and `tools[].defer_loading`; null for anything else. */
export function parseFieldPath(text: string): FieldPath | null {
  const [, field, member] = PATH.exec(text) ?? [];
  if (field === undefined) return null;
  return member === undefined ? { field } : { field, member };
}

/**
 * Translates the betas a client asks for into those Bedrock takes with this model in this region. What no rule names is
 * passed on: a closed list would silently switch features off on the day a client learns a new one.
 * @param asked as `anthropic-beta` has them: comma-separated; what is no beta's name goes nowhere
 * @param longContext the model was asked for with `[1m]`
 * @param rejected what Bedrock was seen to refuse with this model, in its own names
 */
export function planBetas(
  model: Pick<Model, 'betas' | 'longContextBeta'>,
  region: Region,
  asked: string,
  longContext: boolean,
  rejected: ReadonlySet<string>,
): BetaPlan {
  const rules = model.betas.filter(({ regions }) => !regions || regions.includes(region));
  const betas = new Set<string>();
  const dropped = new Set<string>();
  for (const beta of new Set(asked.split(',').map((one) => one.trim()))) {
    if (!BETA.test(beta)) continue;
    const sent = translate(rules, beta);
    if (sent === null || rejected.has(sent)) dropped.add(beta);
    else betas.add(sent);
  }
  if (longContext && model.longContextBeta !== null) {
    if (rejected.has(model.longContextBeta)) dropped.add(model.longContextBeta);
    else betas.add(model.longContextBeta);
  }
  return { betas: [...betas], dropped: [...dropped], cut: orphans(rules, [...betas]) };
}

function translate(rules: readonly BetaRule[], beta: string): string | null {
  const rule = rules.find(({ match }) => matches(match, beta));
  return !rule || rule.send === rule.match ? beta : rule.send;
}

/** The fields of which no beta is sent: Bedrock refuses the body that holds one. */
function orphans(rules: readonly BetaRule[], betas: readonly string[]): FieldPath[] {
  const owned = rules.filter(({ fields }) => fields !== undefined);
  if (owned.length === 0) return [];
  const alive = new Set(
    owned
      .filter(({ send }) => send !== null && betas.some((beta) => matches(send, beta)))
      .flatMap(({ fields = [] }) => fields),
  );
  const all = new Set(owned.flatMap(({ fields = [] }) => fields));
  return [...all].filter((path) => !alive.has(path)).flatMap((path) => parseFieldPath(path) ?? []);
}

function matches(pattern: string, beta: string): boolean {
  return pattern.endsWith('*') ? beta.startsWith(pattern.slice(0, -1)) : beta === pattern;
}

const INVALID_BETA =
  /^(?:ValidationException: )?(?:The model returned the following errors: )?(?:invalid beta flag\b|unexpected value\(s\) .{0,200} for the .?anthropic[-_]beta\b)/is;
/** What it says of a field that it does not know, behind the field's name in the client's own letters. */
const UNKNOWN_FIELD = /extra inputs are not permitted\W*$/i;

/**
 * Whether Bedrock refused the whole request for a beta: worth one more try without. Only what begins as Bedrock words it
 * counts: its complaint about a field begins with the field's name, and whoever sends a field named `invalid beta flag x`
 * would write the verdict himself.
 * @param message its own words
 */
export function isInvalidBeta(message: string): boolean {
  return INVALID_BETA.test(message) && !UNKNOWN_FIELD.test(message);
}

/**
 * Which of the betas sent are to be left out of the second try: those that the refusal names; else those that no rule
 * names and that were never seen to work; else those that no rule names; else all. Never empty where one was sent.
 * @param sent in Bedrock's names @param proven betas that went through with this model before
 */
export function suspectBetas(
  message: string,
  sent: readonly string[],
  model: Pick<Model, 'betas' | 'longContextBeta'>,
  region: Region,
  proven: ReadonlySet<string>,
): readonly string[] {
  const words = new Set(message.split(/[^A-Za-z0-9._-]+/).map((word) => word.replace(/\.+$/, '')));
  const named = sent.filter((beta) => words.has(beta));
  const strange = sent.filter((beta) => !isVouchedFor(beta, model, region));
  // A tenant that asks for a thing of its own beside a good one must not take the good one away from everybody.
  const fresh = strange.filter((beta) => !proven.has(beta));
  return [named, fresh, strange].find((some) => some.length > 0) ?? sent;
}

/** Whether the model's row itself says that the beta is sent with it here. @param beta in Bedrock's name */
export function isVouchedFor(beta: string, model: Pick<Model, 'betas' | 'longContextBeta'>, region: Region): boolean {
  const rules = model.betas.filter(({ regions }) => !regions || regions.includes(region));
  return beta === model.longContextBeta || rules.some(({ send }) => send !== null && matches(send, beta));
}
