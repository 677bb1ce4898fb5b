import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

/** `url` comes from the settings, or has been inspected before it was stored; never from a token. */
export type JsonRequest = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole answer. */
  readonly timeoutMs: number;
};

/** Fetches a JSON document, or rejects; tests put their own in its place. */
export type FetchJson = (request: JsonRequest) => Promise<unknown>;

/** Thrown for what another side answered; its message is a text of this code and may be logged. */
export class RemoteError extends Error {}

const MAX_BYTES = 64 * 1024;

/**
 * Believes little of what it is answered: no redirect is followed (it would let the answer choose an address), only 200
 * counts, size and time are capped. node:https and not `fetch`: it is loaded anyway, and `fetch` costs a cold start more
 * than everything else here together.
 */
export const fetchJson: FetchJson = (request) => fetchBy({}, request);

/**
 * The same, for addresses that others have named: `lookup` says where a name may lead, and the connection goes there and
 * nowhere else. It is a connection of its own: one that is kept open could be to where the name led before.
 */
export function fetchJsonBy(lookup: LookupFunction): FetchJson {
  return (request) => fetchBy({ lookup, agent: false }, request);
}

type Way = { readonly lookup?: LookupFunction; readonly agent?: false };

const fetchBy = (way: Way, { url, method, headers, body, timeoutMs }: JsonRequest): Promise<unknown> =>
  new Promise((resolve, reject) => {
    // An import of node:http makes all its exports, WebSocket and with it the whole of `fetch` among them: that costs more
    // at a cold start than the rest of this function.
    const send = url.startsWith('https:') ? requestHttps : process.getBuiltinModule('node:http').request;
    const signal = AbortSignal.timeout(timeoutMs);
    const request = send(url, { ...way, method, headers, signal }, (response) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      const fail = (error: Error) => {
        reject(error);
        request.destroy();
      };
      if (response.statusCode !== 200) return fail(new RemoteError(`answered ${response.statusCode}`));
      response.on('data', (chunk: Uint8Array) => {
        size += chunk.length;
        if (size > MAX_BYTES) fail(new RemoteError(`answered more than ${MAX_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))));
        } catch {
          reject(new RemoteError('answered something that is not JSON'));
        }
      });
    });
    request.on('error', reject);
    request.end(body);
  });

/** Why a fetch failed, for the log: a parser's or a library's own message could quote what it read, so it is left out. */
export function whyFailed(error: unknown): string {
  if (error instanceof RemoteError) return error.message;
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
