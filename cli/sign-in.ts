import { openBrowser } from './browser.ts';
import { openCallback } from './callback.ts';
import { CliError } from './failure.ts';
import type { Begun, Issuer, SignedIn } from './issuer.ts';
import type { Machine } from './machine.ts';

export type SignInOptions = {
  readonly gateway: string;
  /** Whether a browser of this machine may be opened. */
  readonly browser: boolean;
  /** The longest to wait for the person. */
  readonly waitMs: number;
  /** Where the browser may come back to; absent for the registered ones. */
  readonly ports?: readonly number[];
};

/**
 * Signs a person in through the browser: authorization code with PKCE, back to this machine's loopback address; or, where
 * the browser is on another machine, by the address that it ended at, pasted here.
 * @throws CliError after the wait, or when the issuer refuses
 */
export async function signIn(issuer: Issuer, machine: Machine, options: SignInOptions): Promise<SignedIn> {
  const { gateway, browser, waitMs, ports } = options;
  const callback = await openCallback(ports);
  const done = new AbortController();
  try {
    const begun = await issuer.begin(callback.redirectUri);
    const opened = browser && (await openBrowser(machine, begun.url));
    machine.say(
      `To sign in to ${gateway}, ${opened ? 'use the browser that opens, or open' : 'open'} this address:\n\n  ${begun.url}\n`,
    );
    const ways = [fromBrowser(issuer, begun, callback.wait(begun.state)), timeout(gateway, waitMs, done.signal)];
    if (machine.interactive) ways.push(pasted(issuer, begun, machine, done.signal));
    return await Promise.race(ways);
  } finally {
    done.abort();
    callback.close();
  }
}

async function fromBrowser(
  issuer: Issuer,
  begun: Begun,
  answered: ReturnType<Awaited<ReturnType<typeof openCallback>>['wait']>,
) {
  const { answer, reply } = await answered;
  try {
    const signedIn = await issuer.finish(begun, answer);
    reply('You are signed in. This window can be closed.');
    return signedIn;
  } catch (error) {
    reply('The sign-in failed. The terminal says why.');
    throw error;
  }
}

/** A code alone has no state: that it is of this sign-in is proven by the verifier, which no other code fits. */
async function pasted(issuer: Issuer, begun: Begun, machine: Machine, signal: AbortSignal): Promise<SignedIn> {
  const question = 'Where the browser cannot come back to this machine: paste the address that it ends at here.\n> ';
  const text = (await machine.ask(question, signal)).trim();
  if (URL.canParse(text)) return issuer.finish(begun, new URL(text).searchParams);
  return issuer.finish(begun, new URLSearchParams({ code: text, state: begun.state }));
}

function timeout(gateway: string, waitMs: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const reason = `nobody signed in within ${Math.round(waitMs / 1000)} seconds`;
    const timer = setTimeout(() => reject(new CliError({ kind: 'sign_in_failed', gateway, reason })), waitMs);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}
