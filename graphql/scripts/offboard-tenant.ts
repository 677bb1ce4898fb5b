import { existsSync } from 'node:fs';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { userErrorText } from './client.ts';
import { CloseTenant, type CloseTenantMutation, ClosingById, ClosingBySlug, SetPurgeDate } from './documents.ts';
import { onceKey } from './once.ts';
import { type Followed, follow, goOn } from './operation.ts';
import { saveArchive } from './save-file.ts';
import { defineScript, type Tools } from './script.ts';

const NAME = 'offboard-tenant';
const WORDS = {
  confirmSlug: '--confirm',
  reason: '--reason',
  purgeAfterDays: '--purge-after',
  purgeAt: '--purge-after',
} as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const [DEFAULT_DAYS, MAX_DAYS] = [30, 365];

export const offboardTenant = defineScript({
  name: NAME,
  summary:
    'Closes a tenant for good: stops it at once, ends its credentials, archives it, and purges it on a later day.',
  words: 'SLUG --confirm SLUG --reason TEXT [--purge-after DAYS] [--archive FILE]',
  about: `  SLUG                the tenant; the name is never given out again
  --confirm SLUG      the same once more; not needed for --dry-run
  --reason TEXT       why, for the audit; it stays, so it names nobody
  --purge-after DAYS  how long its data stays from the closing on, 0 to ${MAX_DAYS}; ${DEFAULT_DAYS} unless said
  --archive FILE      wait for the signed archive and save it there, for you alone; its public key goes to FILE.pem
  --wait              wait until nothing is to be done before the purge, and show the steps
  --patience MINUTES  for so long; 30 unless said

  Run again it goes on where it was; a closing that has failed is told to go on from the step that failed; with another
  --purge-after than the first time it moves the day, to now at the earliest. What is in the
  archive, and how to verify it: docs/closing-a-tenant.md`,
  examples: [
    `${NAME} initech --dry-run`,
    `${NAME} initech --confirm initech --reason "contract 4711 has ended" --archive initech.zip`,
    `${NAME} trial-17 --confirm trial-17 --reason "a trial that nobody used" --purge-after 0 --wait`,
  ],
  options: {
    confirm: { type: 'string', default: '' },
    reason: { type: 'string', default: '' },
    'purge-after': { type: 'string' },
    archive: { type: 'string' },
    wait: { type: 'boolean', default: false },
    patience: { type: 'string', default: '30' },
  },
  read({ values, positionals }) {
    const [slug, ...more] = positionals;
    const dryRun = values['dry-run'];
    if (slug === undefined || more.length > 0) return no('name one tenant');
    if (!parseTenantId(slug)) return no(`${JSON.stringify(slug)} is no tenant's slug`);
    const said = values['purge-after'];
    const days = said === undefined ? null : /^\d{1,3}$/.test(said) ? Number(said) : Number.NaN;
    if (days !== null && !(days <= MAX_DAYS)) return no(`--purge-after is 0 to ${MAX_DAYS} days`);
    const patience = /^\d{1,3}$/.test(values.patience) ? Number(values.patience) * MINUTE_MS : 0;
    if (patience === 0) return no('--patience is 1 to 999 minutes');
    if (!dryRun && values.confirm !== slug) return no(`it cannot be taken back: say --confirm ${slug} if it is meant`);
    if (!dryRun && values.reason.trim() === '') return no('say why, with --reason');
    const { archive } = values;
    // It goes with the purge: who is killed before it is saved would find nothing.
    if (archive !== undefined && days === 0)
      return no('an archive is purged with the rest: with --archive say --purge-after 1 or more');
    if (archive !== undefined && existsSync(archive)) return no(`${archive} is there already; name another file`);
    const wish = { slug, reason: values.reason.trim() || 'a dry run', purgeAfterDays: days };
    const waits = values.wait || archive !== undefined ? patience : null;
    return ok((tools) => offboard(wish, waits, archive ?? null, tools));
  },
});

/** `purgeAfterDays` null: as long as is usual, or as was said when the closing began. */
type Wish = { readonly slug: string; readonly reason: string; readonly purgeAfterDays: number | null };

