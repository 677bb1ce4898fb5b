import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
// The store takes version 4A signatures alone; the client finds their signer by this import.
import '@aws-sdk/signature-v4a';
import { CloudFrontKeyValueStoreClient } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { auditEntry, mintAuditId } from '../../tenancy/audit.ts';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { appendAudit } from '../../tenancy/table/audit.ts';
import { openTables, type Tables } from '../../tenancy/table/tables.ts';
import { compareStore, type Differences, type LeftOut, writeDifferences } from './whole-store.ts';

const USAGE = `usage: npm run sync-edge -- [--dry-run] [--json]

  Brings the edge's KeyValueStore in step with the directory as a whole: tenants and their identity providers that have no
  entry, or one that is no longer so, get it, and entries of what is gone are taken away. Safe to repeat, and while edge/sync runs.

  --dry-run   only says what differs
  --json      one JSON object, for scripts

  Settings: DIRECTORY_TABLE, LEDGER_TABLE, KEY_VALUE_STORE_ARN; AWS_ENDPOINT_URL_DYNAMODB and
  AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE where they are not those of AWS.
  Exit code 0: they are in step; 1: they are not (with --dry-run), or not all of it was written, or the audit trail does
  not tell of it; 2: nothing was done.`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const { DIRECTORY_TABLE: directory, LEDGER_TABLE: ledger, KEY_VALUE_STORE_ARN: arn } = process.env;
  if (!directory || !ledger || !arn) return fail(2, 'set DIRECTORY_TABLE, LEDGER_TABLE and KEY_VALUE_STORE_ARN');
  const client = new DynamoDBClient({ region: CONTROL_REGION, maxAttempts: 5 });
  const tables = openTables(DynamoDBDocumentClient.from(client), { directory, ledger });
  const store = { client: new CloudFrontKeyValueStoreClient({ region: CONTROL_REGION }), arn };

  const found = await compareStore(store, tables);
  const differs = found.put.length + found.remove.length > 0;
  if (values['dry-run'] || !differs) {
    tell(found, null, values.json);
    return differs ? 1 : 0;
  }
  let leftOut: readonly LeftOut[] | null = null;
  try {
    leftOut = await writeDifferences(store, tables, found);
    tell(found, leftOut, values.json);
  } catch (error) {
    fail(1, `not all of it was written (${nameOf(error)}); run it again`);
  }
  const untold = await tellTrail(tables, found, leftOut);
  if (untold !== null) return fail(1, `done, but the audit trail does not tell of it (${untold}); run it again`);
  return leftOut?.length === 0 ? 0 : 1;
}

/** @param leftOut null when nothing was written */
function tell({ tenants, entries, put, remove }: Differences, leftOut: readonly LeftOut[] | null, json: boolean): void {
  const written = leftOut !== null;
  if (json) {
    const keys = { put: put.map(({ key }) => key), remove: remove.map(({ key }) => key) };
    say(JSON.stringify({ tenants, entries, ...keys, written, leftOut: leftOut ?? [] }));
    return;
  }
  say(`${tenants} tenants, ${entries} entries`);
  const what = written ? 'written' : 'to write';
  say(`${what}: ${put.length - (leftOut?.length ?? 0)}; ${written ? 'removed' : 'to remove'}: ${remove.length}`);
  for (const { key, tenant, served } of leftOut ?? []) {
    if (key !== tenant) say(`  no room for the identity provider of ${tenant}: its tokens are refused at the edge`);
    else say(`  no room for ${tenant}: ${served ? 'the control region serves it' : 'it is refused at the edge'}`);
  }
}

/** @returns why the trail could not be told; null when it was */
async function tellTrail(tables: Tables, { put, remove }: Differences, leftOut: readonly LeftOut[] | null) {
  const [now, random] = [Date.now(), randomBytes(10)];
  const entry = auditEntry(
    {
      id: mintAuditId(now, random),
      tenantId: null,
      at: now,
      requestId: mintRequestId(now, random),
      actor: { kind: 'staff', id: `terminal:${userInfo().username}` },
      action: 'syncEdge',
      target: { kind: 'EdgeStore', id: 'directory' },
      outcome: leftOut ? 'ALLOWED' : 'FAILED',
    },
    {},
    { put: put.length, remove: remove.length, ...(leftOut ? { leftOut: leftOut.length } : {}) },
  );
  return appendAudit(tables, entry).then(
    () => null,
    (error: unknown) => nameOf(error),
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

function fail(code: number, why: string): number {
  console.error(`sync-edge: ${why}`);
  return code;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(fail(2, error instanceof Error ? error.message : 'unknown')),
);
