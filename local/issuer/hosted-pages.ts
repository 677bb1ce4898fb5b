import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../listener.ts';
import { type AuthorizeRequest, type Codes, readAuthorize, withParams } from './authorize.ts';
import { loginPage, messagePage, pageHeaders } from './login-page.ts';
import type { Pool } from './pool.ts';

type Session = { username: string; authTime: number; expiresAt: number };

/** The pages of the hosted sign-in: `/oauth2/authorize`, `/login`, `/logout`. */
export type HostedPages = {
  authorize(url: URL, request: IncomingMessage, response: ServerResponse): void;
  showLogin(url: URL, response: ServerResponse): void;
  login(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void>;
  logout(url: URL, request: IncomingMessage, response: ServerResponse): void;
};

const SESSION_MS = 3_600_000;
const COOKIE = 'Secure; HttpOnly; SameSite=Lax; Path=/';

export function openHostedPages(pool: Pool, codes: Codes): HostedPages {
  const sessions = new Map<string, Session>();

  /** The authorization request in the query, unless it is answered here: by a page or by the redirect that refuses. */
  const asked = (url: URL, response: ServerResponse): AuthorizeRequest | undefined => {
    const outcome = readAuthorize(url.searchParams, pool.clients);
    if (outcome.kind === 'ask') return outcome.request;
    if (outcome.kind === 'redirect') redirect(response, outcome.to);
    else response.writeHead(400, pageHeaders()).end(messagePage('This link does not work', outcome.message));
    return undefined;
  };

  const sendBack = (response: ServerResponse, request: AuthorizeRequest, { username, authTime }: Session) => {
    const code = codes.issue({ ...request, username, authTime });
    redirect(response, withParams(request.redirectUri, { code, state: request.state }));
  };

  const form = (url: URL, response: ServerResponse, request: AuthorizeRequest, more: FormState = {}) => {
    const csrf = randomBytes(24).toString('base64url');
    response.setHeader('set-cookie', `XSRF-TOKEN=${csrf}; ${COOKIE}`);
    response.writeHead(more.status ?? 200, pageHeaders(request.redirectUri));
    response.end(loginPage({ ...more, action: `/login${url.search}`, csrf, clientId: request.client.id }));
  };

  return {
    authorize: (url, request, response) => {
      const wanted = asked(url, response);
      if (wanted === undefined) return;
      const session = sessions.get(cookie(request, 'cognito') ?? '');
      const live = session && session.expiresAt > pool.now() && pool.users.get(session.username)?.enabled;
      if (live && url.searchParams.get('prompt') !== 'login') sendBack(response, wanted, session);
      else redirect(response, `/login${url.search}`);
    },

    showLogin: (url, response) => {
      const wanted = asked(url, response);
      if (wanted !== undefined) form(url, response, wanted);
    },

    login: async (url, request, response) => {
      const fields = new URLSearchParams((await readBody(request)).toString('utf8'));
      const wanted = asked(url, response);
      if (wanted === undefined) return;
      const csrf = cookie(request, 'XSRF-TOKEN');
      // Without it, another site could sign its visitor in as somebody else (login CSRF).
      if (csrf === undefined || csrf !== fields.get('_csrf'))
        return form(url, response, wanted, { status: 403, message: 'This form was too old. Please try again.' });
      const username = fields.get('username') ?? '';
      const user = await pool.users.signIn(username, fields.get('password') ?? '');
      if (user === undefined)
        return form(url, response, wanted, { status: 401, username, message: 'Incorrect username or password.' });
      if (user.status === 'FORCE_CHANGE_PASSWORD') {
        const fresh = fields.get('new_password') ?? '';
        const message = 'Your password is a temporary one. Enter it again with a new one of at least 8 characters.';
        if (fresh.length < 8) return form(url, response, wanted, { username, message, newPassword: true });
        await pool.users.setPassword(user.username, fresh, true);
      }
      const now = pool.now();
      const session = { username: user.username, authTime: Math.floor(now / 1000), expiresAt: now + SESSION_MS };
      const id = randomBytes(32).toString('base64url');
      sessions.set(id, session);
      response.setHeader('set-cookie', `cognito=${id}; ${COOKIE}`);
      sendBack(response, wanted, session);
    },

    logout: (url, request, response) => {
      sessions.delete(cookie(request, 'cognito') ?? '');
      response.setHeader('set-cookie', `cognito=; ${COOKIE}; Max-Age=0`);
      const client = pool.clients.get(url.searchParams.get('client_id') ?? '');
      const target = url.searchParams.get('logout_uri') ?? '';
      if (client?.logoutUris?.includes(target)) redirect(response, target);
      else response.writeHead(400, pageHeaders()).end(messagePage('Signed out', 'logout_uri is not registered.'));
    },
  };
}

type FormState = { status?: number; username?: string; message?: string; newPassword?: boolean };

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(302, { location: to, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end();
}

function cookie(request: IncomingMessage, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => pair.split(/=(.*)/s));
  return pairs.find(([key]) => key === name)?.[1];
}
