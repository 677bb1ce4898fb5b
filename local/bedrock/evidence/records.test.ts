import { expect, test } from 'vitest';
import type { Caller } from '../access.ts';
import { refuse } from '../exceptions.ts';
import { cloudTrailEvent } from './cloudtrail.ts';
import { invocationRecord } from './invocation-log.ts';

const AT = Date.parse('2026-11-02T23:59:59.987Z');
const PROFILE = 'eu.anthropic.claude-opus-5-5';
const caller: Caller = {
  region: 'eu-central-1',
  session: {
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    secretAccessKey: 'the secret',
    sessionToken: 'the token',
    tags: { tenant_id: 'acme' },
    roleSessionName: 'acme.usr_anna',
    assumedRoleArn: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.usr_anna',
    assumedRoleId: 'AROAEXAMPLEEXAMPLE123:acme.usr_anna',
    assumedAt: Date.parse('2026-11-02T23:30:00.123Z'),
    expiration: Date.parse('2026-11-03T00:30:00.123Z'),
  },
};
const call = {
  operation: 'InvokeModelWithResponseStream',
  modelId: PROFILE,
  caller,
  requestId: '7a1e4b1c-0000-4000-8000-000000000001',
  at: AT,
  sourceIp: '192.0.2.7',
  userAgent: 'aws-sdk-js/3.1162.0',
  host: 'bedrock-runtime.eu-central-1.amazonaws.com',
};
const event = {
  eventVersion: '1.11',
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLEEXAMPLE123:acme.usr_anna',
    arn: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.usr_anna',
    accountId: '222222222222',
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXAMPLEEXAMPLE123',
        arn: 'arn:aws:iam::222222222222:role/bedrock-invoke',
        accountId: '222222222222',
        userName: 'bedrock-invoke',
      },
      attributes: { creationDate: '2026-11-02T23:30:00Z', mfaAuthenticated: 'false' },
    },
  },
  eventTime: '2026-11-02T23:59:59Z',
  eventSource: 'bedrock.amazonaws.com',
  eventName: 'InvokeModelWithResponseStream',
  awsRegion: 'eu-central-1',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'aws-sdk-js/3.1162.0',
  requestParameters: { modelId: PROFILE },
  responseElements: null,
  requestID: '7a1e4b1c-0000-4000-8000-000000000001',
  eventID: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  readOnly: true,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '222222222222',
  eventCategory: 'Management',
  tlsDetails: {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: 'bedrock-runtime.eu-central-1.amazonaws.com',
  },
};

test('a call is an event of CloudTrail, without secret or token', () => {
  const made = cloudTrailEvent(call);
  expect(made).toEqual(event);
  expect(JSON.stringify(made)).not.toMatch(/the secret|the token/);
});

test('a refused call says why, and what IAM denied says it in CloudTrail’s word', () => {
  const throttled = { ...call, refusal: refuse('ThrottlingException', 'Too many requests') };
  expect(cloudTrailEvent(throttled)).toEqual({
    ...event,
    errorCode: 'ThrottlingException',
    errorMessage: 'Too many requests',
  });
  const denied = { ...call, refusal: refuse('AccessDeniedException', 'User: x is not authorized') };
  expect(cloudTrailEvent(denied)).toMatchObject({ errorCode: 'AccessDenied' });
});

test('a call under credentials of an outside STS names no role', () => {
  expect(cloudTrailEvent({ ...call, caller: { region: 'us-east-1' } })).toMatchObject({
    userIdentity: { type: 'AssumedRole', accountId: '000000000000' },
    recipientAccountId: '000000000000',
  });
});

const usage = { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 };
const modelArn = `arn:aws:bedrock:eu-central-1:222222222222:inference-profile/${PROFILE}`;
const record = {
  timestamp: '2026-11-02T23:59:59Z',
  accountId: '222222222222',
  identity: { arn: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.usr_anna' },
  region: 'eu-central-1',
  requestId: '7a1e4b1c-0000-4000-8000-000000000001',
  operation: 'InvokeModelWithResponseStream',
  modelId: modelArn,
  input: {
    inputContentType: 'application/json',
    inputTokenCount: 1,
    cacheReadInputTokenCount: 3,
    cacheWriteInputTokenCount: 9,
  },
  output: { outputContentType: 'application/json', outputTokenCount: 2 },
  inferenceRegion: 'eu-central-1',
  requestMetadata: { tenant_id: 'acme', request_id: 'r-1' },
  schemaType: 'ModelInvocationLog',
  schemaVersion: '1.0',
};

test('a call that ran a model is a record of the invocation log, in tokens alone', () => {
  const requestMetadata = { tenant_id: 'acme', request_id: 'r-1' };
  expect(invocationRecord({ ...call, modelArn, usage, requestMetadata })).toEqual(record);
});

test('a foundation model is named as it was called, and runs in no other region', () => {
  const modelId = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  const bare = { ...call, modelId, modelArn: `arn:aws:bedrock:eu-central-1::foundation-model/${modelId}`, usage };
  const { inferenceRegion: _, requestMetadata: __, ...rest } = record;
  expect(invocationRecord(bare)).toEqual({ ...rest, modelId });
});
