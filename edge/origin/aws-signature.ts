import { createHash, createHmac } from 'node:crypto';

export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type AwsCall = {
  readonly host: string;
  readonly service: string;
  readonly region: string;
  /** The operation, as `x-amz-target` names it. */
  readonly target: string;
  readonly body: string;
};

/**
 * The headers of a signed call in AWS's JSON protocol (Signature Version 4): always `POST /`, no query, so that the
 * canonical request needs no encoding rules.
 * By hand because of the cold start: an SDK client for the one call that the edge makes would add 35 ms of load to it,
 * and aws4fetch the whole of `fetch`, which nothing else here needs.
 * @param now ms since the epoch; AWS refuses a signature more than five minutes away from its own clock
 */
export function signAwsCall(call: AwsCall, credentials: AwsCredentials, now: number): Record<string, string> {
  const { host, service, region, target, body } = call;
  const at = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.1',
    host,
    'x-amz-date': at,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
    'x-amz-target': target,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const day = at.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (parent, part) => createHmac('sha256', parent).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n'))
    .digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
