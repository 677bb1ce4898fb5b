import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import type { CloudFrontRequest, CloudFrontRequestEvent, CloudFrontResultResponse } from 'aws-lambda';
import { fetchJson } from '../../access-token/fetch-json.ts';
import { fetchFromIssuers } from '../../access-token/issuer-fetch.ts';
import { keepIssuerKeys } from '../../access-token/issuer-keys.ts';
import { keepSigningKeys } from '../../access-token/jwks.ts';
import { type Log, logFailure, serialiseLogLine } from './log.ts';
import { handleOriginRequest, type Tools } from './origin.ts';
import { keepSecrets } from './secrets.ts';
import { parseSettings } from './settings.ts';

const settings = parseSettings(readFileSync(new URL('settings.json', import.meta.url), 'utf8'));
const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env;
const log: Log = (line) => process.stdout.write(`${serialiseLogLine(line)}\n`);

const tools: Tools = {
  settings,
  log,
  randomBytes,
  issuerKeys: keepIssuerKeys(
    fetchFromIssuers((host) => lookup(host, { all: true }), settings.internalIssuers ?? []),
    logFailure(log, 'jwks of a tenant'),
  ),
  signingKeys: keepSigningKeys(settings.issuer.jwksUri, fetchJson, logFailure(log, 'jwks')),
  readSecrets: keepSecrets(
    settings,
    {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
    },
    fetchJson,
    log,
  ),
};

// Every request needs the secrets: asked for while Lambda still starts, they are there for the first one.
void tools.readSecrets(Date.now());

/** Lambda@Edge, origin-request. Node.js 24 refuses a handler that takes a callback, so it takes the event alone. */
export async function handler(event: CloudFrontRequestEvent): Promise<CloudFrontRequest | CloudFrontResultResponse> {
  const [record] = event.Records;
  if (!record) throw new TypeError('not a CloudFront event');
  return handleOriginRequest(record.cf.request, tools, Date.now());
}
