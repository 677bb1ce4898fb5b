import type { Refusal } from './refusal.ts';
import type { Wire } from './route.ts';

type NotGranted = Extract<Refusal, { kind: 'model_not_granted' }>;

type AnthropicErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'overloaded_error';

/** `retry`: never = the client's retries cannot help; seconds = when they can; absent = the client's own rule is right. */
export type Description = {
  readonly status: number;
  readonly type: AnthropicErrorType;
  readonly awsType: string;
  readonly graphqlCode:
    | 'BAD_USER_INPUT'
    | 'UNAUTHENTICATED'
    | 'FORBIDDEN'
    | 'NOT_FOUND'
    | 'RATE_LIMITED'
    | 'UNAVAILABLE'
    | 'INTERNAL';
  readonly message: string;
  readonly retry?: 'never' | number;
  readonly allow?: string;
};

const UNAUTHENTICATED = {
  status: 401,
  type: 'authentication_error',
  awsType: 'UnrecognizedClientException',
  graphqlCode: 'UNAUTHENTICATED',
} as const;
const FORBIDDEN = {
  status: 403,
  type: 'permission_error',
  awsType: 'AccessDeniedException',
  graphqlCode: 'FORBIDDEN',
} as const;
const INVALID = {
  type: 'invalid_request_error',
  awsType: 'ValidationException',
  graphqlCode: 'BAD_USER_INPUT',
} as const;
const THROTTLED = {
  status: 429,
  type: 'rate_limit_error',
  awsType: 'ThrottlingException',
  graphqlCode: 'RATE_LIMITED',
} as const;
const UNAVAILABLE = {
  status: 503,
  type: 'api_error',
  awsType: 'ServiceUnavailableException',
  graphqlCode: 'UNAVAILABLE',
} as const;
const OVERLOADED = {
  status: 529,
  type: 'overloaded_error',
  awsType: 'ServiceUnavailableException',
  graphqlCode: 'UNAVAILABLE',
} as const;

/**
 * In Bedrock mode Claude Code retries every 403 for minutes, but for one whose text holds these words of AWS's: it tells
 * its user at once.
 */
const NO_ACCESS = "You don't have access to the model with the specified model ID";

/** Where Claude Code has the address from that it speaks each wire to. */
const BASE_URL = { anthropic: 'ANTHROPIC_BASE_URL', bedrock: 'ANTHROPIC_BEDROCK_BASE_URL' } as const;

/**
 * What a caller learns of a refusal: the thing, and the way out; on Bedrock's wire in the words and with the status that
 * Bedrock's clients act on.
 */
export function describe(refusal: Refusal, wire: Wire = 'anthropic'): Description {
  const said = say(refusal, wire);
  if (wire === 'anthropic') return said;
  if (said.status === FORBIDDEN.status && refusal.kind !== 'passport_refused')
    return { ...said, message: `${NO_ACCESS}: ${said.message}` };
  // The status is Anthropic's own; an AWS client knows it neither as a fault that passes nor as any other.
  return said.status === OVERLOADED.status ? { ...said, status: UNAVAILABLE.status } : said;
}

