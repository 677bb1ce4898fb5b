import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STARTING_CATALOGUE } from './catalogue.ts';
import { chooseProfile, type Model } from './model.ts';
import { findModelFault, findProfileFault } from './model-rules.ts';
import { REGIONS } from './region.ts';
import { RESIDENCIES } from './tenant.ts';

const MODEL = STARTING_CATALOGUE.find(({ id }) => id === 'claude-haiku-4-5') as Model;
const FOUNDATION = MODEL.foundationModelId;

it('the catalogue that a platform starts with has no fault', () => {
  expect(STARTING_CATALOGUE.map(findModelFault)).toEqual(STARTING_CATALOGUE.map(() => null));
});

it.each<[string, Partial<Model>]>([
  ['model', { id: 'Claude' }],
  ['model', { id: '' }],
  ['model', { id: 'a#b' }],
  ['displayName', { displayName: '' }],
  ['displayName', { displayName: 'x'.repeat(101) }],
  ['aliases', { aliases: ['ok', 'NOT'] }],
  ['aliases', { aliases: ['claude[1m]'] }],
  ['aliases', { aliases: [MODEL.id] }],
  ['aliases', { aliases: ['arn:aws:bedrock:eu-central-1:111111111111:application-inference-profile/abcd'] }],
  ['foundationModelId', { foundationModelId: 'Anthropic' }],
  ['foundationModelId', { foundationModelId: 'anthropic.another' }],
  ['contextWindow', { contextTokens: 0 }],
  ['contextWindow', { contextTokens: 1e9 }],
  ['maxOutputTokens', { maxOutputTokens: MODEL.contextTokens + 1 }],
  ['capabilities.thinkingBudgetTokens', { thinkingBudgetTokens: -1 }],
  ['capabilities.dropFields', { dropFields: ['messages'] }],
  ['capabilities.dropFields', { dropFields: ['tools[].x'] }],
  ['capabilities.longContextBeta', { longContextBeta: 'a b' }],
  ['betas.0', { betas: [{ match: 'a, b', send: null }] }],
  ['betas.0', { betas: [{ match: 'a*b', send: null }] }],
  [
    'betas.1',
    {
      betas: [
        { match: 'a', send: 'a' },
        { match: 'a-*', send: 'b-*' },
      ],
    },
  ],
  ['betas.0', { betas: [{ match: 'a', send: 'b\r\nx-evil: 1' }] }],
  ['betas.0', { betas: [{ match: 'a', send: null, fields: ['tools[0].x'] }] }],
  ['betas.0', { betas: [{ match: 'a', send: null, fields: ['messages'] }] }],
  ['betas.0', { betas: [{ match: 'a', send: null, regions: [] }] }],
])('%s is at fault in %j', (field, change) => {
  expect(findModelFault({ ...MODEL, ...change })).toMatchObject({ field });
});

describe('a profile', () => {
  const fault = (region: string, scope: string, bedrockModelId: string) =>
    findProfileFault(MODEL, { region, scope, bedrockModelId } as Model['profiles'][number]);
  const application = (region: string) =>
    `arn:aws:bedrock:${region}:111111111111:application-inference-profile/abcd1234`;
  const system = (region: string, name: string) => `arn:aws:bedrock:${region}:111111111111:inference-profile/${name}`;

  it.each([
    ['eu-central-1', 'region', FOUNDATION],
    ['eu-central-1', 'region', `arn:aws:bedrock:eu-central-1::foundation-model/${FOUNDATION}`],
    ['eu-central-2', 'geo', `eu.${FOUNDATION}`],
    ['us-east-1', 'geo', `us.${FOUNDATION}`],
    ['us-east-1', 'global', `global.${FOUNDATION}`],
    ['us-east-1', 'global', system('us-east-1', `global.${FOUNDATION}`)],
    ['eu-central-1', 'region', application('eu-central-1')],
    ['eu-central-1', 'global', application('eu-central-1')],
  ])('of %s with scope %s may be %s', (region, scope, id) => {
    expect(fault(region, scope, id)).toBeNull();
  });

  it.each([
    ['of another geography', 'eu-central-1', 'geo', `us.${FOUNDATION}`],
    ['that goes further than it says', 'eu-central-1', 'geo', `global.${FOUNDATION}`],
    ['that goes further than it says, as an ARN', 'eu-central-1', 'region', system('eu-central-1', `eu.${FOUNDATION}`)],
    ['that crosses regions as one region', 'eu-central-1', 'region', `eu.${FOUNDATION}`],
    ['of another model', 'eu-central-1', 'geo', 'eu.anthropic.another'],
    ['that is an ARN of another region', 'eu-central-1', 'geo', application('us-east-1')],
    ['that is an ARN of no region', 'eu-central-1', 'region', `arn:aws:bedrock:::foundation-model/${FOUNDATION}`],
    [
      'that is an ARN of another service',
      'eu-central-1',
      'geo',
      `arn:aws:s3:eu-central-1::inference-profile/eu.${FOUNDATION}`,
    ],
    ['with a long context', 'eu-central-1', 'geo', `eu.${FOUNDATION}[1m]`],
    ['that is nothing', 'eu-central-1', 'geo', ''],
  ])('%s is refused', (_, region, scope, id) => {
    expect(fault(region, scope, id)).toMatchObject({ field: 'bedrockModelId' });
  });

  it('that passes never carries a prompt further than the tenant may, whatever is entered', () => {
    const prefix = fc.constantFrom('', 'eu.', 'us.', 'apac.', 'global.');
    fc.assert(
      fc.property(fc.constantFrom(...REGIONS), fc.constantFrom(...RESIDENCIES), prefix, (region, scope, before) => {
        const profile = { region, scope, bedrockModelId: before + FOUNDATION };
        if (findProfileFault(MODEL, profile)) return;
        const chosen = chooseProfile({ ...MODEL, profiles: [profile] }, region, scope);
        expect(chosen?.bedrockModelId).not.toMatch(scope === 'global' ? /^never/ : /^global\./);
        if (scope === 'geo') expect(chosen?.bedrockModelId.slice(0, 2)).toBe(region.slice(0, 2));
        if (scope === 'region') expect(chosen?.bedrockModelId).toBe(FOUNDATION);
      }),
      { numRuns: 300 },
    );
  });
});
