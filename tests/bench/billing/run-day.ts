import { join } from 'node:path';
import { AthenaClient, GetQueryExecutionCommand } from '@aws-sdk/client-athena';
import { S3Client } from '@aws-sdk/client-s3';
import { openAthena } from '../../../billing/athena.ts';
import { openBucket } from '../../../billing/bucket.ts';
import { completeDay } from '../../../billing/complete.ts';
import { countDay } from '../../../billing/count.ts';
import { crossCheckDay } from '../../../billing/cross-check.ts';
import { gatherDay } from '../../../billing/gather.ts';
import type { Lake } from '../../../billing/lake.ts';
import { correctOrphans } from '../../../billing/orphans.ts';
import { quarantineDay } from '../../../billing/quarantine.ts';
import { rowsOf } from '../../../billing/query.ts';
import { startAthena } from '../../../local/athena.ts';
import { openLake } from '../../../local/lake.ts';
import { startS3 } from '../../../local/s3.ts';
import { USAGE_COLUMNS } from '../../../tenancy/usage.ts';
import { startOfDay } from '../../../tenancy/utc-day.ts';
import { serveWorker } from '../worker.ts';
import { tenantOf } from './calls.ts';
import { stepNames } from './steps.ts';

export type RunDayAsk = { readonly folder: string; readonly day: string; readonly through: string };

/** One question to the engine, or one step without any. */
export type Timed = {
  readonly step: string;
  readonly seconds: number;
  /** Of all threads of the process: the engine's and ours. */
  readonly cpuSeconds: number;
  /** As Athena's stand-in tells; 0 for what is no query. */
  readonly scannedBytes: number;
};

export type RunDayReply = {
  readonly timed: readonly Timed[];
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** What the run found, to be held against what was made. */
  readonly requests: bigint;
  readonly missing: number;
  readonly writtenAgain: number;
  readonly drifting: number;
};

const KEYS = { accessKeyId: 'AKIABENCHBENCHBENCHB', secretAccessKey: 'a secret' };
const [BUCKET, REGION] = ['lake', 'eu-central-1'];
const LOOK_MS = 20;

/**
 * The steps of a run that read the lake, as a run takes them, over the real clients and the stand-ins of S3 and Athena. The
 * book's extract is in the lake already: there is no ledger here.
 */
async function runDay({ folder, day, through }: RunDayAsk): Promise<RunDayReply> {
  const engine = await openLake({ folder, columns: USAGE_COLUMNS, now: Date.now });
  const accessKeys = { [KEYS.accessKeyId]: KEYS.secretAccessKey };
  const athena = await startAthena({
    lake: engine,
    bucket: BUCKET,
    folder,
    workGroups: { billing: `s3://${BUCKET}/results/` },
    region: REGION,
    accessKeys,
  });
  const s3 = await startS3({
    folder: join(folder, '.s3'),
    region: REGION,
    buckets: [],
    folders: { [BUCKET]: folder },
    accessKeys,
  });
  const asking = new AthenaClient({ region: REGION, endpoint: athena.url, credentials: KEYS });
  const storing = new S3Client({ region: REGION, endpoint: s3.url, forcePathStyle: true, credentials: KEYS });
  let scannedBytes = 0;
  asking.middlewareStack.add((next, { commandName }) => async (args) => {
    const answer = await next(args);
    if (commandName === GetQueryExecutionCommand.name) {
      const { QueryExecution } = answer.output as { QueryExecution?: { Statistics?: { DataScannedInBytes?: number } } };
      scannedBytes = QueryExecution?.Statistics?.DataScannedInBytes ?? 0;
    }
    return answer;
  });

  const timed: Timed[] = [];
  const scope = { day, through };
  const nameOf = stepNames(scope);
  const time = async <Value>(sql: string, run: () => Promise<Value>): Promise<Value> => {
    const stop = watch();
    const value = await run();
    timed.push({ step: nameOf(sql), ...stop(), scannedBytes });
    return value;
  };
  const settings = {
    workGroup: 'billing',
    database: 'agent_runner',
    bucket: BUCKET,
    pause: async () => void (await new Promise((done) => setTimeout(done, LOOK_MS))),
  };
  const real = openAthena(asking, settings);
  const lake: Lake = {
    ...openBucket(storing, BUCKET),
    // A result that is written into the lake again is read in between: it is held here for its time alone.
    query: (sql) => later(time(sql, () => rowsOf(real.query(sql)))),
    unload: (sql, prefix) => time(sql, () => real.unload(sql, prefix)),
  };
  const deps = {
    lake,
    ledgers: new Map(),
    tenants: async function* () {
      yield tenantOf(0);
    },
    chargeOf: async () => null,
    now: () => startOfDay(through),
    progress: () => {},
  };
  const whole = watch();
  await gatherDay(lake, scope);
  await quarantineDay(lake, scope, () => {});
  const { tenants, writtenAgain } = await completeDay(deps, scope);
  await correctOrphans(deps, scope);
  const counted = [...(await countDay(lake, scope, [])).values()].flat();
  const drift = [...(await crossCheckDay(lake, scope)).values()].flat();
  const { seconds, cpuSeconds } = whole();

  asking.destroy();
  storing.destroy();
  await athena.close();
  await s3.close();
  await engine.close();
  return {
    timed,
    seconds,
    cpuSeconds,
    peakBytes: process.resourceUsage().maxRSS * 1_024,
    requests: counted.reduce((sum, { requests }) => sum + requests, 0n),
    missing: [...tenants.values()].reduce((sum, one) => sum + one.missing + one.extra + one.different, 0),
    writtenAgain,
    drifting: drift.reduce((sum, one) => sum + one.onlyOurs + one.onlyTheirs + one.differing, 0),
  };
}

function watch(): () => { readonly seconds: number; readonly cpuSeconds: number } {
  const [began, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1e6 };
  };
}

async function* later<Value>(all: Promise<readonly Value[]>): AsyncIterable<Value> {
  yield* await all;
}

serveWorker<RunDayAsk, RunDayReply>(runDay);
