import { randomUUID } from 'node:crypto';
import type { Stores } from '../../edge/region/stores.ts';

type Call = () => Promise<unknown>;

/**
 * Notes which stores one request calls before its first byte, and which of the calls run side by side, to make the same
 * trips again without the request. For one request at a time.
 */
export class Trips {
  #noting = false;
  #pending = 0;
  #groups: Call[][] = [];

  /** The same stores, watched. */
  watch(stores: Stores): Stores {
    const watched = Object.entries(stores).map(([name, call]) => {
      const made = (...given: unknown[]) => (call as (...given: unknown[]) => Promise<unknown>)(...given);
      return [
        name,
        (...given: unknown[]) =>
          this.#note(
            () => made(...given),
            () => made(...anew(given)),
          ),
      ] as const;
    });
    return Object.fromEntries(watched) as Stores;
  }

  begin(): void {
    [this.#noting, this.#pending, this.#groups] = [true, 0, []];
  }

  /** The first byte is on its way. */
  end(): void {
    this.#noting = false;
  }

  /** @returns for each time how long it took, in ms */
  async again(times: number): Promise<number[]> {
    const took: number[] = [];
    for (let time = 0; time < times; time++) {
      const started = performance.now();
      for (const group of this.#groups) await Promise.all(group.map((call) => call()));
      took.push(performance.now() - started);
    }
    return took;
  }

  /** What begins while another runs runs beside it. */
  async #note(call: Call, repeat: Call): Promise<unknown> {
    if (this.#noting) {
      if (this.#pending === 0) this.#groups.push([]);
      this.#groups.at(-1)?.push(repeat);
    }
    this.#pending++;
    try {
      return await call();
    } finally {
      this.#pending--;
    }
  }
}

/** An intent can be written once: each time under another id. */
function anew(given: readonly unknown[]): unknown[] {
  return given.map((one) =>
    typeof one === 'object' && one !== null && 'requestId' in one ? { ...one, requestId: randomUUID() } : one,
  );
}
