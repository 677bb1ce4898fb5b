import { no, ok } from '../../tenancy/result.ts';
import { TIERS } from '../../tenancy/tenant.ts';
import { userErrorText } from './client.ts';
import { ChangeTenantTier, TenantBySlug, type Tier } from './documents.ts';
import { inParallel } from './in-parallel.ts';
import { onceKey } from './once.ts';
import { defineScript, type Tools } from './script.ts';
import { readSelection, SELECTION_OPTIONS, selectTenants } from './tenants.ts';

const NAME = 'change-tier';
const WORDS = { tier: '--to', effectiveAt: '--at' } as const;
const WORKERS = 4;
const TRIES = 5;

export const changeTier = defineScript({
  name: NAME,
  summary:
    'Changes what tenants have bought, now or from an instant on; their limits are others from the next request on.',
  words: '--to TIER [--at INSTANT] --tenant SLUG ...',
  about: `  --to TIER         ${TIERS.join(', ')}
  --at INSTANT      from then on: 2026-12-01T00:00:00Z; now unless said. It takes the place of a change that is to come
  --tenant SLUG     this tenant; may be given many times`,
  examples: [
    `${NAME} --to PREMIUM --tenant acme`,
    `${NAME} --to STANDARD --at 2026-12-01T00:00:00Z --tenant acme --tenant globex --dry-run`,
  ],
  options: { to: { type: 'string' }, at: { type: 'string' }, tenant: SELECTION_OPTIONS.tenant },
  read({ values, positionals }) {
    if (positionals.length > 0) return no(`what is ${JSON.stringify(positionals[0])}?`);
    const tier = TIERS.find((one) => one === values.to?.toUpperCase());
    if (!tier) return no(`say --to TIER: ${TIERS.join(', ')}`);
    const at = values.at === undefined ? null : Date.parse(values.at);
    if (at !== null && Number.isNaN(at)) return no('--at is an instant such as 2026-12-01T00:00:00Z');
    const effectiveAt = at === null ? null : new Date(at).toISOString();
    const selection = readSelection({ tenant: values.tenant });
    if (!selection.ok) return selection;
    return ok(async (tools) => {
      await inParallel(selectTenants(tools.client, selection.value, tools.report), WORKERS, ({ slug }) =>
        changeOne(slug, { tier, effectiveAt }, tools),
      );
    });
  },
});

/** `effectiveAt` null: now. */
type Wanted = { readonly tier: Tier; readonly effectiveAt: string | null };

async function changeOne(slug: string, wanted: Wanted, { client, report, dryRun }: Tools): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { tenant } = await client.ask(TenantBySlug, { slug });
    if (!tenant) return report.tell({ subject: slug, outcome: 'failed', what: 'the tenant is gone' });
    const { tier, effectiveAt } = wanted;
    const { scheduledTier: toCome } = tenant;
    const data = { tenant: slug, before: tenant.tier, after: tier, effectiveAt };
    const instead = toCome ? `; in place of ${toCome.tier} from ${toCome.effectiveAt} on` : '';
    const what = `${tier} ${effectiveAt ? `from ${effectiveAt} on` : 'from now on'} (is ${tenant.tier}${instead})`;
    const isSo = toCome ? toCome.tier === tier && toCome.effectiveAt === effectiveAt : tenant.tier === tier;
    if (isSo) return report.tell({ subject: slug, outcome: 'unchanged', what, data });
    if (dryRun) return report.tell({ subject: slug, outcome: 'planned', what, data });
    const input = { tenantId: tenant.id, expectedVersion: tenant.version, tier, effectiveAt };
    const { changeTenantTier: payload } = await client.ask(ChangeTenantTier, {
      input: { idempotencyKey: onceKey(NAME, slug, input), ...input },
    });
    if (payload.userErrors.length === 0) return report.tell({ subject: slug, outcome: 'done', what, data });
    const isStale = payload.userErrors.some(({ code }) => code === 'CONFLICT_VERSION');
    if (!isStale || tries === TRIES) {
      return report.tell({ subject: slug, outcome: 'failed', what: userErrorText(payload.userErrors, WORDS), data });
    }
  }
}
