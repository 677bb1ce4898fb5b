import { Readable } from 'node:stream';
import {
  type BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { Intent } from '../../tenancy/usage.ts';
import { refusalOfException } from './exceptions.ts';

/** Bedrock has answered: the body is as it comes off the wire. */
export type Upstream = {
  readonly body: Readable;
  readonly bedrockRequestId?: string;
  header(name: string): string | undefined;
};

/** `used`: whether tokens may have been used all the same: a call that was cut off may have run. */
export type InvokeFailure = { readonly refusal: Refusal; readonly used: 'nothing' | 'unknown' };

/** What Bedrock is asked, as the SDK's commands take it. */
export function invokeInput(intent: Intent, body: Uint8Array) {
  return {
    modelId: intent.bedrockModelId,
    contentType: 'application/json',
    accept: 'application/json',
    body,
    // Lands in the invocation log, where neither the session's tags nor our request id would otherwise be.
    requestMetadata: JSON.stringify({ tenant_id: intent.tenantId, request_id: intent.requestId }),
  };
}

/** Calls the model, once: a retry is the client's to decide, and each attempt is counted. */
export async function invoke(
  client: BedrockRuntimeClient,
  intent: Intent,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Result<Upstream, InvokeFailure>> {
  const input = invokeInput(intent, body);
  const options = { abortSignal: signal };
  const raw = rawBody();
  try {
    if (intent.stream) {
      const command = new InvokeModelWithResponseStreamCommand(input);
      command.middlewareStack.add(raw.take, TAKE);
      command.middlewareStack.add(raw.settle, SETTLE);
      await client.send(command, options);
    } else {
      const command = new InvokeModelCommand(input);
      command.middlewareStack.add(raw.take, TAKE);
      command.middlewareStack.add(raw.settle, SETTLE);
      await client.send(command, options);
    }
    return ok(raw.kept());
  } catch (error) {
    return no(failureOf(error));
  }
}

/** Next to the wire, where the answer comes in, and around the SDK's own reader of it. */
const TAKE = { step: 'deserialize', priority: 'low', name: 'takeRawBody' } as const;
const SETTLE = { step: 'deserialize', priority: 'high', name: 'settleForRawBody' } as const;

/** Thrown past the SDK's reader: the answer has been taken, and there is nothing left to read. */
const TAKEN = Symbol('taken');

type Send = (args: never) => Promise<{ response: unknown }>;

/**
 * Two middlewares that take a successful answer's body before the SDK reads it: its event-stream iterator costs three
 * times the CPU of `FrameDecoder`. Refusals pass, for the SDK reads their many shapes well.
 */
function rawBody() {
  let taken: Upstream | undefined;
  const take = <Next extends Send>(next: Next): Next => {
    const taking = async (args: never): Promise<{ response: unknown }> => {
      const result = await next(args);
      const { response } = result;
      if (!isHttpResponse(response) || response.statusCode >= 300) return result;
      const { body, headers } = response;
      const bedrockRequestId = headers['x-amzn-requestid'];
      taken = {
        body,
        header: (name) => headers[name],
        ...(bedrockRequestId === undefined ? {} : { bedrockRequestId }),
      };
      throw TAKEN;
    };
    return taking as Next;
  };
  const settle = <Next extends Send>(next: Next): Next => {
    const settling = async (args: never): Promise<unknown> => {
      try {
        return await next(args);
      } catch (error) {
        if (error !== TAKEN) throw error;
        return { response: {}, output: { $metadata: {} } };
      }
    };
    return settling as Next;
  };
  return {
    take,
    settle,
    kept: (): Upstream => {
      if (!taken) throw new TypeError('the SDK answered without a response');
      return taken;
    },
  };
}

type HttpResponse = { statusCode: number; headers: Record<string, string>; body: Readable };

function isHttpResponse(response: unknown): response is HttpResponse {
  return (
    typeof response === 'object' &&
    response !== null &&
    'statusCode' in response &&
    'body' in response &&
    response.body instanceof Readable
  );
}

/** Failures in which not a byte of the request can have reached a model. */
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function failureOf(error: unknown): InvokeFailure {
  if (!(error instanceof Error)) throw error;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown };
  if ($metadata?.httpStatusCode !== undefined) {
    const refusal = refusalOfException(error.name, error.message);
    return { refusal, used: refusal.kind === 'upstream_overloaded' ? 'unknown' : 'nothing' };
  }
  const refusal: Refusal = { kind: 'upstream_overloaded', message: 'the connection to the model failed; try again' };
  return { refusal, used: typeof code === 'string' && NEVER_ARRIVED.has(code) ? 'nothing' : 'unknown' };
}
