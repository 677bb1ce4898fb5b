import { createHash, randomUUID } from 'node:crypto';
import type { AthenaClient } from '@aws-sdk/client-athena';
import type { S3Client } from '@aws-sdk/client-s3';
import type Stripe from 'stripe';
import type { Region } from '../tenancy/region.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { openAthena } from './athena.ts';
import { openBucket } from './bucket.ts';
import { crossCheckMoney } from './cross-check-money.ts';
import type { JobDeps } from './job.ts';
import { readBooks } from './read-books.ts';
import { openStripePayment } from './stripe/payment.ts';

export type JobSettings = {
  /** Those of the control region, where the books of billing are. */
  readonly tables: Tables;
  readonly ledgers: ReadonlyMap<Region, Tables>;
  readonly lake: { readonly bucket: string; readonly database: string; readonly workGroup: string };
  readonly clients: { readonly s3: S3Client; readonly athena: AthenaClient; readonly stripe: Stripe };
  /** ms since the epoch */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly progress: (line: string) => void;
  readonly random: () => number;
};

const STRIPE_ATTEMPTS = 4;

/** Puts the ports of billing's job together, for whoever starts it. */
export function openJob({ tables, ledgers, lake: places, clients, ...world }: JobSettings): Omit<JobDeps, 'until'> {
  const { now, pause, progress, random } = world;
  const lake = {
    ...openBucket(clients.s3, places.bucket),
    ...openAthena(clients.athena, { ...places, pause }),
  };
  return {
    tables,
    ledgers,
    ...readBooks(tables),
    lake,
    crossCheckMoney: (month, tenants) =>
      crossCheckMoney({ lake, tables, tenants: () => each(tenants), progress }, month),
    payment: openStripePayment({
      stripe: clients.stripe,
      persistence: { attempts: STRIPE_ATTEMPTS, wait: pause, random },
      newKey: randomUUID,
    }),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    holder: randomUUID(),
    now,
    pause,
    progress,
  };
}

async function* each(tenants: readonly TenantId[]): AsyncIterable<TenantId> {
  yield* tenants;
}
