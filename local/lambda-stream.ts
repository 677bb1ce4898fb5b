import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Why an invocation has no answer, as Lambda says it: `errorType` is its own word, a service error or the handler's. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
}

/** A FunctionError that can be thrown, or destroy a stream. */
export class LambdaError extends Error implements FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;

  constructor({ errorType, errorMessage }: FunctionError) {
    super(errorMessage);
    this.name = 'LambdaError';
    this.errorType = errorType;
    this.errorMessage = errorMessage;
  }
}

/** What the prelude of a streamed HTTP answer holds. Header values are strings whatever the function wrote. */
export interface Prelude {
  statusCode: number;
  headers: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  cookies?: string[];
}

/** A streamed answer. `body` ends with an error when the function fails in mid-stream; destroying it stops nothing. */
export interface StreamedResponse extends Prelude {
  body: Readable;
}

/** 200 MB for a streamed answer, 16 KB for what precedes its body. */
export const STREAM_LIMIT = 200 * 1024 * 1024;
export const PRELUDE_LIMIT = 16 * 1024;

const DELIMITER = Buffer.alloc(8);
const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response';

/**
 * Reads a prelude that arrives in pieces: returns it with the first bytes of the body once the 8 NUL bytes are
 * complete, undefined until then. Throws a LambdaError for one that is too long or no JSON object.
 */
export function createPreludeReader(): (chunk: Buffer) => { prelude: Prelude; rest: Buffer } | undefined {
  let held: Buffer | undefined;
  return (chunk) => {
    const from = Math.max(0, (held?.length ?? 0) - (DELIMITER.length - 1));
    held = held === undefined ? chunk : Buffer.concat([held, chunk]);
    const end = held.indexOf(DELIMITER, from);
    if (end > PRELUDE_LIMIT || (end === -1 && held.length > PRELUDE_LIMIT + DELIMITER.length)) {
      throw invalid(`no delimiter of 8 NUL bytes in the first ${PRELUDE_LIMIT} bytes of the response`);
    }
    if (end === -1) return undefined;
    return { prelude: parsePrelude(held.toString('utf8', 0, end)), rest: held.subarray(end + DELIMITER.length) };
  };
}

function invalid(reason: string): LambdaError {
  return new LambdaError({ errorType: 'InvalidStreamedResponse', errorMessage: reason });
}

function parsePrelude(text: string): Prelude {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('the prelude of the response is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the prelude is no object');
  const { statusCode = 200, headers, multiValueHeaders, cookies } = value as Record<string, unknown>;
  if (!Number.isInteger(statusCode) || Number(statusCode) < 200 || Number(statusCode) > 599) {
    throw invalid(`the prelude's statusCode is ${JSON.stringify(statusCode)}`);
  }
  const prelude: Prelude = { statusCode: Number(statusCode), headers: {} };
  prelude.headers = mapValues(headers, (header) => String(header));
  if (multiValueHeaders !== undefined) prelude.multiValueHeaders = mapValues(multiValueHeaders, strings);
  if (cookies !== undefined) prelude.cookies = strings(cookies);
  return prelude;
}

function mapValues<T>(value: unknown, map: (value: unknown) => T): Record<string, T> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid("the prelude's headers are no object");
  return Object.fromEntries(Object.entries(value).map(([name, header]) => [name, map(header)]));
}

function strings(value: unknown): string[] {
  if (!Array.isArray(value)) throw invalid('the prelude has a single value where a list belongs');
  return value.map(String);
}

/** The error that a runtime put into the trailers of its response, if it did. */
export function trailerError(request: IncomingMessage): FunctionError | undefined {
  const errorType = request.trailers['lambda-runtime-function-error-type'];
  const body = request.trailers['lambda-runtime-function-error-body'];
  if (errorType === undefined) return undefined;
  const text = Buffer.from(body ?? '', 'base64').toString();
  let errorMessage = text;
  try {
    errorMessage = String((JSON.parse(text) as { errorMessage?: unknown }).errorMessage ?? text);
  } catch {
    // Another runtime's error body need not be JSON: the text itself is the message.
  }
  return { errorType, errorMessage };
}

class ResponseBody extends Readable {
  readonly #source: IncomingMessage;

  constructor(source: IncomingMessage) {
    super();
    this.#source = source;
  }

  override _read(): void {
    this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // As on AWS a client that leaves does not stop the function: what it still writes is taken and dropped.
    this.#source.resume();
    callback(error);
  }
}

/**
 * Reads a streamed answer off the runtime's request. `resolve` is called at the first byte of the body, `reject` for
 * whatever goes wrong before it. Returns `fail`, which ends the answer, wherever it stands, with an error.
 *
 * An answer without any body byte is a failure here: on AWS its client hangs until the gateway gives up.
 */
export function readStreamedResponse(
  source: IncomingMessage,
  resolve: (response: StreamedResponse) => void,
  reject: (error: LambdaError) => void,
): (error: FunctionError) => void {
  const body = new ResponseBody(source);
  let read: ReturnType<typeof createPreludeReader> | undefined = createPreludeReader();
  let prelude: Prelude | undefined;
  let begun = false;
  let answered = false;
  let failed = false;
  let size = 0;

  const fail = (error: FunctionError): void => {
    if (failed) return;
    failed = true;
    source.resume();
    if (answered) body.destroy(new LambdaError(error));
    else reject(new LambdaError(error));
  };
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > STREAM_LIMIT) {
      fail({
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: `streamed response over ${STREAM_LIMIT} bytes`,
      });
    } else if (chunk.length > 0 && !body.destroyed) {
      if (!answered && prelude !== undefined) {
        answered = true;
        resolve({ ...prelude, body });
      }
      if (!body.push(chunk)) source.pause();
    }
  };
  source.on('data', (chunk: Buffer) => {
    if (failed) return;
    begun = true;
    if (read === undefined) return take(chunk);
    try {
      if (source.headers['content-type'] !== HTTP_INTEGRATION)
        throw invalid('the response was begun without a prelude');
      const found = read(chunk);
      if (found === undefined) return;
      ({ prelude } = found);
      read = undefined;
      take(found.rest);
    } catch (error) {
      fail(error as LambdaError);
    }
  });
  source.once('end', () => {
    const error = trailerError(source);
    if (error !== undefined) fail(error);
    else if (begun && prelude === undefined) fail(invalid('the response ended without the delimiter of 8 NUL bytes'));
    else if (!answered) fail({ errorType: 'EmptyStreamedResponse', errorMessage: 'the streamed response has no body' });
    else if (!failed && !body.destroyed) body.push(null);
  });
  source.once('error', () =>
    fail({ errorType: 'Runtime.TruncatedResponse', errorMessage: 'the response was cut off' }),
  );
  return fail;
}
