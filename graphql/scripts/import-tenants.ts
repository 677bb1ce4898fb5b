import { readFileSync } from 'node:fs';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { userErrorText } from './client.ts';
import { CreateTenant, LastOperation, type TenantSlugsQuery } from './documents.ts';
import { inParallel } from './in-parallel.ts';
import { onceKey } from './once.ts';
import { pace } from './pace.ts';
import { defineScript, type Tools } from './script.ts';
import { everyTenant } from './tenants.ts';
import { COLUMNS, readTenantsFile, type TenantLine } from './tenants-file.ts';

const NAME = 'import-tenants';
const SHOWN = 50;

type Known = TenantSlugsQuery['tenants']['nodes'][number];

export const importTenants = defineScript({
  name: NAME,
  summary: 'Makes the tenants that a CSV names; run again after a crash it goes on where it was.',
  words: 'FILE',
  about: `  FILE              a CSV whose first line is
                    ${COLUMNS.join(',')}
                    allowedRegions: regions with spaces between them, or empty for the home region; residency: region, geo
                    or global, or empty for geo
  --per-minute N    so many are made a minute, 1 to 6000; 30 unless said, beside which the tenants that are there notice
                    nothing (docs/performance.md)
  --parallel N      so many at a time, 1 to 32; 8 unless said

  The whole file is checked before the first tenant is made, and every fault is named by line and column. Tenants that are
  there already, as the file says, are left as they are; one that is there and is another is named, and not changed. Each
  is opened by its onboarding, which goes on after the script has ended: its admin is invited, its hostname called.`,
  examples: [`${NAME} tenants.csv --dry-run`, `${NAME} tenants.csv`, `${NAME} tenants.csv --per-minute 600 --json`],
  options: { parallel: { type: 'string', default: '8' }, 'per-minute': { type: 'string', default: '30' } },
  read({ values, positionals }) {
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) return no('name one file');
    const workers = /^\d{1,2}$/.test(values.parallel) ? Number(values.parallel) : 0;
    if (workers < 1 || workers > 32) return no('--parallel is 1 to 32');
    const perMinute = /^\d{1,4}$/.test(values['per-minute']) ? Number(values['per-minute']) : 0;
    if (perMinute < 1 || perMinute > 6_000) return no('--per-minute is 1 to 6000');
    const lines = readLines(path);
    return lines.ok ? ok((tools) => importAll(lines.value, { workers, perMinute }, tools)) : lines;
  },
});

function readLines(path: string): Result<readonly TenantLine[], string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return no(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const read = readTenantsFile(text);
  if (read.ok) return read;
  const told = read.reason
    .slice(0, SHOWN)
    .map(({ line, column, what }) => `\n  line ${line}${column ? `, ${column}` : ''}: ${what}`);
  const more = read.reason.length > SHOWN ? `\n  and ${read.reason.length - SHOWN} more` : '';
  return no(
    `${path} has ${read.reason.length} ${read.reason.length === 1 ? 'fault' : 'faults'}, and nothing was sent:${told.join('')}${more}\n`,
  );
}

async function importAll(
  lines: readonly TenantLine[],
  { workers, perMinute }: { readonly workers: number; readonly perMinute: number },
  tools: Tools,
): Promise<void> {
  const { client, report, dryRun } = tools;
  const turn = pace(perMinute, tools);
  // What an earlier run has made is found by ten looks for a thousand, and costs no try each.
  const known = new Map<string, Known>();
  for await (const tenant of everyTenant(client)) known.set(tenant.slug, tenant);
  let seen = 0;
  await inParallel(lines, workers, async (line) => {
    const { slug } = line;
    const there = known.get(slug);
    if (there) await tellThere(line, there, tools);
    else if (dryRun) report.tell({ subject: slug, outcome: 'planned', what: textOf(line) });
    else {
      await turn();
      await make(line, tools);
    }
    report.progress(++seen, lines.length, 'tenants');
  });
}

async function tellThere(line: TenantLine, there: Known, { client, report }: Tools): Promise<void> {
  const differs = differencesOf(line, there);
  const last = there.status === 'PROVISIONING' ? await client.ask(LastOperation, { slug: line.slug }) : null;
  const failed = last?.tenant?.operations?.nodes.find(({ status }) => status === 'FAILED');
  const step = failed?.steps.find(({ status }) => status === 'FAILED');
  if (step) {
    const what = `its onboarding failed at ${step.name}: ${step.detail ?? 'nobody says why'}; onboard-tenant makes it go on`;
    return report.tell({ subject: line.slug, outcome: 'failed', what });
  }
  const isSame = differs.length === 0;
  const what = isSame ? 'is there' : `is there, and is another: ${differs.join('; ')}`;
  report.tell({ subject: line.slug, outcome: isSame ? 'unchanged' : 'failed', what });
}

/** Where a tenant is not as it is to be. Whom it invited first is not told any more. */
export function differencesOf(line: TenantLine, there: Omit<Known, 'id'>): string[] {
  const isOver = there.status === 'CLOSING' || there.status === 'CLOSED';
  if (isOver) return [`it is ${there.status}, and its slug is never given out again`];
  const all = [
    ['name', line.name, there.name],
    ['tier', line.tier, there.tier],
    ['homeRegion', line.homeRegion, there.homeRegion],
    ['allowedRegions', line.allowedRegions.join(' '), there.allowedRegions.toSorted().join(' ')],
    ['residency', line.residency, there.residency],
  ] as const;
  return all.filter(([, wanted, is]) => wanted !== is).map(([name, wanted, is]) => `${name} ${is}, not ${wanted}`);
}

async function make(line: TenantLine, { client, report }: Tools): Promise<void> {
  const { slug, allowedRegions } = line;
  const input = { ...line, allowedRegions: [...allowedRegions] };
  const { createTenant: payload } = await client.ask(CreateTenant, {
    input: { idempotencyKey: onceKey(NAME, slug, input), ...input },
  });
  const failed = payload.userErrors.length > 0;
  report.tell({
    subject: slug,
    outcome: failed ? 'failed' : 'done',
    what: failed ? userErrorText(payload.userErrors) : textOf(line),
  });
}

function textOf({ name, tier, homeRegion, residency }: TenantLine): string {
  return `${name}: ${tier}, ${homeRegion}, ${residency}`;
}
