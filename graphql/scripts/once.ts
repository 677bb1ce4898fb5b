import { createHash } from 'node:crypto';

/**
 * The idempotency key of a change: the same for the same script, subject and input, so that a run after a `kill -9` asks
 * for what the one before asked for, and the API does it once. It holds for a day. Whatever says of which state the change
 * is of (a version that was read) belongs into the input: else the API would answer a later change with an earlier one.
 * @param input JSON; in whatever order its fields stand
 */
export function onceKey(script: string, subject: string, input: object): string {
  const text = JSON.stringify([script, subject, sorted(input)]);
  return `${script}:${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => [name, sorted(one)]);
}
