import { describe, expect, it } from 'vitest';
import { STARTING_CATALOGUE } from './catalogue.ts';
import { chooseProfile, type Model, type ModelProfile, modelNames, parseModelName } from './model.ts';
import { REGIONS } from './region.ts';
import { parseFieldPath, planBetas } from './translation.ts';

const model = (change: Partial<Model> = {}): Model => ({ ...STARTING_CATALOGUE[0]!, ...change });

describe('a model name', () => {
  it.each(['claude-opus-5-5', 'anthropic.claude-haiku-4-5-20251001-v1:0', 'a', 'x'.repeat(96)])('%s is one', (name) => {
    expect(parseModelName(name)).toEqual({ name, longContext: false });
    expect(parseModelName(`${name}[1m]`)).toEqual({ name, longContext: true });
  });
  it.each([
    ['', 'Claude', 'opus#MODEL', 'op us', 'opus\n', '-opus', 'x'.repeat(97), 'opus/5', 'öpus', 5, null],
    ['[1m]', 'opus[1m][1m]', 'opus[1M]', 'opus[1m]x', 'opus [1m]', 'opus[2m]'],
    ['arn:aws:bedrock:eu-central-1:123456789012:inference-profile/', 'arn:aws:s3:::inference-profile/a'],
    ['arn:aws:bedrock:eu-central-1:1234:inference-profile/a', 'arn:aws:bedrock:eu-central-1:123456789012:guardrail/a'],
    ['arn:aws:bedrock:eu-central-1:123456789012:inference-profile/a/b', 'arn:AWS:bedrock:::foundation-model/a'],
    [`arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/${'x'.repeat(60)}`],
  ])('%j is none, nor are the others', (...texts) => {
    for (const text of texts) expect(parseModelName(text), String(text)).toBeNull();
  });

  it('of an ARN is the id that it ends in, but of an application profile the whole ARN', () => {
    const profile = 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-opus-5-5';
    const foundation = 'arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-opus-5-5';
    const application = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abcd1234efgh';
    expect(parseModelName(profile)).toEqual({ name: 'eu.anthropic.claude-opus-5-5', longContext: false });
    expect(parseModelName(foundation)).toEqual({ name: 'anthropic.claude-opus-5-5', longContext: false });
    expect(parseModelName(`${application}[1m]`)).toEqual({ name: application, longContext: true });
  });

  it('that was read is read again as itself', () => {
    for (const one of STARTING_CATALOGUE)
      for (const name of modelNames(one)) expect(parseModelName(name)).toEqual({ name, longContext: false });
  });
});

it('the names of a model are its aliases and all that Bedrock calls it, each once, without its id', () => {
  const application = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcd';
  const profiles = [
    'eu.opus',
    'eu.opus',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.opus',
    application,
  ];
  const named = {
    id: 'opus',
    aliases: ['opus', 'opus-5'],
    foundationModelId: 'anthropic.opus',
    profiles: profiles.map((bedrockModelId) => ({ region: 'us-east-1', scope: 'geo', bedrockModelId }) as const),
  };
  expect(modelNames(named)).toEqual(['opus-5', 'anthropic.opus', 'eu.opus', 'us.opus', application]);
  for (const alias of ['Opus', 'opus[1m]', '']) {
    expect(() => modelNames({ ...named, aliases: [alias] })).toThrow(RangeError);
  }
});

describe('the profile for a call', () => {
  const profile = (region: ModelProfile['region'], scope: ModelProfile['scope']): ModelProfile => ({
    region,
    scope,
    bedrockModelId: `${region} ${scope}`,
  });
  const everywhere = [
    profile('eu-central-1', 'global'),
    profile('eu-central-1', 'geo'),
    profile('eu-central-1', 'region'),
    profile('us-east-1', 'global'),
    profile('us-east-1', 'geo'),
  ];
  const choose = (profiles: ModelProfile[], region: ModelProfile['region'], residency: ModelProfile['scope']) =>
    chooseProfile(model({ profiles }), region, residency)?.bedrockModelId ?? null;

  it('is the one that travels least', () => {
    for (const residency of ['region', 'geo', 'global'] as const)
      expect(choose(everywhere, 'eu-central-1', residency)).toBe('eu-central-1 region');
    expect(choose(everywhere, 'us-east-1', 'global')).toBe('us-east-1 geo');
  });

  it('never travels further than the tenant allows', () => {
    expect(choose([profile('us-east-1', 'global')], 'us-east-1', 'geo')).toBeNull();
    expect(choose([profile('us-east-1', 'global')], 'us-east-1', 'region')).toBeNull();
    expect(choose([profile('us-east-1', 'geo')], 'us-east-1', 'region')).toBeNull();
    expect(choose([profile('us-east-1', 'geo')], 'us-east-1', 'geo')).toBe('us-east-1 geo');
    expect(choose([profile('us-east-1', 'global')], 'us-east-1', 'global')).toBe('us-east-1 global');
  });

  it("is never another region's", () => {
    expect(choose(everywhere, 'eu-central-2', 'global')).toBeNull();
  });
});

describe('the starting catalogue', () => {
  it('has names that can be asked for, none of them twice', () => {
    const names = STARTING_CATALOGUE.flatMap((one) => [one.id, ...modelNames(one)]);
    expect(names.map((name) => parseModelName(name)?.name)).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
  });

  it('can be called from every region under the widest rule, and never under a rule it breaks', () => {
    for (const one of STARTING_CATALOGUE) {
      expect(chooseProfile(one, 'eu-central-2', 'global')?.bedrockModelId).toMatch(/^eu\.anthropic\./);
      expect(chooseProfile(one, 'us-east-1', 'geo')?.bedrockModelId).toMatch(/^us\.anthropic\./);
      expect(chooseProfile(one, 'us-east-1', 'region')).toBeNull();
    }
  });

  it('names only places in a body that can be read', () => {
    const fields = STARTING_CATALOGUE.flatMap(({ betas }) => betas.flatMap((rule) => rule.fields ?? []));
    expect(fields.filter((path) => !parseFieldPath(path))).toEqual([]);
  });

  it('translates what Claude Code sends to what its own Bedrock mode sends', () => {
    const claude =
      'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,per-turn-control-2026-07-01,mid-conversation-tool-changes-2026-07-01,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,effort-2025-11-24';
    const every = ['interleaved-thinking-2025-05-14', 'tool-search-tool-2025-10-19'];
    for (const one of STARTING_CATALOGUE)
      for (const region of REGIONS) {
        const { betas } = planBetas(one, region, claude, false, new Set());
        const fifth = one.systemMessages ? ['thinking-token-count-2026-05-13'] : [];
        expect([...betas].sort(), one.id).toEqual([...every, ...fifth].sort());
      }
  });
});
