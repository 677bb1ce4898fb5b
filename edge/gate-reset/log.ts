import type { GrantSubject } from '../../tenancy/grant.ts';
import type { Rebuild } from '../../tenancy/table/gate-rebuild.ts';
import type { TenantId } from '../../tenancy/tenant.ts';

/**
 * What a run did. Tenants: `left` were due and are taken up by the next run. Gates: `busy` were left as they are. The
 * differences are those between the gates that were rebuilt and the ledger, in nano-USD.
 */
export type ResetCounts = {
  readonly tenants: { readonly reset: number; readonly failed: number; readonly left: number };
  readonly gates: { readonly lookedAt: number; readonly rebuilt: number; readonly busy: number };
  readonly difference: { readonly sum: bigint; readonly largest: bigint };
};

/** A gate that was off by more is named in the log: a cent. */
const NAMED_FROM_NANO_USD = 10_000_000n;

const METRICS = [
  { Name: 'tenants_reset', Unit: 'Count' },
  { Name: 'tenants_reset_failed', Unit: 'Count' },
  { Name: 'tenants_reset_left', Unit: 'Count' },
  { Name: 'gates_looked_at', Unit: 'Count' },
  { Name: 'gates_rebuilt', Unit: 'Count' },
  { Name: 'gates_busy', Unit: 'Count' },
  { Name: 'gates_difference_nano_usd', Unit: 'None' },
  { Name: 'gates_largest_difference_nano_usd', Unit: 'None' },
] as const;

/** A run as metrics. Money as a metric's number, which is exact up to $9,000,000. */
export function metricsOf({ tenants, gates, difference }: ResetCounts) {
  return {
    tenants_reset: tenants.reset,
    tenants_reset_failed: tenants.failed,
    tenants_reset_left: tenants.left,
    gates_looked_at: gates.lookedAt,
    gates_rebuilt: gates.rebuilt,
    gates_busy: gates.busy,
    gates_difference_nano_usd: Number(difference.sum),
    gates_largest_difference_nano_usd: Number(difference.largest),
  } as const satisfies Readonly<Record<(typeof METRICS)[number]['Name'], number>>;
}

/**
 * The metrics in CloudWatch's embedded format. The region is their one dimension: each tenant would be a metric that is
 * paid for.
 * @param at ms since the epoch
 */
export function metricsLine(counts: ResetCounts, region: string, at: number): string {
  const CloudWatchMetrics = [{ Namespace: 'AgentRunner', Dimensions: [['region']], Metrics: METRICS }];
  return JSON.stringify({
    _aws: { Timestamp: at, CloudWatchMetrics },
    record: 'gates_reset',
    region,
    ...metricsOf(counts),
  });
}

/** Of a gate that was off by more than a cent; null for any other. Whose it is by ids alone, money in nano-USD as text. */
export function differenceLine({ id, before, after }: Rebuild, month: string, off: bigint): string | null {
  if (off <= NAMED_FROM_NANO_USD) return null;
  const said = {
    committedBefore: before.committed,
    committedAfter: after.committed,
    spentBefore: before.spent,
    spentAfter: after.spent,
  };
  const money = Object.fromEntries(Object.entries(said).map(([name, nanoUsd]) => [name, String(nanoUsd)]));
  return logLine({ event: 'gate_differed', tenantId: id.tenantId, ...namesOf(id.subject), month, ...money });
}

/** Of a tenant that was not reset: it failed, or the run's time was over in the midst of it. */
export function undoneLine(event: 'gate_reset_failed' | 'gate_reset_cut_off', tenantId: TenantId, why: string): string {
  return logLine({ event, tenantId, why });
}

function logLine(fields: Readonly<Record<string, string>>): string {
  return JSON.stringify({ record: 'log', ...fields });
}

function namesOf(subject: GrantSubject): Readonly<Record<string, string>> {
  switch (subject.kind) {
    case 'tenant':
      return { gate: 'tenant' };
    case 'user':
      return { gate: 'user', identityId: subject.identityId };
    case 'key':
      return { gate: 'key', keyId: subject.keyId };
  }
}
