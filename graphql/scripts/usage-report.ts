import { writeFileSync } from 'node:fs';
import { toCsv } from '../../tenancy/csv.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { COUNT_COLUMNS, MAX_SERIES } from '../api/usage-report.ts';
import { TenantUsage, type UsageDimension, type UsageGrain, type UsageInput } from './documents.ts';
import { defineScript, type Tools } from './script.ts';
import {
  readSelection,
  SELECTION_ABOUT,
  SELECTION_OPTIONS,
  SELECTION_WORDS,
  type Selection,
  selectTenants,
} from './tenants.ts';

const NAME = 'usage-report';

const GRAINS: Readonly<Record<string, UsageGrain>> = { hour: 'HOUR', day: 'DAY', month: 'MONTH' };
const DIMENSIONS: Readonly<Record<string, UsageDimension>> = {
  user: 'USER',
  key: 'API_KEY',
  model: 'MODEL',
  region: 'REGION',
  session: 'SESSION',
};
const NAMES = ['userId', 'apiKeyId', 'model', 'region', 'sessionId'] as const;
const DAY = /^\d{4}-\d\d-\d\d$/;

export const usageReport = defineScript({
  name: NAME,
  summary: 'Writes what tenants used, as a CSV: requests, tokens of each class and cost.',
  words: `--from DAY --to DAY ${SELECTION_WORDS}`,
  about: `  --from DAY        the first day (UTC): 2026-11-01
  --to DAY          the last day, which is in it
  --grain GRAIN     a line for each hour, day or month (then from the first day of one to the last); day unless said
  --by WHAT         a line for each user, key, model, region or session; may be given many times
  --output FILE     write it there; else it goes to stdout
${SELECTION_ABOUT}

  A text that a spreadsheet would run as a formula has a ' before it. With --json the lines are objects.`,
  examples: [
    `${NAME} --from 2026-11-01 --to 2026-11-30 --grain month --by model --all --output november.csv`,
    `${NAME} --from 2026-11-22 --to 2026-11-22 --grain hour --by user --tenant acme`,
  ],
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    grain: { type: 'string', default: 'day' },
    by: { type: 'string', multiple: true },
    output: { type: 'string' },
    ...SELECTION_OPTIONS,
  },
  read({ values, positionals }) {
    if (positionals.length > 0) return no(`what is ${JSON.stringify(positionals[0])}?`);
    const { from = '', to = '', output } = values;
    if (!DAY.test(from) || !DAY.test(to)) return no('say --from and --to as days such as 2026-11-22');
    if (from > to) return no('--from is after --to');
    const grain = Object.hasOwn(GRAINS, values.grain) ? GRAINS[values.grain] : undefined;
    if (!grain) return no('--grain is hour, day or month');
    const groupBy = readDimensions(values.by ?? []);
    if (!groupBy.ok) return groupBy;
    const selection = readSelection(values);
    if (!selection.ok) return selection;
    return ok((tools) => report({ from, to, grain, groupBy: groupBy.value }, selection.value, output, tools));
  },
});

function readDimensions(names: readonly string[]): Result<UsageDimension[], string> {
  const unknown = names.find((name) => !Object.hasOwn(DIMENSIONS, name));
  if (unknown !== undefined)
    return no(`--by: ${JSON.stringify(unknown)} is none of ${Object.keys(DIMENSIONS).join(', ')}`);
  return ok([...new Set(names)].flatMap((name) => DIMENSIONS[name] ?? []));
}

async function report(
  input: UsageInput,
  selection: Selection,
  output: string | undefined,
  tools: Tools,
): Promise<void> {
  const { client, report: told, json, dryRun } = tools;
  const rows: string[][] = [['tenant', 'start', ...NAMES, ...COUNT_COLUMNS]];
  let tenants = 0;
  for await (const { slug } of selectTenants(client, selection, told)) {
    tenants += 1;
    if (dryRun) {
      told.tell({ subject: slug, outcome: 'planned', what: `its usage from ${input.from} to ${input.to}` });
      continue;
    }
    const { tenant } = await client.ask(TenantUsage, { slug, input });
    const series = tenant?.usage?.series;
    if (!series) {
      told.tell({ subject: slug, outcome: 'failed', what: "its usage is not this client's to see (usage:read)" });
      continue;
    }
    if (series.length >= MAX_SERIES) {
      const what = `has ${MAX_SERIES} series or more, and the report the dearest ${MAX_SERIES} of them alone; ask with fewer --by`;
      told.tell({ subject: slug, outcome: 'failed', what });
    }
    for (const one of series) {
      for (const { start, counts } of one.points) {
        rows.push([slug, start, ...NAMES.map((name) => one[name] ?? ''), ...COUNT_COLUMNS.map((name) => counts[name])]);
      }
    }
    told.progress(tenants, null, 'tenants');
  }
  if (dryRun) return;
  const text = json ? `${JSON.stringify(toObjects(rows))}\n` : toCsv(rows);
  if (output === undefined) return told.print(text);
  writeFileSync(output, text);
  told.tell({ subject: output, outcome: 'done', what: `${rows.length - 1} lines of ${tenants} tenants` });
}

function toObjects([head = [], ...rows]: readonly (readonly string[])[]) {
  return rows.map((row) => Object.fromEntries(head.map((name, n) => [name, row[n] ?? ''])));
}
