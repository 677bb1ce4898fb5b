import { createPrivateKey, type KeyObject } from 'node:crypto';
import { type FetchJson, RemoteError } from '../../access-token/fetch-json.ts';
import { KeptValue } from '../../access-token/kept-value.ts';
import { type AwsCredentials, signAwsCall } from './aws-signature.ts';
import { type Log, logFailure } from './log.ts';
import type { Settings } from './settings.ts';

/** What only the edge holds. */
export type EdgeSecrets = {
  readonly passport: { readonly kid: string; readonly privateKey: KeyObject };
  /** By the version digit of an API key; a version's key lives as long as any API key made under it. */
  readonly macKeys: ReadonlyMap<string, Uint8Array>;
};

/** Answers null when there are none and none can be had. @param now ms since the epoch */
export type ReadSecrets = (now: number) => Promise<EdgeSecrets | null>;

const RULES = { freshMs: 300_000, usableMs: 24 * 3_600_000, pauseMs: 10_000 };
const FETCH_MS = 3_000;
const KEY_ID = /^[A-Za-z0-9-]{1,32}$/;
/** As strong as the hash that it keys. */
const MIN_MAC_KEY_BYTES = 32;

/** Keeps the secret at hand, read again every five minutes. */
export function keepSecrets(
  settings: Settings,
  credentials: AwsCredentials,
  fetchJson: FetchJson,
  log: Log,
): ReadSecrets {
  const region = settings.secretsManagerRegion;
  const url = settings.secretsManagerEndpoint ?? `https://secretsmanager.${region}.amazonaws.com`;
  const body = JSON.stringify({ SecretId: settings.secretId });
  const call = {
    host: new URL(url).host,
    service: 'secretsmanager',
    region,
    target: 'secretsmanager.GetSecretValue',
    body,
  };
  const kept = new KeptValue(
    async (now) => {
      const headers = signAwsCall(call, credentials, now);
      const answer = await fetchJson({ url, method: 'POST', headers, body, timeoutMs: FETCH_MS });
      return parseSecrets((answer as { SecretString?: unknown } | null)?.SecretString);
    },
    RULES,
    logFailure(log, 'secrets'),
  );
  return (now) => kept.get(now);
}

/**
 * Reads `{"passport":{"kid","privateKeyPem"},"macKeys":{"1":"<base64>"}}`. Throws on anything less: a missing or short
 * key must never become an empty one, with which anybody could sign. Messages hold nothing of the text.
 */
export function parseSecrets(text: unknown): EdgeSecrets {
  const { passport, macKeys } = readJson(text);
  const { kid, privateKeyPem } = (passport ?? {}) as Record<string, unknown>;
  if (typeof kid !== 'string' || !KEY_ID.test(kid)) throw new RemoteError('passport.kid is missing or malformed');
  const versions = Object.entries((macKeys ?? {}) as Record<string, unknown>).map(([version, base64]) => {
    const key = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
    if (!/^[1-9]$/.test(version)) throw new RemoteError('a macKeys version is not one digit');
    if (key.length < MIN_MAC_KEY_BYTES) throw new RemoteError('a MAC key is missing or too short');
    return [version, key] as const;
  });
  if (versions.length === 0) throw new RemoteError('macKeys is empty');
  return { passport: { kid, privateKey: readPrivateKey(privateKeyPem) }, macKeys: new Map(versions) };
}

function readJson(text: unknown): Record<string, unknown> {
  try {
    return { ...JSON.parse(String(text)) };
  } catch {
    throw new RemoteError('the secret is not JSON');
  }
}

function readPrivateKey(pem: unknown): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(String(pem));
  } catch {}
  if (key?.asymmetricKeyType !== 'ed25519') throw new RemoteError('passport.privateKeyPem is no Ed25519 private key');
  return key;
}
