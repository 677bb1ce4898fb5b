import { isRegion, REGIONS } from '../../tenancy/region.ts';
import { no, ok } from '../../tenancy/result.ts';
import { userErrorText } from './client.ts';
import { GrantModel, type Region, TenantGrants } from './documents.ts';
import { inParallel } from './in-parallel.ts';
import { onceKey } from './once.ts';
import { PAGE, pages } from './pages.ts';
import { defineScript, type Tools } from './script.ts';
import {
  readSelection,
  SELECTION_ABOUT,
  SELECTION_OPTIONS,
  SELECTION_WORDS,
  type SelectedTenant,
  selectTenants,
} from './tenants.ts';

const NAME = 'grant-model';
const WORDS = { model: 'MODEL', regions: '--region', validUntil: '--until' } as const;
const WORKERS = 4;
/** A grant that was made and taken away again within a day stands behind a key: so many of them are passed over. */
const TRIES = 20;

type Wanted = {
  readonly model: string;
  readonly regions: readonly Region[] | null;
  readonly validUntil: string | null;
};

export const grantModel = defineScript({
  name: NAME,
  summary: 'Grants a model to everybody of one tenant or many; a tenant that has the same grant keeps it.',
  words: `MODEL ${SELECTION_WORDS}`,
  about: `  MODEL             a model's id, or '*' for every model
  --region REGION   only there: ${REGIONS.join(', ')}; may be given many times; everywhere unless said
  --until INSTANT   until just before: 2026-12-31T00:00:00Z; without an end unless said
${SELECTION_ABOUT}`,
  examples: [
    `${NAME} claude-opus-5-5 --tenant acme --tenant globex`,
    `${NAME} claude-haiku-4-5 --all --dry-run`,
    `${NAME} claude-opus-5-5 --tier PREMIUM --region eu-central-1 --until 2026-12-31T00:00:00Z`,
  ],
  options: { region: { type: 'string', multiple: true }, until: { type: 'string' }, ...SELECTION_OPTIONS },
  read({ values, positionals }) {
    const [model, ...more] = positionals;
    if (model === undefined || more.length > 0) return no('name one model');
    const regions = values.region ?? [];
    const unknown = regions.find((region) => !isRegion(region));
    if (unknown !== undefined) return no(`--region: ${JSON.stringify(unknown)} is none of ${REGIONS.join(', ')}`);
    const until = values.until === undefined ? null : Date.parse(values.until);
    if (until !== null && Number.isNaN(until)) return no('--until is an instant such as 2026-12-31T00:00:00Z');
    const selection = readSelection(values);
    if (!selection.ok) return selection;
    const wanted: Wanted = {
      model,
      regions:
        regions.length === 0
          ? null
          : ([...new Set(regions)].sort().map((one) => one.toUpperCase().replaceAll('-', '_')) as Region[]),
      validUntil: until === null ? null : new Date(until).toISOString(),
    };
    return ok(async (tools) => {
      await inParallel(selectTenants(tools.client, selection.value, tools.report), WORKERS, (tenant) =>
        grantOne(tenant, wanted, tools),
      );
    });
  },
});

async function grantOne(
  { id, slug }: SelectedTenant,
  wanted: Wanted,
  { client, report, dryRun }: Tools,
): Promise<void> {
  const { model, regions, validUntil } = wanted;
  const data = { tenant: slug, model, regions, validUntil };
  const what = `${model} ${regions?.join(', ') ?? 'everywhere'}${validUntil ? ` until ${validUntil}` : ''}`;
  const held = pages(async (after) => (await client.ask(TenantGrants, { slug, first: PAGE, after })).tenant?.grants);
  for await (const grant of held) {
    const isSame =
      grant.subject.kind === 'TENANT' &&
      grant.effect === 'ALLOW' &&
      grant.model === model &&
      grant.validFrom === null &&
      grant.validUntil === validUntil &&
      grant.regions?.toSorted().join() === regions?.join();
    if (isSame) return report.tell({ subject: slug, outcome: 'unchanged', what, data: { ...data, grantId: grant.id } });
  }
  if (dryRun) return report.tell({ subject: slug, outcome: 'planned', what, data });
  const input = { tenantId: id, model, validUntil, regions: regions && [...regions] };
  for (let tries = 1; tries <= TRIES; tries++) {
    const { createGrant: payload } = await client.ask(GrantModel, {
      input: { idempotencyKey: onceKey(NAME, `${slug} ${tries}`, input), ...input },
    });
    const { grant, replayed, userErrors } = payload;
    if (userErrors.length > 0) {
      return report.tell({ subject: slug, outcome: 'failed', what: userErrorText(userErrors, WORDS), data });
    }
    if (grant) return report.tell({ subject: slug, outcome: 'done', what, data: { ...data, grantId: grant.id } });
    // The answer of an earlier run, whose grant somebody has taken away since: this is another wish than that one was.
    if (!replayed) break;
  }
  report.tell({
    subject: slug,
    outcome: 'failed',
    what: `${what}: was granted and taken away again; try again tomorrow`,
    data,
  });
}
