const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * A UUID version 7 (RFC 9562): the one id of a request in every log, intent, settlement, CloudTrail row and invoice line.
 * @param now milliseconds since the epoch
 * @param random 10 random bytes
 */
export function mintRequestId(now: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(now / 0x10000));
  view.setUint16(4, now % 0x10000);
  bytes.set(random.subarray(0, 10), 6);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** How many instants are remembered: requests that are under way at once, each at an instant of its own. */
const INSTANTS = 1_000;
/** What of the first three of its bytes an id has; the others it has whole. */
const BITS = [0x0f, 0xff, 0x3f];

/**
 * Makes the random part of ids such that those of one instant are in the order in which they were made here, as text:
 * the first is random, but for its highest bit, which leaves room; each further one is the one before and 1.
 * @returns for an instant (ms since the epoch) 10 bytes for `mintRequestId`
 */
export function monotonicBytes(randomBytes: (size: number) => Uint8Array): (at: number) => Uint8Array {
  const last = new Map<number, Uint8Array>();
  return (at) => {
    const before = last.get(at);
    const bytes = before ? incremented(before) : randomBytes(10).map((byte, n) => byte & (n === 0 ? 0x07 : 0xff));
    // Taken out and put in again, so that the instant that was asked for longest ago goes first.
    last.delete(at);
    last.set(at, bytes);
    const [oldest] = last.keys();
    if (last.size > INSTANTS && oldest !== undefined) last.delete(oldest);
    return bytes;
  };
}

function incremented(bytes: Uint8Array): Uint8Array {
  let carry = 1;
  return bytes
    .map((byte, n) => byte & (BITS[n] ?? 0xff))
    .reduceRight((next, byte, n) => {
      const sum = byte + carry;
      const most = BITS[n] ?? 0xff;
      carry = sum > most ? 1 : 0;
      next[n] = sum & most;
      return next;
    }, new Uint8Array(bytes.length));
}

export function isRequestId(text: unknown): text is string {
  return typeof text === 'string' && UUID_V7.test(text);
}
