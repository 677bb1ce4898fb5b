import { describe, expect, it } from 'vitest';
import { STARTING_CATALOGUE } from './catalogue.ts';
import { chooseProfile, type Model, type ModelProfile, parseModelName, translateBetas } from './model.ts';

const model = (change: Partial<Model> = {}): Model => ({
  id: 'opus',
  displayName: 'Opus',
  aliases: [],
  enabled: true,
  profiles: [],
  betas: [],
  dropFields: [],
  maxOutputTokens: 1000,
  ...change,
});

describe('a model name', () => {
  it.each(['claude-opus-5-5', 'anthropic.claude-haiku-4-5-20251001-v1:0', 'a', 'x'.repeat(96)])('%s is one', (name) => {
    expect(parseModelName(name)).toBe(name);
  });
  it.each(['', 'Claude', 'opus#MODEL', 'op us', 'opus\n', '-opus', 'x'.repeat(97), 'opus/5', 'öpus', 5, null])(
    '%j is none',
    (name) => {
      expect(parseModelName(name)).toBeNull();
    },
  );
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

describe('the betas that a client asks for', () => {
  const betas = [
    { match: 'tool-search-*', send: 'tool-search-2025' },
    { match: 'files-*', send: null },
    { match: 'files-kept', send: 'files-kept' },
    { match: 'exact', send: 'renamed' },
    { match: 'advanced', send: 'tool-search-2025' },
  ];
  const translate = (header: string) => translateBetas(model({ betas }), header);

  it.each<[string, string, string[], string[]]>([
    ['what no rule names is passed on', 'new-one', ['new-one'], []],
    ['a rule may rename', 'exact', ['renamed'], []],
    ['a rule may drop, and what was dropped is told', 'files-api,new-one', ['new-one'], ['files-api']],
    ['a rule without a star matches the whole name alone', 'exactly', ['exactly'], []],
    ['a star matches what starts alike, also nothing more', 'tool-search-', ['tool-search-2025'], []],
    ['the first rule that matches decides', 'files-kept', [], ['files-kept']],
    ['two that become one are sent once', 'tool-search-a, advanced', ['tool-search-2025'], []],
    ['spaces and empty places are nothing', ' a ,, b,', ['a', 'b'], []],
    ['no header is nothing', '', [], []],
    ['what is no beta name goes nowhere', 'a b,<script>,ä,"x",ok', ['ok'], []],
    ['a name too long goes nowhere', 'x'.repeat(101), [], []],
  ])('%s', (_, header, sent, dropped) => {
    expect(translate(header)).toEqual({ betas: sent, dropped });
  });
});

describe('the starting catalogue', () => {
  it('has names that can be asked for, none of them twice', () => {
    const names = STARTING_CATALOGUE.flatMap(({ id, aliases }) => [id, ...aliases]);
    expect(names.map(parseModelName)).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
  });

  it('can be called from every region under the widest rule, and never under a rule it breaks', () => {
    for (const one of STARTING_CATALOGUE) {
      expect(chooseProfile(one, 'eu-central-2', 'global')?.bedrockModelId).toMatch(/^eu\.anthropic\./);
      expect(chooseProfile(one, 'us-east-1', 'geo')?.bedrockModelId).toMatch(/^us\.anthropic\./);
      expect(chooseProfile(one, 'us-east-1', 'region')).toBeNull();
    }
  });
});
