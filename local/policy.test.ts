import { describe, expect, test } from 'vitest';
import { isPolicy, policyAllows } from './policy.ts';

const INVOKE = 'bedrock:InvokeModel';
const ARN = 'arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-opus-5';

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

describe('a policy', () => {
  const allow = { Effect: 'Allow', Action: INVOKE, Resource: ARN };
  const cases: [string, boolean, object[]][] = [
    ['allows what it names', true, [allow]],
    ['allows by wildcard', true, [{ ...allow, Action: 'bedrock:Invoke*', Resource: ['arn:aws:bedrock:*::*', 'x'] }]],
    ['does not read a dot as any character', false, [{ ...allow, Resource: ARN.replace('.', 'x') }]],
    ['allows nothing else', false, [{ ...allow, Resource: `${ARN}-5` }]],
    ['allows no other action', false, [{ ...allow, Action: 'bedrock:InvokeModelWithResponseStream' }]],
    ['denies before it allows', false, [allow, { Effect: 'Deny', Action: '*', Resource: '*' }]],
    ['allows where its condition holds', true, [{ ...allow, Condition: { StringEquals: { key: ['a', 'b'] } } }]],
    ['allows not where it fails', false, [{ ...allow, Condition: { StringEquals: { key: 'b' } } }]],
    ['allows not where a key is missing', false, [{ ...allow, Condition: { StringLike: { other: '*' } } }]],
    ['never allows by a condition that is not known', false, [{ ...allow, Condition: { IpAddress: { key: 'a' } } }]],
    [
      'denies by a condition that is not known',
      false,
      [allow, { Effect: 'Deny', Action: '*', Resource: '*', Condition: { IpAddress: { key: 'x' } } }],
    ],
    ['never allows by what it does not name', false, [{ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }]],
  ];
  test.each(cases)('%s', (_, expected, statements) => {
    expect(policyAllows(policy(...statements), INVOKE, ARN, { key: 'a' })).toBe(expected);
  });
});

test('a document without version, effect or resource is no policy', () => {
  expect(isPolicy(policy({ Effect: 'Allow', Action: '*', Resource: '*' }))).toBe(true);
  for (const text of ['', 'null', '{}', policy(), policy({ Effect: 'Perhaps', Action: '*', Resource: '*' })]) {
    expect(isPolicy(text)).toBe(false);
  }
  expect(isPolicy(policy({ Effect: 'Allow', Action: '*' }))).toBe(false);
  expect(isPolicy(JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }))).toBe(false);
});
