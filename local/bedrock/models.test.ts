import { expect, test } from 'vitest';
import { findModel } from './models.ts';

const HAIKU = 'anthropic.claude-haiku-4-5-20251001-v1:0';
const ACCOUNT = '222222222222';
const UNKNOWN = { exception: 'ValidationException', message: 'The provided model identifier is invalid.' };

test('a geographic profile needs the permission on itself and wherever it may run', () => {
  const found = findModel(`us.${HAIKU}`, 'us-east-1', ACCOUNT);
  expect(found).toMatchObject({
    model: { id: HAIKU },
    resources: [
      `arn:aws:bedrock:us-east-1:${ACCOUNT}:inference-profile/us.${HAIKU}`,
      `arn:aws:bedrock:us-east-1::foundation-model/${HAIKU}`,
      `arn:aws:bedrock:us-east-2::foundation-model/${HAIKU}`,
      `arn:aws:bedrock:us-west-2::foundation-model/${HAIKU}`,
    ],
  });
});

test('a global profile needs the model at home and without a region', () => {
  expect(findModel(`global.${HAIKU}`, 'eu-central-2', ACCOUNT)).toMatchObject({
    resources: [
      `arn:aws:bedrock:eu-central-2:${ACCOUNT}:inference-profile/global.${HAIKU}`,
      `arn:aws:bedrock:eu-central-2::foundation-model/${HAIKU}`,
      `arn:aws:bedrock:::foundation-model/${HAIKU}`,
    ],
  });
});

test('a profile can be named by its ARN, in its own region and account only', () => {
  const arn = (region: string, account: string): string =>
    `arn:aws:bedrock:${region}:${account}:inference-profile/eu.${HAIKU}`;
  expect(findModel(arn('eu-central-1', ACCOUNT), 'eu-central-1', ACCOUNT)).toMatchObject({ model: { id: HAIKU } });
  expect(findModel(arn('eu-west-1', ACCOUNT), 'eu-central-1', ACCOUNT)).toEqual(UNKNOWN);
  expect(findModel(arn('eu-central-1', '333333333333'), 'eu-central-1', ACCOUNT)).toEqual(UNKNOWN);
});

test('a model of the new line cannot be called by its bare id, an older one can', () => {
  expect(findModel('anthropic.claude-opus-5-5', 'eu-central-1', ACCOUNT)).toMatchObject({
    exception: 'ValidationException',
    message: expect.stringContaining('with on-demand throughput isn’t supported'),
  });
  expect(findModel(HAIKU, 'eu-central-1', ACCOUNT)).toMatchObject({
    resources: [`arn:aws:bedrock:eu-central-1::foundation-model/${HAIKU}`],
  });
});

test.each([
  'claude-opus-5-5',
  'anthropic.claude-2',
  'jp.anthropic.claude-opus-5-5',
  `us.${HAIKU}`,
  `eu.eu.${HAIKU}`,
  `arn:aws:bedrock:eu-central-1:${ACCOUNT}:application-inference-profile/abc`,
  `arn:aws:bedrock:eu-central-1:${ACCOUNT}:inference-profile/${HAIKU}`,
  `arn:aws:bedrock:eu-central-1::foundation-model/eu.${HAIKU}`,
  '',
])('%j is no model in Frankfurt', (id) => {
  expect(findModel(id, 'eu-central-1', ACCOUNT)).toEqual(UNKNOWN);
});
