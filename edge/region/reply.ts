import { type Answer, answerHeaders, anthropicError, bedrockError, toAnswer } from '../../tenancy/answer.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Wire } from '../../tenancy/route.ts';
import type { Dialect } from './dialect.ts';
import { exceptionFrame, PING_FRAME } from './event-frame.ts';
import type { ResponseStream } from './exchange.ts';
import type { Said } from './invoke.ts';
import { errorEvent, PING } from './sse.ts';

/** Sends a refusal whose request never got as far as a `Reply`. */
export function sendAnswer(response: ResponseStream, answer: Answer): void {
  response.begin(answer.statusCode, answer.headers);
  response.write(answer.body);
  response.end();
}

/**
 * The answer to one admitted request. Status and headers wait until there is something to say; from then on whatever
 * goes wrong can only be said in the body, in the shape that this kind of answer has.
 */
export class Reply {
  readonly #response: ResponseStream;
  readonly #requestId: string;
  readonly #stream: boolean;
  readonly #dialect: Dialect;
  readonly #headers: Readonly<Record<string, string>>;
  /** Betas that the client asked for and that Bedrock is not sent; told as long as the headers have not gone. */
  droppedBetas: readonly string[];
  /** Bedrock's own headers, for a client of its wire; told as long as the headers have not gone. */
  bedrockHeaders: Readonly<Record<string, string>> = {};
  #begun = false;
  #givenUp = false;

  constructor(
    response: ResponseStream,
    options: {
      readonly requestId: string;
      readonly stream: boolean;
      readonly dialect: Dialect;
      readonly droppedBetas: readonly string[];
      /** Further headers, whatever the answer will be. */
      readonly headers: Readonly<Record<string, string>>;
    },
  ) {
    this.#response = response;
    this.#requestId = options.requestId;
    this.#stream = options.stream;
    this.#dialect = options.dialect;
    this.#headers = options.headers;
    this.droppedBetas = options.droppedBetas;
  }

  /** Bytes that wait for the reader; none any more once it has been given up. */
  get backlog(): number {
    return this.#givenUp ? 0 : this.#response.backlog();
  }

  drained(): Promise<void> {
    return this.#response.drained();
  }

  write(bytes: Uint8Array | string): void {
    if (this.#givenUp) return;
    this.#begin();
    this.#response.write(bytes);
  }

  /** Tells a waiting client, and the idle limits on the way to it, that the request is alive. */
  signOfLife(): void {
    const { wire, format } = this.#dialect;
    const ping = wire === 'anthropic' ? PING : format === 'invoke' ? PING_FRAME : null;
    const sign = this.#stream ? ping : '\n';
    // White space before a JSON value means nothing, so it can be sent before the value is known.
    if (this.backlog === 0 && sign !== null) this.write(sign);
  }

  /** Sends nothing more to a reader that does not read. */
  giveUp(): void {
    this.#givenUp = true;
  }

  /**
   * Ends the answer with a refusal: with its own status while there is none, else in the body.
   * @param said the same as Bedrock said it, for a client of its wire
   */
  refuse(refusal: Refusal, said?: Said): void {
    if (this.#givenUp) return;
    const { wire } = this.#dialect;
    if (this.#begun) {
      this.#response.write(this.#inBody(refusal, wire));
      return;
    }
    const answer = toAnswer(refusal, wire, this.#requestId);
    const own = wire === 'bedrock' && said ? { ...said, headers: { ...answer.headers, ...said.headers } } : answer;
    const { statusCode, headers, body } = own;
    this.#begun = true;
    this.#response.begin(statusCode, { ...headers, ...this.#extraHeaders() });
    this.#response.write(body);
  }

  /** Nothing may be written after it: in Lambda the process freezes here. */
  close(): void {
    if (this.#givenUp) this.#response.abort();
    else this.#response.end();
  }

  #inBody(refusal: Refusal, wire: Wire): Uint8Array | string {
    if (wire === 'bedrock') return this.#stream ? exceptionFrame(refusal) : bedrockError(refusal);
    const json = anthropicError(refusal, this.#requestId);
    return this.#stream ? errorEvent(json) : json;
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const bedrock = this.#dialect.wire === 'bedrock';
    const stream = bedrock ? 'application/vnd.amazon.eventstream' : 'text/event-stream';
    this.#response.begin(200, {
      ...answerHeaders(this.#requestId),
      'content-type': this.#stream ? stream : 'application/json',
      ...(bedrock ? this.bedrockHeaders : {}),
      ...this.#extraHeaders(),
    });
  }

  #extraHeaders(): Record<string, string> {
    const dropped = listed(this.droppedBetas);
    return { ...this.#headers, ...(dropped ? { 'x-ar-dropped-betas': dropped } : {}) };
  }
}

/** More than any client sends; a header of any length would fail on the way. */
const DROPPED_LENGTH = 1_000;

/** As many of the names as there is room for, none of them cut: part of a name may be another. One is 100 characters at most. */
function listed(names: readonly string[]): string {
  const whole = names.join(',');
  if (whole.length <= DROPPED_LENGTH) return whole;
  return whole.slice(0, whole.lastIndexOf(',', DROPPED_LENGTH));
}
