const STATUSES = {
  AccessDenied: 403,
  BadDigest: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  MalformedXML: 400,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const;

/** A refusal of the service, by its name on the wire. */
export class S3Error extends Error {
  readonly code: keyof typeof STATUSES;
  constructor(code: keyof typeof STATUSES, message: string) {
    super(message);
    this.code = code;
  }
  get status(): number {
    return STATUSES[this.code];
  }
}
