import type { Functions } from '../functions.ts';

/** Something started, to be stopped in the reverse order. */
export type Closable = { close(): Promise<void> };
export type Keep = <Part extends Closable>(part: Part) => Part;

/** What every part of the platform that runs functions is wired with. */
export type Parts = {
  readonly functions: Functions;
  /** Where the tables are: what every function is told. */
  readonly env: Readonly<Record<string, string>>;
  /** Who may call what stands in for AWS: access key id -> secret. */
  readonly accessKeys: Readonly<Record<string, string>>;
  /** Stops what it is given when the platform stops. */
  readonly keep: Keep;
};
