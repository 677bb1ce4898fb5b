import { browserCommand } from './browser.ts';
import { CliError } from './failure.ts';
import { openFetch } from './fetch.ts';
import { openIssuer } from './issuer.ts';
import { withLock } from './lock.ts';
import type { Machine } from './machine.ts';
import type { About, Session, Sessions } from './session.ts';
import { signIn } from './sign-in.ts';
import { isFresh } from './token-life.ts';

/** Two calls of the issuer, each with its own limit. */
const REFRESH_MS = 30_000;

export type TokenOptions = {
  /** Whether a person may be asked to sign in by a browser of this machine. */
  readonly browser: boolean;
  /** The longest to wait for a person. */
  readonly waitMs: number;
  /** Signs in anew, whatever is stored. */
  readonly anew?: boolean;
};

/**
 * A session with a fresh access token: as stored, refreshed, or signed in to. Of many processes at once one does the work
 * and the others find its result: a refresh token that is rotated may be used once.
 * @throws CliError when there is none to be had
 */
export async function freshSession(
  about: About,
  sessions: Sessions,
  machine: Machine,
  options: TokenOptions,
): Promise<Session> {
  const { gateway } = about;
  const holdMs = REFRESH_MS + options.waitMs;
  const outcome = await withLock(sessions.lockPath(gateway), { holdMs, waitMs: holdMs, now: machine.now }, () =>
    // Read only now: what stood there before the wait may be old.
    renew(about, sessions, machine, options),
  );
  if (outcome === 'busy') throw new CliError({ kind: 'busy', gateway });
  return outcome;
}

async function renew(about: About, sessions: Sessions, machine: Machine, options: TokenOptions): Promise<Session> {
  const { gateway } = about;
  const keep = (more: Partial<Session>): Session => {
    const kept = { ...session, ...more };
    sessions.write(kept);
    return kept;
  };
  const stored = sessions.read(gateway);
  // A refresh token goes to the issuer that gave it, and to no other that the gateway names today.
  const session =
    stored?.issuer === about.issuer && stored.clientId === about.clientId ? { ...stored, ...about } : about;
  const { tokens } = session as Session;
  if (tokens && !options.anew && isFresh(tokens, machine.now())) return keep({});
  const fetch = openFetch(machine, about.ca);
  let reason = `nobody is signed in to ${gateway}`;
  if (tokens?.refreshToken && !options.anew) {
    const refreshed = await openIssuer(about, fetch, machine.now)
      .then((issuer) => issuer.refresh(tokens.refreshToken ?? ''))
      .catch((error: Error) => ({ kind: 'unavailable' as const, reason: error.message }));
    switch (refreshed.kind) {
      case 'refreshed':
        return keep({ tokens: refreshed.tokens });
      case 'unavailable':
        // Old is better than none: it is good for what is left of it.
        if (tokens.expiresAt > machine.now()) return keep({});
        throw new CliError({ kind: 'unreachable', url: about.issuer, reason: refreshed.reason });
      case 'refused':
        reason = `the sign-in to ${gateway} has ended: ${refreshed.reason}`;
    }
  }
  if (whyNobodyCanSignIn(options.browser, machine) !== null)
    throw new CliError({ kind: 'sign_in_needed', gateway, reason });
  if (tokens && !options.anew) machine.say(`agent-runner: ${reason}`);
  return keep(await signIn(await openIssuer(about, fetch, machine.now), machine, { gateway, ...options }));
}

/** What is missing for a person to sign in here, null when nothing is. @param browser whether one may be opened */
export function whyNobodyCanSignIn(
  browser: boolean,
  machine: Pick<Machine, 'interactive' | 'env' | 'platform'>,
): string | null {
  if (machine.interactive || (browser && browserCommand(machine))) return null;
  return browser
    ? 'here is neither a browser nor a terminal'
    : 'without a browser it takes a terminal, to paste the address at which the sign-in ends';
}
