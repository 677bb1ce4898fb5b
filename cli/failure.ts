/** Why a command ends without having done what it was asked. `gateway`, `issuer`: addresses; `path`: a file. */
export type Failure =
  | { readonly kind: 'usage'; readonly message: string }
  | { readonly kind: 'sign_in_needed'; readonly gateway: string; readonly reason: string }
  | { readonly kind: 'sign_in_failed'; readonly gateway: string; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly url: string; readonly reason: string }
  | { readonly kind: 'not_understood'; readonly url: string; readonly reason: string }
  | { readonly kind: 'busy'; readonly gateway: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'file'; readonly path: string; readonly reason: string };

/** What the exit codes mean stands in docs/cli.md; scripts rely on them. */
const EXIT_CODES = {
  usage: 2,
  sign_in_needed: 3,
  sign_in_failed: 3,
  unreachable: 4,
  not_understood: 4,
  busy: 4,
  file: 5,
  // As a shell tells of Ctrl-C.
  stopped: 130,
} as const satisfies Record<Failure['kind'], number>;

export class CliError extends Error {
  readonly failure: Failure;
  readonly exitCode: number;
  constructor(failure: Failure) {
    super(describe(failure));
    this.failure = failure;
    this.exitCode = EXIT_CODES[failure.kind];
  }
}

/** One or two sentences for a person: what is wrong, and the way out. No secret is ever part of a failure. */
function describe(failure: Failure): string {
  switch (failure.kind) {
    case 'usage':
      return `${failure.message}; see agent-runner --help`;
    case 'sign_in_needed':
      return `${plain(failure.reason)}. Sign in with: agent-runner login ${failure.gateway}`;
    case 'sign_in_failed':
      return `the sign-in to ${failure.gateway} failed: ${plain(failure.reason)}. Try again with: agent-runner login ${failure.gateway}`;
    case 'unreachable':
      return `${failure.url} does not answer: ${plain(failure.reason)}. Look at the network, a proxy or VPN, and the address`;
    case 'not_understood':
      return `${failure.url} did not answer as expected: ${plain(failure.reason)}. Is the address right?`;
    case 'busy':
      return `another agent-runner has been signing in to ${failure.gateway} for long; end it, or finish it in the browser, and try again`;
    case 'stopped':
      return 'stopped';
    case 'file':
      return `${failure.path}: ${failure.reason}`;
  }
}

/** Text of a server on one line without control characters, which could command the terminal. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  // A connection that was tried at several addresses has its words in the parts alone.
  const parts = error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : '';
  return error.message || cause || parts || error.name;
}
