import type { IncomingMessage, ServerResponse } from 'node:http';
import { localhostCertificate } from './certificate-authority.ts';
import { openCodes } from './issuer/authorize.ts';
import { openSigningKeys } from './issuer/signing-keys.ts';
import { listen, readBody } from './listener.ts';
import { type AuthorizationServer, type OktaAnswer, type OktaUser, oktaError } from './okta/org.ts';
import { signInPage } from './okta/sign-in-page.ts';
import { openTokenEndpoints } from './okta/tokens.ts';

export type OktaOptions = {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** Signing keys live here. */
  readonly folder: string;
  /** Where the certificate authority lives. */
  readonly authority: string;
  /** What its access tokens are for. */
  readonly audience: string;
  /** A native app: public, code with PKCE and refresh tokens. Redirect addresses are compared letter by letter. */
  readonly client: { readonly id: string; readonly redirectUris: readonly string[] };
  readonly users: readonly OktaUser[];
  /** Opens the management API. */
  readonly apiToken: string;
  /** ms epoch; the clock when absent. */
  readonly now?: () => number;
};

export type Okta = {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  readonly jwksUri: string;
  /** Its scheme, host and port. */
  readonly origin: string;
  /** The certificate that a client must trust to come here. */
  readonly caPath: string;
  /** Where `POST {"use":"sig"}` with `Authorization: SSWS <apiToken>` makes it sign with a new key. */
  readonly keyRotateUrl: string;
  close(): Promise<void>;
};

const SERVER_ID = 'ausLocal1a2b3c4d5e6f';
const SCOPES = ['openid', 'profile', 'email', 'offline_access'];

/**
 * Stands in for an Okta org with one custom authorization server: what a tenant has as its own identity provider. Access
 * tokens and ID tokens differ as Okta's do; refresh tokens are of one use; a rotated key stays in the key set.
 */
export async function startOkta(options: OktaOptions): Promise<Okta> {
  const { folder, authority, audience, client, users, apiToken, now = Date.now } = options;
  const [tls, keys] = await Promise.all([localhostCertificate(authority, now()), openSigningKeys(folder)]);
  let answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> = () => Promise.resolve();
  const listener = await listen('Okta', options.port ?? 0, (request, response) => answer(request, response), tls);
  const issuer = `${listener.url}/oauth2/${SERVER_ID}`;
  const app = { ...client, grants: ['code'], scopes: SCOPES } as const;
  answer = router({ issuer, audience, client: app, users, keys, now }, listener.url, apiToken);
  return {
    issuer,
    jwksUri: `${issuer}/v1/keys`,
    origin: listener.url,
    caPath: tls.caPath,
    keyRotateUrl: `${listener.url}${ROTATE_PATH}`,
    close: listener.close,
  };
}

const ROTATE_PATH = `/api/v1/authorizationServers/${SERVER_ID}/credentials/lifecycle/keyRotate`;

function router(server: AuthorizationServer, origin: string, apiToken: string) {
  const codes = openCodes(server.now);
  const tokens = openTokenEndpoints(server, codes);
  const base = `/oauth2/${SERVER_ID}`;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin);
    const form = async () => new URLSearchParams((await readBody(request)).toString('utf8'));
    switch (`${request.method} ${url.pathname}`) {
      case `GET ${base}/.well-known/openid-configuration`:
      case `GET ${base}/.well-known/oauth-authorization-server`:
        return send(response, { status: 200, body: metadata(server.issuer) });
      case `GET ${base}/v1/keys`:
        return send(response, { status: 200, body: server.keys.jwks() });
      case `GET ${base}/v1/authorize`:
      case `POST ${base}/v1/authorize`:
        return signInPage(server, codes, url, request, response);
      case `POST ${base}/v1/token`:
        return send(response, await tokens.token(await form()));
      case `POST ${base}/v1/revoke`:
        return send(response, tokens.revoke(await form()));
      case `POST ${ROTATE_PATH}`:
        if (request.headers.authorization !== `SSWS ${apiToken}`) {
          return send(response, oktaError(401, 'E0000011', 'Invalid token provided'));
        }
        await server.keys.rotate();
        return send(response, { status: 200, body: server.keys.jwks().keys });
      default:
        return send(response, oktaError(404, 'E0000007', `Not found: Resource not found: ${url.pathname}`));
    }
  };
}

function metadata(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/v1/authorize`,
    token_endpoint: `${issuer}/v1/token`,
    jwks_uri: `${issuer}/v1/keys`,
    revocation_endpoint: `${issuer}/v1/revoke`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: SCOPES,
    token_endpoint_auth_methods_supported: ['none'],
    claims_supported: ['ver', 'jti', 'iss', 'aud', 'iat', 'exp', 'cid', 'uid', 'scp', 'sub', 'groups'],
    code_challenge_methods_supported: ['S256'],
  };
}

function send(response: ServerResponse, { status, body }: OktaAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-cache, no-store' });
  response.end(body === '' ? '' : JSON.stringify(body));
}
