import { createHash } from 'node:crypto';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:4rem auto;padding:0 1rem;color:#0f141a;background:#fff}
label{display:block;margin-top:1rem}input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #6f7680}
button{font:inherit;margin-top:1.5rem;padding:.5rem 1.5rem;background:#0b5cad;color:#fff;border:0}
[role=alert]{border-left:4px solid #b3261e;padding-left:.75rem}`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Text as HTML text or as a quoted attribute value. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Headers of every page: no script at all, no frame (clickjacking), no form to anywhere but here and the client's own
 * redirect target (browsers check the redirect after a form against form-action, too).
 */
export function pageHeaders(redirectUri?: string): Record<string, string> {
  const formTargets = redirectUri === undefined ? "'self'" : `'self' ${new URL(redirectUri).origin}`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formTargets}; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
}

export type LoginForm = {
  /** Path and query that the form posts to. */
  readonly action: string;
  readonly csrf: string;
  readonly clientId: string;
  readonly username?: string;
  readonly message?: string;
  /** The password given is a temporary one: a new one is asked for. */
  readonly newPassword?: boolean;
};

export function loginPage({ action, csrf, clientId, username = '', message, newPassword = false }: LoginForm): string {
  const alert = message === undefined ? '' : `<p role="alert">${escapeHtml(message)}</p>`;
  const second = newPassword
    ? '<label for="new_password">New password</label><input id="new_password" name="new_password" type="password" autocomplete="new-password" minlength="8" required>'
    : '';
  return page(
    'Sign in',
    `<p>to continue to ${escapeHtml(clientId)}</p>${alert}
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="_csrf" value="${escapeHtml(csrf)}">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" required value="${escapeHtml(username)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>${second}
<button type="submit">Sign in</button>
</form>`,
  );
}

export function messagePage(title: string, message: string): string {
  return page(title, `<p role="alert">${escapeHtml(message)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)} - agent-runner local</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`;
}
