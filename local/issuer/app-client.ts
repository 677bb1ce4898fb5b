import { createHmac, timingSafeEqual } from 'node:crypto';

/** An app client of the pool, as CreateUserPoolClient would make it. Without `secret` it is a public client. */
export type AppClient = {
  readonly id: string;
  readonly name?: string;
  readonly secret?: string;
  /** Compared letter by letter, port included, as Cognito does. */
  readonly redirectUris?: readonly string[];
  readonly logoutUris?: readonly string[];
  readonly grants: readonly ('code' | 'client_credentials' | 'password')[];
  readonly scopes: readonly string[];
  /** Life of access and ID tokens; 3600 when absent, as Cognito's default. */
  readonly tokenSeconds?: number;
  /** Refresh tokens are of one use, and good for this long after it (`RetryGracePeriodSeconds`). Absent: of many. */
  readonly rotation?: { readonly graceSeconds: number };
  /** ms epoch; absent for one that the pool was started with. */
  readonly createdAt?: number;
};

export const STANDARD_SCOPES = ['openid', 'email', 'profile', 'phone', 'aws.cognito.signin.user.admin'];

/** Throws on what CreateUserPoolClient would refuse: an unknown scope, machine credentials without a secret. */
export function assertClients(clients: readonly AppClient[], resourceScopes: readonly string[]): void {
  for (const client of clients) {
    const unknown = client.scopes.find((scope) => !STANDARD_SCOPES.includes(scope) && !resourceScopes.includes(scope));
    if (unknown !== undefined) throw new Error(`issuer: client ${client.id} names the unknown scope ${unknown}`);
    if (client.grants.includes('client_credentials') && client.secret === undefined)
      throw new Error(`issuer: client ${client.id} has client credentials but no secret`);
  }
}

/** The client that a token request proves to be: by Basic authorization or in the body, never both at once. */
export function authenticateClient(
  clients: Pick<ReadonlyMap<string, AppClient>, 'get'>,
  authorization: string | undefined,
  form: URLSearchParams,
): AppClient | undefined {
  const basic = readBasic(authorization);
  if (authorization !== undefined && (basic === undefined || form.has('client_secret'))) return undefined;
  const id = basic?.id ?? form.get('client_id');
  // Basic for one client and the body for another: whichever was meant, it is not this request's to choose.
  if (id === null || (form.has('client_id') && form.get('client_id') !== id)) return undefined;
  const client = clients.get(id);
  const given = basic?.secret ?? form.get('client_secret') ?? '';
  return client && sameText(given, client.secret ?? '') ? client : undefined;
}

/** Cognito's SECRET_HASH, which a client with a secret adds to InitiateAuth. */
export function secretHashMatches(client: AppClient, username: string, given: unknown): boolean {
  if (client.secret === undefined) return true;
  const expected = createHmac('sha256', client.secret).update(username + client.id);
  return typeof given === 'string' && sameText(given, expected.digest('base64'));
}

/** The scopes asked for (all of the client's when none are), or undefined when one is not the client's. */
export function grantScopes(client: AppClient, asked: string | null): string[] | undefined {
  const scopes = (asked ?? '').split(' ').filter((scope) => scope !== '');
  if (scopes.length === 0) return [...client.scopes];
  return scopes.every((scope) => client.scopes.includes(scope)) ? scopes : undefined;
}

function readBasic(authorization: string | undefined): { id: string; secret: string } | undefined {
  const match = /^basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '');
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(match?.[1] ?? '', 'base64').toString('utf8')) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  try {
    return { id: decodeURIComponent(id), secret: decodeURIComponent(secret) };
  } catch {
    return undefined;
  }
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
