import type { ParseArgsOptionsConfig } from 'node:util';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { parseTenantId, TIERS } from '../../tenancy/tenant.ts';
import type { Client } from './client.ts';
import { TenantBySlug, TenantSlugs, type TenantStatus, type Tier } from './documents.ts';
import { PAGE, pages } from './pages.ts';
import type { Report } from './report.ts';

/** Which tenants a script is for. */
export type Selection =
  | { readonly kind: 'named'; readonly slugs: readonly string[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'tier'; readonly tier: Tier };

export type SelectedTenant = {
  readonly id: string;
  readonly slug: string;
  readonly tier: Tier;
  readonly status: TenantStatus;
};

export const SELECTION_OPTIONS = {
  tenant: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  tier: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

export const SELECTION_WORDS = '(--tenant SLUG ... | --tier TIER | --all)';
export const SELECTION_ABOUT = `  --tenant SLUG     this tenant; may be given many times
  --tier TIER       every tenant of this tier: ${TIERS.join(', ')}
  --all             every tenant`;

type Words = {
  readonly tenant?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  readonly tier?: string | undefined;
};

/** Reads which tenants are meant: exactly one of the three ways to say it. */
export function readSelection({ tenant = [], all = false, tier }: Words): Result<Selection, string> {
  const ways = [tenant.length > 0, all, tier !== undefined].filter(Boolean).length;
  if (ways !== 1) return no('say which tenants: --tenant SLUG (many times), --tier TIER, or --all');
  if (all) return ok({ kind: 'all' });
  if (tier !== undefined) {
    const known = TIERS.find((one) => one === tier.toUpperCase());
    return known
      ? ok({ kind: 'tier', tier: known })
      : no(`--tier: ${JSON.stringify(tier)} is none of ${TIERS.join(', ')}`);
  }
  const wrong = tenant.find((slug) => !parseTenantId(slug));
  if (wrong !== undefined) return no(`--tenant: ${JSON.stringify(wrong)} is no tenant's slug`);
  return ok({ kind: 'named', slugs: [...new Set(tenant)] });
}

/** Of all tenants, those that can be changed: one that is being made or closed is left alone. */
const OPEN: readonly TenantStatus[] = ['ACTIVE', 'SUSPENDED'];

/** The tenants that are meant, as they are found; a name that is none of a tenant is told as failed. */
export async function* selectTenants(
  client: Client,
  selection: Selection,
  report: Report,
): AsyncGenerator<SelectedTenant> {
  if (selection.kind === 'named') {
    for (const slug of selection.slugs) {
      const { tenant } = await client.ask(TenantBySlug, { slug });
      if (tenant) yield tenant;
      else
        report.tell({
          subject: slug,
          outcome: 'failed',
          what: "there is no such tenant, or it is not this client's to see",
        });
    }
    return;
  }
  for await (const tenant of everyTenant(client)) {
    if (OPEN.includes(tenant.status) && (selection.kind === 'all' || tenant.tier === selection.tier)) yield tenant;
  }
}

/** Every tenant of the platform, by slug. */
export function everyTenant(client: Client) {
  return pages(async (after) => (await client.ask(TenantSlugs, { first: PAGE, after })).tenants);
}
