/** What a person sees while the platform starts: each part, as it gets ready, and how long that took. */
export class Progress {
  readonly #write: (text: string) => void;
  readonly #clock: () => number;
  readonly #began: number;

  constructor(write: (text: string) => void, clock: () => number) {
    this.#write = write;
    this.#clock = clock;
    this.#began = clock();
  }

  /** Runs one step and reports it when it is done; a failure passes through, naming the step. */
  async step<Value>(name: string, run: () => Promise<Value>): Promise<Value> {
    const began = this.#clock();
    const value = await run();
    this.#write(`  ${name.padEnd(44, ' .')} ${seconds(this.#clock() - began)}\n`);
    return value;
  }

  total(): string {
    return seconds(this.#clock() - this.#began);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
