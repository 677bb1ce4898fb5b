import type { FetchJson } from '../access-token/fetch-json.ts';
import { type AwsCredentials, openSigner } from '../tenancy/table/signature.ts';

/** Where a secret is: Secrets Manager's address in the region, and the secret's name. */
export type SecretPlace = { readonly url: string; readonly region: string; readonly secretId: string };

const FETCH_MS = 3_000;

/** A way to ask for the text of a secret; whoever asks reads it. @returns undefined for one without a text */
export function openSecret(
  { url, region, secretId }: SecretPlace,
  credentials: () => AwsCredentials,
  fetchJson: FetchJson,
): (now: number) => Promise<unknown> {
  const sign = openSigner('secretsmanager', region);
  return async (now) => {
    const body = JSON.stringify({ SecretId: secretId });
    const { host } = new URL(url);
    const headers = sign({ host, target: 'secretsmanager.GetSecretValue', body }, credentials(), now);
    const answer = await fetchJson({
      url,
      method: 'POST',
      headers: headers as Record<string, string>,
      body,
      timeoutMs: FETCH_MS,
    });
    return (answer as { SecretString?: unknown } | null)?.SecretString;
  };
}
