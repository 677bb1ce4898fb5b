import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CONTROL_REGION } from '../../../tenancy/region.ts';
import { findTables } from '../../../tenancy/table/find-tables.ts';
import { openTables } from '../../../tenancy/table/tables.ts';
import { getTenant } from '../../../tenancy/table/tenants.ts';
import { holds, readCommand, USAGE, verdictLines } from './command-line.ts';
import { verifyAudit } from './verify.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);
const NOTHING_DONE = 2;

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2));
  if (!command.ok) return fail(`${command.reason}; see npm run verify-audit -- --help`);
  if (command.value === 'help') {
    say(USAGE);
    return 0;
  }
  const { trail, json, platform } = command.value;
  const places = findTables(process.env, platform, (path) => readFileSync(path, 'utf8'));
  if (!places.ok) return fail(places.reason);
  const { endpoint, names } = places.value;
  const client = new DynamoDBClient({
    region: CONTROL_REGION,
    maxAttempts: 3,
    ...(endpoint ? { endpoint, credentials: { accessKeyId: 'staff', secretAccessKey: 'staff' } } : {}),
  });
  const tables = openTables(DynamoDBDocumentClient.from(client), names);
  // A mistyped tenant has a trail like any other: empty, and without a fault.
  const tenant = trail && (await getTenant(tables, trail));
  if (trail !== null && !tenant) return fail(`there is no tenant ${trail}`);
  const verdict = await verifyAudit(tables, trail, (text) => hash('sha256', text), Date.now());
  const isOver = tenant?.status === 'CLOSING' || tenant?.status === 'CLOSED';
  say(json ? JSON.stringify({ trail: trail ?? 'platform', ...verdict }) : verdictLines(verdict, isOver).join('\n'));
  return holds(verdict, isOver) ? 0 : 1;
}

function fail(why: string): number {
  console.error(`verify-audit: ${why}`);
  return NOTHING_DONE;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    // What could not be read was not verified: no word on the chain.
    process.exit(fail(error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'));
  },
);
