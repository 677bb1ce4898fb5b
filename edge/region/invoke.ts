import type { Readable } from 'node:stream';
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { type Trace, traceHeaders } from '../../tenancy/trace.ts';
import type { Intent } from '../../tenancy/usage.ts';
import type { Dialect } from './dialect.ts';
import { refusalOfException } from './exceptions.ts';

/** Bedrock has answered: the body is as it comes off the wire. */
export type Upstream = {
  readonly body: Readable;
  readonly bedrockRequestId?: string;
  /** What Bedrock says of its answer in headers of its own. */
  readonly bedrockHeaders: Readonly<Record<string, string>>;
  header(name: string): string | undefined;
};

/** An answer of Bedrock's as it came, for a client that speaks its wire. */
export type Said = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** `used`: whether tokens may have been used all the same: a call that was cut off may have run. */
export type InvokeFailure = { readonly refusal: Refusal; readonly used: 'nothing' | 'unknown'; readonly said?: Said };

/** What Bedrock is asked: InvokeModel or Converse, streamed or not, by path, headers and body. */
export function invokeRequest(
  intent: Intent,
  trace: Trace,
  body: Uint8Array,
  format: Dialect['format'],
): BedrockRequest {
  const operations = { invoke: ['invoke', 'invoke-with-response-stream'], converse: ['converse', 'converse-stream'] };
  const request = {
    method: 'POST',
    path: `/model/${encodeURIComponent(intent.bedrockModelId)}/${operations[format][intent.stream ? 1 : 0]}`,
    body,
  };
  const headers = jsonHeaders(body, trace, intent.tenantId);
  if (format === 'converse') return { ...request, headers };
  return {
    ...request,
    headers: {
      ...headers,
      [intent.stream ? 'x-amzn-bedrock-accept' : 'accept']: 'application/json',
      // Lands in the invocation log, where neither the session's tags nor our request id would otherwise be.
      'x-amzn-bedrock-request-metadata': JSON.stringify({
        tenant_id: intent.tenantId,
        request_id: intent.requestId,
      }),
    },
  };
}

/** The headers of every request with a body, and of its caller's trace. */
export function jsonHeaders(body: Uint8Array, trace: Trace, tenantId: TenantId): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...traceHeaders(trace, tenantId),
  };
}

/** Any one request to Bedrock's runtime; its path is encoded already. */
export type BedrockRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

/**
 * Signs and sends a request, once: a retry is the client's to decide, and each attempt is counted. Signer, endpoint rules
 * and HTTP handler are the SDK client's own; its middleware is passed by (decision 008).
 */
export async function sendToBedrock(
  client: BedrockRuntimeClient,
  { headers, ...request }: BedrockRequest,
  signal: AbortSignal,
): Promise<Result<Upstream, InvokeFailure>> {
  const { signer, address } = await lineOf(client);
  const signed = await signer.sign({
    ...request,
    protocol: address.protocol,
    hostname: address.hostname,
    ...(address.port ? { port: Number(address.port) } : {}),
    query: {},
    headers: { ...headers, host: address.host },
  });
  try {
    const { response } = await client.config.requestHandler.handle(signed as never, { abortSignal: signal });
    const answer = response as Answered;
    return answer.statusCode < 300 ? ok(upstreamOf(answer)) : no(failureOfAnswer(await readException(answer)));
  } catch (error) {
    return no(failureOfConnection(error));
  }
}

type Answered = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
};

/** Where a client calls and as whom: found once for each client, of which there is one per session. */
type Line = { readonly signer: SignatureV4; readonly address: URL };

const lines = new WeakMap<BedrockRuntimeClient, Promise<Line>>();

function lineOf(client: BedrockRuntimeClient): Promise<Line> {
  let line = lines.get(client);
  if (!line) {
    line = openLine(client);
    lines.set(client, line);
  }
  return line;
}

async function openLine({ config }: BedrockRuntimeClient): Promise<Line> {
  const region = await config.region();
  const given = await config.endpoint?.();
  const { credentials, sha256 } = config;
  return {
    signer: new SignatureV4({ service: 'bedrock', region, credentials, sha256 }),
    address: given
      ? new URL(`${given.protocol}//${given.hostname}${given.port ? `:${given.port}` : ''}`)
      : config.endpointProvider({ Region: region }).url,
  };
}

function upstreamOf({ headers, body }: Answered): Upstream {
  const bedrockRequestId = headers['x-amzn-requestid'];
  return {
    body,
    bedrockHeaders: bedrockHeaders(headers),
    header: (name) => headers[name],
    ...(bedrockRequestId === undefined ? {} : { bedrockRequestId }),
  };
}

function bedrockHeaders(headers: Answered['headers']): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => /^x-amzn-(?:bedrock-|requestid$|errortype$)/.test(name));
  return Object.fromEntries(own);
}

/** What an exception's body may hold at most: past it something else than Bedrock is speaking. */
const EXCEPTION_BYTES = 65_536;

/** Reads an exception as AWS's REST-JSON protocol writes it: its name in a header or the body, its words in the body. */
async function readException({ statusCode, headers, body }: Answered): Promise<Exception> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > EXCEPTION_BYTES) break;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const { __type: type, message, Message } = parseObject(bytes.toString());
  const said = headers['x-amzn-errortype'] ?? String(type ?? '');
  const words = message ?? Message;
  const worded = typeof words === 'string' && words !== '';
  return {
    // `ThrottlingException:http://...` and `com.amazon#ThrottlingException` are one name.
    name: said.split(':')[0]?.split('#').at(-1) || 'UnknownException',
    message: worded ? words : `the model answered with status ${statusCode}`,
    ...(worded ? { said: { statusCode, headers: bedrockHeaders(headers), body: bytes } } : {}),
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

type Exception = { readonly name: string; readonly message: string; readonly said?: Said };

function failureOfAnswer({ name, message, said }: Exception): InvokeFailure {
  const refusal = refusalOfException(name, message);
  const used = refusal.kind === 'upstream_overloaded' ? 'unknown' : 'nothing';
  // Its words on our access name our roles.
  return refusal.kind === 'upstream_denied' || !said ? { refusal, used } : { refusal, used, said };
}

/** Failures in which not a byte of the request can have reached a model. */
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function failureOfConnection(error: unknown): InvokeFailure {
  if (!(error instanceof Error)) throw error;
  const { code } = error as { code?: unknown };
  const refusal: Refusal = { kind: 'upstream_overloaded', message: 'the connection to the model failed; try again' };
  return { refusal, used: typeof code === 'string' && NEVER_ARRIVED.has(code) ? 'nothing' : 'unknown' };
}
