import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerHeaders,
  anthropicError,
  toAnswer,
  toAnthropicAnswer,
  toBedrockAnswer,
  toEdgeAnswer,
  toGraphqlError,
} from './answer.ts';
import type { Refusal } from './refusal.ts';

const ID = '019aa8c1-7e00-7d3a-9c41-5b2f8e6a1c90';

type Row = {
  refusal: Refusal;
  status: number;
  /** Anthropic's type, AWS's type, GraphQL's code. */
  types: [string, string, string];
  /** Headers beyond those that every answer has. */
  headers: Record<string, string>;
  message: string;
};

const STOP = { 'x-should-retry': 'false' };
const UNAUTHENTICATED: Row['types'] = ['authentication_error', 'UnrecognizedClientException', 'UNAUTHENTICATED'];
const FORBIDDEN: Row['types'] = ['permission_error', 'AccessDeniedException', 'FORBIDDEN'];
const INVALID: Row['types'] = ['invalid_request_error', 'ValidationException', 'BAD_USER_INPUT'];
const THROTTLED: Row['types'] = ['rate_limit_error', 'ThrottlingException', 'RATE_LIMITED'];
const UNAVAILABLE: Row['types'] = ['api_error', 'ServiceUnavailableException', 'UNAVAILABLE'];
const OVERLOADED: Row['types'] = ['overloaded_error', 'ServiceUnavailableException', 'UNAVAILABLE'];
const INTERNAL: Row['types'] = ['api_error', 'InternalServerException', 'INTERNAL'];

