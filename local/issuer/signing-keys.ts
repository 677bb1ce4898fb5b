import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readFileIfThere, writePrivateFile } from '../private-file.ts';

type SigningKey = { readonly kid: string; readonly key: KeyObject };

/** The keys that sign tokens: the newest signs, all of them verify. */
export type SigningKeys = {
  current(): SigningKey;
  publicKey(kid: string): KeyObject | undefined;
  /** The JSON Web Key Set, newest first. */
  jwks(): { keys: Record<string, unknown>[] };
  /** Signs with a new key from now on; resolves with its kid. The old ones stay in the set. */
  rotate(): Promise<string>;
  /** Takes every key but the current one out of the set: tokens under them are refused from then on. */
  dropOld(): void;
};

/** RSA 2048 keys, kept in `folder` (made at the first start), so that tokens outlive a restart. */
export async function openSigningKeys(folder: string): Promise<SigningKeys> {
  const path = join(folder, 'signing-keys.json');
  let keys = read(readFileIfThere(path));
  const save = () =>
    writePrivateFile(
      path,
      JSON.stringify(keys.map(({ kid, key }) => ({ kid, pem: key.export({ type: 'pkcs8', format: 'pem' }) }))),
    );
  const rotate = async () => {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const kid = randomUUID();
    keys = [{ kid, key: privateKey }, ...keys];
    save();
    return kid;
  };
  if (keys.length === 0) await rotate();
  const current = () => {
    const [first] = keys;
    if (first === undefined) throw new Error('issuer: no signing key');
    return first;
  };
  return {
    current,
    publicKey: (kid) => {
      const found = keys.find((key) => key.kid === kid);
      return found && createPublicKey(found.key);
    },
    jwks: () => ({
      keys: keys.map(({ kid, key }) => ({
        ...createPublicKey(key).export({ format: 'jwk' }),
        kid,
        alg: 'RS256',
        use: 'sig',
      })),
    }),
    rotate,
    dropOld: () => {
      keys = [current()];
      save();
    },
  };
}

function read(text: string | undefined): SigningKey[] {
  if (text === undefined) return [];
  const stored = JSON.parse(text) as { kid: string; pem: string }[];
  return stored.map(({ kid, pem }) => ({ kid, key: createPrivateKey(pem) }));
}
