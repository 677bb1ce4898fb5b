import type { Tokens } from './session.ts';

const MINUTE_MS = 60_000;
/** Claude Code's own default. */
const LONGEST_TTL_MS = 5 * MINUTE_MS;

/**
 * How long Claude Code may keep what the helper printed, in ms (`CLAUDE_CODE_API_KEY_HELPER_TTL_MS`).
 * @param lifeMs of an access token; when it is not known, a minute is short enough for any
 */
export function helperTtlMs(lifeMs: number | undefined): number {
  if (lifeMs === undefined) return MINUTE_MS;
  return Math.max(1_000, Math.min(LONGEST_TTL_MS, Math.floor(lifeMs / 4)));
}

/**
 * Whether an access token may be printed: it must outlive the time that Claude Code keeps it, and the request that is
 * begun at its end.
 */
export function isFresh({ obtainedAt, expiresAt }: Tokens, now: number): boolean {
  const life = expiresAt - obtainedAt;
  const ahead = Math.min(life / 2, helperTtlMs(life) + MINUTE_MS);
  // Obtained in the future: the clock was set back, and tells nothing of this token any more.
  return now >= obtainedAt && expiresAt - now > ahead;
}