/** What each refusal is on the wires. A kind without a row here does not compile. */
const TABLE: { [Kind in Refusal['kind']]: Row & { refusal: { kind: Kind } } } = {
  host_unknown: {
    refusal: { kind: 'host_unknown' },
    status: 404,
    types: ['not_found_error', 'ResourceNotFoundException', 'NOT_FOUND'],
    headers: STOP,
    message:
      'this hostname is no tenant; use https://<tenant>.proxy.<domain> with the name that your tenant admin gave you',
  },
  credential_missing: {
    refusal: { kind: 'credential_missing' },
    status: 401,
    types: UNAUTHENTICATED,
    headers: STOP,
    message: 'no credential on the request; set ANTHROPIC_AUTH_TOKEN to your API key or access token',
  },
  credential_invalid: {
    refusal: { kind: 'credential_invalid', why: 'SECRET' },
    status: 401,
    types: UNAUTHENTICATED,
    headers: STOP,
    message: 'the credential is not valid; check that it was copied whole, or ask your tenant admin for a new one',
  },
  credential_aws_signature: {
    refusal: { kind: 'credential_aws_signature' },
    status: 401,
    types: UNAUTHENTICATED,
    headers: STOP,
    message:
      'an AWS signature is no credential here; set ANTHROPIC_AUTH_TOKEN or AWS_BEARER_TOKEN_BEDROCK to your API key or access token, and CLAUDE_CODE_SKIP_BEDROCK_AUTH=1',
  },
  credential_expired: {
    refusal: { kind: 'credential_expired', refreshable: false },
    status: 401,
    types: UNAUTHENTICATED,
    headers: STOP,
    message: 'the access token has expired; sign in again',
  },
  credentials_conflict: {
    refusal: { kind: 'credentials_conflict' },
    status: 401,
    types: UNAUTHENTICATED,
    headers: STOP,
    message:
      'the request carries two credentials of different identities; set either ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY, not both',
  },
  key_not_live: {
    refusal: { kind: 'key_not_live', state: 'revoked' },
    status: 401,
    types: UNAUTHENTICATED,
    headers: STOP,
    message: 'the API key has been revoked; ask your tenant admin for a new one',
  },
  tenant_mismatch: {
    refusal: { kind: 'tenant_mismatch' },
    status: 403,
    types: FORBIDDEN,
    headers: STOP,
    message:
      'the credential does not belong to this hostname; check ANTHROPIC_BASE_URL against the tenant that issued the credential',
  },
  group_missing: {
    refusal: { kind: 'group_missing', tenant: 'acme', groups: ['claude-users', 'ops'] },
    status: 403,
    types: ['permission_error', 'AccessDeniedException', 'FORBIDDEN'],
    headers: { 'x-should-retry': 'false' },
    message:
      'acme lets in people of these groups of its identity provider alone: claude-users, ops; ask your tenant admin to be added to one, then sign in again',
  },
  tenant_inactive: {
    refusal: { kind: 'tenant_inactive', tenant: 'acme', status: 'SUSPENDED' },
    status: 403,
    types: FORBIDDEN,
    headers: STOP,
    message: "tenant acme is suspended; ask your platform's support",
  },
  tenant_not_here: {
    refusal: { kind: 'tenant_not_here', retryAfterSeconds: 3 },
    status: 503,
    types: UNAVAILABLE,
    headers: { 'retry-after': '3' },
    message: 'this hostname is being set up; try again in a moment',
  },
  passport_refused: {
    refusal: { kind: 'passport_refused', why: 'SECRET' },
    status: 403,
    types: FORBIDDEN,
    headers: STOP,
    message: 'this address serves the platform alone; use your tenant hostname',
  },
  route_unknown: {
    refusal: { kind: 'route_unknown', method: 'GET', path: '/v2' },
    status: 404,
    types: ['not_found_error', 'UnknownOperationException', 'NOT_FOUND'],
    headers: STOP,
    message: 'nothing is served at GET /v2; ANTHROPIC_BASE_URL must be the hostname alone, without a path',
  },
  method_not_allowed: {
    refusal: { kind: 'method_not_allowed', method: 'PUT', allow: 'POST' },
    status: 405,
    types: INVALID,
    headers: { ...STOP, allow: 'POST' },
    message: 'method PUT is not allowed here; use POST',
  },
  request_malformed: {
    refusal: { kind: 'request_malformed', what: 'the body must be one JSON object' },
    status: 400,
    types: INVALID,
    headers: {},
    message: 'the body must be one JSON object',
  },
  content_type_unsupported: {
    refusal: { kind: 'content_type_unsupported', what: 'send application/json' },
    status: 415,
    types: INVALID,
    headers: STOP,
    message: 'send application/json',
  },
  body_too_large: {
    refusal: { kind: 'body_too_large', limitBytes: 5_000_000 },
    status: 413,
    types: ['request_too_large', 'RequestEntityTooLargeException', 'BAD_USER_INPUT'],
    headers: STOP,
    message:
      "the request body is over the gateway's limit of 5000000 bytes; start a new session or /compact, and leave out large images",
  },
  model_not_granted: {
    refusal: { kind: 'model_not_granted', model: 'claude-opus-5', tenant: 'acme' },
    status: 403,
    types: FORBIDDEN,
    headers: STOP,
    message: 'model claude-opus-5 is not granted to acme; ask your tenant admin',
  },
  model_not_listed: {
    refusal: { kind: 'model_not_listed', model: 'claude-opus-5' },
    status: 404,
    types: ['not_found_error', 'ResourceNotFoundException', 'NOT_FOUND'],
    headers: STOP,
    message: 'there is no model claude-opus-5 for you here; ask your tenant admin',
  },
  model_out_of_reach: {
    refusal: { kind: 'model_out_of_reach', model: 'claude-opus-5', region: 'us-east-1', residency: 'region' },
    status: 403,
    types: FORBIDDEN,
    headers: STOP,
    message:
      'model claude-opus-5 cannot be called from us-east-1 under the residency rule "region"; use another model, or ask your tenant admin to widen the rule',
  },
  stopped: {
    refusal: { kind: 'stopped', by: 'tenant' },
    status: 403,
    types: FORBIDDEN,
    headers: STOP,
    message: "calls are stopped for this tenant; ask your tenant admin or your platform's support",
  },
  capacity_shared: {
    refusal: { kind: 'capacity_shared', model: 'claude-opus-5', retryAfterSeconds: 1 },
    status: 429,
    types: THROTTLED,
    headers: { 'retry-after': '1' },
    message:
      'the capacity of claude-opus-5 is shared among tenants at the moment and yours has had its share; try again',
  },
  rate_limited: {
    refusal: { kind: 'rate_limited', what: 'acme may send 60 requests a minute', retryAfterSeconds: 7 },
    status: 429,
    types: THROTTLED,
    headers: { 'retry-after': '7' },
    message: 'acme may send 60 requests a minute',
  },
  limit_spent: {
    refusal: { kind: 'limit_spent', what: "acme's budget of this month is spent" },
    status: 429,
    types: THROTTLED,
    headers: STOP,
    message: "acme's budget of this month is spent",
  },
  store_unavailable: {
    refusal: { kind: 'store_unavailable', what: 'SECRET' },
    status: 503,
    types: UNAVAILABLE,
    headers: { 'retry-after': '2' },
    message: 'the gateway cannot check this request at the moment; it was not sent to the model, try again',
  },
  place_lost: {
    refusal: { kind: 'place_lost', what: 'SECRET' },
    status: 503,
    types: UNAVAILABLE,
    headers: { 'retry-after': '2' },
    message: "the gateway could not keep this request's place in its limits and has ended it; try again",
  },
  edge_not_ready: {
    refusal: { kind: 'edge_not_ready', what: 'SECRET' },
    status: 503,
    types: UNAVAILABLE,
    headers: { 'retry-after': '2' },
    message: 'the gateway cannot check this request at the moment; it was not sent to the model, try again',
  },
  upstream_invalid: {
    refusal: { kind: 'upstream_invalid', message: 'prompt is too long: 201 tokens > 200 maximum' },
    status: 400,
    types: INVALID,
    headers: {},
    message: 'prompt is too long: 201 tokens > 200 maximum',
  },
  upstream_throttled: {
    refusal: { kind: 'upstream_throttled', message: 'Too many tokens', retryAfterSeconds: 5 },
    status: 429,
    types: THROTTLED,
    headers: { 'retry-after': '5' },
    message: 'Too many tokens',
  },
  upstream_overloaded: {
    refusal: { kind: 'upstream_overloaded', message: 'Overloaded' },
    status: 529,
    types: OVERLOADED,
    headers: {},
    message: 'Overloaded',
  },
  upstream_denied: {
    refusal: { kind: 'upstream_denied', why: 'SECRET' },
    status: 500,
    types: INTERNAL,
    headers: STOP,
    message: "the gateway is not allowed to call this model; this is the platform's fault and its staff is alarmed",
  },
  upstream_broken: {
    refusal: { kind: 'upstream_broken', message: 'the stream broke' },
    status: 529,
    types: OVERLOADED,
    headers: {},
    message: 'the stream broke',
  },
  upstream_silent: {
    refusal: { kind: 'upstream_silent', seconds: 90 },
    status: 529,
    types: OVERLOADED,
    headers: {},
    message: 'the model sent nothing for 90 seconds; the request was ended',
  },
  internal: {
    refusal: { kind: 'internal', why: 'SECRET' },
    status: 500,
    types: INTERNAL,
    headers: {},
    message: 'the gateway failed on this request; tell your platform the request id',
  },
};

