import { setTimeout as pause } from 'node:timers/promises';
import { AthenaClient } from '@aws-sdk/client-athena';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context, ScheduledEvent } from 'aws-lambda';
import Stripe from 'stripe';
import { CONTROL_REGION, isRegion } from '../tenancy/region.ts';
import { readEnvironment } from '../tenancy/table/function-environment.ts';
import { alarmsOf } from './alarms.ts';
import { runDue } from './job.ts';
import { openJob } from './open-job.ts';
import { stripeSettings } from './stripe/settings.ts';

const { setting, region, endpoint, tablesIn } = readEnvironment('billing', process.env, Date.now);
if (region !== CONTROL_REGION) throw new Error(`billing: runs in ${CONTROL_REGION} alone, not in ${region}`);
const regions = setting('REGIONS').split(',').filter(isRegion);

/** A stand-in for S3 has one host for all buckets. */
const s3 = endpoint('S3');
const clients = {
  s3: new S3Client({ region, ...(s3 ? { endpoint: s3, forcePathStyle: true } : {}) }),
  athena: new AthenaClient({ region }),
  stripe: new Stripe(setting('STRIPE_API_KEY'), stripeSettings(process.env['STRIPE_API_BASE'])),
};
const lake = {
  bucket: setting('LAKE_BUCKET'),
  database: setting('ATHENA_DATABASE'),
  workGroup: setting('ATHENA_WORKGROUP'),
};

/** A day that was begun has so long (ms) to come to its end; what is cut off is found, and gone on with, by the next run. */
const DAY_TAKES_MS = 5 * 60_000;

const say = (level: 'info' | 'error', line: object) =>
  void process.stdout.write(`${JSON.stringify({ level, ...line })}\n`);

/** By the clock, every hour: does what is due. Its timeout is Lambda's longest; two at a time do no harm. */
export async function handler(
  _: ScheduledEvent,
  { getRemainingTimeInMillis }: Context,
): Promise<{ readonly days: number; readonly months: number; readonly left: number } | { readonly busy: true }> {
  const job = openJob({
    tables: tablesIn(region),
    ledgers: new Map(regions.map((one) => [one, tablesIn(one)])),
    lake,
    clients,
    now: Date.now,
    pause: async (ms) => void (await pause(ms)),
    progress: (text) => say('info', { event: 'billing_progress', text }),
    random: Math.random,
  });
  const report = await runDue({ ...job, until: Date.now() + getRemainingTimeInMillis() - DAY_TAKES_MS });
  if (report === 'busy') return { busy: true };
  for (const alarm of alarmsOf(report, Date.now())) say('error', alarm);
  return { days: report.days.length, months: report.months.length, left: report.left.length };
}
