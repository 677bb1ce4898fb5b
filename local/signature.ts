import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The checking side of AWS Signature Version 4, for every stand-in that takes signed calls.
 * Canonicalised from what came over the wire (raw path, raw headers, raw body), never from parsed copies.
 */

/** A request as received: `url` is the undecoded path with query, `rawHeaders` Node's flat name/value list. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** What the Authorization header claims; nothing of it is proven before `verifySignature` says so. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** yyyymmdd */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** lower-case hex */
  readonly signature: string;
}

export type SignatureVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;._-]+), ?Signature=([0-9a-f]{64})$/;
const MAX_SKEW_MS = 5 * 60_000;

/** Every value of one header in the order of arrival, name in lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? '');
  }
  return values;
}

/** Reads the claim out of the Authorization header; undefined when it is absent, doubled or of another shape. */
export function readSignature(rawHeaders: readonly string[]): SignatureClaim | undefined {
  const [header, second] = headerValues(rawHeaders, 'authorization');
  const match = header === undefined || second !== undefined ? null : AUTHORIZATION.exec(header);
  if (match === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = match;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/**
 * What S3 alone does otherwise. `payloadHash`: what the caller says of the body, which the service has to check by itself;
 * the path is signed as it is sent, and not encoded a second time.
 */
export type SigningStyle = { readonly path: 'as sent'; readonly payloadHash: string };

/**
 * Checks the claim against the secret. `now` in ms since the epoch; a date more than five minutes away is refused.
 * Without a style the body's hash is taken from the bytes received, so that no declared one (`UNSIGNED-PAYLOAD`) is
 * believed.
 */
export function verifySignature(
  request: SignedRequest,
  claim: SignatureClaim,
  secretAccessKey: string,
  now: number,
  style?: SigningStyle,
): SignatureVerdict {
  const envelope = checkEnvelope(request, claim, now, style);
  if (!envelope.ok) return envelope;
  return matchSignature(claim, secretAccessKey, envelope);
}

/** A claim that stands in the query. `stamp` as it is there; `expiresSeconds` from then on. */
export interface PresignedClaim extends SignatureClaim {
  readonly stamp: string;
  readonly expiresSeconds: number;
}

const MAX_PRESIGNED_SECONDS = 7 * 86_400;

/** Reads the claim of a presigned address; undefined when it is none, or has a part twice or of another shape. */
export function readPresigned(url: string): PresignedClaim | undefined {
  const query = new URLSearchParams(url.split(/\?(.*)/s)[1] ?? '');
  const one = (name: string): string => {
    const [value = '', second] = query.getAll(`X-Amz-${name}`);
    return second === undefined ? value : '';
  };
  const [, accessKeyId, date, region, service] =
    /^([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/.exec(one('Credential')) ?? [];
  const [signature, signedHeaders, expires] = [one('Signature'), one('SignedHeaders'), one('Expires')];
  if (one('Algorithm') !== 'AWS4-HMAC-SHA256' || !/^[0-9a-f]{64}$/.test(signature)) return undefined;
  if (!accessKeyId || !date || !region || !service || !/^\d{1,6}$/.test(expires)) return undefined;
  const expiresSeconds = Number(expires);
  if (expiresSeconds > MAX_PRESIGNED_SECONDS) return undefined;
  const names = signedHeaders.split(';');
  return { accessKeyId, date, region, service, signedHeaders: names, signature, stamp: one('Date'), expiresSeconds };
}

/** Checks a presigned address: whoever has it may use it, as it is, until it ends. `now` in ms since the epoch. */
export function verifyPresigned(
  request: SignedRequest,
  claim: PresignedClaim,
  secretAccessKey: string,
  now: number,
): SignatureVerdict {
  const { stamp } = claim;
  const signedAt = readAmzDate(stamp);
  if (signedAt === undefined || !stamp.startsWith(claim.date))
    return refuse('the signing date is missing or malformed');
  if (signedAt > now + MAX_SKEW_MS) return refuse(`not yet current: ${stamp}`);
  if (now >= signedAt + claim.expiresSeconds * 1000) return refuse('Request has expired');
  const uncovered = findUnsigned(request, claim.signedHeaders);
  if (uncovered !== undefined) return refuse(`header '${uncovered}' must be signed`);
  const [path = '', query = ''] = request.url.split(/\?(.*)/s);
  const rest = query.split('&').filter((pair) => !pair.startsWith('X-Amz-Signature='));
  const unsigned = { ...request, url: `${path}?${rest.join('&')}` };
  const style = { path: 'as sent', payloadHash: 'UNSIGNED-PAYLOAD' } as const;
  const canonicalHash = sha256Hex(canonicalRequest(unsigned, claim.signedHeaders, style.payloadHash, style));
  return matchSignature(claim, secretAccessKey, { stamp, canonicalHash });
}

function matchSignature(
  claim: SignatureClaim,
  secretAccessKey: string,
  { stamp, canonicalHash }: Pick<Envelope, 'stamp' | 'canonicalHash'>,
): SignatureVerdict {
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, canonicalHash].join('\n');
  let key: Buffer = hmac(`AWS4${secretAccessKey}`, claim.date);
  for (const part of [claim.region, claim.service, 'aws4_request']) key = hmac(key, part);
  const matches = timingSafeEqual(hmac(key, toSign), Buffer.from(claim.signature, 'hex'));
  return matches
    ? { ok: true }
    : refuse('The request signature we calculated does not match the signature you provided.');
}

/** What version 4 and version 4A check alike, and what both go on to sign. */
export type Envelope = { readonly ok: true; readonly stamp: string; readonly canonicalHash: string };

/** Checks date, coverage and payload; the signature itself is the caller's to check. `now` in ms since the epoch. */
export function checkEnvelope(
  request: SignedRequest,
  claim: { readonly date: string; readonly signedHeaders: readonly string[] },
  now: number,
  style?: SigningStyle,
): Envelope | { readonly ok: false; readonly reason: string } {
  const [stamp = ''] = headerValues(request.rawHeaders, 'x-amz-date');
  const signedAt = readAmzDate(stamp);
  if (signedAt === undefined || !stamp.startsWith(claim.date))
    return refuse('the signing date is missing or malformed');
  if (Math.abs(now - signedAt) > MAX_SKEW_MS) return refuse(`Signature expired or not yet current: ${stamp}`);

  const unsigned = findUnsigned(request, claim.signedHeaders);
  if (unsigned !== undefined) return refuse(`header '${unsigned}' must be signed`);

  const payloadHash = style?.payloadHash ?? sha256Hex(request.body);
  const canonicalHash = sha256Hex(canonicalRequest(request, claim.signedHeaders, payloadHash, style));
  return { ok: true, stamp, canonicalHash };
}

/** A header that may change the meaning of the call must be under the signature, or it could be swapped on the way. */
function findUnsigned({ rawHeaders }: SignedRequest, signedHeaders: readonly string[]): string | undefined {
  const present = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return ['host', ...present.filter((name) => name.startsWith('x-amz') && name !== 'x-amzn-trace-id')].find(
    (name) => !signedHeaders.includes(name),
  );
}

/** Every service but S3 signs the path encoded a second time: `%3A` on the wire is `%253A` in the canonical form. */
function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  style?: SigningStyle,
): string {
  const [path = '/', query = ''] = request.url.split(/\?(.*)/s);
  const headers = signedHeaders.map((name) => {
    const values = headerValues(request.rawHeaders, name).map((value) => value.trim().replace(/ +/g, ' '));
    return `${name}:${values.join(',')}\n`;
  });
  return [
    request.method,
    style ? path : path.split('/').map(encode).join('/'),
    query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .sort()
      .join('&'),
    headers.join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function readAmzDate(stamp: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