const COMMON = { 'cache-control': 'no-store', 'request-id': ID, 'x-content-type-options': 'nosniff' };
const JSON_TYPE = { 'content-type': 'application/json' };
const rows = Object.entries(TABLE);

describe.each(rows)('%s', (_, { refusal, status, types: [type, awsType, code], headers, message }) => {
  it('on the Anthropic wire', () => {
    const answer = toAnthropicAnswer(refusal, ID);
    expect({ ...answer, body: JSON.parse(answer.body) }).toEqual({
      statusCode: status,
      headers: { ...COMMON, ...JSON_TYPE, ...headers },
      body: { type: 'error', error: { type, message }, request_id: ID },
    });
    expect(anthropicError(refusal, ID)).toBe(answer.body);
    expect(toAnswer(refusal, 'anthropic', ID)).toEqual(answer);
  });

  // The words are AWS's: without them Claude Code retries a 403 for minutes.
  it('on the Bedrock wire', () => {
    const answer = toBedrockAnswer(refusal, ID);
    const stops = status === 403 && refusal.kind !== 'passport_refused';
    const words = stops ? `You don't have access to the model with the specified model ID: ${message}` : message;
    const said = refusal.kind === 'route_unknown' ? words.replace('ANTHROPIC_', 'ANTHROPIC_BEDROCK_') : words;
    expect({ ...answer, body: JSON.parse(answer.body) }).toEqual({
      statusCode: status === 529 ? 503 : status,
      headers: { ...COMMON, ...JSON_TYPE, 'x-amzn-requestid': ID, 'x-amzn-errortype': awsType, ...headers },
      body: { __type: awsType, message: said },
    });
    expect(toAnswer(refusal, 'bedrock', ID)).toEqual(answer);
  });

  it('on the GraphQL wire', () => {
    expect(toGraphqlError(refusal, ID)).toEqual({ message, extensions: { code, requestId: ID } });
  });

  it('from a function in CloudFront: the same without the headers that CloudFront keeps to itself', () => {
    expect(toEdgeAnswer(refusal, 'anthropic', ID)).toEqual(toAnthropicAnswer(refusal, ID));
    expect(toEdgeAnswer(refusal, 'bedrock', ID)).toEqual({
      ...toBedrockAnswer(refusal, ID),
      headers: { ...COMMON, ...JSON_TYPE, ...headers },
    });
  });

  it('has a body, is kept by no cache, names the request, and says nothing that Claude Code takes for something else', () => {
    for (const answer of [toAnthropicAnswer(refusal, ID), toBedrockAnswer(refusal, ID)]) {
      expect(answer.body.length).toBeGreaterThan(2);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers['request-id']).toBe(ID);
      // A 403 whose text holds this word gets a meaning of its own there.
      expect(answer.body).not.toContain('model:');
      expect(answer.body).not.toContain('SECRET');
    }
  });

  it('either waits or gives up, never both', () => {
    expect('retry-after' in headers && 'x-should-retry' in headers).toBe(false);
  });
});

