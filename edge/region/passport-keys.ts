import { createPublicKey, type KeyObject } from 'node:crypto';
import type { StoredPassportKey } from './stores.ts';

/** The public key with this id that holds at `now`, or null. @throws when the store cannot be reached */
export type FindPassportKey = (kid: string, now: number) => Promise<KeyObject | null>;

const KNOWN_MS = 5 * 60_000;
/** Short, so that a new key works soon; long enough that junk sent to a region's address is no load on the store. */
const UNKNOWN_MS = 10_000;
const MAX_KEPT = 200;

type Kept = { readonly until: number; readonly found: Promise<{ key: KeyObject; expiresAt: number } | null> };

/** Keeps the edge's public keys, found or not, so that a request costs no read for them. */
export function keepPassportKeys(load: (kid: string) => Promise<StoredPassportKey | null>): FindPassportKey {
  const kept = new Map<string, Kept>();

  async function find(kid: string, now: number): Promise<{ key: KeyObject; expiresAt: number } | null> {
    try {
      const stored = await load(kid);
      if (!stored) return null;
      const key = createPublicKey(stored.publicKeyPem);
      // Another algorithm's key would make another check of `verify`: this list holds Ed25519 and nothing else.
      if (key.asymmetricKeyType !== 'ed25519') return null;
      kept.set(kid, {
        until: now + KNOWN_MS,
        found: Promise.resolve({ key, expiresAt: stored.expiresAt ?? Infinity }),
      });
      return { key, expiresAt: stored.expiresAt ?? Infinity };
    } catch (error) {
      kept.delete(kid);
      throw error;
    }
  }

  return async (kid, now) => {
    let entry = kept.get(kid);
    if (!entry || entry.until <= now) {
      if (kept.size >= MAX_KEPT) kept.clear();
      entry = { until: now + UNKNOWN_MS, found: find(kid, now) };
      kept.set(kid, entry);
    }
    const found = await entry.found;
    return found && now < found.expiresAt ? found.key : null;
  };
}
