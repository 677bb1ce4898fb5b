import { existsSync } from 'node:fs';
import { no, ok } from '../../tenancy/result.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { userErrorText } from './client.ts';
import { RequestStatement, StatementById, type StatementByIdQuery, StatementTenant } from './documents.ts';
import { onceKey } from './once.ts';
import { saveFile } from './save-file.ts';
import { defineScript, type Tools } from './script.ts';

const NAME = 'statement';
const MONTH = /^\d{4}-(?:0[1-9]|1[0-2])$/;
const LOOK_EVERY_MS = 1_000;
/** No export is written any more an hour after it was asked for. */
const PATIENCE_MS = 3_600_000;

export const statement = defineScript({
  name: NAME,
  summary: "Saves a tenant's statement of a month: a CSV with FOCUS's columns, whose lines come to what it is billed.",
  words: '--tenant SLUG --month MONTH --out FILE',
  about: `  --tenant SLUG     whose statement
  --month MONTH     which month (UTC): 2026-10
  --out FILE        save it there, for you alone

  That of a month that is closed is the same for ever; of one that is not it may still change, and the result says so.`,
  examples: [
    `${NAME} --tenant acme --month 2026-10 --out acme-2026-10.csv`,
    `${NAME} --tenant acme --month 2026-10 --out acme-2026-10.csv --dry-run`,
  ],
  options: {
    tenant: { type: 'string', default: '' },
    month: { type: 'string', default: '' },
    out: { type: 'string', default: '' },
  },
  read({ values, positionals }) {
    if (positionals.length > 0) return no(`what is ${JSON.stringify(positionals[0])}?`);
    const { tenant, month, out } = values;
    if (!parseTenantId(tenant)) return no(`--tenant: ${JSON.stringify(tenant)} is no tenant's slug`);
    if (!MONTH.test(month)) return no('say --month as a month such as 2026-10');
    if (out === '') return no('say --out, where it goes');
    if (existsSync(out)) return no(`${out} is there already; name another file`);
    return ok((tools) => save({ slug: tenant, month, out }, tools));
  },
});

type Wish = { readonly slug: string; readonly month: string; readonly out: string };
type Made = Extract<NonNullable<StatementByIdQuery['node']>, { fileName: unknown }>;

async function save({ slug, month, out }: Wish, tools: Tools): Promise<void> {
  const { client, report, dryRun, now } = tools;
  const fail = (what: string) => report.tell({ subject: slug, outcome: 'failed', what });
  const { tenant } = await client.ask(StatementTenant, { slug, month });
  if (!tenant) return fail('there is no such tenant');
  if (!tenant.billingPeriod) return fail(`has no ${month} in the books of billing`);
  const { state } = tenant.billingPeriod;
  if (dryRun) return report.tell({ subject: slug, outcome: 'planned', what: `its statement of ${month}, ${state}` });
  const input = { tenantId: tenant.id, month };
  // A file of before may be gone, or of a month that has been closed since.
  const idempotencyKey = onceKey(NAME, slug, { ...input, at: now() });
  const { requestStatement: payload } = await client.ask(RequestStatement, { input: { idempotencyKey, ...input } });
  if (payload.userErrors.length > 0) return fail(userErrorText(payload.userErrors));
  const id = payload.export?.id;
  if (id === undefined) return fail('the API began no statement, and did not say why');
  const made = await written(id, tools);
  if (made?.downloadUrl === null || made === null) return fail(made?.failure ?? 'it was not written within an hour');
  const saved = await saveFile({ downloadUrl: made.downloadUrl, sha256: made.sha256 }, out);
  if (!saved.ok) return fail(saved.reason);
  const { fileName, rows, sha256 } = made;
  const what = `${out}: ${rows ?? 0} lines, ${fileName}`;
  report.tell({ subject: slug, outcome: 'done', what, data: { month, state, fileName, rows, sha256 } });
}

/** The export when it is READY or FAILED; null when it is neither for too long. */
async function written(id: string, { client, now, sleep }: Tools): Promise<Made | null> {
  const end = now() + PATIENCE_MS;
  while (now() <= end) {
    const made = (await client.ask(StatementById, { id })).node as Made | null;
    if (made?.status === 'READY' || made?.status === 'FAILED') return made;
    await sleep(LOOK_EVERY_MS);
  }
  return null;
}
