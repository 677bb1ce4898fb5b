import type { BetaRule, Model, ModelProfile } from './model.ts';
import type { Region } from './region.ts';

/** Which profiles each region offers. Zurich has the European geography alone. */
const PREFIXES: readonly (readonly [Region, ModelProfile['scope'], string])[] = [
  ['eu-central-1', 'geo', 'eu'],
  ['eu-central-1', 'global', 'global'],
  ['eu-central-2', 'geo', 'eu'],
  ['us-east-1', 'geo', 'us'],
  ['us-east-1', 'global', 'global'],
];

const TOOL_SEARCH = 'tool-search-tool-2025-10-19';
const LONG_CONTEXT = 'context-1m-2025-08-07';
const DEFER_LOADING = { fields: ['tools[].defer_loading'] };

const pass = (...names: string[]): BetaRule[] => names.map((match) => ({ match, send: match }));
const drop = (...names: string[]): BetaRule[] => names.map((match) => ({ match, send: null }));

/**
 * What Claude Code asks of Anthropic's own API and Bedrock does not know, learnt from its two modes side by side.
 * Another proxy's table passes `context-management`, `effort` and `mid-conversation-tool-changes`, which Claude Code
 * itself takes out for Bedrock: the stricter is followed, for a beta too many costs the whole request.
 */
const EVERY: readonly BetaRule[] = [
  { match: 'advanced-tool-use-2025-11-20', send: TOOL_SEARCH, ...DEFER_LOADING },
  { match: TOOL_SEARCH, send: TOOL_SEARCH, ...DEFER_LOADING },
  ...pass('interleaved-thinking-2025-05-14'),
  { match: 'context-management-*', send: null, fields: ['context_management'] },
  { match: 'structured-outputs-*', send: null, fields: ['output_format'] },
  { match: 'mcp-*', send: null, fields: ['mcp_servers'] },
  { match: 'skills-*', send: null, fields: ['container'] },
  { match: 'fast-mode-*', send: null, fields: ['speed'] },
  ...drop(
    'claude-code-*',
    'per-turn-control-*',
    'mid-conversation-tool-changes-*',
    'effort-*',
    'oauth-*',
    'files-api-*',
    'prompt-caching-scope-*',
    'web-*',
  ),
];

const FOURTH: readonly BetaRule[] = [
  ...EVERY,
  ...pass('computer-use-2025-01-24', 'fine-grained-tool-streaming-2025-05-14', LONG_CONTEXT),
  // The other proxy passes these to every model; Claude Code sends them to none before the fifth generation.
  ...drop(
    'compact-*',
    'dangerous-tool-use-*',
    'mid-conversation-*',
    'thinking-binding-controls-*',
    'thinking-display-updates-*',
    'thinking-token-count-*',
  ),
];

/** Opus 4.7 came to Bedrock taking almost nothing: what is not known to work is not tried. */
const OPUS_4_7: readonly BetaRule[] = [...EVERY, ...drop('*')];

const FIFTH: readonly BetaRule[] = [
  ...EVERY,
  ...pass(
    'computer-use-2025-01-24',
    'computer-use-2025-11-24',
    'fine-grained-tool-streaming-2025-05-14',
    LONG_CONTEXT,
    'compact-2026-01-12',
    'dangerous-tool-use-2026-09-03',
    'mid-conversation-output-config-2026-07-01',
    'thinking-binding-controls-2026-08-01',
    'thinking-display-updates-2026-08-18',
    // Only Claude Code's own Bedrock mode vouches for it: the other proxy does not list it, and does not refuse it either.
    'thinking-token-count-2026-05-13',
  ),
];

type Traits = Omit<Model, 'id' | 'displayName' | 'aliases' | 'enabled' | 'foundationModelId' | 'profiles'>;

const OPUS_5: Traits = {
  betas: FIFTH,
  dropFields: [],
  systemMessages: true,
  adaptiveThinking: true,
  thinkingBudgetTokens: 31_999,
  outputConfig: true,
  longContextBeta: null,
  contextTokens: 1_000_000,
  maxOutputTokens: 128_000,
  // Reached across regions alone, and CountTokens takes bare ids alone.
  countTokensRegions: [],
};

