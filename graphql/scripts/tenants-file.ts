import { parse } from 'csv-parse/sync';
import { isRegion, REGIONS } from '../../tenancy/region.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { parseTenantId, RESIDENCIES, TIERS } from '../../tenancy/tenant.ts';
import type { Region, Residency, Tier } from './documents.ts';

/** A tenant as a line of the file says it is to be. */
export type TenantLine = {
  readonly slug: string;
  readonly name: string;
  readonly tier: Tier;
  readonly homeRegion: Region;
  readonly allowedRegions: readonly Region[];
  readonly residency: Residency;
  readonly adminEmail: string;
  readonly adminName: string;
};

export const COLUMNS = [
  'slug',
  'name',
  'tier',
  'homeRegion',
  'allowedRegions',
  'residency',
  'adminEmail',
  'adminName',
] as const;
type Column = (typeof COLUMNS)[number];

/** What is wrong in one place of the file. `column` null: the line as a whole. */
export type Fault = { readonly line: number; readonly column: Column | null; readonly what: string };

type Row = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

/** Reads the whole file. Every fault is named: who mends one at a time mends a thousand lines for a day. */
export function readTenantsFile(text: string): Result<readonly TenantLine[], readonly Fault[]> {
  let rows: readonly Row[];
  try {
    rows = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[];
  } catch (error) {
    const { lines = 1, message } = error as { readonly lines?: number; readonly message: string };
    return no([{ line: lines, column: null, what: `no CSV: ${message}` }]);
  }
  const [head, ...lines] = rows;
  const unknown = head?.record.find((name) => !COLUMNS.some((column) => column === name));
  const missing = COLUMNS.filter((column) => !head?.record.includes(column));
  if (!head || unknown !== undefined || missing.length > 0) {
    const what =
      unknown === undefined
        ? `the columns ${missing.join(', ')} are missing`
        : `there is no column ${JSON.stringify(unknown)}`;
    return no([{ line: 1, column: null, what: `${what}; the first line names ${COLUMNS.join(',')}` }]);
  }
  const faults: Fault[] = [];
  const seen = { slug: new Map<string, number>(), adminEmail: new Map<string, number>() };
  const tenants = lines.flatMap(({ record, info: { lines: line } }) => {
    if (record.length !== head.record.length) {
      faults.push({ line, column: null, what: `has ${record.length} cells in place of ${head.record.length}` });
      return [];
    }
    const cell = (column: Column): string => record[head.record.indexOf(column)] ?? '';
    const tenant = readTenantLine(Object.fromEntries(COLUMNS.map((column) => [column, cell(column)])) as Cells);
    const wrong = tenant.ok ? [] : tenant.reason.map(([column, what]): Fault => ({ line, column, what }));
    // A person is of one tenant: an address that two have would leave one of them without an admin.
    for (const column of ['slug', 'adminEmail'] as const) {
      const value = cell(column).toLowerCase();
      const before = seen[column].get(value);
      if (before !== undefined) wrong.push({ line, column, what: `${value} stands in line ${before} already` });
      seen[column].set(value, before ?? line);
    }
    faults.push(...wrong);
    return tenant.ok ? [tenant.value] : [];
  });
  return faults.length > 0 ? no(faults) : ok(tenants);
}

export type Cells = Readonly<Record<Column, string>>;

/** One tenant by its texts, or what is wrong with each of them. */
export function readTenantLine(cells: Cells): Result<TenantLine, readonly (readonly [Column, string])[]> {
  const cell = (column: Column): string => cells[column];
  const faults = faultsOf(cell);
  return faults.length > 0 ? no(faults) : ok(toTenant(cell));
}

type Cell = (column: Column) => string;

/** The form of an address, no more: whether mail arrives there only a mail tells. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const MAX_NAME = 200;

function faultsOf(cell: Cell): (readonly [Column, string])[] {
  const faults: (readonly [Column, string])[] = [];
  const check = (column: Column, isRight: boolean, form: string): void => {
    if (!isRight) faults.push([column, `${JSON.stringify(cell(column))} must be ${form}`]);
  };
  const allowed = regionsIn(cell('allowedRegions'));
  check('slug', parseTenantId(cell('slug')) !== null, '3 to 32 of a-z, 0-9 and single hyphens, and no reserved word');
  check('name', cell('name').length >= 1 && cell('name').length <= MAX_NAME, `1 to ${MAX_NAME} characters`);
  check(
    'tier',
    TIERS.some((tier) => tier === cell('tier')),
    `one of ${TIERS.join(', ')}`,
  );
  check('homeRegion', isRegion(cell('homeRegion')), `one of ${REGIONS.join(', ')}`);
  check('allowedRegions', allowed.every(isRegion), `some of ${REGIONS.join(', ')}, with spaces between them, or empty`);
  check(
    'residency',
    cell('residency') === '' || RESIDENCIES.some((one) => one === cell('residency')),
    `one of ${RESIDENCIES.join(', ')}, or empty`,
  );
  check('adminEmail', EMAIL.test(cell('adminEmail')), 'an email address');
  check(
    'adminName',
    cell('adminName').length >= 1 && cell('adminName').length <= MAX_NAME,
    `1 to ${MAX_NAME} characters`,
  );
  return faults;
}

function toTenant(cell: Cell): TenantLine {
  const allowed = new Set([cell('homeRegion'), ...regionsIn(cell('allowedRegions'))]);
  return {
    slug: cell('slug'),
    name: cell('name'),
    tier: cell('tier') as Tier,
    homeRegion: inCapitals(cell('homeRegion')) as Region,
    allowedRegions: [...allowed].map((region) => inCapitals(region) as Region).sort(),
    residency: inCapitals(cell('residency') || 'geo') as Residency,
    adminEmail: cell('adminEmail'),
    adminName: cell('adminName'),
  };
}

function regionsIn(text: string): string[] {
  return text.split(/[\s;|]+/).filter(Boolean);
}

/** As the API's enums are written. */
function inCapitals(text: string): string {
  return text.toUpperCase().replaceAll('-', '_');
}
