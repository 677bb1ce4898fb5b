import { createHash } from 'node:crypto';
import {
  headerValues,
  readPresigned,
  readSignature,
  type SignatureClaim,
  type SignedRequest,
  verifyPresigned,
  verifySignature,
} from '../signature.ts';
import { S3Error } from './errors.ts';

const UNSIGNED = ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'];

/** Lets a request pass whose signature, in its header or its query, is that of a known key. @throws S3Error otherwise */
export function authorizeS3(
  request: SignedRequest,
  accessKeys: Readonly<Record<string, string>>,
  region: string,
  now: number,
): void {
  const presigned = readPresigned(request.url);
  const claim = presigned ?? readSignature(request.rawHeaders);
  if (!claim) throw new S3Error('AccessDenied', 'Access Denied');
  const secret = secretOf(claim, accessKeys, region);
  const verdict = presigned
    ? verifyPresigned(request, presigned, secret, now)
    : verifySignature(request, claim, secret, now, { path: 'as sent', payloadHash: declaredHash(request) });
  if (verdict.ok) return;
  if (/expired/i.test(verdict.reason)) {
    throw presigned
      ? new S3Error('AccessDenied', 'Request has expired')
      : new S3Error('RequestTimeTooSkewed', verdict.reason);
  }
  throw new S3Error('SignatureDoesNotMatch', verdict.reason);
}

function secretOf(
  { accessKeyId, service, region }: SignatureClaim,
  accessKeys: Readonly<Record<string, string>>,
  own: string,
): string {
  const secret = Object.hasOwn(accessKeys, accessKeyId) ? accessKeys[accessKeyId] : undefined;
  if (secret === undefined) {
    throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  }
  // A signature made for another service or region must not open this one.
  if (service !== 's3' || region !== own) throw new S3Error('AccessDenied', `the signature is not for s3 in ${own}`);
  return secret;
}

/** What the caller says of the body, under the signature: its hash, which is checked, or that it has none. */
function declaredHash({ rawHeaders, body }: SignedRequest): string {
  const [declared, second] = headerValues(rawHeaders, 'x-amz-content-sha256');
  if (declared === undefined || second !== undefined) {
    throw new S3Error('InvalidArgument', 'x-amz-content-sha256 must be given once');
  }
  if (UNSIGNED.includes(declared)) return declared;
  if (declared.startsWith('STREAMING-')) throw new S3Error('NotImplemented', `${declared} is not known here`);
  if (createHash('sha256').update(body).digest('hex') !== declared) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  return declared;
}
