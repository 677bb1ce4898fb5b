import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** A call in AWS's JSON protocol: always `POST /` without a query, so that the canonical request needs no encoding rules. */
export type AwsCall = {
  readonly host: string;
  /** The operation, as `x-amz-target` names it. */
  readonly target: string;
  readonly body: string;
};

/**
 * Signs calls to one service in one region (Signature Version 4), by hand because a request makes a dozen of them
 * (decision 011). The signing key is made once for each day and secret.
 * @returns the headers of a signed call; `now` in ms since the epoch
 */
export function openSigner(service: string, region: string) {
  let kept: { readonly day: string; readonly secret: string; readonly key: KeyObject } | undefined;
  const keyOf = (day: string, secret: string): KeyObject => {
    if (kept?.day === day && kept.secret === secret) return kept.key;
    const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
    // Made into a key once: handing over its bytes each time costs six times as much.
    kept = { day, secret, key: createSecretKey(Buffer.from(key)) };
    return kept.key;
  };
  return (
    { host, target, body }: AwsCall,
    { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
    now: number,
  ): Record<string, string> => {
    const at = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const day = at.slice(0, 8);
    // In the order that a canonical request has them.
    const headers: Record<string, string> = { 'content-type': 'application/x-amz-json-1.0', host, 'x-amz-date': at };
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    headers['x-amz-target'] = target;
    let lines = '';
    for (const name in headers) lines += `${name}:${headers[name]}\n`;
    const names = Object.keys(headers).join(';');
    const canonical = `POST\n/\n\n${lines}\n${names}\n${hash('sha256', body)}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = hmac(keyOf(day, secretAccessKey), toSign).toString('hex');
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return headers;
  };
}

function hmac(key: string | Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
