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

/** What Claude Code asks of Anthropic's own API and Bedrock does not know, learnt from its two modes side by side. */
const BETAS: readonly BetaRule[] = [
  { match: 'advanced-tool-use-2025-11-20', send: 'tool-search-tool-2025-10-19' },
  ...[
    'claude-code-*',
    'context-management-*',
    'per-turn-control-*',
    'mid-conversation-tool-changes-*',
    'effort-*',
    'oauth-*',
    'files-api-*',
    'skills-*',
    'fast-mode-*',
    'prompt-caching-scope-*',
    'structured-outputs-*',
    'web-*',
    'mcp-*',
  ].map((match) => ({ match, send: null })),
];

/**
 * The catalogue that a new platform starts with, as of November 2026. It is data: the directory holds it from then on,
 * and staff change it there without a deploy. Ids as Bedrock's `ListInferenceProfiles` names them; from Claude Opus 4.7
 * on they carry neither a date nor `-v1:0`, and are reached through inference profiles alone.
 */
export const STARTING_CATALOGUE: readonly Model[] = [
  model('claude-opus-5-5', 'Claude Opus 5.5', 'anthropic.claude-opus-5-5', 128_000),
  model('claude-sonnet-5-5', 'Claude Sonnet 5.5', 'anthropic.claude-sonnet-5-5', 128_000),
  model('claude-haiku-5-5', 'Claude Haiku 5.5', 'anthropic.claude-haiku-5-5', 64_000),
  model('claude-opus-5', 'Claude Opus 5', 'anthropic.claude-opus-5', 128_000),
  model('claude-sonnet-5', 'Claude Sonnet 5', 'anthropic.claude-sonnet-5', 128_000),
  model('claude-sonnet-4-5', 'Claude Sonnet 4.5', 'anthropic.claude-sonnet-4-5-20250929-v1:0', 64_000, [
    'claude-sonnet-4-5-20250929',
  ]),
  model('claude-haiku-4-5', 'Claude Haiku 4.5', 'anthropic.claude-haiku-4-5-20251001-v1:0', 64_000, [
    'claude-haiku-4-5-20251001',
  ]),
];

function model(
  id: string,
  displayName: string,
  bedrockId: string,
  maxOutputTokens: number,
  aliases: string[] = [],
): Model {
  return {
    id,
    displayName,
    aliases,
    enabled: true,
    profiles: PREFIXES.map(([region, scope, prefix]) => ({ region, scope, bedrockModelId: `${prefix}.${bedrockId}` })),
    betas: BETAS,
    // Its beta is dropped above, and Bedrock refuses the field without it.
    dropFields: ['context_management'],
    maxOutputTokens,
  };
}
