import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { applyUpdate, type Entries, KeyValueStoreError, readUpdate, sizeOf } from './key-value-store/entries.ts';
import { type Listener, listen, readBody } from './listener.ts';
import { readFileIfThere, writePrivateFile } from './private-file.ts';
import { readSignatureV4a, verifySignatureV4a } from './signature-v4a.ts';

export type KeyValueStoreOptions = {
  readonly port?: number;
  /** The entries live here and outlive a restart. */
  readonly folder: string;
  /** Access key id -> secret of those who may call. */
  readonly accessKeys: Readonly<Record<string, string>>;
  /** ms epoch; the clock when absent. */
  readonly now?: () => number;
};

export type KeyValueStore = Listener & {
  readonly arn: string;
  /** Settings with which a function reaches this store through the ordinary client. */
  readonly env: Readonly<Record<string, string>>;
  /** What a viewer function reads. A write is there at once; CloudFront takes seconds to spread one. */
  get(key: string): string | undefined;
  /** Resolves when the key has a value. */
  whenStored(key: string): Promise<void>;
};

const ARN = 'arn:aws:cloudfront::111111111111:key-value-store/agent-runner-local';
const LIST_LIMIT = 50;

/** Stands in for CloudFront KeyValueStore's data plane: one store, signatures (version 4A) and ETags checked. */
export async function startKeyValueStore(options: KeyValueStoreOptions): Promise<KeyValueStore> {
  const { folder, accessKeys, now = Date.now } = options;
  const path = join(folder, 'entries.json');
  let entries: Entries = new Map(Object.entries(JSON.parse(readFileIfThere(path) ?? '{}') as Record<string, string>));
  const written = new EventEmitter();
  const created = now();

  const summary = () => ({ ItemCount: entries.size, TotalSizeInBytes: sizeOf(entries) });
  const write = (body: string, ifMatch: string | undefined, key: string | null, method: string) => {
    if (ifMatch === undefined) throw new KeyValueStoreError('ValidationException', 'If-Match is required');
    if (ifMatch !== etagOf(entries))
      throw new KeyValueStoreError('ConflictException', 'the ETag is not the current one');
    entries = applyUpdate(entries, readUpdate(method, key, body));
    writePrivateFile(path, JSON.stringify(Object.fromEntries(entries)));
    written.emit('write');
    return summary();
  };
  const operate = (method: string, target: Target, body: string, ifMatch: string | undefined): object => {
    const { key, query } = target;
    if (target.kind === 'store')
      return { ...summary(), KvsARN: ARN, Created: Math.floor(created / 1000), Status: 'READY' };
    if (method !== 'GET') return write(body, ifMatch, key, method);
    if (key === null) return list(entries, query);
    const value = entries.get(key);
    if (value === undefined) throw new KeyValueStoreError('ResourceNotFoundException', 'no such key');
    return { ...summary(), Key: key, Value: value };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const { method = '', url = '', rawHeaders } = request;
    try {
      const target = readTarget(method, url);
      authorize({ method, url, rawHeaders, body }, accessKeys, now());
      const output = operate(method, target, body.toString(), request.headers['if-match']);
      send(response, 200, output, { ETag: etagOf(entries) });
    } catch (error) {
      if (!(error instanceof KeyValueStoreError)) throw error;
      send(response, error.status, { Message: error.message }, { 'x-amzn-errortype': error.code });
    }
  };

  const listener = await listen('KeyValueStore', options.port ?? 0, answer);
  const get = (key: string) => entries.get(key);
  return {
    ...listener,
    arn: ARN,
    env: {
      KEY_VALUE_STORE_ARN: ARN,
      AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE: listener.url.replace('127.0.0.1', 'localhost'),
      NODE_OPTIONS: `--import=${new URL('./localhost-names.ts', import.meta.url).href}`,
    },
    get,
    whenStored: async (key) => {
      while (get(key) === undefined) await once(written, 'write');
    },
  };
}

/** The store itself, or its keys: all of them, or one. */
type Target = { readonly kind: 'store' | 'keys'; readonly key: string | null; readonly query: URLSearchParams };

const METHODS = { store: ['GET'], keys: ['GET', 'POST'], key: ['GET', 'PUT', 'DELETE'] };

function readTarget(method: string, url: string): Target {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const [, arn, keys, key = null] = /^\/key-value-stores\/([^/]+)(\/keys)?(?:\/([^/]+))?$/.exec(pathname) ?? [];
  if (decodeURIComponent(arn ?? '') !== ARN) throw new KeyValueStoreError('ResourceNotFoundException', 'no such store');
  const kind = keys ? 'keys' : 'store';
  if (!METHODS[key === null ? kind : 'key'].includes(method) || (key !== null && !keys))
    throw new KeyValueStoreError('ValidationException', 'no such operation');
  return { kind, key: key === null ? null : decodeURIComponent(key), query };
}

function authorize(
  request: Parameters<typeof verifySignatureV4a>[0],
  accessKeys: Readonly<Record<string, string>>,
  now: number,
): void {
  const claim = readSignatureV4a(request.rawHeaders);
  const secret = claim && Object.hasOwn(accessKeys, claim.accessKeyId) ? accessKeys[claim.accessKeyId] : undefined;
  if (!claim || secret === undefined)
    throw new KeyValueStoreError('AccessDeniedException', 'the request is not signed with version 4A by a known key');
  if (claim.service !== 'cloudfront-keyvaluestore')
    throw new KeyValueStoreError('AccessDeniedException', 'the signature is for another service');
  const verdict = verifySignatureV4a(request, claim, secret, now);
  if (!verdict.ok) throw new KeyValueStoreError('AccessDeniedException', verdict.reason);
}

function list(entries: Entries, query: URLSearchParams): object {
  const from = Number(query.get('NextToken') ?? 0);
  const to = from + Math.min(Number(query.get('MaxResults') ?? LIST_LIMIT), LIST_LIMIT);
  const items = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const Items = items.slice(from, to).map(([Key, Value]) => ({ Key, Value }));
  return to < items.length ? { Items, NextToken: String(to) } : { Items };
}

/** Names this content, and no other. */
function etagOf(entries: Entries): string {
  const content = JSON.stringify([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `KV${createHash('sha256').update(content).digest('hex').slice(0, 13).toUpperCase()}`;
}

function send(response: ServerResponse, status: number, output: object, headers: Record<string, string>): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(output));
}
