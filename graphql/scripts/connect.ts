import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DEADLINE_MS, openClient } from './client.ts';
import { openPost } from './post.ts';
import { type Environment, findApi } from './settings.ts';
import { keepAccessToken } from './sign-in.ts';

/** The settings that a script needs are not there, or not whole. */
export class NoSettings extends Error {}

export type Connection = {
  readonly env: Environment;
  /** ms since the epoch: `Date.now`. */
  readonly now: () => number;
  /** A local platform's `platform.json`. */
  readonly platform?: string;
  readonly onRetry?: (why: string) => void;
};

/**
 * A client of the API, signed in with the settings that `docs/automation.md` names. Nothing is sent before it is asked.
 * @throws NoSettings
 */
export function connect({ env, now, platform, onRetry }: Connection): Client {
  const found = findApi(env, platform, (path) => readFileSync(path, 'utf8'));
  if (!found.ok) throw new NoSettings(found.reason);
  const clock = { now, sleep: (ms: number) => sleep(ms), random: Math.random };
  const post = openPost(found.value.ca);
  const token = keepAccessToken(found.value, post, DEADLINE_MS, clock);
  const told = onRetry ? { onRetry } : {};
  return openClient({ url: found.value.url, post, token, deadlineMs: DEADLINE_MS, clock, ...told });
}
