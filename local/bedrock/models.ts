import { invalid, type Refusal } from './exceptions.ts';

/** What one foundation model accepts. Data, so that a change at Bedrock is a changed line here. */
export interface Model {
  /** Foundation model id, without a profile's prefix. */
  readonly id: string;
  /** The name that the answer's `model` field carries. */
  readonly name: string;
  readonly contextTokens: number;
  /** `anthropic_beta` flags; any other refuses the whole request. */
  readonly betas: ReadonlySet<string>;
  /** `thinking: {type: adaptive}` */
  readonly adaptiveThinking: boolean;
  /** `output_config` without the effort beta. */
  readonly outputConfig: boolean;
  /** `role: system` between the other messages. */
  readonly systemMessages: boolean;
  /** Callable by its bare id, not only through an inference profile. */
  readonly onDemand: boolean;
}

/** A model as it was named in the path: `resources` are the ARNs on which the caller needs the permission. */
export interface Invoked {
  readonly model: Model;
  readonly resources: readonly string[];
}

const EVERY_BETA = ['interleaved-thinking-2025-05-14', 'tool-search-tool-2025-10-19'];
const FOURTH_BETAS = [
  ...EVERY_BETA,
  'computer-use-2025-01-24',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'effort-2025-11-24',
  'fine-grained-tool-streaming-2025-05-14',
];
const FIFTH_BETAS = [
  ...FOURTH_BETAS,
  'compact-2026-01-12',
  'computer-use-2025-11-24',
  'dangerous-tool-use-2026-09-03',
  'mid-conversation-output-config-2026-07-01',
  'mid-conversation-tool-changes-2026-07-01',
  'thinking-binding-controls-2026-08-01',
  'thinking-display-updates-2026-08-18',
  'thinking-token-count-2026-05-13',
];

const OLD = { contextTokens: 200_000, adaptiveThinking: false, outputConfig: false, systemMessages: false };
const FOURTH = { ...OLD, betas: new Set(FOURTH_BETAS), onDemand: true };
const LATE_FOURTH = { ...FOURTH, adaptiveThinking: true, outputConfig: true };
const FIFTH = {
  contextTokens: 1_000_000,
  betas: new Set(FIFTH_BETAS),
  adaptiveThinking: true,
  outputConfig: true,
  systemMessages: true,
  onDemand: false,
};

const CATALOGUE: readonly Model[] = [
  { id: 'anthropic.claude-haiku-4-5-20251001-v1:0', name: 'claude-haiku-4-5-20251001', ...FOURTH },
  { id: 'anthropic.claude-sonnet-4-5-20250929-v1:0', name: 'claude-sonnet-4-5-20250929', ...FOURTH },
  { id: 'anthropic.claude-opus-4-5-20251101-v1:0', name: 'claude-opus-4-5-20251101', ...FOURTH },
  { id: 'anthropic.claude-sonnet-4-6', name: 'claude-sonnet-4-6', ...LATE_FOURTH },
  { id: 'anthropic.claude-opus-4-6-v1', name: 'claude-opus-4-6', ...LATE_FOURTH },
  // Opus 4.7 came to Bedrock accepting almost no flag.
  { id: 'anthropic.claude-opus-4-7', name: 'claude-opus-4-7', ...LATE_FOURTH, betas: new Set(EVERY_BETA) },
  { id: 'anthropic.claude-opus-4-8', name: 'claude-opus-4-8', ...LATE_FOURTH },
  { id: 'anthropic.claude-haiku-5-5', name: 'claude-haiku-5-5', ...FIFTH },
  { id: 'anthropic.claude-sonnet-5', name: 'claude-sonnet-5', ...FIFTH },
  { id: 'anthropic.claude-sonnet-5-5', name: 'claude-sonnet-5-5', ...FIFTH },
  { id: 'anthropic.claude-opus-5', name: 'claude-opus-5', ...FIFTH },
  { id: 'anthropic.claude-opus-5-5', name: 'claude-opus-5-5', ...FIFTH },
  { id: 'anthropic.claude-fable-5', name: 'claude-fable-5', ...FIFTH },
  { id: 'anthropic.claude-fable-5-1', name: 'claude-fable-5-1', ...FIFTH },
  { id: 'anthropic.claude-fable-5-2', name: 'claude-fable-5-2', ...FIFTH },
  { id: 'anthropic.claude-mythos-5', name: 'claude-mythos-5', ...FIFTH },
];

const MODELS = new Map(CATALOGUE.map((model) => [model.id, model]));

/** Where a geographic profile may run a request; it can be called from every region of its geography. */
const DESTINATIONS: Readonly<Record<string, readonly string[]>> = {
  eu: ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'],
  us: ['us-east-1', 'us-east-2', 'us-west-2'],
};

const UNKNOWN = invalid('The provided model identifier is invalid.');

/**
 * Reads a model id or ARN as a region sees it. A profile needs the permission on itself and on its foundation model
 * in every region where it may run, whichever it will be; a global one on the foundation model without a region.
 */
export function findModel(given: string, region: string, account: string): Invoked | Refusal {
  const home = `arn:aws:bedrock:${region}:${account}:inference-profile/`;
  const foundation = `arn:aws:bedrock:${region}::foundation-model/`;
  const id = given.startsWith(home)
    ? given.slice(home.length)
    : given.startsWith(foundation)
      ? given.slice(foundation.length)
      : given;
  const bare = MODELS.get(id);
  if (bare !== undefined) {
    if (given.startsWith(home)) return UNKNOWN;
    return bare.onDemand ? { model: bare, resources: [foundation + id] } : profileNeeded(id);
  }
  const [, prefix = '', modelId = ''] = /^(eu|us|global)\.(.+)$/.exec(id) ?? [];
  const model = MODELS.get(modelId);
  if (model === undefined || given.startsWith(foundation)) return UNKNOWN;
  if (prefix === 'global') {
    const anywhere = `arn:aws:bedrock:::foundation-model/${modelId}`;
    return { model, resources: [home + id, foundation + modelId, anywhere] };
  }
  if (!region.startsWith(`${prefix}-`)) return UNKNOWN;
  const destinations = (DESTINATIONS[prefix] ?? []).map(
    (name) => `arn:aws:bedrock:${name}::foundation-model/${modelId}`,
  );
  return { model, resources: [home + id, ...destinations] };
}

/** Where CountTokens is offered. */
const COUNTING_REGIONS: ReadonlySet<string> = new Set(['eu-central-1', 'eu-central-2', 'us-east-1']);

/** Reads a model id or ARN as CountTokens does: it knows foundation models alone, and of these not the new line. */
export function findCountable(given: string, region: string, account: string): Invoked | Refusal {
  const foundation = `arn:aws:bedrock:${region}::foundation-model/`;
  const id = given.startsWith(foundation) ? given.slice(foundation.length) : given;
  const model = MODELS.get(id);
  if (model === undefined && findModel(given, region, account) === UNKNOWN) return UNKNOWN;
  if (!model?.onDemand || !COUNTING_REGIONS.has(region)) {
    return invalid("The provided model doesn't support counting tokens.");
  }
  return { model, resources: [foundation + id] };
}

function profileNeeded(id: string): Refusal {
  return invalid(
    `Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
  );
}
