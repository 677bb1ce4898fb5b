import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { STARTING_CATALOGUE } from '../../../tenancy/catalogue.ts';
import { costOf } from '../../../tenancy/price.ts';
import { startingPrices } from '../../../tenancy/price-list.ts';
import type { Caller } from '../access.ts';
import { addUp, lineItemsOf } from './cost-and-usage.ts';

const AT = Date.parse('2026-11-30T23:59:59.987Z');
const caller: Caller = {
  region: 'eu-central-1',
  session: {
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    secretAccessKey: 'the secret',
    sessionToken: 'the token',
    tags: { tenant_id: 'acme', identity_id: 'usr_anna' },
    roleSessionName: 'acme.usr_anna',
    assumedRoleArn: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.usr_anna',
    assumedRoleId: 'AROAEXAMPLEEXAMPLE123:acme.usr_anna',
    assumedAt: AT,
    expiration: AT,
  },
};
const arnOf = (modelId: string) => `arn:aws:bedrock:eu-central-1:222222222222:inference-profile/${modelId}`;
const NOTHING = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
const invocation = {
  operation: 'InvokeModelWithResponseStream',
  modelId: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  modelArn: arnOf('eu.anthropic.claude-sonnet-4-5-20250929-v1:0'),
  caller,
  requestId: '7a1e4b1c-0000-4000-8000-000000000001',
  at: AT,
  usage: { input: 1_000, output: 20, cacheRead: 1, cacheWrite5m: 4, cacheWrite1h: 5 },
};

const INPUT = {
  bill_bill_type: 'Anniversary',
  bill_billing_entity: 'AWS',
  bill_payer_account_id: '222222222222',
  bill_billing_period_start_date: '2026-11-01T00:00:00.000Z',
  bill_billing_period_end_date: '2026-12-01T00:00:00.000Z',
  line_item_usage_account_id: '222222222222',
  line_item_line_item_type: 'Usage',
  line_item_usage_start_date: '2026-11-30T23:00:00.000Z',
  line_item_usage_end_date: '2026-12-01T00:00:00.000Z',
  line_item_product_code: 'AmazonBedrock',
  line_item_usage_type: 'EUC1-Claude4.5Sonnet-input-tokens',
  line_item_operation: 'InvokeModelStreamingInference',
  line_item_usage_amount: '1.0000000000',
  line_item_currency_code: 'USD',
  line_item_unblended_cost: '0.0030000000',
  line_item_iam_principal: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.usr_anna',
  pricing_unit: '1K tokens',
  product_region_code: 'eu-central-1',
  tags: '{"iamPrincipal/tenant_id":"acme"}',
};

test('a call is a line for each kind of token, in its hour, with the tag that is activated and no other', () => {
  const ofType = (name: string, amount: string, cost: string) => ({
    ...INPUT,
    line_item_usage_type: `EUC1-Claude4.5Sonnet-${name}`,
    line_item_usage_amount: amount,
    line_item_unblended_cost: cost,
  });
  expect(lineItemsOf(invocation)).toEqual([
    INPUT,
    ofType('output-tokens', '0.0200000000', '0.0003000000'),
    ofType('cache-read-input-token-count', '0.0010000000', '0.0000003000'),
    ofType('cache-write-input-token-count', '0.0040000000', '0.0000150000'),
    ofType('cache-write-1h-input-token-count', '0.0050000000', '0.0000300000'),
  ]);
});

describe('a line names', () => {
  const typeOf = (modelId: string, region = 'eu-central-1') =>
    lineItemsOf({
      ...invocation,
      modelArn: arnOf(modelId),
      caller: { ...caller, region },
      usage: { ...NOTHING, input: 1 },
    })[0]?.line_item_usage_type;
  it.each([
    ['eu.anthropic.claude-opus-5-5', 'EUC1-Claude5.5Opus-input-tokens'],
    ['eu.anthropic.claude-opus-5', 'EUC1-Claude5Opus-input-tokens'],
    ['anthropic.claude-haiku-4-5-20251001-v1:0', 'EUC1-Claude4.5Haiku-input-tokens'],
    ['global.anthropic.claude-opus-4-6-v1', 'EUC1-Claude4.6Opus-input-tokens-cross-region-global'],
  ])('%s as %s', (modelId, usageType) => expect(typeOf(modelId)).toBe(usageType));

  it('the region that was called', () => {
    expect(typeOf('us.anthropic.claude-opus-5', 'us-east-1')).toBe('USE1-Claude5Opus-input-tokens');
    expect(typeOf('eu.anthropic.claude-opus-5', 'eu-central-2')).toBe('EUC2-Claude5Opus-input-tokens');
  });

  it('nobody where the credentials are of an outside STS', () => {
    const [line] = lineItemsOf({ ...invocation, caller: { region: 'eu-central-1' } });
    expect(line).toMatchObject({ line_item_iam_principal: '', tags: '{}' });
  });
});

test('every model of the catalogue costs what the platform’s own book of costs begins with', () => {
  const tokens = { input: 7, output: 11, cacheRead: 13, cacheWrite5m: 17, cacheWrite1h: 19 };
  for (const { id, profiles } of STARTING_CATALOGUE) {
    const cost = startingPrices(id).find(({ book }) => book === 'cost');
    for (const { bedrockModelId } of profiles) {
      const [first, ...others] = lineItemsOf({ ...invocation, modelArn: arnOf(bedrockModelId), usage: tokens });
      const billed = others.reduce((sum, one) => addUp(sum, one), first ?? expect.fail()).line_item_unblended_cost;
      expect(billed.replace('.', '')).toBe(String(costOf(tokens, cost?.perToken ?? NOTHING) * 10n).padStart(11, '0'));
    }
  }
});

test('amounts are exact, however many calls an hour has', () => {
  const counts = fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(counts, (tokens) => {
      const lines = tokens.flatMap((input) => lineItemsOf({ ...invocation, usage: { ...NOTHING, input } }));
      const [first, ...others] = lines;
      const all = others.reduce((sum, one) => addUp(sum, one), first ?? INPUT);
      const total = tokens.reduce((sum, count) => sum + BigInt(count), 0n);
      // $3 per million: 30,000 units of the tenth decimal for each token; usage counts thousands.
      expect(BigInt(all.line_item_unblended_cost.replace('.', ''))).toBe(total * 30_000n);
      expect(BigInt(all.line_item_usage_amount.replace('.', ''))).toBe(total * 10_000_000n);
    }),
    { seed: 5 },
  );
});
