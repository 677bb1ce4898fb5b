import { randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { fromWire, operationOf, toWire } from './document-wire.ts';
import { type AwsCredentials, openSigner } from './signature.ts';

/** The way to DynamoDB in one region, with the connections that are kept open on it. */
export type DynamoDbLine = {
  /** @returns a signed call's options for `send` */
  call(target: string, body: string): https.RequestOptions;
  readonly send: typeof http.request;
};

export type LineOptions = {
  readonly region: string;
  /** Another than AWS's own endpoint of the region. */
  readonly endpoint?: string;
  /** Asked for each call. Lambda's credentials stand in its environment for as long as the environment lives. */
  readonly credentials: () => AwsCredentials;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** Nothing is connected or sent. */
export function openLine({ region, endpoint, credentials, now }: LineOptions): DynamoDbLine {
  const { protocol, hostname, host, port } = new URL(endpoint ?? `https://dynamodb.${region}.amazonaws.com`);
  const { Agent, request } = protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 10_000 });
  const sign = openSigner('dynamodb', region);
  const address = { agent, method: 'POST', host: hostname, ...(port === '' ? {} : { port: Number(port) }) };
  return {
    send: request,
    call: (target, body) => ({
      ...address,
      headers: { ...sign({ host, target, body }, credentials(), now()), 'content-length': Buffer.byteLength(body) },
    }),
  };
}

export type Persistence = {
  /**
   * How often a call is tried at most. 1: it is sent once and an unclear answer throws, as calls need that may not be
   * done twice. More: throttling, a server's failure and a broken connection are tried again, after a random wait.
   */
  readonly attempts: number;
  /** How long one attempt may take, connecting included, until its whole answer is there. */
  readonly timeoutMs: number;
};

/**
 * Stands in for the SDK's document client wherever commands are sent: same commands, same answers, same errors by
 * `name` and members, at a fraction of the CPU time (decision 011). Of the SDK's options for a call it takes none.
 */
export function openDocumentClient(line: DynamoDbLine, { attempts, timeoutMs }: Persistence): DynamoDBDocumentClient {
  const send = async (command: { readonly input: object }): Promise<object> => {
    const operation = operationOf(command);
    const input = toWire(operation, command.input);
    // One token over all attempts: a transaction whose answer was lost is not done twice.
    const token = operation.name === 'TransactWriteItems' ? { ClientRequestToken: randomUUID() } : {};
    const body = JSON.stringify({ ...token, ...input });
    const target = `DynamoDB_20120810.${operation.name}`;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await exchange(line, target, body, timeoutMs);
        const requestId = answer.requestId === undefined ? {} : { requestId: answer.requestId };
        const $metadata = { httpStatusCode: answer.status, ...requestId, attempts: attempt };
        if (answer.status >= 300) throw exceptionOf(answer, $metadata);
        return { ...fromWire(operation, parseObject(answer.body)), $metadata };
      } catch (error) {
        if (attempt >= attempts || !isPassing(error)) throw error;
        await randomWait(attempt);
      }
    }
  };
  return { send } as unknown as DynamoDBDocumentClient;
}

type Answer = { readonly status: number; readonly requestId: string | undefined; readonly body: string };

/** One attempt. Rejects with the connection's error, which has a `code`, or a `TimeoutError`. */
function exchange(line: DynamoDbLine, target: string, body: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = line.send(line.call(target, body));
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => {
      const late = Object.assign(new Error(`no answer from DynamoDB in ${timeoutMs} ms`), { name: 'TimeoutError' });
      call.destroy(late);
      fail(late);
    }, timeoutMs);
    call.once('error', fail);
    call.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.once('error', fail);
      response.once('end', () => {
        clearTimeout(timer);
        const requestId = response.headers['x-amzn-requestid'];
        resolve({ status: response.statusCode ?? 0, requestId: requestId as string | undefined, body: text });
      });
    });
    call.end(body);
  });
}

type Metadata = { readonly httpStatusCode: number; readonly requestId?: string; readonly attempts: number };
type Exception = Error & { readonly $fault: 'client' | 'server'; readonly $metadata: Metadata };

/** With every member that the service sent: `Item` and `CancellationReasons` as on the wire, as the SDK leaves them. */
function exceptionOf({ status, body }: Answer, $metadata: Metadata): Exception {
  const { __type: type, message, Message, ...members } = readException(body);
  const name = typeof type === 'string' ? (type.split('#').at(-1) ?? type) : 'UnknownError';
  const words = message ?? Message;
  const error = new Error(typeof words === 'string' ? words : `DynamoDB answered with status ${status}`);
  return Object.assign(error, members, { name, $fault: status < 500 ? 'client' : 'server', $metadata } as const);
}

/** What stands between us and DynamoDB may answer in HTML. */
function readException(body: string): Record<string, unknown> {
  try {
    return parseObject(body);
  } catch {
    return {};
  }
}

function parseObject(body: string): Record<string, unknown> {
  const value: unknown = JSON.parse(body);
  if (typeof value !== 'object' || value === null) throw new SyntaxError('the answer is no JSON object');
  return value as Record<string, unknown>;
}

/** DynamoDB throttles with status 400. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'ThrottledException',
  'TransactionInProgressException',
]);

/** Whether the next attempt may fare better: not after any other answer of the service. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata, $fault } = error as Partial<Exception>;
  return $metadata
    ? $fault === 'server' || THROTTLED.has(error.name)
    : 'code' in error || error.name === 'TimeoutError';
}

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/** Anything up to a bound that doubles: those who were turned away together do not come back together. */
function randomWait(attempt: number): Promise<void> {
  const ms = Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return new Promise((resolve) => setTimeout(resolve, ms));
}
