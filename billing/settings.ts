import { no, ok, type Result } from '../tenancy/result.ts';
import { findTables, type TablePlaces } from '../tenancy/table/find-tables.ts';

/** Where billing finds what it works with. */
export type BillingPlaces = {
  readonly tables: TablePlaces;
  readonly lake: { readonly bucket: string; readonly database: string; readonly workGroup: string };
  /** `base`: another address than Stripe's own. */
  readonly stripe: { readonly key: string; readonly base?: string };
  /** A local platform's stand-ins, and what they take for keys; elsewhere the SDK finds both by itself. */
  readonly standIns?: {
    readonly s3: string;
    readonly athena: string;
    readonly keys: { readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } };
  };
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds it by the settings LAKE_BUCKET, ATHENA_DATABASE, ATHENA_WORKGROUP and STRIPE_API_KEY beside those of the tables, or by
 * what a running local platform says of itself.
 * @param readPlatform the text of its `platform.json`; throws where there is none
 */
export function findPlaces(
  env: Environment,
  platform: string | undefined,
  readPlatform: (path: string) => string,
): Result<BillingPlaces, string> {
  const tables = findTables(env, platform, readPlatform);
  if (!tables.ok) return tables;
  if (tables.value.endpoint === undefined) {
    const { LAKE_BUCKET: bucket, ATHENA_DATABASE: database, ATHENA_WORKGROUP: workGroup, STRIPE_API_KEY: key } = env;
    if (!bucket || !database || !workGroup) return no('set LAKE_BUCKET, ATHENA_DATABASE and ATHENA_WORKGROUP');
    if (!key) return no('set STRIPE_API_KEY');
    const { STRIPE_API_BASE: base } = env;
    return ok({
      tables: tables.value,
      lake: { bucket, database, workGroup },
      stripe: { key, ...(base ? { base } : {}) },
    });
  }
  const path = platform ?? `${env['LOCAL_DATA'] || '.local'}/platform.json`;
  const { billing } = JSON.parse(readPlatform(path)) as PlatformFile;
  if (!billing) return no(`${path} says nothing of billing: start the platform anew`);
  const { lake, stripe, s3, athena, credentials } = billing;
  return ok({ tables: tables.value, lake, stripe, standIns: { s3, athena, keys: { credentials } } });
}

/** What `platform.json` says of what billing works with. */
type PlatformFile = {
  readonly billing?: Pick<BillingPlaces, 'lake' | 'stripe'> & {
    readonly s3: string;
    readonly athena: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
};
