import { createECDH, createHmac, createPublicKey, verify } from 'node:crypto';
import { checkEnvelope, headerValues, type SignatureVerdict, type SignedRequest } from './signature.ts';

/**
 * The checking side of AWS Signature Version 4A: as version 4, but ECDSA over P-256 with a key pair derived from the
 * secret, and good for a set of regions (`x-amz-region-set`) instead of one.
 */

/** What the Authorization header claims; nothing of it is proven before `verifySignatureV4a` says so. */
export type SignatureV4aClaim = {
  readonly accessKeyId: string;
  /** yyyymmdd */
  readonly date: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** DER, hex */
  readonly signature: string;
};

const ALGORITHM = 'AWS4-ECDSA-P256-SHA256';
const AUTHORIZATION =
  /^AWS4-ECDSA-P256-SHA256 Credential=([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;._-]+), ?Signature=((?:[0-9a-f]{2}){8,72})$/;
/** The order of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Reads the claim out of the Authorization header; undefined when it is absent, doubled or of another shape. */
export function readSignatureV4a(rawHeaders: readonly string[]): SignatureV4aClaim | undefined {
  const [header, second] = headerValues(rawHeaders, 'authorization');
  const match = header === undefined || second !== undefined ? null : AUTHORIZATION.exec(header);
  if (match === null) return undefined;
  const [, accessKeyId = '', date = '', service = '', signedHeaders = '', signature = ''] = match;
  return { accessKeyId, date, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** Checks the claim against the secret; the region set must be `*`. `now` in ms since the epoch. */
export function verifySignatureV4a(
  request: SignedRequest,
  claim: SignatureV4aClaim,
  secretAccessKey: string,
  now: number,
): SignatureVerdict {
  const [regions] = headerValues(request.rawHeaders, 'x-amz-region-set');
  if (regions !== '*') return { ok: false, reason: 'x-amz-region-set must be *' };
  const envelope = checkEnvelope(request, claim, now);
  if (!envelope.ok) return envelope;
  const scope = `${claim.date}/${claim.service}/aws4_request`;
  const toSign = [ALGORITHM, envelope.stamp, scope, envelope.canonicalHash].join('\n');
  const key = publicKeyOf(claim.accessKeyId, secretAccessKey);
  const matches = verify('sha256', Buffer.from(toSign), key, Buffer.from(claim.signature, 'hex'));
  return matches ? { ok: true } : { ok: false, reason: 'The request signature does not verify.' };
}

/** NIST SP 800-108 in counter mode over HMAC-SHA256, as AWS lays it down; a result outside the curve's order counts on. */
function publicKeyOf(accessKeyId: string, secretAccessKey: string) {
  for (let counter = 1; counter < 255; counter++) {
    const input = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      Buffer.from(`${ALGORITHM}\0${accessKeyId}`),
      Buffer.from([counter]),
      Buffer.from([0, 0, 1, 0]),
    ]);
    const candidate = BigInt(`0x${createHmac('sha256', `AWS4A${secretAccessKey}`).update(input).digest('hex')}`);
    if (candidate > ORDER - 2n) continue;
    const pair = createECDH('prime256v1');
    pair.setPrivateKey((candidate + 1n).toString(16).padStart(64, '0'), 'hex');
    const point = pair.getPublicKey();
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
    return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' } });
  }
  throw new Error('no key pair can be derived from this secret');
}