/** @param patienceMs null: it is not waited for @param archive where the archive goes; null: nowhere */
async function offboard(
  { slug, reason, purgeAfterDays }: Wish,
  patienceMs: number | null,
  archive: string | null,
  tools: Tools,
): Promise<void> {
  const { client, report, dryRun, now } = tools;
  const fail = (what: string) => report.tell({ subject: slug, outcome: 'failed', what });
  const { tenant } = await client.ask(ClosingBySlug, { slug });
  if (!tenant) return fail('there is no such tenant');
  if (tenant.status === 'CLOSED') return report.tell({ subject: slug, outcome: 'unchanged', what: 'is closed' });
  if (tenant.status === 'CLOSING') {
    const last = tenant.operations?.nodes[0];
    if (last?.kind !== 'CLOSE') return fail('is being closed, but not by an operation that can be followed');
    const operation = dryRun ? last : await goOn(client, NAME, last);
    if (typeof operation === 'string') return fail(operation);
    if (purgeAfterDays !== null) {
      const moved = await movePurge({ slug, operationId: operation.id, days: purgeAfterDays, reason }, tools);
      if (!moved.ok) return fail(moved.reason);
      if (moved.value === 'planned') return;
      if (moved.value === 'moved') return tellEnd(slug, 'done', operation, patienceMs, archive, tools);
    }
    return tellEnd(slug, 'unchanged', operation, dryRun ? null : patienceMs, dryRun ? null : archive, tools);
  }
  const days = purgeAfterDays ?? DEFAULT_DAYS;
  const asked = { tenantId: tenant.id, expectedVersion: tenant.version, confirmSlug: slug, reason };
  const input = { ...asked, purgeAfterDays: days };
  // What would be done is asked anew each time: an answer of before would tell how it was then.
  const idempotencyKey = onceKey(NAME, slug, dryRun ? { ...input, at: now() } : input);
  const { closeTenant: payload } = await client.ask(CloseTenant, { input: { idempotencyKey, dryRun, ...input } });
  if (payload.userErrors.length > 0) return fail(userErrorText(payload.userErrors, WORDS));
  if (payload.preview) {
    const what = previewText(payload.preview, days);
    return report.tell({ subject: slug, outcome: 'planned', what, data: { preview: payload.preview } });
  }
  if (!payload.operation) return fail('the API began no closing, and did not say why');
  await tellEnd(slug, 'done', payload.operation, patienceMs, archive, tools);
}

/**
 * Sets another day for the purge of a tenant that is being closed already.
 * @param days from the closing's beginning on
 * @returns `planned` when it is a dry run that would move it: it is told
 */
async function movePurge(
  { slug, operationId, days, reason }: { slug: string; operationId: string; days: number; reason: string },
  { client, report, dryRun, now }: Tools,
): Promise<Result<'moved' | 'planned' | 'as_it_was', string>> {
  const { node } = await client.ask(ClosingById, { id: operationId });
  const closing = node as { readonly startedAt: string; readonly purgeAt: string | null } | null;
  if (!closing || closing.purgeAt === null) return no('the closing has no day that could be moved');
  const wanted = Date.parse(closing.startedAt) + days * DAY_MS;
  const [stands, soon] = [Date.parse(closing.purgeAt), now() + MINUTE_MS];
  if (wanted === stands || Math.max(wanted, stands) <= soon) return ok('as_it_was');
  // Now is the earliest that the API takes, by its own clock and when the request is there.
  const purgeAt = new Date(Math.max(wanted, soon)).toISOString();
  if (dryRun) {
    const what = `moves the day on which its data is deleted from ${closing.purgeAt} to ${purgeAt}`;
    report.tell({ subject: slug, outcome: 'planned', what, data: { operationId, purgeAt } });
    return ok('planned');
  }
  const input = { operationId, purgeAt, reason };
  // Moved there and back again it is another wish: what stands is part of it.
  const idempotencyKey = onceKey(NAME, slug, { ...input, stands });
  const { setPurgeDate: payload } = await client.ask(SetPurgeDate, { input: { idempotencyKey, ...input } });
  return payload.userErrors.length > 0 ? no(userErrorText(payload.userErrors, WORDS)) : ok('moved');
}

function previewText(
  { runningRequests, purged, kept, complete }: NonNullable<CloseTenantMutation['closeTenant']['preview']>,
  days: number,
): string {
  const list = (items: typeof purged) => items.map(({ kind, count }) => `${count} ${kind}`).join(', ') || 'nothing';
  return `stops it with ${runningRequests} running requests; after ${days} days deletes ${list(purged)}; keeps ${list(kept)}${complete ? '' : ' (there is more of it than was counted)'}`;
}

async function tellEnd(
  slug: string,
  outcome: 'done' | 'unchanged',
  operation: Followed['operation'],
  patienceMs: number | null,
  archive: string | null,
  tools: Tools,
): Promise<void> {
  const { client, report } = tools;
  const fail = (what: string) => report.tell({ subject: slug, outcome: 'failed', what, data: { operationId } });
  const { id: operationId } = operation;
  const followed: Followed =
    patienceMs === null ? { ended: 'waiting', operation } : await follow(operation, patienceMs, tools);
  if ('why' in followed) return fail(followed.why);
  const { node } = await client.ask(ClosingById, { id: operationId });
  const closing = node as { readonly purgeAt: string | null } | null;
  const data = { operationId, purgeAt: closing?.purgeAt ?? null, steps: followed.operation.steps };
  if (archive !== null) {
    const saved = await saveArchive(client, operationId, archive);
    if (!saved.ok) return fail(saved.reason);
    report.note(`the archive is in ${archive}, the key that has signed it in ${archive}.pem`);
  }
  const what =
    followed.ended === 'succeeded'
      ? 'is closed and purged'
      : `is stopped; its data is deleted at ${closing?.purgeAt ?? 'a day that is not set'}, which --purge-after DAYS moves`;
  report.tell({ subject: slug, outcome, what, data });
}
