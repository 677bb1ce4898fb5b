import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeAnswer } from './bedrock/answer.ts';
import { createControls } from './bedrock/controls.ts';
import { countTokens } from './bedrock/count.ts';
import { openEvidence } from './bedrock/evidence.ts';
import { examine } from './bedrock/examine.ts';
import { type Refusal, refuse, statusOf } from './bedrock/exceptions.ts';
import { createFaultCounter, type Fault, readMagic } from './bedrock/magic.ts';
import type { BedrockRecord } from './bedrock/record.ts';
import { lastUserText } from './bedrock/request.ts';
import { type Finish, type Sent, sendMessage, sendStream } from './bedrock/send.ts';
import { createPromptCache, promptTokens } from './bedrock/usage.ts';
import { type Listener, listen, readBody } from './listener.ts';
import type { SessionStore } from './sts.ts';
import { openTrace } from './trace.ts';

/**
 * Stands in for the Bedrock runtime: InvokeModel and Converse, streaming or not, and CountTokens, over plain HTTP/1.1
 * (`bedrock/operations.ts`), with a few controls for tests beside them (`bedrock/controls.ts`). A call is examined as the real one would (`bedrock/examine.ts`) and answered by what the prompt asks for
 * (`bedrock/magic.ts` has the table). One process serves every region; the region is the one in the signature's scope.
 */
export interface BedrockOptions {
  readonly port?: number;
  /** The STS stand-in's sessions; absent when an outside STS made the credentials, which cannot be checked then. */
  readonly sessions?: SessionStore;
  /** File that gets one JSON line per request. */
  readonly log?: string;
  /** What the bucket of AWS's own logs holds; absent: none are written (`bedrock/evidence.ts`). */
  readonly lake?: string;
  /** ms since the epoch; the machine's clock by default. */
  readonly now?: () => number;
}

export interface Bedrock extends Listener {
  readonly records: readonly BedrockRecord[];
}

export async function startBedrock(options: BedrockOptions = {}): Promise<Bedrock> {
  const now = options.now ?? Date.now;
  const trace = openTrace<BedrockRecord>(options.log);
  const cache = createPromptCache();
  const faultCounter = createFaultCounter();
  const evidence = options.lake === undefined ? undefined : openEvidence(options.lake, now);
  const controls = createControls(evidence);
  const { lockstep, quotas } = controls;
  const judges = { sessions: options.sessions, rejectedBetas: controls.rejectedBetas };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', rawHeaders } = request;
    if (await controls.answer(request, response)) return;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { signal } = gone;
    const startedAt = now();
    const requestId = randomUUID();
    const body = await readBody(request);
    const { known, call, verdict } = examine({ method, url, rawHeaders, body }, judges, startedAt);
    const at = new Date(startedAt).toISOString();
    const record: BedrockRecord = {
      at,
      requestId,
      path: url,
      stream: false,
      signature: 'refused',
      status: 200,
      ...traceOf(request.headers),
      ...known,
    };
    const seen = call && {
      operation: call.operation.name,
      modelId: call.modelId,
      caller: call.caller,
      requestId,
      at: startedAt,
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: request.headers['user-agent'] ?? '',
      host: request.headers.host ?? '',
    };
    const reject = (refusal: Refusal): void => {
      const { exception, message } = refusal;
      const status = statusOf(exception);
      if (seen) evidence?.called({ ...seen, refusal });
      trace.add({ ...record, status, error: exception });
      const headers = {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': exception,
      };
      response.writeHead(status, headers).end(JSON.stringify({ message }));
    };
    if ('exception' in verdict) return reject(verdict);

    const { operation, asked, model, region } = verdict;
    const { wire } = operation;
    const throttled = wire !== undefined && !quotas.admits(region, () => promptTokens(asked), now());
    if (throttled) return reject(refuse('ThrottlingException', THROTTLED));
    const prompt = lastUserText(asked.messages) ?? '';
    const magic = readMagic(prompt);
    const strike = <When extends Fault['when']>(when: When): (Fault & { when: When }) | undefined =>
      magic.faults
        .filter((fault): fault is Fault & { when: When } => fault.when === when)
        .find((fault) => faultCounter.strikes(fault, prompt));
    await sleep(magic.slowMs, undefined, { signal }).catch(() => undefined);
    const before = strike('before');
    if (before?.kind === 'exception') return reject(refuse(before.exception, faultMessage(before.exception)));
    // Broken off on the way: of a call that never arrived AWS knows nothing.
    if (before !== undefined) {
      trace.add({ ...record, status: 0, error: before.kind });
      if (before.kind === 'reset') request.socket.resetAndDestroy();
      return;
    }

    if (seen) evidence?.called(seen);
    if (wire === undefined) {
      const inputTokens = countTokens(asked);
      trace.add({ ...record, counted: inputTokens });
      const headers = { 'content-type': 'application/json', 'x-amzn-requestid': requestId };
      response.writeHead(200, headers).end(JSON.stringify({ inputTokens }));
      return;
    }

    const reply = composeAnswer(asked, magic, model.name, cache.measure(model.id, asked));
    // Before the first byte: the model has run, and is billed, whoever reads what it said.
    if (seen) {
      const { requestMetadata } = record;
      const logged = { ...seen, modelArn: verdict.modelArn, usage: reply.usage };
      evidence?.invoked({ ...logged, ...(requestMetadata && { requestMetadata }) });
    }
    const fault = strike('during');
    const sending = { wire, requestId, startedAt, now, signal, paceMs: magic.paceMs, ...(fault && { fault }) };
    const conclude = ([sent, finish]: [Sent, Finish]): void => {
      quotas.spend(region, sent.usage.output);
      trace.add({ ...record, ...sent });
      finish();
    };
    if (!operation.stream) return conclude(sendMessage(response, reply, sending));
    const run = magic.lockstep === undefined ? undefined : lockstep.begin(magic.lockstep, magic.deltas ?? 0, signal);
    conclude(await sendStream(response, reply, { ...sending, ...(run && { lockstep: run }) }));
  }

  const listener = await listen('Bedrock', options.port ?? 0, answer);
  const close = async () => {
    await listener.close();
    await evidence?.close();
  };
  return { ...listener, close, records: trace.records };
}

const TRACE_HEADERS = ['traceparent', 'tracestate', 'x-amzn-trace-id', 'baggage'];

function traceOf(headers: IncomingMessage['headers']): Pick<BedrockRecord, 'trace'> {
  const sent = TRACE_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]));
  return sent.length === 0 ? {} : { trace: Object.fromEntries(sent) };
}

const THROTTLED = 'Too many requests, please wait before trying again.';

function faultMessage(exception: string): string {
  return exception === 'ThrottlingException' ? THROTTLED : 'Bedrock is unable to process your request.';
}
