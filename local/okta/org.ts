import type { AppClient } from '../issuer/app-client.ts';
import type { SigningKeys } from '../issuer/signing-keys.ts';

/** Someone who signs in: `login` is the `sub` of access tokens, `uid` the id that is never given to another. */
export type OktaUser = {
  readonly login: string;
  readonly password: string;
  readonly uid: string;
  readonly name: string;
  readonly groups: readonly string[];
};

/** One custom authorization server of an org, with what every endpoint of it works on. */
export type AuthorizationServer = {
  /** `https://<host>/oauth2/<authorization server id>`: the `iss` of its tokens. */
  readonly issuer: string;
  readonly audience: string;
  readonly client: AppClient;
  readonly users: readonly OktaUser[];
  readonly keys: SigningKeys;
  /** ms epoch */
  readonly now: () => number;
};

export type OktaAnswer = { readonly status: number; readonly body: unknown };

/** An error of the management API, and of the OAuth endpoints for a client that they do not know. */
export function oktaError(status: number, errorCode: string, errorSummary: string): OktaAnswer {
  return { status, body: { errorCode, errorSummary, errorLink: errorCode, errorId: 'oaeLocal', errorCauses: [] } };
}