/** Adding a kind without a line here does not compile. */
function say(refusal: Refusal, wire: Wire): Description {
  switch (refusal.kind) {
    case 'host_unknown':
      return {
        status: 404,
        type: 'not_found_error',
        awsType: 'ResourceNotFoundException',
        graphqlCode: 'NOT_FOUND',
        message:
          'this hostname is no tenant; use https://<tenant>.proxy.<domain> with the name that your tenant admin gave you',
        retry: 'never',
      };
    case 'credential_missing':
      return {
        ...UNAUTHENTICATED,
        message: 'no credential on the request; set ANTHROPIC_AUTH_TOKEN to your API key or access token',
        retry: 'never',
      };
    case 'credential_invalid':
      return {
        ...UNAUTHENTICATED,
        message: 'the credential is not valid; check that it was copied whole, or ask your tenant admin for a new one',
        retry: 'never',
      };
    case 'credential_aws_signature':
      return {
        ...UNAUTHENTICATED,
        message:
          'an AWS signature is no credential here; set ANTHROPIC_AUTH_TOKEN or AWS_BEARER_TOKEN_BEDROCK to your API key or access token, and CLAUDE_CODE_SKIP_BEDROCK_AUTH=1',
        retry: 'never',
      };
    case 'credential_expired':
      return {
        ...UNAUTHENTICATED,
        message: 'the access token has expired; sign in again',
        ...(refusal.refreshable ? {} : { retry: 'never' as const }),
      };
    case 'credentials_conflict':
      return {
        ...UNAUTHENTICATED,
        message:
          'the request carries two credentials of different identities; set either ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY, not both',
        retry: 'never',
      };
    case 'key_not_live':
      return { ...UNAUTHENTICATED, message: keyMessage(refusal.state), retry: 'never' };
    case 'tenant_mismatch':
      return {
        ...FORBIDDEN,
        message:
          'the credential does not belong to this hostname; check ANTHROPIC_BASE_URL against the tenant that issued the credential',
        retry: 'never',
      };
    case 'group_missing':
      return {
        ...FORBIDDEN,
        message: `${refusal.tenant} lets in people of these groups of its identity provider alone: ${refusal.groups.join(', ')}; ask your tenant admin to be added to one, then sign in again`,
        retry: 'never',
      };
    case 'tenant_inactive':
      return {
        ...FORBIDDEN,
        message: `tenant ${refusal.tenant} is ${refusal.status.toLowerCase()}; ask your platform's support`,
        retry: 'never',
      };
    case 'tenant_not_here':
      return {
        ...UNAVAILABLE,
        message: 'this hostname is being set up; try again in a moment',
        retry: refusal.retryAfterSeconds,
      };
    case 'passport_refused':
      return {
        ...FORBIDDEN,
        message: 'this address serves the platform alone; use your tenant hostname',
        retry: 'never',
      };
    case 'route_unknown':
      return {
        status: 404,
        type: 'not_found_error',
        awsType: 'UnknownOperationException',
        graphqlCode: 'NOT_FOUND',
        message: `nothing is served at ${printable(refusal.method)} ${printable(refusal.path)}; ${BASE_URL[wire]} must be the hostname alone, without a path`,
        retry: 'never',
      };
    case 'method_not_allowed':
      return {
        ...INVALID,
        status: 405,
        message: `method ${printable(refusal.method)} is not allowed here; use ${refusal.allow}`,
        retry: 'never',
        allow: refusal.allow,
      };
    case 'request_malformed':
      return { ...INVALID, status: 400, message: refusal.what };
    case 'content_type_unsupported':
      return { ...INVALID, status: 415, message: refusal.what, retry: 'never' };
    case 'body_too_large':
      return {
        status: 413,
        type: 'request_too_large',
        awsType: 'RequestEntityTooLargeException',
        graphqlCode: 'BAD_USER_INPUT',
        message: `the request body is over the gateway's limit${refusal.limitBytes ? ` of ${refusal.limitBytes} bytes` : ''}; start a new session or /compact, and leave out large images`,
        retry: 'never',
      };
    case 'model_not_granted':
      return {
        ...FORBIDDEN,
        message: `model ${printable(refusal.model)} is not granted to ${refusal.tenant}; ask your tenant admin${refusal.by ? ` (${ruleWords(refusal.by)})` : ''}`,
        retry: 'never',
      };
    case 'model_not_listed':
      return {
        status: 404,
        type: 'not_found_error',
        awsType: 'ResourceNotFoundException',
        graphqlCode: 'NOT_FOUND',
        message: `there is no model ${printable(refusal.model)} for you here; ask your tenant admin`,
        retry: 'never',
      };
    case 'model_out_of_reach':
      return {
        ...FORBIDDEN,
        message: `model ${printable(refusal.model)} cannot be called from ${refusal.region} under the residency rule "${refusal.residency}"; use another model, or ask your tenant admin to widen the rule`,
        retry: 'never',
      };
    case 'stopped':
      return {
        ...FORBIDDEN,
        message: `calls are stopped for this ${refusal.by}; ask your tenant admin or your platform's support`,
        retry: 'never',
      };
    case 'capacity_shared':
      return {
        ...THROTTLED,
        message: `the capacity of ${refusal.model} is shared among tenants at the moment and yours has had its share; try again`,
        retry: refusal.retryAfterSeconds,
      };
    case 'rate_limited':
      return { ...THROTTLED, message: refusal.what, retry: refusal.retryAfterSeconds };
    case 'limit_spent':
      return { ...THROTTLED, message: refusal.what, retry: 'never' };
    case 'store_unavailable':
    case 'edge_not_ready':
      return {
        ...UNAVAILABLE,
        message: 'the gateway cannot check this request at the moment; it was not sent to the model, try again',
        retry: 2,
      };
    case 'place_lost':
      return {
        ...UNAVAILABLE,
        message: "the gateway could not keep this request's place in its limits and has ended it; try again",
        retry: 2,
      };
    case 'upstream_invalid':
      return { ...INVALID, status: 400, message: refusal.message };
    case 'upstream_throttled':
      return { ...THROTTLED, message: refusal.message, retry: refusal.retryAfterSeconds };
    case 'upstream_overloaded':
    case 'upstream_broken':
      return { ...OVERLOADED, message: refusal.message };
    case 'upstream_silent':
      return { ...OVERLOADED, message: `the model sent nothing for ${refusal.seconds} seconds; the request was ended` };
    case 'upstream_denied':
      return {
        status: 500,
        type: 'api_error',
        awsType: 'InternalServerException',
        graphqlCode: 'INTERNAL',
        message: "the gateway is not allowed to call this model; this is the platform's fault and its staff is alarmed",
        retry: 'never',
      };
    case 'internal':
      return {
        status: 500,
        type: 'api_error',
        awsType: 'InternalServerException',
        graphqlCode: 'INTERNAL',
        message: 'the gateway failed on this request; tell your platform the request id',
      };
  }
}

function keyMessage(state: 'unknown' | 'revoked' | 'expired' | 'owner_disabled'): string {
  switch (state) {
    case 'unknown':
      return 'the API key is not known; ask your tenant admin for a new one';
    case 'revoked':
      return 'the API key has been revoked; ask your tenant admin for a new one';
    case 'expired':
      return 'the API key has expired; rotate it, or ask your tenant admin for a new one';
    case 'owner_disabled':
      return "the API key's owner is disabled; ask your tenant admin";
  }
}

/** A client's text inside our message: bounded and plain, so that it can neither flood a log nor drive a terminal. */
function printable(text: string): string {
  return text.slice(0, 120).replace(/[^\x21-\x7e]/g, '?');
}

/** Which rule says no, in a tenant admin's words. */
function ruleWords(by: NonNullable<NotGranted['by']>): string {
  switch (by.why) {
    case 'denied':
      return `grant ${by.grantId} denies it`;
    case 'restricted':
      return `grant ${by.grantId} leaves it to users and keys with a grant of their own`;
    case 'not_begun':
      return `grant ${by.grantId} begins at ${new Date(by.from).toISOString()}`;
    case 'ended':
      return `grant ${by.grantId} ended at ${new Date(by.until).toISOString()}`;
    case 'other_regions':
      return `grant ${by.grantId} is for ${by.regions.join(', ')} alone`;
  }
}
