import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Listener, listen, readBody } from './listener.ts';
import { authorizeS3 } from './s3/authorize.ts';
import { checkSums } from './s3/checksums.ts';
import { decodeChunked } from './s3/chunked-body.ts';
import { S3Error } from './s3/errors.ts';
import { openFolder } from './s3/folder.ts';
import { type ObjectHead, type Objects, openObjects } from './s3/objects.ts';
import { openUploads, type Uploads } from './s3/uploads.ts';
import { writeXml, type Xml } from './s3/xml.ts';

export type S3Options = {
  readonly port?: number;
  /** Objects live here: what was put outlives a restart. */
  readonly folder: string;
  readonly region: string;
  /** The buckets that there are. */
  readonly buckets: readonly string[];
  /** More of them, each with the folder that it is: its objects are files that others read and write too. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Access key id -> secret of those who may do everything. */
  readonly accessKeys: Readonly<Record<string, string>>;
  /** ms epoch; the clock when absent. */
  readonly now?: () => number;
};

type Bucket = { readonly name: string; readonly objects: Objects; readonly uploads: Uploads };
type Call = {
  readonly method: string;
  readonly bucket: Bucket;
  /** Empty: the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly content: Buffer;
};
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: Buffer | string };

const XMLNS = { 'content-type': 'application/xml' } as const;

/**
 * Stands in for Amazon S3: objects, multipart uploads and presigned addresses, by path and by the bucket's own host name,
 * signatures and checksums checked. Of signed chunks (`STREAMING-AWS4-...`), versions and encryption it knows nothing.
 */
export async function startS3(options: S3Options): Promise<Listener> {
  const { folder, region, accessKeys, now = Date.now } = options;
  const kept: [string, Objects][] = [
    ...options.buckets.map((name): [string, Objects] => [name, openObjects(join(folder, name), now)]),
    ...Object.entries(options.folders ?? {}).map(([name, own]): [string, Objects] => [name, openFolder(own)]),
  ];
  const buckets = new Map<string, Bucket>(
    kept.map(([name, objects]) => [name, { name, objects, uploads: openUploads(objects) }]),
  );
  return listen('S3', options.port ?? 0, async (request, response) => {
    const body = await readBody(request);
    const { method = '', url = '', rawHeaders } = request;
    try {
      authorizeS3({ method, url, rawHeaders, body }, accessKeys, region, now());
      send(request, response, operate(readCall(request, body, buckets)));
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      const xml = writeXml('Error', { Code: error.code, Message: error.message, RequestId: randomUUID() });
      send(request, response, { status: error.status, headers: XMLNS, body: xml });
    }
  });
}

/** Reads whose object is meant, and takes the body out of its chunks. */
function readCall(request: IncomingMessage, body: Buffer, buckets: ReadonlyMap<string, Bucket>): Call {
  const { method = '', url = '', headers } = request;
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const [label = ''] = (headers.host ?? '').split(/\.(?:s3\.|localhost(?::|$))/);
  const byHost = buckets.get(label);
  const [, first = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const bucket = byHost ?? buckets.get(decodeURIComponent(first));
  if (!bucket) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  const said = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const length = said.get('x-amz-decoded-content-length');
  const isChunked = said.get('x-amz-content-sha256')?.startsWith('STREAMING-') === true;
  if (isChunked && length === undefined)
    throw new S3Error('InvalidArgument', 'x-amz-decoded-content-length is missing');
  const { content, trailers } = isChunked ? decodeChunked(body, Number(length)) : { content: body, trailers: [] };
  if (method === 'PUT') checkSums(content, new Map([...said, ...trailers]));
  const key = decodeURIComponent(byHost ? path.slice(1) : rest);
  return { method, bucket, key, query: new URLSearchParams(query), headers, content };
}

function operate(call: Call): Answer {
  const { method, bucket, key, query, headers, content } = call;
  const { objects, uploads } = bucket;
  const uploadId = query.get('uploadId');
  if (key === '') {
    if (method === 'GET' && query.get('list-type') === '2') return list(call);
    throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  }
  switch (method) {
    case 'PUT': {
      if (uploadId !== null) {
        const ETag = uploads.putPart(key, uploadId, query.get('partNumber') ?? '', content);
        return { status: 200, headers: { etag: ETag } };
      }
      return { status: 200, headers: { etag: objects.put(key, content, keptHeaders(headers)).etag } };
    }
    case 'POST': {
      if (query.has('uploads')) {
        const UploadId = uploads.create(key, keptHeaders(headers));
        return xml('InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId });
      }
      if (uploadId === null) throw new S3Error('MethodNotAllowed', 'The specified method is not allowed.');
      const { etag } = uploads.complete(key, uploadId, content.toString());
      return xml('CompleteMultipartUploadResult', { Bucket: bucket.name, Key: key, ETag: etag });
    }
    case 'DELETE': {
      if (uploadId === null) objects.remove(key);
      else uploads.abort(key, uploadId);
      return { status: 204 };
    }
    case 'GET':
    case 'HEAD':
      return read(objects, key, headers.range);
    default:
      throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  }
}

function read(objects: Objects, key: string, range: string | undefined): Answer {
  const head = objects.head(key);
  if (!head) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  const headers = { ...head.headers, ...describe(head), 'accept-ranges': 'bytes' };
  const content = objects.read(key);
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === '' && to === '') return { status: 200, headers, body: content };
  const start = from === '' ? Math.max(0, head.size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? head.size - 1 : Math.min(Number(to), head.size - 1);
  if (start > end) throw new S3Error('InvalidRange', 'The requested range is not satisfiable');
  const body = content.subarray(start, end + 1);
  return { status: 206, headers: { ...headers, 'content-range': `bytes ${start}-${end}/${head.size}` }, body };
}

const MAX_KEYS = 1_000;

function list({ bucket, query }: Call): Answer {
  const [prefix, after] = [
    query.get('prefix') ?? '',
    query.get('continuation-token') ?? query.get('start-after') ?? '',
  ];
  const most = Math.min(MAX_KEYS, Number(query.get('max-keys') ?? MAX_KEYS));
  if (query.get('delimiter')) throw new S3Error('NotImplemented', 'delimiter is not known here');
  const found = bucket.objects.list(prefix).filter(({ key }) => key > after);
  const page = found.slice(0, most);
  const isMore = found.length > page.length;
  return xml('ListBucketResult', {
    Name: bucket.name,
    Prefix: prefix,
    KeyCount: page.length,
    MaxKeys: most,
    IsTruncated: isMore,
    NextContinuationToken: isMore ? page.at(-1)?.key : undefined,
    Contents: page.map(({ key, etag, size, modifiedAt }) => ({
      Key: key,
      LastModified: new Date(modifiedAt).toISOString(),
      ETag: etag,
      Size: size,
      StorageClass: 'STANDARD',
    })),
  });
}

/** What is said of an object when it is put, and again with every answer that has it. */
const KEPT = /^(content-type|content-disposition|content-language|cache-control|expires|x-amz-meta-.+)$/;

function keptHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(([name, value]) => KEPT.test(name) && value !== undefined);
  return {
    'content-type': 'binary/octet-stream',
    ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
  };
}

function describe({ etag, modifiedAt }: ObjectHead): Record<string, string> {
  return { etag, 'last-modified': new Date(modifiedAt).toUTCString() };
}

function xml(name: string, content: Xml): Answer {
  return { status: 200, headers: XMLNS, body: writeXml(name, content) };
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body = '' }: Answer,
): void {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length, 'x-amz-request-id': randomUUID() });
  response.end(method === 'HEAD' ? undefined : body);
}
