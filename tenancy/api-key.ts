import { parseTenantId, type TenantId } from './tenant.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `ark1_<tenant>_<keyId 10>_<secret 32><mac 11><crc 6>`; the digit is the format and the version of the MAC key. */
const SHAPE = /^ark([1-9])_([a-z0-9-]{3,32})_([0-9A-Za-z]{10})_([0-9A-Za-z]{32})([0-9A-Za-z]{11})([0-9A-Za-z]{6})$/;

/** Keyed hash of a text (HMAC-SHA256 in the product): handed in, so that this ground stays free of any runtime. */
export type Mac = (text: string) => Uint8Array;

export type ApiKeyParts = {
  readonly version: string;
  readonly tenantId: TenantId;
  readonly keyId: string;
  /** The part that the MAC covers: everything before it. */
  readonly macedText: string;
  readonly mac: string;
};

const WRITTEN = /(ark[0-9]_[a-z0-9-]{3,32}_[0-9A-Za-z]{10})_[0-9A-Za-z]{49}/g;

/** A text with the secret part taken out of every key in it: people paste keys where their own words should stand. */
export function withoutKeys(text: string): string {
  return text.replace(WRITTEN, '$1_...');
}

/** Whether a credential claims to be one of our API keys; what claims it is never tried as anything else. */
export function looksLikeApiKey(text: string): boolean {
  return /^ark[0-9]_/.test(text);
}

/**
 * Reads an API key whose shape and checksum are right. The checksum is public: it stops typing errors, not attackers;
 * `isApiKeyAuthentic` tells forgeries.
 */
export function parseApiKey(text: string): ApiKeyParts | null {
  const match = SHAPE.exec(text);
  if (!match) return null;
  const [, version = '', tenant, keyId = '', , mac = '', crc] = match;
  const tenantId = parseTenantId(tenant);
  if (!tenantId || base62(crc32(text.slice(0, -6)), 6) !== crc) return null;
  return { version, tenantId, keyId, macedText: text.slice(0, -17), mac };
}

/** Whether we minted this key: proved by the MAC alone, with no lookup. Whether it is still live is the region's question. */
export function isApiKeyAuthentic(parts: ApiKeyParts, mac: Mac): boolean {
  return equalInConstantTime(macText(mac, parts.macedText), parts.mac);
}

/**
 * Mints a key. The text is shown once and never stored; what is stored is its SHA-256.
 * @param keyId 10 and @param secret 32 characters of `randomBase62`
 */
export function mintApiKey(tenantId: TenantId, keyId: string, secret: string, mac: Mac): string {
  const maced = `ark1_${tenantId}_${keyId}_${secret}`;
  const body = maced + macText(mac, maced);
  return body + base62(crc32(body), 6);
}

/** Unbiased base62 text of the length asked for. @param bytes random bytes; 256 mod 62 is rejected, so give twice the length */
export function randomBase62(bytes: Uint8Array, length: number): string {
  const text = Array.from(bytes, (byte) => (byte < 248 ? ALPHABET.charAt(byte % 62) : ''))
    .join('')
    .slice(0, length);
  if (text.length < length) throw new RangeError('randomBase62: too few random bytes');
  return text;
}

/**
 * One of a key's two secrets; during a rotation's overlap both are live. Times are ms since the epoch. `createdAt` is
 * absent from those that were made before it was noted.
 */
export type KeySecret = { readonly sha256: string; readonly validUntil: number; readonly createdAt?: number };

/** A secret, and whose it is. */
export type SecretOfKey = { readonly key: ApiKey; readonly secret: KeySecret };

export const KEY_STATES = ['ACTIVE', 'REVOKED'] as const;

/** A key as stored: never the key itself. */
export type ApiKey = {
  readonly tenantId: TenantId;
  readonly keyId: string;
  readonly name: string;
  /** The user whose key it is; usage and budgets hang on this id. */
  readonly ownerId: string;
  readonly ownerDisabled: boolean;
  readonly state: (typeof KEY_STATES)[number];
  /** Why it was revoked, in the words of who did it. */
  readonly revokedReason?: string;
  readonly secrets: readonly KeySecret[];
  readonly version: number;
};

export type KeyLiveness = 'live' | 'unknown' | 'revoked' | 'expired' | 'owner_disabled';

/** Whether a presented key may still be used. @param sha256 hex digest of the whole presented key */
export function keyLiveness(key: ApiKey | null, sha256: string, now: number): KeyLiveness {
  const secret = key?.secrets.find((one) => equalInConstantTime(one.sha256, sha256));
  if (!key || !secret) return 'unknown';
  if (key.state === 'REVOKED') return 'revoked';
  if (key.ownerDisabled) return 'owner_disabled';
  return now < secret.validUntil ? 'live' : 'expired';
}

/** What tells two secrets of a key apart and says nothing of either. @param sha256 hex digest of the whole key */
export function fingerprintOf(sha256: string): string {
  return sha256.slice(0, 8);
}

/** Its secrets that have not ended, the older first. */
export function liveSecrets({ secrets }: ApiKey, now: number): readonly KeySecret[] {
  return secrets.filter(({ validUntil }) => now < validUntil);
}

/** The first 64 bits of the keyed hash, as 11 characters. */
function macText(mac: Mac, text: string): string {
  let number = 0n;
  for (const byte of mac(text).subarray(0, 8)) number = (number << 8n) | BigInt(byte);
  return base62(number, 11);
}

function base62(number: number | bigint, length: number): string {
  let text = '';
  for (let rest = BigInt(number); rest > 0n; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, '0');
}

/** CRC-32 (IEEE 802.3) of ASCII text. By hand, because the same sum is taken where no library exists (the viewer function). */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Looks at every character whatever differs first, so that the time taken tells nothing about a secret. */
export function equalInConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % (b.length || 1));
  return difference === 0;
}
