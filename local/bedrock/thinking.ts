import { createHmac, randomBytes } from 'node:crypto';

/** Fixed, so that a conversation goes on after the platform was restarted. It protects nothing but a test's meaning. */
const KEY = 'thinking blocks of the local stand-in';

/** The opaque signature that goes with a thinking block: it holds for exactly this text. */
export function signThinking(thinking: string): string {
  return seal(randomBytes(12), thinking);
}

/** Whether a replayed block is byte for byte one that was signed here. */
export function thinkingIsGenuine(thinking: unknown, signature: unknown): boolean {
  if (typeof thinking !== 'string' || typeof signature !== 'string') return false;
  return seal(Buffer.from(signature, 'base64').subarray(0, 12), thinking) === signature;
}

function seal(nonce: Buffer, thinking: string): string {
  const mac = createHmac('sha256', KEY).update(nonce).update(thinking).digest();
  return Buffer.concat([nonce, mac]).toString('base64');
}
