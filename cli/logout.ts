import { openFetch } from './fetch.ts';
import { openIssuer } from './issuer.ts';
import { withLock } from './lock.ts';
import type { Machine } from './machine.ts';
import type { Session, Sessions } from './session.ts';

const REVOKE_MS = 30_000;

/**
 * `logout`: revokes the refresh token at its issuer and removes what is stored. The file goes also when the issuer does
 * not answer; that the token still lives there is said.
 */
export async function logout(gateway: string, sessions: Sessions, machine: Machine): Promise<void> {
  // Not during a refresh, which would write the file again after it was removed.
  await withLock(sessions.lockPath(gateway), { holdMs: REVOKE_MS, waitMs: REVOKE_MS, now: machine.now }, async () => {
    // A damaged file is removed as well.
    const session = readOrNothing(gateway, sessions);
    const revoked = session ? await revoke(session, machine) : true;
    sessions.remove(gateway);
    machine.say(`Signed out of ${gateway}.`);
    if (!revoked)
      machine.say(
        'warning: the issuer did not take the refresh token back; end the session there if others could have it',
      );
  });
}

function readOrNothing(gateway: string, sessions: Sessions): Session | undefined {
  try {
    return sessions.read(gateway);
  } catch {
    return undefined;
  }
}

async function revoke(session: Session, machine: Machine): Promise<boolean> {
  const refreshToken = session.tokens?.refreshToken;
  if (refreshToken === undefined) return true;
  try {
    return await (await openIssuer(session, openFetch(machine, session.ca), machine.now)).revoke(refreshToken);
  } catch {
    return false;
  }
}
