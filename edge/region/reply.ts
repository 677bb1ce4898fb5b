import { type Answer, answerHeaders, anthropicError, toAnthropicAnswer } from '../../tenancy/answer.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { ResponseStream } from './exchange.ts';
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
  readonly #headers: Readonly<Record<string, string>>;
  /** Betas that the client asked for and that Bedrock is not sent; told as long as the headers have not gone. */
  droppedBetas: readonly string[];
  #begun = false;
  #givenUp = false;

  constructor(
    response: ResponseStream,
    options: {
      readonly requestId: string;
      readonly stream: boolean;
      readonly droppedBetas: readonly string[];
      /** Further headers, whatever the answer will be. */
      readonly headers: Readonly<Record<string, string>>;
    },
  ) {
    this.#response = response;
    this.#requestId = options.requestId;
    this.#stream = options.stream;
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
    // White space before a JSON value means nothing, so it can be sent before the value is known.
    if (this.backlog === 0) this.write(this.#stream ? PING : '\n');
  }

  /** Sends nothing more to a reader that does not read. */
  giveUp(): void {
    this.#givenUp = true;
  }

  /** Ends the answer with a refusal: with its own status while there is none, else in the body. */
  refuse(refusal: Refusal): void {
    if (this.#givenUp) return;
    if (this.#begun) {
      const json = anthropicError(refusal, this.#requestId);
      this.#response.write(this.#stream ? errorEvent(json) : json);
      return;
    }
    const { statusCode, headers, body } = toAnthropicAnswer(refusal, this.#requestId);
    this.#begun = true;
    this.#response.begin(statusCode, { ...headers, ...this.#extraHeaders() });
    this.#response.write(body);
  }

  /** Nothing may be written after it: in Lambda the process freezes here. */
  close(): void {
    if (this.#givenUp) this.#response.abort();
    else this.#response.end();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const type = this.#stream ? 'text/event-stream' : 'application/json';
    this.#response.begin(200, {
      ...answerHeaders(this.#requestId),
      'content-type': type,
      ...this.#extraHeaders(),
    });
  }

  #extraHeaders(): Record<string, string> {
    const dropped = this.droppedBetas.join(',').slice(0, 1_000);
    return { ...this.#headers, ...(dropped ? { 'x-ar-dropped-betas': dropped } : {}) };
  }
}
