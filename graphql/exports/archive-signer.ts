import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { RemoteError } from '../../access-token/fetch-json.ts';
import type { ArchiveSigner } from './archive.ts';

/**
 * Reads the secret in which the key stands that signs archives: `{"privateKey": "<PKCS 8, PEM>"}`, Ed25519.
 * @throws RemoteError for anything else, saying nothing of what is in it
 */
export function readArchiveSigner(secret: unknown): ArchiveSigner {
  const key = readKey(secret);
  if (key?.asymmetricKeyType !== 'ed25519') throw new RemoteError('answered a secret without an Ed25519 key');
  return {
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    sign: (manifest) => sign(null, manifest, key),
  };
}

function readKey(secret: unknown): KeyObject | null {
  try {
    return createPrivateKey(String((JSON.parse(String(secret)) as { privateKey?: unknown }).privateKey));
  } catch {
    return null;
  }
}
