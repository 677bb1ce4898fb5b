import type {
  PostConfirmationTriggerEvent,
  PreTokenGenerationV2TriggerEvent,
  PreTokenGenerationV3TriggerEvent,
} from 'aws-lambda';
import type { Clients } from './clients.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { UserDirectory } from './users.ts';

/** What the pre-token trigger is called with: a user's tokens in version 2's shape, a machine's in version 3's. */
export type PreTokenEvent = PreTokenGenerationV2TriggerEvent | PreTokenGenerationV3TriggerEvent;

/** Calls the trigger's function; resolves with the event it answers, rejects when it refuses. */
export type PreToken = (event: PreTokenEvent) => Promise<PreTokenEvent>;

/** Calls the trigger's function; what it answers changes nothing. Rejects when it fails. */
export type PostConfirmation = (event: PostConfirmationTriggerEvent) => Promise<unknown>;

/** A message that Cognito would send: an invitation, a code. */
export type Mail = { readonly to: string; readonly text: string };

/** One user pool: what every part of the issuer works on. */
export type Pool = {
  /** The `iss` of every token: `https://localhost:<port>/<pool id>`. */
  readonly issuer: string;
  readonly region: string;
  readonly poolId: string;
  readonly clients: Clients;
  readonly users: UserDirectory;
  readonly keys: SigningKeys;
  readonly preToken: PreToken;
  readonly postConfirmation: PostConfirmation;
  readonly mail: (mail: Mail) => void;
  /** ms epoch */
  readonly now: () => number;
};
