import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { type AwsJsonService, answerAwsJson } from './aws-json.ts';
import { localhostCertificate } from './certificate-authority.ts';
import { poolOperations, UNSIGNED } from './issuer/admin.ts';
import { type AppClient, assertClients } from './issuer/app-client.ts';
import { openCodes } from './issuer/authorize.ts';
import { type Clients, openClients } from './issuer/clients.ts';
import { openHostedPages } from './issuer/hosted-pages.ts';
import type { Mail, Pool, PostConfirmation, PreToken } from './issuer/pool.ts';
import { openSigningKeys } from './issuer/signing-keys.ts';
import { revokeEndpoint, tokenEndpoint } from './issuer/token-endpoint.ts';
import { openUserDirectory, type UserDirectory } from './issuer/users.ts';
import { listen, readBody } from './listener.ts';

export type IssuerOptions = {
  /** 0 (the default) takes a free one; tokens name it in `iss`, so a fixed one lets them outlive a restart. */
  readonly port?: number;
  /** Certificate authority, signing keys, users and refresh sessions live here. */
  readonly folder: string;
  readonly region: string;
  /** `<region>_<letters>`, as Cognito's. */
  readonly poolId: string;
  readonly clients: readonly AppClient[];
  /** Custom scopes (`<resource server>/<scope>`) that clients may name beside the standard ones. */
  readonly resourceScopes: readonly string[];
  readonly preToken: PreToken;
  /** None when absent. */
  readonly postConfirmation?: PostConfirmation;
  /** Told what Cognito would send by mail: invitations with their temporary password, codes. */
  readonly mail?: (mail: Mail) => void;
  /** Access key id -> secret of those who may call the admin operations. */
  readonly accessKeys: Readonly<Record<string, string>>;
  /** ms epoch; the clock when absent. */
  readonly now?: () => number;
};

export type Issuer = {
  /** The `iss` of its tokens. */
  readonly url: string;
  readonly jwksUri: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  /** Where the Cognito API answers: `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`. */
  readonly apiUrl: string;
  /** The certificate that a client must trust to come here. */
  readonly caPath: string;
  readonly users: UserDirectory;
  readonly clients: Clients;
  /** Signs with a new key; resolves with its kid. */
  rotateKeys(): Promise<string>;
  dropOldKeys(): void;
  close(): Promise<void>;
};

/** Stands in for a Cognito user pool with its domain: hosted sign-in, OAuth endpoints, JWKS and the API, over https. */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const { folder, region, poolId, preToken, now = Date.now } = options;
  assertClients(options.clients, options.resourceScopes);
  const [tls, keys] = await Promise.all([localhostCertificate(join(folder, 'ca'), now()), openSigningKeys(folder)]);
  const users = openUserDirectory(folder, now);
  const clients = openClients(folder, options.clients, options.resourceScopes);
  let answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> = () => Promise.resolve();
  const listener = await listen('issuer', options.port ?? 0, (request, response) => answer(request, response), tls);

  const base = listener.url;
  const issuer = `${base}/${poolId}`;
  const { postConfirmation = () => Promise.resolve(), mail = () => {} } = options;
  const pool: Pool = { issuer, region, poolId, clients, users, keys, preToken, postConfirmation, mail, now };
  const api: AwsJsonService = {
    target: 'AWSCognitoIdentityProviderService',
    signingName: 'cognito-idp',
    regions: [region],
    operations: poolOperations(pool),
    unsigned: UNSIGNED,
    secretOf: (id) => (Object.hasOwn(options.accessKeys, id) ? options.accessKeys[id] : undefined),
    now,
  };
  answer = router(pool, base, api);
  return {
    url: issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    authorizeUrl: `${base}/oauth2/authorize`,
    tokenUrl: `${base}/oauth2/token`,
    apiUrl: base,
    caPath: tls.caPath,
    users,
    clients,
    rotateKeys: keys.rotate,
    dropOldKeys: keys.dropOld,
    close: listener.close,
  };
}

function router(pool: Pool, base: string, api: AwsJsonService) {
  const codes = openCodes(pool.now);
  const pages = openHostedPages(pool, codes);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', base);
    const { authorization } = request.headers;
    const formOf = async () => new URLSearchParams((await readBody(request)).toString('utf8'));
    // The console is another origin; there is nothing here that a cookie opens.
    if (!url.pathname.startsWith('/login')) response.setHeader('access-control-allow-origin', '*');
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /':
        return answerAwsJson(api, request, response);
      case `GET /${pool.poolId}/.well-known/jwks.json`:
        return json(response, 200, pool.keys.jwks());
      case `GET /${pool.poolId}/.well-known/openid-configuration`:
        return json(response, 200, discovery(pool.issuer, base));
      case 'GET /oauth2/authorize':
        return pages.authorize(url, request, response);
      case 'GET /login':
        return pages.showLogin(url, response);
      case 'POST /login':
        return pages.login(url, request, response);
      case 'GET /logout':
        return pages.logout(url, request, response);
      case 'POST /oauth2/token': {
        const { status, body } = await tokenEndpoint(pool, codes, authorization, await formOf());
        return json(response, status, body);
      }
      case 'POST /oauth2/revoke': {
        const { status, body } = revokeEndpoint(pool, authorization, await formOf());
        return json(response, status, body);
      }
      case 'GET /oauth2/userInfo':
        return userInfo(pool, authorization, response);
      default:
        if (request.method !== 'OPTIONS') return json(response, 404, { error: 'not_found' });
        response.writeHead(204, {
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'authorization, content-type, x-amz-target, x-amz-user-agent',
        });
        response.end();
    }
  };
}

async function userInfo(pool: Pool, authorization: string | undefined, response: ServerResponse): Promise<void> {
  try {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    const key = ({ kid = '' }: { kid?: string }) => {
      const found = pool.keys.publicKey(kid);
      if (found === undefined) throw new Error('unknown key');
      return found;
    };
    const { payload } = await jwtVerify(token, key, {
      issuer: pool.issuer,
      algorithms: ['RS256'],
      currentDate: new Date(pool.now()),
    });
    const user = pool.users.get(String(payload['username']));
    // An ID token has neither a scope nor a username of this spelling: it opens nothing here.
    const scopes = String(payload['scope']).split(' ');
    if (!scopes.includes('openid') || !user?.enabled) throw new Error('not open');
    json(response, 200, { sub: user.sub, ...user.attributes, username: user.username });
  } catch {
    response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
    json(response, 401, { error: 'invalid_token', error_description: 'Access token is expired, revoked or malformed' });
  }
}

/** As Cognito's, which does PKCE without saying so here. */
function discovery(issuer: string, base: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    authorization_endpoint: `${base}/oauth2/authorize`,
    token_endpoint: `${base}/oauth2/token`,
    userinfo_endpoint: `${base}/oauth2/userInfo`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    end_session_endpoint: `${base}/logout`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
