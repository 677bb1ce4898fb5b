import { freshSession, whyNobodyCanSignIn } from './access-token.ts';
import { CliError } from './failure.ts';
import { openFetch } from './fetch.ts';
import { parseGateway } from './gateway.ts';
import { readGatewayMetadata } from './gateway-metadata.ts';
import type { Machine } from './machine.ts';
import { type About, type Session, type Sessions, withoutTokens } from './session.ts';

/** A helper holds up Claude Code, whose user may not even see a terminal; a person at one takes a password manager's time. */
const HELPER_WAIT_MS = 120_000;
const PERSON_WAIT_MS = 300_000;

export type LoginOptions = {
  readonly gateway: string;
  /** Only the token, on standard output. */
  readonly print: boolean;
  readonly browser: boolean;
  readonly force: boolean;
  /** Path of certificates to trust. */
  readonly ca?: string;
};

/** `login`: a fresh access token for a gateway, by signing in when nothing less will do. */
export async function login(options: LoginOptions, sessions: Sessions, machine: Machine): Promise<void> {
  const { gateway, print, browser, force } = options;
  const about = await aboutGateway(gateway, sessions, machine, print ? {} : { asked: true, ...options });
  const session = await freshSession(about, sessions, machine, {
    browser,
    waitMs: print ? HELPER_WAIT_MS : PERSON_WAIT_MS,
    anew: force,
  }).catch((error: unknown) => {
    const why = whyNobodyCanSignIn(browser, machine);
    // A helper's user reads that he is to sign in: what is missing is missing where the helper runs, and not where he is.
    if (print || why === null || !(error instanceof CliError) || error.failure.kind !== 'sign_in_needed') throw error;
    throw new CliError({ ...error.failure, reason: `${error.failure.reason}, and ${why}` });
  });
  if (!session.tokens) throw new CliError({ kind: 'sign_in_needed', gateway, reason: 'nobody is signed in' });
  if (print) machine.print(session.tokens.accessToken);
  else machine.say(signedInLine(session));
}

export function signedInLine({ gateway, signedInAs, tokens }: Session): string {
  const until = tokens ? `, access token until ${new Date(tokens.expiresAt).toISOString()}` : '';
  return `Signed in to ${gateway}${signedInAs === undefined ? '' : ` as ${signedInAs}`}${until}.`;
}

/**
 * Where a gateway's people sign in: as stored, or as it says itself when it is asked for the first time or by a person.
 * @throws CliError when it is neither stored nor answers
 */
export async function aboutGateway(
  gateway: string,
  sessions: Sessions,
  machine: Machine,
  { asked = false, ca }: { readonly asked?: boolean; readonly ca?: string },
): Promise<About> {
  const stored = sessions.read(gateway);
  if (stored && !asked) return withoutTokens(stored);
  const trusted = ca ?? stored?.ca;
  const metadata = await readGatewayMetadata(gateway, openFetch(machine, trusted));
  return { version: 1, gateway, ...metadata, ...(trusted === undefined ? {} : { ca: trusted }) };
}

/**
 * The gateway that is meant: an address, the first label of one that is known (`acme`), or the only one there is.
 * @throws CliError when none or more than one fits
 */
export function chooseGateway(text: string | undefined, sessions: Sessions): string {
  if (text !== undefined && /[.:]/.test(text)) return parseGateway(text);
  const known = sessions.list();
  const list =
    known.length > 0 ? `; known are ${known.join(', ')}` : '; none is known yet: run agent-runner connect <gateway>';
  if (text === undefined) {
    const [only] = known;
    if (only !== undefined && known.length === 1) return only;
    throw new CliError({ kind: 'usage', message: `which gateway?${list}` });
  }
  const fitting = known.filter((gateway) => new URL(gateway).hostname.split('.')[0] === text);
  const [fit] = fitting;
  if (fit !== undefined && fitting.length === 1) return fit;
  throw new CliError({
    kind: 'usage',
    message: `${JSON.stringify(text)} is ${fit ? 'more than one gateway' : 'no gateway'}${list}`,
  });
}
