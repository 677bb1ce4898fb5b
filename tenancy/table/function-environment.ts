import { type DynamoDbLine, openDocumentClient, openLine, type Persistence } from './document-client.ts';
import type { AwsCredentials } from './signature.ts';
import { openTables, type Tables } from './tables.ts';

const PERSISTENCE: Persistence = { attempts: 3, timeoutMs: 3_000 };

/** What a function is told by Lambda and by its deployment. */
export type FunctionEnvironment = {
  /** What it cannot do without: a missing one fails the start, not the first event. */
  readonly setting: (name: string) => string;
  readonly region: string;
  /** The role's, as Lambda gives them; an environment ends before they do. */
  readonly credentials: AwsCredentials;
  /** Where a service is, if not at AWS's own address; by its name in the SDK's variables: `DYNAMODB`. */
  readonly endpoint: (service: string) => string | undefined;
  /** The tables of a region, which have one name in all of them; as the function itself, unless said otherwise. */
  readonly tablesIn: (region: string, how?: Partial<Persistence> & { readonly as?: AwsCredentials }) => Tables;
  /** The same in two steps, for clients that share their connections. */
  readonly lineTo: (region: string, as?: AwsCredentials) => DynamoDbLine;
  readonly tablesOver: (line: DynamoDbLine, persistence: Persistence) => Tables;
};

/**
 * Reads what every function is told.
 * @param name the function's, for whoever reads that something is missing @param now ms since the epoch
 * @throws Error when the credentials, the region or a table's name is missing
 */
export function readEnvironment(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  now: () => number,
): FunctionEnvironment {
  const setting = (which: string): string => {
    const value = env[which];
    if (!value) throw new Error(`${name}: the environment variable ${which} is not set`);
    return value;
  };
  const { AWS_SESSION_TOKEN: sessionToken } = env;
  const credentials = {
    accessKeyId: setting('AWS_ACCESS_KEY_ID'),
    secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken ? { sessionToken } : {}),
  };
  const endpoint = (service: string) => env[`AWS_ENDPOINT_URL_${service}`] || env['AWS_ENDPOINT_URL'] || undefined;
  const names = { directory: setting('DIRECTORY_TABLE'), ledger: setting('LEDGER_TABLE') };
  const own = endpoint('DYNAMODB');
  const lineTo: FunctionEnvironment['lineTo'] = (region, as = credentials) =>
    openLine({ region, credentials: () => as, now, ...(own ? { endpoint: own } : {}) });
  const tablesOver: FunctionEnvironment['tablesOver'] = (line, persistence) =>
    openTables(openDocumentClient(line, persistence), names);
  return {
    setting,
    region: setting('AWS_REGION'),
    credentials,
    endpoint,
    tablesIn: (region, { as, ...persistence } = {}) =>
      tablesOver(lineTo(region, as), { ...PERSISTENCE, ...persistence }),
    lineTo,
    tablesOver,
  };
}
