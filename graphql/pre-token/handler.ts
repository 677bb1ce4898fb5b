import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import { openTables } from '../../tenancy/table/tables.ts';
import { decideClaims, type PreTokenDeps, type PreTokenEvent } from './claims.ts';

/** What the function needs to be told. A missing one fails the start, not the first sign-in. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`graphql/pre-token: the environment variable ${name} is not set`);
  return value;
}

const endpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] || process.env['AWS_ENDPOINT_URL'];
const { AWS_SESSION_TOKEN: sessionToken } = process.env;
const credentials = {
  accessKeyId: setting('AWS_ACCESS_KEY_ID'),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
  ...(sessionToken ? { sessionToken } : {}),
};
const line = openLine({
  region: setting('AWS_REGION'),
  credentials: () => credentials,
  now: Date.now,
  ...(endpoint ? { endpoint } : {}),
});
const names = { directory: setting('DIRECTORY_TABLE'), ledger: setting('LEDGER_TABLE') };
const deps: PreTokenDeps = {
  // Cognito waits for five seconds in all, and then asks again.
  tables: openTables(openDocumentClient(line, { attempts: 2, timeoutMs: 1_000 }), names),
  now: Date.now,
  log: (entry) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...entry })}\n`),
};

/** Cognito's pre-token trigger, version 3 of the event. */
export function handler(event: PreTokenEvent): Promise<PreTokenEvent> {
  return decideClaims(deps, event);
}
