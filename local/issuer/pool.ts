import type { PreTokenGenerationV2TriggerEvent, PreTokenGenerationV3TriggerEvent } from 'aws-lambda';
import type { AppClient } from './app-client.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { UserDirectory } from './users.ts';

/** What the pre-token trigger is called with: a user's tokens in version 2's shape, a machine's in version 3's. */
export type PreTokenEvent = PreTokenGenerationV2TriggerEvent | PreTokenGenerationV3TriggerEvent;

/** Calls the trigger's function; resolves with the event it answers, rejects when it refuses. */
export type PreToken = (event: PreTokenEvent) => Promise<PreTokenEvent>;

/** One user pool: what every part of the issuer works on. */
export type Pool = {
  /** The `iss` of every token: `https://localhost:<port>/<pool id>`. */
  readonly issuer: string;
  readonly region: string;
  readonly poolId: string;
  readonly clients: ReadonlyMap<string, AppClient>;
  readonly users: UserDirectory;
  readonly keys: SigningKeys;
  readonly preToken: PreToken;
  /** ms epoch */
  readonly now: () => number;
};