/** Role `system` between messages came with the fifth generation; adaptive thinking with 4.6, and 4.7 refuses a budget. */
const OPUS_4_8: Traits = {
  ...OPUS_5,
  betas: FOURTH,
  systemMessages: false,
  longContextBeta: LONG_CONTEXT,
  contextTokens: 200_000,
};

const OPUS_4_6: Traits = { ...OPUS_4_8, countTokensRegions: ['eu-central-1', 'eu-central-2', 'us-east-1'] };

const HAIKU_4_5: Traits = {
  ...OPUS_4_6,
  adaptiveThinking: false,
  outputConfig: false,
  longContextBeta: null,
  maxOutputTokens: 64_000,
};

const HAIKU_5_5: Traits = { ...OPUS_5, maxOutputTokens: 64_000 };
const SONNET_4_6: Traits = { ...OPUS_4_6, maxOutputTokens: 64_000 };
const SONNET_4_5: Traits = { ...HAIKU_4_5, longContextBeta: LONG_CONTEXT };

/**
 * The catalogue that a new platform starts with, as of November 2026. It is data: the directory holds it from then on,
 * and staff change it there without a deploy. Ids as Bedrock's `ListInferenceProfiles` names them; from Claude Opus 4.7
 * on they carry neither a date nor `-v1:0`, and are reached through inference profiles alone.
 */
export const STARTING_CATALOGUE: readonly Model[] = [
  model('claude-opus-5-5', 'Claude Opus 5.5', OPUS_5),
  model('claude-sonnet-5-5', 'Claude Sonnet 5.5', OPUS_5),
  model('claude-haiku-5-5', 'Claude Haiku 5.5', HAIKU_5_5),
  model('claude-opus-5', 'Claude Opus 5', OPUS_5),
  model('claude-sonnet-5', 'Claude Sonnet 5', OPUS_5),
  model('claude-fable-5-2', 'Claude Fable 5.2', OPUS_5),
  model('claude-fable-5-1', 'Claude Fable 5.1', OPUS_5),
  model('claude-fable-5', 'Claude Fable 5', OPUS_5),
  model('claude-mythos-5', 'Claude Mythos 5', OPUS_5),
  model('claude-opus-4-8', 'Claude Opus 4.8', OPUS_4_8),
  model('claude-opus-4-7', 'Claude Opus 4.7', { ...OPUS_4_8, betas: OPUS_4_7, longContextBeta: null }),
  model('claude-opus-4-6', 'Claude Opus 4.6', OPUS_4_6, 'claude-opus-4-6-v1'),
  model('claude-sonnet-4-6', 'Claude Sonnet 4.6', SONNET_4_6),
  model('claude-opus-4-5', 'Claude Opus 4.5', HAIKU_4_5, 'claude-opus-4-5-20251101-v1:0', 'claude-opus-4-5-20251101'),
  model(
    'claude-sonnet-4-5',
    'Claude Sonnet 4.5',
    SONNET_4_5,
    'claude-sonnet-4-5-20250929-v1:0',
    'claude-sonnet-4-5-20250929',
  ),
  model(
    'claude-haiku-4-5',
    'Claude Haiku 4.5',
    HAIKU_4_5,
    'claude-haiku-4-5-20251001-v1:0',
    'claude-haiku-4-5-20251001',
  ),
];

/** @param bedrockName what the ids of Bedrock end in @param legacy a name that older clients have in their settings */
function model(id: string, displayName: string, traits: Traits, bedrockName = id, ...legacy: string[]): Model {
  const foundationModelId = `anthropic.${bedrockName}`;
  return {
    id,
    displayName,
    // Without the vendor's prefix, too: half of the ids in people's settings are cut like that.
    aliases: [...legacy, ...(bedrockName === id ? [] : [bedrockName])],
    enabled: true,
    foundationModelId,
    profiles: PREFIXES.map(([region, scope, prefix]) => ({
      region,
      scope,
      bedrockModelId: `${prefix}.${foundationModelId}`,
    })),
    ...traits,
  };
}
