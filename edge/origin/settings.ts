import { isConsoleOrigin } from '../../tenancy/cors.ts';
import { areIssuerOrigins } from '../../tenancy/identity-provider.ts';
import { isRegion, type Region } from '../../tenancy/region.ts';

/** What the function is told by the file beside its bundle: Lambda@Edge has no environment variables. */
export type Settings = {
  /** The platform's domain: tenants are `<tenant>.proxy.<domain>`, regions `<region>.origin.<domain>`. */
  readonly domain: string;
  /** The console's origin, as a browser writes it: its scripts may read some answers. */
  readonly consoleOrigin: string;
  /** Serves the tenants that the edge does not know yet. */
  readonly controlRegion: Region;
  /** The regions that are deployed; a request is never sent to another. */
  readonly regions: readonly Region[];
  readonly issuer: {
    readonly url: string;
    readonly jwksUri: string;
    readonly clientIds: readonly string[];
    /** One of them: who `agent-runner login` signs people in as whose tenant has no identity provider of its own. */
    readonly loginClientId: string;
  };
  /** Scheme and port of the tenants' hostnames, as in `https://<domain>`. */
  readonly proxyOrigin: string;
  /** Origins of tenants' issuers that are not on the public internet; the operator answers for where they lead. */
  readonly internalIssuers?: readonly string[];
  /** The secret that holds the passport's private key and the API keys' MAC keys. */
  readonly secretId: string;
  readonly secretsManagerRegion: string;
  /** Absent: AWS's own endpoint of `secretsManagerRegion`. */
  readonly secretsManagerEndpoint?: string;
};

const FIELDS = new Set([
  'domain',
  'consoleOrigin',
  'controlRegion',
  'regions',
  'issuer',
  'proxyOrigin',
  'internalIssuers',
  'secretId',
  'secretsManagerRegion',
  'secretsManagerEndpoint',
]);
const ISSUER_FIELDS = new Set(['url', 'jwksUri', 'clientIds', 'loginClientId']);
const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Reads the settings file's text. Throws, naming every wrong field at once: a function with half its settings must not
 * start. A field that it does not know is an error too, or a misspelt optional one would be ignored in silence.
 */
export function parseSettings(text: string): Settings {
  const file = asObject(JSON.parse(text));
  const issuer = asObject(file['issuer']);
  const { domain, consoleOrigin, controlRegion, regions, secretId, secretsManagerRegion, secretsManagerEndpoint } =
    file;
  const { proxyOrigin, internalIssuers = [] } = file;
  const { url, jwksUri, clientIds, loginClientId } = issuer;
  const wrong: string[] = [];
  const demand = (good: boolean, what: string) => good || wrong.push(what);
  demand(typeof domain === 'string' && DOMAIN.test(domain), 'domain: a lower-case DNS name');
  demand(isConsoleOrigin(consoleOrigin), 'consoleOrigin: https://<host>, or http://<name>.localhost:<port>');
  demand(isRegion(controlRegion), 'controlRegion: one of the platform regions');
  demand(isListOf(regions, isRegion), 'regions: a list of platform regions');
  demand(Array.isArray(regions) && regions.includes(controlRegion), 'regions: must contain controlRegion');
  demand(isHttps(url), 'issuer.url: an https URL');
  demand(isHttps(jwksUri), 'issuer.jwksUri: an https URL');
  demand(isListOf(clientIds, isText), 'issuer.clientIds: a list of client ids');
  demand(isListOf(clientIds, isText) && clientIds.includes(String(loginClientId)), 'issuer.loginClientId: one of them');
  demand(isProxyOrigin(proxyOrigin, domain), 'proxyOrigin: https://<domain>, or http://localhost:<port>');
  demand(areIssuerOrigins(internalIssuers), 'internalIssuers: a list of https://<host>[:port]');
  demand(isText(secretId), 'secretId: the name of the secret');
  demand(isText(secretsManagerRegion), 'secretsManagerRegion: an AWS region');
  demand(
    secretsManagerEndpoint === undefined || isEndpoint(secretsManagerEndpoint),
    'secretsManagerEndpoint: an https URL without a path, or http on the loopback address',
  );
  for (const field of Object.keys(file)) demand(FIELDS.has(field), `${field}: no such setting`);
  for (const field of Object.keys(issuer)) demand(ISSUER_FIELDS.has(field), `issuer.${field}: no such setting`);
  if (wrong.length > 0) throw new Error(`settings.json is wrong: ${wrong.join('; ')}`);
  return file as Settings;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isListOf<One>(value: unknown, isOne: (one: unknown) => one is One): value is One[] {
  return Array.isArray(value) && value.length > 0 && value.every(isOne);
}

function isHttps(value: unknown): value is string {
  return typeof value === 'string' && URL.parse(value)?.protocol === 'https:';
}

/** Over plain http a token would travel in the clear, so those hostnames may be no other machine's. */
function isProxyOrigin(value: unknown, domain: unknown): boolean {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url?.origin !== value || url?.hostname !== domain) return false;
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && domain === 'localhost');
}

/** Over plain http the secret travels in the clear, so that address may be no other machine's. */
function isEndpoint(value: unknown): value is string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url?.pathname !== '/' || url.search !== '') return false;
  return isHttps(value) || (url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname));
}
