import type { Post } from './post.ts';
import { type Clock, retrying, type Tried } from './retry.ts';
import type { ApiSettings } from './settings.ts';

/** The token endpoint will not have this client: no further try helps. */
export class SignInRefused extends Error {}

/** An access token; `anew`: not the one that was given before, which the API has refused. */
export type AccessToken = (anew?: boolean) => Promise<string>;

/** A token is renewed when so little of its life is left: a request that is under way must not outlive it. */
const SPARE_MS = 60_000;

/**
 * Signs in by OAuth client credentials (RFC 6749, 4.4) when a token is first asked for, and again before it ends. Of any
 * number of callers one asks. The token is in memory alone.
 */
export function keepAccessToken(settings: ApiSettings, post: Post, deadlineMs: number, clock: Clock): AccessToken {
  let kept: Promise<string> | undefined;
  let renewAt = 0;
  const sign = async (): Promise<string> => {
    const { token, seconds } = await retrying(() => signIn(settings, post), deadlineMs, clock);
    // Half of a short life is spare enough.
    renewAt = clock.now() + seconds * 1_000 - Math.min(SPARE_MS, seconds * 500);
    return token;
  };
  return (anew = false) => {
    if (kept && !anew && clock.now() < renewAt) return kept;
    // Until it is known when this one ends, nobody signs in beside it.
    renewAt = Number.POSITIVE_INFINITY;
    const signing = sign().catch((error: unknown) => {
      // What failed is not kept.
      if (kept === signing) kept = undefined;
      throw error;
    });
    kept = signing;
    return signing;
  };
}

type Token = { readonly token: string; readonly seconds: number };

async function signIn({ tokenUrl, clientId, clientSecret }: ApiSettings, post: Post): Promise<Tried<Token>> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
  };
  const answer = await post(tokenUrl, headers, 'grant_type=client_credentials').catch((error: unknown) =>
    whyNot(error),
  );
  if (typeof answer === 'string') {
    if (UNTRUSTED.test(answer)) {
      throw new SignInRefused(
        `${tokenUrl} has a certificate that is not trusted here (${answer}): name the authority's file in NODE_EXTRA_CA_CERTS`,
      );
    }
    return { done: false, why: `${tokenUrl} cannot be reached: ${answer}` };
  }
  if (answer.status >= 500) return { done: false, why: `${tokenUrl} answered ${answer.status}` };
  const { access_token: token, expires_in: seconds, error } = readJson(answer.body);
  if (typeof token !== 'string' || typeof seconds !== 'number') {
    const why = typeof error === 'string' ? error : `status ${answer.status}`;
    throw new SignInRefused(
      `${tokenUrl} does not sign the client ${clientId} in (${why}): check AGENT_RUNNER_CLIENT_ID and AGENT_RUNNER_CLIENT_SECRET, and whether the client was revoked`,
    );
  }
  return { done: true, value: { token, seconds } };
}

/** What Node.js calls a certificate that no further try makes a good one. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_|ALTNAME/;

/** Why there was no answer, in a word. */
export function whyNot(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(name);
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
