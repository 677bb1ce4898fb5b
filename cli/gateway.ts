import { CliError } from './failure.ts';

/**
 * The address of a tenant's gateway, as an origin without a slash at its end. Without a scheme it is https.
 * @throws CliError when it is none, or would carry tokens in clear text over a network
 */
export function parseGateway(text: string): string {
  const wrong = (why: string) =>
    new CliError({ kind: 'usage', message: `${JSON.stringify(text)} ${why}, such as https://acme.proxy.example.com` });
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) throw wrong('is no address of a gateway');
  const url = new URL(withScheme);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw wrong('must be https, for it carries your token');
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/')
    throw wrong('must be the scheme and the host alone');
  return url.origin;
}

/** This machine: by RFC 6761 also every name under `localhost`. */
export function isLoopback(hostname: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|([a-z0-9-]+\.)*localhost)$/.test(hostname);
}

/** A file name for a gateway: Windows knows no colons in them. */
export function gatewayFileName(gateway: string): string {
  return new URL(gateway).host.replace(/[^a-z0-9.-]/g, '_');
}
