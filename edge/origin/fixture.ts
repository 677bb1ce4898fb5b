import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { CloudFrontHeaders, CloudFrontRequest, CloudFrontResultResponse } from 'aws-lambda';
import { type JWTPayload, SignJWT } from 'jose';
import type { FetchJson } from '../../access-token/fetch-json.ts';
import { keepIssuerKeys } from '../../access-token/issuer-keys.ts';
import { keepSigningKeys } from '../../access-token/jwks.ts';
import { mintApiKey } from '../../tenancy/api-key.ts';
import { type EdgeTenant, encodeEdgeTenant, parseTenantId } from '../../tenancy/tenant.ts';
import { type LogLine, logFailure } from './log.ts';
import { handleOriginRequest, type Tools } from './origin.ts';
import { parseSecrets } from './secrets.ts';
import type { Settings } from './settings.ts';

/** What the tests of this folder work with: an issuer with real keys, our secrets, and requests as CloudFront makes them. */
export const NOW = 1_763_800_000_000;
export const NOW_SECONDS = NOW / 1000;
export const CLIENT = '7rvlcli0000000000000000001';
export const MACHINE = '7rvlmachine000000000000002';

export const settings: Settings = {
  domain: 'example.test',
  consoleOrigin: 'https://app.example.test',
  controlRegion: 'eu-central-1',
  regions: ['eu-central-1', 'eu-central-2', 'us-east-1'],
  issuer: {
    url: 'https://issuer.example.test/pool',
    jwksUri: 'https://issuer.example.test/pool/.well-known/jwks.json',
    clientIds: [CLIENT, MACHINE],
    loginClientId: CLIENT,
  },
  proxyOrigin: 'https://example.test',
  secretId: 'edge',
  secretsManagerRegion: 'us-east-1',
};

export const issuerKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const passportKeys = generateKeyPairSync('ed25519');
const macKey = Buffer.alloc(32, 7);

/** The issuer's key set. @param keys public keys by id */
export function jwksOf(keys: Record<string, KeyObject>): { keys: Record<string, unknown>[] } {
  return {
    keys: Object.entries(keys).map(([kid, key]) => ({
      ...key.export({ format: 'jwk' }),
      kid,
      alg: 'RS256',
      use: 'sig',
    })),
  };
}

export const secretDocument = {
  passport: { kid: 'p1', privateKeyPem: passportKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
  macKeys: { '1': macKey.toString('base64') },
};

/** The claims of a good access token of a user of acme. */
export const goodClaims = {
  iss: settings.issuer.url,
  sub: 'b1a2c3d4-0000-4000-8000-000000000001',
  username: 'ada',
  token_use: 'access',
  client_id: CLIENT,
  tenant_id: 'acme',
  iat: NOW_SECONDS - 10,
  exp: NOW_SECONDS + 3590,
};

/** A token by jose, as an issuer would make it. A claim set to undefined is left out. */
export function accessToken(
  claims: JWTPayload = {},
  kid = 'k1',
  key: KeyObject = issuerKeys.privateKey,
): Promise<string> {
  return new SignJWT({ ...goodClaims, ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(key);
}

/** A token spelt by hand, rightly signed: what no library would make. */
export function handmadeToken(header: string, payload: string | Uint8Array): string {
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), issuerKeys.privateKey).toString('base64url')}`;
}

/** An API key that we minted. @param key another MAC key makes it a forgery with a right checksum */
export function apiKey(tenant = 'acme', keyId = 'Key0000001', key: Uint8Array = macKey, secret = 's'): string {
  const tenantId = parseTenantId(tenant);
  if (!tenantId) throw new Error(`${tenant} is no tenant id`);
  return mintApiKey(tenantId, keyId, secret.repeat(32), (text) => createHmac('sha256', key).update(text).digest());
}

export type Bench = Tools & { readonly lines: LogLine[]; readonly fetched: string[] };

/** The tools of the function, with an issuer that answers; `lines` and `fetched` are what it said and asked for. */
export function bench(change: Partial<Tools> & { fetchJson?: FetchJson } = {}): Bench {
  const lines: LogLine[] = [];
  const fetched: string[] = [];
  const log = (line: LogLine) => void lines.push(line);
  const answer: FetchJson = change.fetchJson ?? (async () => jwksOf({ k1: issuerKeys.publicKey }));
  const fetchJson: FetchJson = (request) => {
    fetched.push(request.url);
    return answer(request);
  };
  const secrets = parseSecrets(JSON.stringify(secretDocument));
  return {
    settings,
    log,
    randomBytes: (size) => new Uint8Array(size).fill(9),
    issuerKeys: keepIssuerKeys(fetchJson, logFailure(log, 'jwks of a tenant')),
    signingKeys: keepSigningKeys(settings.issuer.jwksUri, fetchJson, logFailure(log, 'jwks')),
    readSecrets: async () => secrets,
    lines,
    fetched,
    ...change,
  };
}

export const acme: EdgeTenant = { home: 'eu-central-2', regions: ['eu-central-2'], status: 'ACTIVE' };

/** What a test says of its request; the rest is as Claude Code and edge/viewer would have it. */
export type Asked = {
  readonly tenant?: string;
  /** Null: the KeyValueStore does not know the tenant. */
  readonly entry?: EdgeTenant | null;
  readonly method?: string;
  readonly uri?: string;
  readonly querystring?: string;
  readonly headers?: Record<string, string | string[]>;
};

export function originRequest({
  tenant = 'acme',
  entry = acme,
  method = 'POST',
  uri = '/v1/messages',
  querystring = 'beta=true',
  headers = {},
}: Asked): CloudFrontRequest {
  const all: Record<string, string | string[]> = {
    host: 'eu-central-1.origin.example.test',
    'content-type': 'application/json',
    'content-length': '2',
    'x-ar-host': `${tenant}.proxy.example.test`,
    'x-ar-tenant': tenant,
    ...(entry ? { 'x-ar-directory': encodeEdgeTenant(entry) } : {}),
    ...headers,
  };
  const shaped: CloudFrontHeaders = {};
  for (const [name, value] of Object.entries(all))
    shaped[name] = [value].flat().map((one) => ({ key: name, value: one }));
  const custom = {
    customHeaders: {},
    domainName: 'eu-central-1.origin.example.test',
    keepaliveTimeout: 60,
    path: '',
    port: 8443,
    protocol: 'https' as const,
    readTimeout: 120,
    sslProtocols: ['TLSv1.2'],
  };
  return { clientIp: '192.0.2.7', method, uri, querystring, headers: shaped, origin: { custom } };
}

export type Refused = { status: number; type: string; message: string; headers: Record<string, string>; body: string };

/** Sends a request and demands that it is let through. */
export async function passed(asked: Asked, tools: Tools = bench()): Promise<CloudFrontRequest> {
  const result = await handleOriginRequest(originRequest(asked), tools, NOW);
  if ('status' in result) throw new Error(`refused: ${result.status} ${result.body}`);
  return result as CloudFrontRequest;
}

/** Sends a request and demands that it is answered here. */
export async function refused(asked: Asked, tools: Tools = bench()): Promise<Refused> {
  const result = await handleOriginRequest(originRequest(asked), tools, NOW);
  if (!('status' in result)) throw new Error('let through');
  return readRefusal(result);
}

export function readRefusal({ status, headers = {}, body = '' }: CloudFrontResultResponse): Refused {
  const { error } = JSON.parse(body) as { error: { type: string; message: string } };
  const plain = Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values[0]?.value ?? '']));
  return { status: Number(status), ...error, headers: plain, body };
}

/** The headers of a bearer token. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
