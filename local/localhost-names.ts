import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Preloaded into a function's process (`NODE_OPTIONS=--import=...`): every name under `localhost` leads to this machine,
 * as RFC 6761 asks of resolvers and as glibc's does not. The KeyValueStore's client puts the account id before the
 * host of its endpoint, so `http://localhost:PORT` becomes `http://111111111111.localhost:PORT`.
 */
const ask = dns.lookup;

function lookup(hostname: string, ...rest: unknown[]): void {
  const name = hostname.endsWith('.localhost') ? '127.0.0.1' : hostname;
  Reflect.apply(ask, dns, [name, ...rest]);
}

dns.lookup = Object.assign(lookup, { __promisify__: ask.__promisify__ });
syncBuiltinESMExports();
