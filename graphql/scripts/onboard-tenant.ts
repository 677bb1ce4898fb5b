import { no, ok } from '../../tenancy/result.ts';
import { userErrorText } from './client.ts';
import {
  CreateTenant,
  type FollowedOperationFragment,
  LastOperation,
  SlugAvailable,
  TenantBySlug,
} from './documents.ts';
import { differencesOf } from './import-tenants.ts';
import { onceKey } from './once.ts';
import { follow, goOn } from './operation.ts';
import { defineScript, type Tools } from './script.ts';
import { COLUMNS, readTenantLine, type TenantLine } from './tenants-file.ts';

const NAME = 'onboard-tenant';
const MINUTE_MS = 60_000;

export const onboardTenant = defineScript({
  name: NAME,
  summary: 'Makes a tenant, invites its first admin, and with --wait shows each step until its hostname answers.',
  words: 'SLUG --name NAME --tier TIER --home-region REGION --admin-email EMAIL --admin-name NAME',
  about: `  SLUG                  its name in hostnames, for ever: 3 to 32 of a-z, 0-9 and single hyphens
  --name NAME           for people
  --tier TIER           TRIAL, STANDARD or PREMIUM
  --home-region REGION  where it is served and its usage kept, for ever
  --allowed-regions R   where it may be served, with spaces between them; the home region alone unless said
  --residency HOW       region, geo or global; geo unless said
  --admin-email EMAIL   who is invited as its first admin
  --admin-name NAME     that admin's name
  --wait                wait until it is over, and show its steps
  --patience MINUTES    for so long; 10 unless said

  Run again it goes on where it was; an onboarding that has failed is told to go on from the step that failed.`,
  examples: [
    `${NAME} initech --name "Initech" --tier TRIAL --home-region eu-central-1 --admin-email bill@initech.example --admin-name "Bill" --wait`,
    `${NAME} hooli --name "Hooli" --tier PREMIUM --home-region us-east-1 --allowed-regions "us-east-1 eu-central-1" --admin-email g@hooli.example --admin-name "Gavin" --dry-run`,
  ],
  options: {
    name: { type: 'string', default: '' },
    tier: { type: 'string', default: '' },
    'home-region': { type: 'string', default: '' },
    'allowed-regions': { type: 'string', default: '' },
    residency: { type: 'string', default: '' },
    'admin-email': { type: 'string', default: '' },
    'admin-name': { type: 'string', default: '' },
    wait: { type: 'boolean', default: false },
    patience: { type: 'string', default: '10' },
  },
  read({ values, positionals }) {
    const [slug, ...more] = positionals;
    if (slug === undefined || more.length > 0) return no('name one slug');
    const patience = /^\d{1,3}$/.test(values.patience) ? Number(values.patience) * MINUTE_MS : 0;
    if (patience === 0) return no('--patience is 1 to 999 minutes');
    const cells: Readonly<Record<keyof TenantLine, string>> = {
      slug,
      name: values.name.trim(),
      tier: values.tier,
      homeRegion: values['home-region'],
      allowedRegions: values['allowed-regions'],
      residency: values.residency,
      adminEmail: values['admin-email'],
      adminName: values['admin-name'].trim(),
    };
    const line = readTenantLine(cells);
    if (!line.ok) return no(line.reason.map(([column, what]) => `${optionOf(column)} ${what}`).join('; '));
    return ok((tools) => onboard(line.value, values.wait ? patience : null, tools));
  },
});

/** As it stands on the command line: `--admin-email` for `adminEmail`. */
function optionOf(column: keyof TenantLine): string {
  return column === 'slug' ? 'SLUG' : `--${column.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

const WORDS = Object.fromEntries(COLUMNS.map((column) => [column, optionOf(column)]));

/** @param patienceMs null: it is not waited for */
async function onboard(line: TenantLine, patienceMs: number | null, tools: Tools): Promise<void> {
  const { client, report, dryRun } = tools;
  const { slug: subject } = line;
  const fail = (what: string) => report.tell({ subject, outcome: 'failed', what });
  const { tenant: there } = await client.ask(TenantBySlug, { slug: subject });
  if (there) {
    const differs = differencesOf(line, there);
    if (differs.length > 0) return fail(`is there, and is another: ${differs.join('; ')}`);
    const { tenant } = await client.ask(LastOperation, { slug: subject });
    const last = tenant?.operations?.nodes[0] ?? null;
    if (dryRun) return report.tell({ subject, outcome: 'unchanged', what: `is there, and ${there.status}` });
    const invites = last?.steps.some(({ name, status }) => name === 'invite_admin' && status === 'FAILED');
    const operation = last && (await goOn(client, NAME, last, invites ? { adminEmail: line.adminEmail } : {}));
    if (typeof operation === 'string') return fail(operation);
    return tellEnd(line, there.proxyUrl, 'unchanged', operation, patienceMs, tools);
  }
  if (dryRun) {
    const { slugAvailable } = await client.ask(SlugAvailable, { slug: subject });
    if (!slugAvailable) return fail('no tenant may have this slug: it was one, or is reserved');
    const what = `${line.name}: ${line.tier}, ${line.homeRegion}, ${line.residency}; invites ${line.adminEmail}`;
    return report.tell({ subject, outcome: 'planned', what, data: line });
  }
  const input = { ...line, allowedRegions: [...line.allowedRegions] };
  const { createTenant: payload } = await client.ask(CreateTenant, {
    input: { idempotencyKey: onceKey(NAME, subject, input), ...input },
  });
  if (!payload.tenant) return fail(userErrorText(payload.userErrors, WORDS));
  await tellEnd(line, payload.tenant.proxyUrl, 'done', payload.operation, patienceMs, tools);
}

async function tellEnd(
  { slug: subject }: TenantLine,
  proxyUrl: string,
  outcome: 'done' | 'unchanged',
  operation: FollowedOperationFragment | null,
  patienceMs: number | null,
  tools: Tools,
): Promise<void> {
  const { report } = tools;
  const data = { proxyUrl, operationId: operation?.id ?? null };
  const isOver = operation === null || operation.status === 'SUCCEEDED';
  if (isOver || patienceMs === null) {
    const what = isOver
      ? `answers at ${proxyUrl}`
      : `will answer at ${proxyUrl}; its onboarding is ${operation.status}`;
    return report.tell({ subject, outcome, what, data });
  }
  const followed = await follow(operation, patienceMs, tools);
  const isWell = !('why' in followed);
  const what = isWell ? `answers at ${proxyUrl}` : followed.why;
  report.tell({
    subject,
    outcome: isWell ? 'done' : 'failed',
    what,
    data: { ...data, steps: followed.operation.steps },
  });
}