describe('a refusal in its variants', () => {
  it('an expired token is retried only when a helper can fetch a fresh one', () => {
    const answer = toAnthropicAnswer({ kind: 'credential_expired', refreshable: true }, ID);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers).not.toHaveProperty('x-should-retry');
  });

  it.each([
    ['unknown', 'the API key is not known; ask your tenant admin for a new one'],
    ['revoked', 'the API key has been revoked; ask your tenant admin for a new one'],
    ['expired', 'the API key has expired; rotate it, or ask your tenant admin for a new one'],
    ['owner_disabled', "the API key's owner is disabled; ask your tenant admin"],
  ] as const)('a key that is %s says what to do', (state, message) => {
    expect(toGraphqlError({ kind: 'key_not_live', state }, ID).message).toBe(message);
  });

  it.each([
    [{ why: 'denied' }, 'grant g-1 denies it'],
    [{ why: 'restricted' }, 'grant g-1 leaves it to users and keys with a grant of their own'],
    [{ why: 'not_begun', from: Date.UTC(2026, 11, 1) }, 'grant g-1 begins at 2026-12-01T00:00:00.000Z'],
    [{ why: 'ended', until: Date.UTC(2026, 10, 1) }, 'grant g-1 ended at 2026-11-01T00:00:00.000Z'],
    [
      { why: 'other_regions', regions: ['us-east-1', 'eu-central-2'] },
      'grant g-1 is for us-east-1, eu-central-2 alone',
    ],
  ] as const)('a model that is not granted names the rule: %o', (why, words) => {
    const refusal = { kind: 'model_not_granted', model: 'm', tenant: 'acme', by: { grantId: 'g-1', ...why } } as const;
    expect(toGraphqlError(refusal, ID).message).toBe(
      `model m is not granted to acme; ask your tenant admin (${words})`,
    );
  });

  it('not granted, unknown and disabled are one answer: nobody learns which models exist', () => {
    const ask = (model: string) =>
      toAnthropicAnswer({ kind: 'model_not_granted', model, tenant: 'acme' }, ID).body.replace(model, '');
    expect(ask('claude-opus-5')).toBe(ask('no-such-model'));
  });
});

describe("a client's text in our message", () => {
  const texts = (text: string): Refusal[] => [
    { kind: 'route_unknown', method: text, path: text },
    { kind: 'method_not_allowed', method: text, allow: 'POST' },
    { kind: 'model_not_granted', model: text, tenant: 'acme' },
    { kind: 'model_not_listed', model: text },
    { kind: 'model_out_of_reach', model: text, region: 'us-east-1', residency: 'geo' },
  ];

  it('is bounded and plain: it can neither flood a log nor drive a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        for (const refusal of texts(text)) {
          const { message } = toGraphqlError(refusal, ID);
          expect(message).toMatch(/^[\x20-\x7e]*$/);
          expect(message.length).toBeLessThan(600);
        }
      }),
      { seed: 91, numRuns: 500 },
    );
  });
});

it('every answer of ours, refusal or not, starts from the same headers', () => {
  expect(answerHeaders(ID)).toEqual(COMMON);
});
