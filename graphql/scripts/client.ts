import { describe } from '../../tenancy/refusal-description.ts';
import type { TypedDocumentString } from './documents.ts';
import type { Post, Posted } from './post.ts';
import { type Clock, retrying, type Tried } from './retry.ts';
import { type AccessToken, whyNot } from './sign-in.ts';

/** What the API says is wrong with an input, with the way out. */
export type UserError = { readonly code: string; readonly field: readonly string[] | null; readonly message: string };

/** The API refused a document as a whole. `code` as `docs/control-plane.md` lists them. */
export class ApiRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type Client = {
  /**
   * Asks the API one document. What may pass is tried again, within the deadline: no network, a busy API, an empty
   * bucket of points (after the time that the API names), a request of the same idempotency key that is under way.
   * A mutation too: it has an idempotency key, so the API does it once.
   * @throws ApiRefused for what no further try changes; GaveUp past the deadline
   */
  ask<Answer, Variables>(document: TypedDocumentString<Answer, Variables>, variables: Variables): Promise<Answer>;
  ask<Answer>(document: string, variables?: object): Promise<Answer>;
};

export type ClientParts = {
  readonly url: string;
  readonly post: Post;
  readonly token: AccessToken;
  /** For one document with all its tries. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** Told why something is tried again. */
  readonly onRetry?: (why: string) => void;
};

type GraphqlError = {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly retryAfterSeconds?: number };
};
type Body = { readonly data?: unknown; readonly errors?: readonly GraphqlError[] };

/** A claim that nobody finishes is free again after a minute: who waits for less would give up on a crash of the API's. */
export const DEADLINE_MS = 120_000;
/** Of a fault that the API does not explain; it may be lasting. */
const UNEXPLAINED_TRIES = 4;
const TOO_MANY = describe({ kind: 'rate_limited', what: '', retryAfterSeconds: 1 }).status;

export function openClient({ url, post, token, deadlineMs, clock, onRetry }: ClientParts): Client {
  // One answer that says to wait is for all that is under way: the bucket is the client's own.
  let pausedUntil = 0;
  return {
    async ask<Answer>(document: string | TypedDocumentString<Answer, unknown>, variables: unknown = {}) {
      const body = JSON.stringify({ query: document.toString(), variables });
      let refusedToken = false;
      return retrying(
        async (): Promise<Tried<Answer>> => {
          if (pausedUntil > clock.now()) await clock.sleep(pausedUntil - clock.now());
          const bearer = await token(refusedToken);
          const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer}` };
          const posted = await post(url, headers, body).catch((error: unknown) => whyNot(error));
          const tried = read<Answer>(posted, url);
          if (tried.done) return tried;
          if (tried.unauthenticated) {
            if (refusedToken) throw new ApiRefused('UNAUTHENTICATED', tried.why);
            refusedToken = true;
            return { done: false, why: tried.why, afterMs: 0 };
          }
          refusedToken = false;
          if (tried.afterMs !== undefined) pausedUntil = Math.max(pausedUntil, clock.now() + tried.afterMs);
          onRetry?.(tried.why);
          return tried;
        },
        deadlineMs,
        clock,
      );
    },
  };
}

type Read<Answer> = Tried<Answer> & { readonly unauthenticated?: boolean };

function read<Answer>(posted: Posted | string, url: string): Read<Answer> {
  if (typeof posted === 'string') return { done: false, why: `${url} cannot be reached: ${posted}` };
  const { data, errors: [error] = [] } = readBody(posted.body);
  if (error) {
    const { code = '', retryAfterSeconds } = error.extensions ?? {};
    if (retryAfterSeconds !== undefined) return { done: false, why: error.message, afterMs: retryAfterSeconds * 1_000 };
    if (code === 'UNAUTHENTICATED') return { done: false, why: error.message, unauthenticated: true };
    if (code === 'UNAVAILABLE' || code === 'RATE_LIMITED') return { done: false, why: error.message };
    if (code === 'INTERNAL') return { done: false, why: error.message, tries: UNEXPLAINED_TRIES };
    throw new ApiRefused(code, error.message);
  }
  if (data === undefined || data === null) {
    const why = `${url} answered ${posted.status}`;
    const seconds = Number(posted.headers['retry-after']);
    const wait = Number.isFinite(seconds) ? { afterMs: seconds * 1_000 } : {};
    if (posted.status >= 500 || posted.status === TOO_MANY) return { done: false, why, ...wait };
    throw new ApiRefused('', `${why}, which is no answer of the API; check AGENT_RUNNER_URL`);
  }
  const underWay = Object.values(data).some((payload) =>
    userErrorsOf(payload).some(({ code }) => code === 'IDEMPOTENCY_IN_PROGRESS'),
  );
  if (underWay) return { done: false, why: 'an earlier try of the same request is under way' };
  return { done: true, value: data as Answer };
}

function readBody(text: string): Body {
  try {
    const body: unknown = JSON.parse(text);
    const isAnswer =
      typeof body === 'object' && body !== null && ('data' in body || Array.isArray((body as Body).errors));
    return isAnswer ? (body as Body) : {};
  } catch {
    return {};
  }
}

/** The mistakes that a mutation's payload names; none for what is no payload. */
export function userErrorsOf(payload: unknown): readonly UserError[] {
  const { userErrors } = (payload ?? {}) as { readonly userErrors?: readonly UserError[] };
  return userErrors ?? [];
}

/**
 * The words of a command line that fill a field of the input, by the field: `--usd` by `limits.budget`, which stands for
 * what is in it as well.
 */
export type WordsOfFields = Readonly<Record<string, string>>;

/** Mistakes for people: what, where, and the way out. Where: as they said it, and what that is to the API. */
export function userErrorText(errors: readonly UserError[], words: WordsOfFields = {}): string {
  return errors
    .map(({ code, field, message }) => `${field ? `${whereText(field.slice(1), words)} ` : ''}${message} (${code})`)
    .join('; ');
}

function whereText(path: readonly string[], words: WordsOfFields): string {
  const field = path.join('.') || 'input';
  const said = path.map((_, index) => words[path.slice(0, index + 1).join('.')]).findLast((word) => word !== undefined);
  return said === undefined ? field : `${said} (${field})`;
}
