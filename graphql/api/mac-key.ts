import { createHmac } from 'node:crypto';
import { type FetchJson, RemoteError } from '../../access-token/fetch-json.ts';
import { KeptValue } from '../../access-token/kept-value.ts';
import type { Mac } from '../../tenancy/api-key.ts';
import type { AwsCredentials } from '../../tenancy/table/signature.ts';
import { openSecret, type SecretPlace } from '../secret.ts';

const RULES = { freshMs: 300_000, usableMs: 24 * 3_600_000, pauseMs: 10_000 };
/** The version under which keys are minted: the digit in `ark1_`. */
const VERSION = '1';

/**
 * Keeps the key under which new API keys are minted.
 * @returns rejects when it cannot be had: no key is minted that the edge would take for a forgery
 */
export function keepMacKey(
  place: SecretPlace,
  credentials: () => AwsCredentials,
  fetchJson: FetchJson,
  onFailure: (error: unknown) => void,
): (now: number) => Promise<Mac> {
  const secret = openSecret(place, credentials, fetchJson);
  const kept = new KeptValue(async (now) => readMacKey(await secret(now)), RULES, onFailure);
  return async (now) => {
    const key = await kept.get(now);
    if (!key) throw new RemoteError('the key for new API keys cannot be had');
    return (text) => createHmac('sha256', key).update(text).digest();
  };
}

/** @throws RemoteError for a document without a key of the version, saying nothing of what is in it */
export function readMacKey(document: unknown): Buffer {
  let keys: unknown;
  try {
    keys = (JSON.parse(String(document)) as { macKeys?: unknown }).macKeys;
  } catch {
    throw new RemoteError('answered a secret that is not JSON');
  }
  const text = (keys as Record<string, unknown> | null | undefined)?.[VERSION];
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (bytes.length < 32) throw new RemoteError(`answered a secret without a MAC key of version ${VERSION}`);
  return bytes;
}
