import { no, ok, type Result } from '../../tenancy/result.ts';
import type { Client } from './client.ts';
import { userErrorText } from './client.ts';
import { type BudgetInput, type Enforcement, SetTenantLimits, type SubjectKind, TenantBudgets } from './documents.ts';
import { inParallel } from './in-parallel.ts';
import { onceKey } from './once.ts';
import { defineScript, type Tools } from './script.ts';
import { readSelection, SELECTION_ABOUT, SELECTION_OPTIONS, SELECTION_WORDS, selectTenants } from './tenants.ts';

const NAME = 'set-budget';
const WORKERS = 4;
/** Somebody else may change the same tenant; so often it is read anew. */
const TRIES = 5;

const WORDS = { subject: '--for', 'limits.budget': '--usd' } as const;

/** What the budget is to be; null: none. */
type Budget = BudgetInput | null;

const SUBJECTS: Readonly<Record<string, SubjectKind>> = { tenant: 'TENANT', user: 'USER', key: 'API_KEY' };

export const setBudget = defineScript({
  name: NAME,
  summary: 'Sets the monthly budget of one tenant or many, of all its users or of all its keys.',
  words: `(--usd AMOUNT [--soft] | --none) ${SELECTION_WORDS}`,
  about: `  --usd AMOUNT      USD a calendar month, up to nine decimals
  --soft            requests go on when it is spent, and those who should know are told; else they are refused
  --none            no budget at all
  --for WHOM        tenant (as a whole), user (each of its users) or key (each of its keys); tenant unless said
${SELECTION_ABOUT}`,
  examples: [
    `${NAME} --usd 500 --tenant acme`,
    `${NAME} --usd 20 --soft --for user --tier TRIAL --dry-run`,
    `${NAME} --none --tenant acme --tenant globex`,
  ],
  options: {
    usd: { type: 'string' },
    soft: { type: 'boolean', default: false },
    none: { type: 'boolean', default: false },
    for: { type: 'string', default: 'tenant' },
    ...SELECTION_OPTIONS,
  },
  read({ values, positionals }) {
    if (positionals.length > 0) return no(`what is ${JSON.stringify(positionals[0])}?`);
    const budget = readBudget(values);
    if (!budget.ok) return budget;
    const subject = Object.hasOwn(SUBJECTS, values.for) ? SUBJECTS[values.for] : undefined;
    if (!subject) return no('--for is tenant, user or key');
    const selection = readSelection(values);
    if (!selection.ok) return selection;
    return ok(async (tools) => {
      await inParallel(selectTenants(tools.client, selection.value, tools.report), WORKERS, ({ slug }) =>
        setOne(slug, subject, budget.value, tools),
      );
    });
  },
});

type Words = { readonly usd?: string | undefined; readonly soft: boolean; readonly none: boolean };

function readBudget({ usd, soft, none }: Words): Result<Budget, string> {
  if (none === (usd !== undefined)) return no('say either --usd AMOUNT or --none');
  if (usd === undefined) return soft ? no('--soft is of a budget, and --none is none') : ok(null);
  if (!/^(?:0|[1-9]\d{0,11})(?:\.\d{1,9})?$/.test(usd))
    return no(`--usd: ${JSON.stringify(usd)} is no amount such as 500 or 12.50`);
  return ok({ monthlyUsd: usd, enforcement: soft ? 'SOFT' : 'HARD' });
}

async function setOne(
  slug: string,
  subject: SubjectKind,
  budget: Budget,
  { client, report, dryRun }: Tools,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const found = await readBudgetOf(client, slug, subject);
    if (!found) return report.tell({ subject: slug, outcome: 'failed', what: 'the tenant is gone' });
    const was = textOf(found.budget);
    const data = { tenant: slug, for: subject, before: found.budget, after: budget };
    if (isSame(found.budget, budget)) return report.tell({ subject: slug, outcome: 'unchanged', what: was, data });
    const what = `${textOf(budget)} (was ${was})`;
    if (dryRun) return report.tell({ subject: slug, outcome: 'planned', what, data });
    const input = { tenantId: found.id, expectedVersion: found.version, subject, limits: { budget } };
    const { setTenantLimits: payload } = await client.ask(SetTenantLimits, {
      input: { idempotencyKey: onceKey(NAME, slug, input), ...input },
    });
    if (payload.userErrors.length === 0) return report.tell({ subject: slug, outcome: 'done', what, data });
    const isStale = payload.userErrors.some(({ code }) => code === 'CONFLICT_VERSION');
    if (!isStale || tries === TRIES) {
      return report.tell({ subject: slug, outcome: 'failed', what: userErrorText(payload.userErrors, WORDS), data });
    }
  }
}

async function readBudgetOf(client: Client, slug: string, subject: SubjectKind) {
  const { tenant } = await client.ask(TenantBudgets, { slug });
  if (!tenant) return null;
  const limits = { TENANT: tenant.limits, USER: tenant.userLimits, API_KEY: tenant.keyLimits }[subject];
  return { id: tenant.id, version: tenant.version, budget: limits.budget };
}

type Told = { readonly monthlyUsd: string; readonly enforcement?: Enforcement };

function isSame(one: Told | null, other: Told | null): boolean {
  if (one === null || other === null) return one === other;
  return plain(one.monthlyUsd) === plain(other.monthlyUsd) && one.enforcement === other.enforcement;
}

/** An amount without the zeros that say nothing. */
function plain(usd: string): string {
  return usd.includes('.') ? usd.replace(/\.?0+$/, '') : usd;
}

function textOf(budget: Told | null): string {
  if (budget === null) return 'no budget';
  return `${plain(budget.monthlyUsd)} USD a month, ${budget.enforcement === 'SOFT' ? 'soft' : 'hard'}`;
}
