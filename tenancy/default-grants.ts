import type { Grant } from './grant.ts';
import type { Model } from './model.ts';
import type { TenantId, Tier } from './tenant.ts';

/** What a new tenant may call, by what it has bought: models whose ids begin so, or with `*` all that there are and will be. */
export const TIER_MODELS: Readonly<Record<Tier, '*' | readonly string[]>> = {
  TRIAL: ['claude-haiku-', 'claude-sonnet-'],
  STANDARD: '*',
  PREMIUM: '*',
};

/**
 * The grants that a new tenant begins with: the platform's, to everybody in it, to be taken away as any other. Their ids
 * follow from what they are for, so that whoever writes them twice writes the same.
 * @param models the whole catalogue; a disabled one is given to nobody by its name
 */
export function defaultGrants(
  tenantId: TenantId,
  tier: Tier,
  models: readonly Pick<Model, 'id' | 'enabled'>[],
): Grant[] {
  const given = TIER_MODELS[tier];
  const names =
    given === '*'
      ? ['*']
      : models.filter(({ id, enabled }) => enabled && given.some((start) => id.startsWith(start))).map(({ id }) => id);
  return names.map((model) => ({
    id: `default-${model === '*' ? 'all' : model}`.replaceAll(':', '.').slice(0, 64),
    tenantId,
    subject: { kind: 'tenant' },
    model,
    regions: '*',
    effect: 'allow',
    byPlatform: true,
  }));
}
