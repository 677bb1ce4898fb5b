import { isRegion, REGIONS, type Region } from '../region.ts';
import { no, ok, type Result } from '../result.ts';
import type { TableNames, Tables } from './tables.ts';

/** The ledger of one region, with the directory as that region has it. */
export type RegionTables = { readonly region: Region; readonly tables: Tables };

/** Where the tables are. */
export type TablePlaces = {
  readonly regions: readonly Region[];
  readonly names: TableNames;
  /** Of a local platform's store, which takes any key; elsewhere the SDK finds endpoint and credentials by itself. */
  readonly endpoint?: string;
  /** Whether one store is behind all regions. */
  readonly oneStore: boolean;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the tables by the settings DIRECTORY_TABLE, LEDGER_TABLE and REGIONS (all regions of the platform, unless named),
 * or, when the first two are not set or a platform is asked for, by what a running local platform says of itself.
 * @param readPlatform the text of its `platform.json`; throws where there is none
 */
export function findTables(
  env: Environment,
  platform: string | undefined,
  readPlatform: (path: string) => string,
): Result<TablePlaces, string> {
  const { DIRECTORY_TABLE: directory, LEDGER_TABLE: ledger } = env;
  if (platform === undefined && (directory || ledger)) {
    if (!directory || !ledger) return no('set both DIRECTORY_TABLE and LEDGER_TABLE');
    const regions = (env['REGIONS'] || REGIONS.join()).split(/[\s,]+/).filter(Boolean);
    const unknown = regions.find((region) => !isRegion(region));
    if (unknown !== undefined) return no(`REGIONS: ${unknown} is no region of the platform`);
    if (regions.length === 0) return no('REGIONS names none');
    const oneStore = Boolean(env['AWS_ENDPOINT_URL_DYNAMODB'] || env['AWS_ENDPOINT_URL']);
    return ok({ regions: regions.filter(isRegion), names: { directory, ledger }, oneStore });
  }
  const path = platform ?? `${env['LOCAL_DATA'] || '.local'}/platform.json`;
  try {
    const { endpoint, directory, ledger } = (JSON.parse(readPlatform(path)) as PlatformFile).dynamodb;
    return ok({ regions: REGIONS, names: { directory, ledger }, endpoint, oneStore: true });
  } catch {
    return no(
      `no tables: set DIRECTORY_TABLE and LEDGER_TABLE, or start the local platform, or name its platform.json with --platform (${path} cannot be read)`,
    );
  }
}

type PlatformFile = {
  readonly dynamodb: { readonly endpoint: string; readonly directory: string; readonly ledger: string };
};
