import type { Refusal } from '../../tenancy/refusal.ts';

const RETRY_AFTER_SECONDS = 2;

/**
 * One of Bedrock's exceptions as our refusal, whether it came as a status or as a frame in the middle of a stream. Its
 * own words go on unmodified, but for those about our access, which name our roles.
 */
export function refusalOfException(name: string, message: string): Refusal {
  // In a frame's header the same name begins in lower case.
  switch (name.charAt(0).toUpperCase() + name.slice(1)) {
    case 'ThrottlingException':
    case 'TooManyRequestsException':
    case 'ServiceQuotaExceededException':
      return { kind: 'upstream_throttled', message, retryAfterSeconds: RETRY_AFTER_SECONDS };
    case 'ValidationException':
      return { kind: 'upstream_invalid', message };
    case 'AccessDeniedException':
    case 'ExpiredTokenException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'InvalidClientTokenId':
    case 'MissingAuthenticationTokenException':
    case 'IncompleteSignatureException':
    // The catalogue names a model that Bedrock does not have here: nothing that the caller can mend.
    case 'ResourceNotFoundException':
      return { kind: 'upstream_denied', why: `${name}: ${message}` };
    default:
      return { kind: 'upstream_overloaded', message };
  }
}
