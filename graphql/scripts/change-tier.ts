import { no, ok } from '../../tenancy/result.ts';
import { TIERS } from '../../tenancy/tenant.ts';
import { userErrorText } from './client.ts';
import { ChangeTenantTier, TenantBySlug, type Tier } from './documents.ts';
import { inParallel } from './in-parallel.ts';
import { onceKey } from './once.ts';
import { defineScript, type Tools } from './script.ts';
import { readSelection, SELECTION_OPTIONS, selectTenants } from './tenants.ts';

const NAME = 'change-tier';
const WORKERS = 4;
const TRIES = 5;

export const changeTier = defineScript({
  name: NAME,
  summary: 'Changes what tenants have bought; their limits are others from the next request on.',
  words: '--to TIER --tenant SLUG ...',
  about: `  --to TIER         ${TIERS.join(', ')}
  --tenant SLUG     this tenant; may be given many times`,
  examples: [`${NAME} --to PREMIUM --tenant acme`, `${NAME} --to STANDARD --tenant acme --tenant globex --dry-run`],
  options: { to: { type: 'string' }, tenant: SELECTION_OPTIONS.tenant },
  read({ values, positionals }) {
    if (positionals.length > 0) return no(`what is ${JSON.stringify(positionals[0])}?`);
    const tier = TIERS.find((one) => one === values.to?.toUpperCase());
    if (!tier) return no(`say --to TIER: ${TIERS.join(', ')}`);
    const selection = readSelection({ tenant: values.tenant });
    if (!selection.ok) return selection;
    return ok(async (tools) => {
      await inParallel(selectTenants(tools.client, selection.value, tools.report), WORKERS, ({ slug }) =>
        changeOne(slug, tier, tools),
      );
    });
  },
});

async function changeOne(slug: string, tier: Tier, { client, report, dryRun }: Tools): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { tenant } = await client.ask(TenantBySlug, { slug });
    if (!tenant) return report.tell({ subject: slug, outcome: 'failed', what: 'the tenant is gone' });
    const data = { tenant: slug, before: tenant.tier, after: tier };
    if (tenant.tier === tier) return report.tell({ subject: slug, outcome: 'unchanged', what: `is ${tier}`, data });
    const what = `${tier} (was ${tenant.tier})`;
    if (dryRun) return report.tell({ subject: slug, outcome: 'planned', what, data });
    const input = { tenantId: tenant.id, expectedVersion: tenant.version, tier };
    const { changeTenantTier: payload } = await client.ask(ChangeTenantTier, {
      input: { idempotencyKey: onceKey(NAME, slug, input), ...input },
    });
    if (payload.userErrors.length === 0) return report.tell({ subject: slug, outcome: 'done', what, data });
    const isStale = payload.userErrors.some(({ code }) => code === 'CONFLICT_VERSION');
    if (!isStale || tries === TRIES) {
      return report.tell({ subject: slug, outcome: 'failed', what: userErrorText(payload.userErrors), data });
    }
  }
}
