import type { Tools } from './script.ts';

/**
 * Lets work begin at an even pace.
 * @returns resolves when the next one may begin; those who wait at the same time take turns
 */
export function pace(perMinute: number, { now, sleep }: Pick<Tools, 'now' | 'sleep'>): () => Promise<void> {
  const gapMs = 60_000 / perMinute;
  let next = 0;
  return async () => {
    const at = Math.max(next, now());
    next = at + gapMs;
    if (at > now()) await sleep(at - now());
  };
}
