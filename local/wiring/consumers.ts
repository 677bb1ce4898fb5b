import { CONTROL_REGION, REGIONS } from '../../tenancy/region.ts';
import { STREAM_FILTERS } from '../../tenancy/table/stream-filters.ts';
import type { FunctionName } from '../bundles.ts';
import { startMailbox } from '../mailbox.ts';
import { startSchedule } from '../schedule.ts';
import { ARCHIVE_SECRET_ID } from '../seed.ts';
import { MACHINE_SCOPE } from '../seed-people.ts';
import { followStream, type StreamSource } from '../streams.ts';
import { EXPORT_BUCKET } from './control-plane.ts';
import type { Parts } from './parts.ts';

export type ConsumerSettings = {
  /** DynamoDB's endpoint. */
  readonly database: string;
  readonly ledger: string;
  readonly sweepSeconds: number;
  /** The folder of mails that were sent. */
  readonly mailbox: string;
  readonly domain: string;
  /** S3's endpoint. */
  readonly s3: string;
  /** Secrets Manager's. */
  readonly secrets: string;
  /** What the worker of billing's commands is told beside the tables: of the payment service. */
  readonly billing: Readonly<Record<string, string>>;
  /** Where billing's job finds the lake, and asks of it. */
  readonly lake: Readonly<Record<string, string>>;
  /** What the worker of operations is told beside the tables: of the user pool, the edge's secret, the hostnames. */
  readonly operations: Readonly<Record<string, string>>;
};

const DAY_MS = 86_400_000;
/** On AWS in the hours of the night; either way it takes a tenant once a day. */
const GATE_RESET_MS = 3_600_000;
/** With the pause between two: longer than the lease of a worker that has died. */
const EXPORT_OFFERS = 150;
/** A minute on AWS; here somebody sits before it. */
const OPERATIONS_MS = 2_000;
/** A minute on AWS as well. */
const COMMANDS_MS = 5_000;
/** Days are due by their mornings; looking oftener would do nothing. */
const BILLING_MS = 3_600_000;

/**
 * What works off the ledger: on its stream the roll-ups, the audit chains, the notifications, the exports and
 * the operations on tenants and billing's commands; by the clock the sweeper, the reset of gates, these two, billing's job and,
 * once a day, the notices of keys that end. All regions share one ledger here, so one of each does for all of them.
 */
export async function startConsumers(
  { functions, env, accessKeys, keep }: Parts,
  { database, ledger, sweepSeconds, mailbox, domain, s3, secrets, billing, lake, operations }: ConsumerSettings,
): Promise<void> {
  const mail = keep(await startMailbox({ folder: mailbox, regions: REGIONS, accessKeys }));
  const onLine = (line: string) => functions.log(line);
  const consumers: StreamSource[] = [];
  const follow = async (
    name: FunctionName & keyof typeof STREAM_FILTERS,
    more = {},
    source: Pick<StreamSource, 'attempts'> = {},
  ) => {
    const fn = await functions.start(name, CONTROL_REGION, { ...env, ...more });
    consumers.push({ fn, filters: STREAM_FILTERS[name], ...source });
    return fn;
  };
  const write = () =>
    follow(
      'graphql-exports',
      { AWS_ENDPOINT_URL_S3: s3, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets, EXPORT_BUCKET, ARCHIVE_SECRET_ID },
      { attempts: EXPORT_OFFERS },
    );
  const notify = async () => {
    const fn = await follow('graphql-notifications', {
      AWS_ENDPOINT_URL_SESV2: mail.url,
      OPERATIONS_EMAIL: `operations@${domain}`,
      SENDER_EMAIL: `agent-runner@${domain}`,
    });
    keep(startSchedule({ name: 'key-expiry', everyMs: DAY_MS, fn, onLine }));
  };
  const operate = async () => {
    const fn = await follow('graphql-operations', {
      ...operations,
      MACHINE_SCOPE,
      AWS_ENDPOINT_URL_S3: s3,
      EXPORT_BUCKET,
    });
    keep(startSchedule({ name: 'operations', everyMs: OPERATIONS_MS, fn, onLine }));
  };
  const bill = async () => {
    const commands = await follow('billing-commands', billing);
    keep(startSchedule({ name: 'billing-commands', everyMs: COMMANDS_MS, fn: commands, onLine }));
    const job = await functions.start('billing', CONTROL_REGION, {
      ...env,
      ...billing,
      ...lake,
      AWS_ENDPOINT_URL_S3: s3,
      // One ledger stands for that of each.
      REGIONS: REGIONS.join(),
    });
    keep(startSchedule({ name: 'billing', everyMs: BILLING_MS, fn: job, onLine }));
  };
  const sweep = async () => {
    const fn = await functions.start('edge-sweeper', CONTROL_REGION, env);
    keep(startSchedule({ name: 'sweeper', everyMs: sweepSeconds * 1000, fn, onLine }));
  };
  const resetGates = async () => {
    const fn = await functions.start('edge-gate-reset', CONTROL_REGION, env);
    keep(startSchedule({ name: 'gate-reset', everyMs: GATE_RESET_MS, fn, onLine }));
  };
  await Promise.all([
    follow('edge-rollup'),
    follow('graphql-audit-chain'),
    notify(),
    write(),
    operate(),
    bill(),
    sweep(),
    resetGates(),
  ]);
  keep(await followStream({ database, table: ledger, consumers, onLine }));
}
