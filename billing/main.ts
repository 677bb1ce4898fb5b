import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import Stripe from 'stripe';
import { CONTROL_REGION, type Region } from '../tenancy/region.ts';
import { openTables, type Tables } from '../tenancy/table/tables.ts';
import { DAY_MS, dayOf } from '../tenancy/utc-day.ts';
import { openAthena } from './athena.ts';
import { openBucket } from './bucket.ts';
import { isHeld, readCommand, reportJson, reportLines, USAGE } from './command-line.ts';
import { readBooks } from './read-books.ts';
import { runDay } from './run.ts';
import { type BillingPlaces, findPlaces } from './settings.ts';
import { openStripePayment } from './stripe/payment.ts';
import { stripeSettings } from './stripe/settings.ts';

const WRONG_USAGE = 2;
const say = (text: string) => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2), dayOf(Date.now() - DAY_MS));
  if (!command.ok) return fail(`${command.reason}; see npm run billing -- --help`);
  if (command.value === 'help') {
    say(USAGE);
    return 0;
  }
  const { day, json, platform } = command.value;
  const places = findPlaces(process.env, platform, (path) => readFileSync(path, 'utf8'));
  if (!places.ok) return fail(places.reason);
  const { lake, stripe, standIns } = places.value;
  const region = CONTROL_REGION;
  const ledgers = openLedgers(places.value);
  const tables = ledgers.get(region);
  if (!tables) return fail(`REGIONS must name ${region}, where the books of billing are`);

  const report = await runDay(
    {
      tables,
      ledgers,
      ...readBooks(tables),
      lake: {
        ...openBucket(
          new S3Client({
            region,
            ...(standIns ? { ...standIns.keys, endpoint: standIns.s3, forcePathStyle: true } : {}),
          }),
          lake.bucket,
        ),
        ...openAthena(
          new AthenaClient({ region, ...(standIns ? { ...standIns.keys, endpoint: standIns.athena } : {}) }),
          { ...lake, pause: async (ms) => void (await pause(ms)) },
        ),
      },
      payment: openStripePayment({
        stripe: new Stripe(stripe.key, stripeSettings(stripe.base)),
        persistence: { attempts: 4, wait: async (ms) => void (await pause(ms)), random: Math.random },
        newKey: randomUUID,
      }),
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      holder: randomUUID(),
      now: Date.now,
      pause: async (ms) => void (await pause(ms)),
      progress: (line) => void process.stderr.write(`${line}\n`),
    },
    day,
  );
  if (report === 'busy') {
    process.stderr.write('billing: another run is under way; it has the place for 10 minutes after its last step\n');
    return 1;
  }
  say(json ? reportJson(report) : reportLines(report).join('\n'));
  return isHeld(report) ? 0 : 1;
}

/** Behind a local platform one store has what each region's ledger would have. */
function openLedgers({ tables: { regions, names, endpoint }, standIns }: BillingPlaces): ReadonlyMap<Region, Tables> {
  const open = (region: string) => {
    const client = new DynamoDBClient({ region, maxAttempts: 5, ...(standIns ? { ...standIns.keys, endpoint } : {}) });
    return openTables(DynamoDBDocumentClient.from(client), names);
  };
  return new Map(regions.map((region) => [region, open(region)]));
}

function fail(why: string): number {
  process.stderr.write(`billing: ${why}\n`);
  return WRONG_USAGE;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`billing: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
