import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Codes, readAuthorize, withParams } from '../issuer/authorize.ts';
import { loginPage, messagePage, pageHeaders } from '../issuer/login-page.ts';
import { readBody } from '../listener.ts';
import type { AuthorizationServer } from './org.ts';

/**
 * `/v1/authorize` and the form that it leads to. Okta's own page is a program that talks to another API; a form that a
 * browser and a script can both post stands in for it. Nobody stays signed in: each sign-in asks.
 */
export async function signInPage(
  { client, users, now }: AuthorizationServer,
  codes: Codes,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const clients = { get: (id: string) => (id === client.id ? client : undefined) };
  const outcome = readAuthorize(url.searchParams, clients);
  if (outcome.kind === 'redirect') return redirect(response, outcome.to);
  if (outcome.kind === 'refuse') {
    response.writeHead(400, pageHeaders()).end(messagePage('400 Bad Request', outcome.message));
    return;
  }
  const { request: wanted } = outcome;
  const form = (status: number, more: { username?: string; message?: string } = {}) => {
    const csrf = randomBytes(24).toString('base64url');
    response.setHeader('set-cookie', `XSRF-TOKEN=${csrf}; Secure; HttpOnly; SameSite=Lax; Path=/`);
    response.writeHead(status, pageHeaders(wanted.redirectUri));
    response.end(loginPage({ ...more, action: `${url.pathname}${url.search}`, csrf, clientId: client.id }));
  };
  if (request.method !== 'POST') return form(200);
  const fields = new URLSearchParams((await readBody(request)).toString('utf8'));
  const csrf = /(?:^|; )XSRF-TOKEN=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  // Without it, another site could sign its visitor in as somebody else (login CSRF).
  if (csrf === undefined || csrf !== fields.get('_csrf')) return form(403, { message: 'Please try again.' });
  const username = fields.get('username') ?? '';
  const user = users.find(({ login, password }) => login === username && password === fields.get('password'));
  if (!user) return form(401, { username, message: 'Unable to sign in' });
  const code = codes.issue({ ...wanted, username: user.login, authTime: Math.floor(now() / 1000) });
  redirect(response, withParams(wanted.redirectUri, { code, state: wanted.state }));
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(302, { location: to, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end();
}
