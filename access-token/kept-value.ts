/** How long a value fetched from elsewhere is good. All in ms. */
export type KeepingRules = {
  /** Up to this age the value is used as it is; up to twice this age it is used while a new one is fetched. */
  readonly freshMs: number;
  /** Over this age it is not used at all, whatever the other side does. */
  readonly usableMs: number;
  /** While a value is held there is at most one fetch in this time, whoever asks and however often. */
  readonly pauseMs: number;
};

type Attempt = { readonly at: number; readonly done: Promise<void>; state: 'running' | 'good' | 'failed' };

/** With nothing held each request waits for the next fetch, so the pause is short. */
const EMPTY_PAUSE_MS = 1_000;
/** Lambda freezes a fetch that is under way when the answer is out; one that is older than any time limit is lost. */
const LOST_AFTER_MS = 4_000;

/**
 * A value that lives elsewhere, kept here: one fetch at a time, stale while it refreshes, and the last good one while
 * the other side is down. Between once and twice the fresh time nobody waits; after that the fetch is waited for, since
 * one that runs behind the answers of a rarely used function may never be let to end.
 */
export class KeptValue<Value> {
  readonly #fetch: (now: number) => Promise<Value>;
  readonly #rules: KeepingRules;
  readonly #onFailure: (error: unknown) => void;
  #held: { readonly value: Value; readonly at: number } | undefined;
  #attempt: Attempt | undefined;

  /** @param fetch must end by itself, with a time limit of its own; `onFailure` is for the log and must not throw */
  constructor(fetch: (now: number) => Promise<Value>, rules: KeepingRules, onFailure: (error: unknown) => void) {
    this.#fetch = fetch;
    this.#rules = rules;
    this.#onFailure = onFailure;
  }

  /** The value, or null when none is usable and none can be had. @param now ms since the epoch */
  async get(now: number): Promise<Value | null> {
    const { freshMs } = this.#rules;
    if (this.#held && now - this.#held.at < freshMs) return this.#held.value;
    const attempt = this.refresh(now);
    if (this.#held && now - this.#held.at < 2 * freshMs) return this.#held.value;
    await attempt;
    return this.#held && now - this.#held.at < this.#rules.usableMs ? this.#held.value : null;
  }

  /**
   * Fetches anew, or joins the fetch that is under way, or does nothing within the pause. Never rejects.
   * @returns whether the other side has answered the last time it was asked
   */
  async refresh(now: number): Promise<boolean> {
    const last = this.#attempt;
    if (last?.state === 'running' && now - last.at < LOST_AFTER_MS) await last.done;
    else if (!last || now - last.at >= (this.#held ? this.#rules.pauseMs : EMPTY_PAUSE_MS)) await this.#start(now);
    return this.#attempt?.state === 'good';
  }

  #start(now: number): Promise<void> {
    const done = this.#fetch(now).then(
      (value) => {
        attempt.state = 'good';
        if (!this.#held || this.#held.at <= now) this.#held = { value, at: now };
      },
      (error: unknown) => {
        attempt.state = 'failed';
        this.#onFailure(error);
      },
    );
    const attempt: Attempt = { at: now, done, state: 'running' };
    this.#attempt = attempt;
    return done;
  }
}
