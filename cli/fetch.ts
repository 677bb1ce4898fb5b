import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { CliError, messageOf } from './failure.ts';
import type { Machine } from './machine.ts';

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 256 * 1024;

export type Ask = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
};
/** Rejects when there is no whole answer. Follows no redirect, which would take a token to another host. */
export type Fetch = (url: string, ask?: Ask) => Promise<Response>;

/**
 * As `fetch`, which cannot be given a company's own certificate authority without a package.
 * @param ca path of PEM certificates that are trusted beside those of Node.js
 * @throws CliError when they cannot be read
 */
export function openFetch({ env }: Pick<Machine, 'env'>, ca?: string): Fetch {
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, readCertificates(ca)] };
  // Node.js 24.5 and later take HTTPS_PROXY and NO_PROXY from this; older ones go straight.
  const agent = { proxyEnv: env as NodeJS.ProcessEnv, keepAlive: false };
  const agents = { 'http:': new HttpAgent(agent), 'https:': new HttpsAgent({ ...agent, ...trusted }) };
  return (address, ask = {}) =>
    new Promise((resolve, reject) => {
      const url = new URL(address);
      const secure = url.protocol === 'https:';
      const options: RequestOptions = {
        method: ask.method ?? 'GET',
        headers: { 'user-agent': 'agent-runner-cli', ...ask.headers },
        agent: secure ? agents['https:'] : agents['http:'],
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(ask.signal ? [ask.signal] : [])]),
        ...(url.hostname.endsWith('.localhost') ? { lookup: thisMachine } : {}),
      };
      const outgoing = (secure ? httpsRequest : httpRequest)(url, options, (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MOST_BYTES) outgoing.destroy(new Error(`more than ${MOST_BYTES} bytes came`));
          chunks.push(chunk);
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          const { statusCode: status = 0, headers } = incoming;
          const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
            value === undefined ? [] : [[name, String(value)]],
          );
          // These have no body by definition, and the constructor insists.
          const body = status === 204 || status === 304 ? null : Buffer.concat(chunks);
          resolve(new Response(body, { status, headers: list }));
        });
      });
      outgoing.on('error', (error) =>
        reject(
          error.name === 'TimeoutError' || error.name === 'AbortError'
            ? new Error(`no answer in ${TIMEOUT_MS / 1000} seconds`)
            : error,
        ),
      );
      outgoing.end(ask.body);
    });
}

/** Names under `localhost` are this machine (RFC 6761), though many resolvers do not know them. */
const thisMachine: LookupFunction = (_hostname, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

function readCertificates(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError({ kind: 'file', path, reason: messageOf(error) });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new CliError({ kind: 'file', path, reason: 'holds no certificate in PEM form' });
  return text;
}
