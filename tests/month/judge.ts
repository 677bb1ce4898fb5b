import { compareMonth } from './compare.ts';
import type { Lived } from './live.ts';
import type { Plan } from './plan.ts';
import { type Recomputed, recompute } from './recompute.ts';
import type { World } from './world.ts';

/** The recomputation's own view of a month that was lived here: who was of which tier, and whose process died. */
export function recomputeOf({ plan, lake, bedrockLog, prices }: World, { killed }: Lived): Promise<Recomputed> {
  return recompute({ lake: lake.folder, log: bedrockLog, prices, tiers: tiersOf(plan), killed });
}

function tiersOf({ tenants }: Plan) {
  return tenants.flatMap(({ id: tenant, tiers }) => tiers.map((one) => ({ tenant, ...one })));
}

export function compareWorld({ plan, tables, account }: World, recomputed: Recomputed) {
  const ids = plan.tenants.map(({ id }) => id);
  return compareMonth({ tables, stripe: account.stripe() }, (plan.days[0] ?? '').slice(0, 7), ids, recomputed);
}
