/** One request, as `serve` sees it; which machine it came through is the adapter's affair. */
export type RegionRequest = {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. A header that came several times is one value, joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

/** Where the answer goes. `begin` is called once, before the first `write`; after the reader has gone, writes are dropped. */
export type ResponseStream = {
  begin(statusCode: number, headers: Readonly<Record<string, string>>): void;
  write(bytes: Uint8Array | string): void;
  /** Bytes written that the reader has not taken yet. */
  backlog(): number;
  /** Resolves when the backlog has been taken, or will never be. */
  drained(): Promise<void>;
  end(): void;
  /** Breaks the answer off, so that nobody takes it for a whole one. */
  abort(): void;
};
