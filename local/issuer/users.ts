import { createHash, randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readFileIfThere, writePrivateFile } from '../private-file.ts';

/** A user of the pool. `attributes` are Cognito's (`email`, `custom:tenant_id`), all strings; times are ms epoch. */
export type User = {
  username: string;
  sub: string;
  attributes: Record<string, string>;
  groups: string[];
  enabled: boolean;
  status: 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD';
  password?: string;
  createdAt: number;
  modifiedAt: number;
};

/** What a refresh token stands for; of the token itself only the SHA-256 is kept. Times: `authTime` s, `expiresAt` ms. */
export type RefreshSession = {
  username: string;
  clientId: string;
  scopes: string[];
  authTime: number;
  originJti: string;
  expiresAt: number;
};

export type NewUser = {
  username: string;
  attributes: Record<string, string>;
  groups?: string[];
  /** A password that the user must change at the first sign-in, unless `permanent`. */
  password?: string;
  permanent?: boolean;
};

/** Users and their refresh sessions, in one JSON file that outlives a restart. Usernames are compared without case. */
export type UserDirectory = {
  get(username: string): User | undefined;
  list(): User[];
  /** Resolves with undefined when the username is taken. */
  create(user: NewUser): Promise<User | undefined>;
  /** Takes a user away, with every session. */
  remove(username: string): void;
  update(username: string, change: Partial<Pick<User, 'attributes' | 'groups' | 'enabled'>>): void;
  setPassword(username: string, password: string, permanent: boolean): Promise<void>;
  /** The enabled user with this password, or undefined: which of the two was wrong is not told. */
  signIn(username: string, password: string): Promise<User | undefined>;
  startSession(session: RefreshSession): string;
  session(refreshToken: string): RefreshSession | undefined;
  /** Another token for a session, whose old one ends after the grace; undefined when it has ended already. */
  rotateSession(refreshToken: string, graceMs: number): string | undefined;
  endSession(refreshToken: string): void;
  /** Ends every session of a user (AdminUserGlobalSignOut). */
  signOut(username: string): void;
};

const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;
const digest = (token: string) => createHash('sha256').update(token).digest('hex');

export function openUserDirectory(folder: string, now: () => number): UserDirectory {
  const path = join(folder, 'users.json');
  const stored = JSON.parse(readFileIfThere(path) ?? '{"users":[],"sessions":[]}') as {
    users: User[];
    sessions: [string, RefreshSession][];
  };
  const users = new Map(stored.users.map((user) => [user.username.toLowerCase(), user]));
  const sessions = new Map(stored.sessions);
  const save = () => {
    for (const [hash, session] of sessions) if (session.expiresAt <= now()) sessions.delete(hash);
    writePrivateFile(path, JSON.stringify({ users: [...users.values()], sessions: [...sessions] }, null, 2));
  };
  const get = (username: string) => users.get(username.toLowerCase());
  const change = (username: string, apply: (user: User) => void) => {
    const user = get(username);
    if (user === undefined) return;
    apply(user);
    user.modifiedAt = now();
    save();
  };
  const startSession = (session: RefreshSession) => {
    const token = randomBytes(48).toString('base64url');
    sessions.set(digest(token), session);
    save();
    return token;
  };
  const live = (token: string) => {
    const found = sessions.get(digest(token));
    return found && found.expiresAt > now() && get(found.username)?.enabled ? found : undefined;
  };
  return {
    get,
    list: () => [...users.values()],
    create: async ({ username, attributes, groups = [], password, permanent = false }) => {
      const hashed = password === undefined ? {} : { password: await hashPassword(password) };
      if (users.has(username.toLowerCase())) return undefined;
      const user: User = {
        username,
        sub: randomUUID(),
        attributes: { ...attributes },
        groups: [...groups],
        enabled: true,
        status: permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD',
        ...hashed,
        createdAt: now(),
        modifiedAt: now(),
      };
      users.set(username.toLowerCase(), user);
      save();
      return user;
    },
    remove: (username) => {
      const key = username.toLowerCase();
      users.delete(key);
      for (const [hash, session] of sessions) if (session.username.toLowerCase() === key) sessions.delete(hash);
      save();
    },
    update: (username, fields) => change(username, (user) => Object.assign(user, fields)),
    setPassword: async (username, password, permanent) => {
      const hashed = await hashPassword(password);
      change(username, (user) => {
        user.password = hashed;
        user.status = permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
      });
    },
    signIn: async (username, password) => {
      const user = get(username);
      // An unknown user costs the same time as a wrong password, or the answer's delay would tell who has an account.
      const right = await passwordMatches(password, user?.password ?? NO_PASSWORD);
      return right && user?.enabled ? user : undefined;
    },
    startSession,
    session: live,
    rotateSession: (token, graceMs) => {
      const session = live(token);
      if (session === undefined) return undefined;
      sessions.set(digest(token), { ...session, expiresAt: Math.min(session.expiresAt, now() + graceMs) });
      return startSession(session);
    },
    endSession: (token) => {
      if (sessions.delete(digest(token))) save();
    },
    signOut: (username) => {
      const key = username.toLowerCase();
      for (const [hash, session] of sessions) if (session.username.toLowerCase() === key) sessions.delete(hash);
      save();
    },
  };
}

/** Of a user without a password: the right length, and no text hashes to it. */
const NO_PASSWORD = `${'0'.repeat(32)}:${'0'.repeat(64)}`;

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${(await derive(password, salt, 32)).toString('hex')}`;
}

async function passwordMatches(password: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split(':');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'hex'), 32), Buffer.from(hash, 'hex'));
}
