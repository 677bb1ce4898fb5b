import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CliError } from './failure.ts';
import { gatewayFileName } from './gateway.ts';
import { isCode, readPrivate, writePrivate } from './private-file.ts';

/** Tokens of a sign-in. Times are ms epoch by this machine's clock; what is in the token itself is never read. */
export type Tokens = {
  readonly accessToken: string;
  readonly obtainedAt: number;
  readonly expiresAt: number;
  /** Absent where the issuer gives none: then each end of an access token is a new sign-in. */
  readonly refreshToken?: string;
};

/** What is known of one gateway: where to sign in, and the tokens when somebody has. */
export type Session = {
  readonly version: 1;
  /** Origin of the gateway. */
  readonly gateway: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Separated by spaces. */
  readonly scope: string;
  /** Path of certificates that are trusted beside the system's. */
  readonly ca?: string;
  /** For people to read; nothing is decided by it. */
  readonly signedInAs?: string;
  readonly tokens?: Tokens;
};

/** Where and as what to sign in: all of a session but what comes of it. */
export type About = Omit<Session, 'tokens' | 'signedInAs'>;

export function withoutTokens({ tokens: _tokens, signedInAs: _name, ...about }: Session): About {
  return about;
}

/** The sessions of this user, a file for each gateway. */
export type Sessions = {
  readonly folder: string;
  /** @throws CliError when the file is damaged */
  read(gateway: string): Session | undefined;
  write(session: Session): void;
  remove(gateway: string): void;
  /** Origins of all gateways. */
  list(): string[];
  lockPath(gateway: string): string;
};

export function openSessions(store: string, say: (line: string) => void): Sessions {
  const folder = join(store, 'sessions');
  const pathOf = (gateway: string) => join(folder, `${gatewayFileName(gateway)}.json`);
  const readFile = (path: string): Session | undefined => {
    const text = readPrivate(path, say);
    return text === undefined ? undefined : parseSession(path, text);
  };
  return {
    folder,
    read: (gateway) => {
      const session = readFile(pathOf(gateway));
      // A file that was copied under another name would send one tenant's token to another's host.
      return session?.gateway === gateway ? session : undefined;
    },
    write: (session) => writePrivate(pathOf(session.gateway), `${JSON.stringify(session, null, 2)}\n`),
    remove: (gateway) => rmSync(pathOf(gateway), { force: true }),
    list: () => {
      let names: string[];
      try {
        names = readdirSync(folder);
      } catch (error) {
        if (isCode(error, 'ENOENT')) return [];
        throw error;
      }
      return names
        .filter((name) => name.endsWith('.json'))
        .flatMap((name) => {
          try {
            return readFile(join(folder, name))?.gateway ?? [];
          } catch (error) {
            // One gateway's damaged file is no reason to know nothing of the others.
            if (error instanceof CliError) say(`agent-runner: ${error.message}`);
            return [];
          }
        })
        .sort();
    },
    lockPath: (gateway) => join(folder, `${gatewayFileName(gateway)}.lock`),
  };
}

function parseSession(path: string, text: string): Session {
  try {
    const value = JSON.parse(text) as Session;
    const { version, gateway, issuer, clientId, scope, tokens } = value;
    const words = [gateway, issuer, clientId, scope, ...(tokens ? [tokens.accessToken] : [])];
    const times = tokens ? [tokens.obtainedAt, tokens.expiresAt] : [];
    if (version !== 1 || !words.every((word) => typeof word === 'string') || !times.every(Number.isFinite))
      throw new Error('not a session');
    return value;
  } catch {
    // Neither the text nor the parser's words, which quote it: there are tokens in it.
    const reason = `is damaged; remove it (${basename(path)}) and sign in again with: agent-runner login <gateway>`;
    throw new CliError({ kind: 'file', path, reason });
  }
}
