/** Bedrock's exceptions with the status each is sent with; before a stream only, inside one they are frames. */
const STATUS = {
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  InternalServerException: 500,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
  ModelTimeoutException: 408,
  ResourceNotFoundException: 404,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
  ValidationException: 400,
} as const;

export type ExceptionName = keyof typeof STATUS;

export interface Refusal {
  readonly exception: ExceptionName;
  readonly message: string;
}

export function isExceptionName(name: string): name is ExceptionName {
  return Object.hasOwn(STATUS, name);
}

export function statusOf(exception: ExceptionName): number {
  return STATUS[exception];
}

export function refuse(exception: ExceptionName, message: string): Refusal {
  return { exception, message };
}

/** A model's complaint about the request; Bedrock passes Anthropic's wording on under its own exception. */
export function invalid(message: string): Refusal {
  return refuse('ValidationException', message);
}
