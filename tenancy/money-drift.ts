import type { SourceStatus } from './drift.ts';
import { decimalUsd } from './money.ts';
import type { Region } from './region.ts';
import type { TenantId } from './tenant.ts';

/** A part of a sum, in nano-USD: of our books by the model, of AWS's bill by its usage type. */
export type MoneyPart = { readonly name: string; readonly nanoUsd: bigint };

/** What a tenant's month in one region cost the platform: by our book of costs, and by AWS's bill (CUR 2.0). */
export type MoneyReport = {
  readonly tenantId: TenantId;
  readonly region: Region;
  readonly source: SourceStatus;
  /** In nano-USD; null where a price was missing in the book of costs. */
  readonly oursNanoUsd: bigint | null;
  readonly theirsNanoUsd: bigint;
  readonly models: readonly MoneyPart[];
  readonly usageTypes: readonly MoneyPart[];
};

export const MONEY_REASONS = [
  'not_compared',
  'source_late',
  'source_absent',
  'cost_unknown',
  'drift',
  'nothing_agrees',
] as const;

/** Why a month is not closed on the books' word; `text` is for people. */
export type MoneyReason = {
  readonly kind: (typeof MONEY_REASONS)[number];
  readonly tenantId: TenantId;
  readonly region: Region;
  readonly text: string;
};

export type MoneyVerdict =
  | { readonly open: true }
  | { readonly open: false; readonly reasons: readonly [MoneyReason, ...MoneyReason[]] };

/**
 * A request of the month's last seconds may be on AWS's next bill, and costs some cents: below ten dollars one per cent
 * would be less than that.
 */
const STRAY_NANO_USD = 100_000_000n;

/** By how much (nano-USD) the two sides may differ: one per cent of the larger one, and 0.10 USD where that is less. */
export function moneyDriftAllowed(ours: bigint, theirs: bigint): bigint {
  const larger = ours > theirs ? ours : theirs;
  const percent = larger / 100n;
  return percent > STRAY_NANO_USD ? percent : STRAY_NANO_USD;
}

/**
 * Whether our books of what a tenant's month cost agree with AWS's bill, so that it may be closed. Each region must agree by
 * itself: what is too much in one never makes up for what is too little in another. A little may differ, but nothing on
 * one side alone: a small tenant that the bill does not know is seen.
 * @param reports the tenant's; regions in which neither side has anything need none
 * @param regions those that the tenant used in the month: each must have been compared
 * @throws RangeError for a cost of ours below zero: no book comes to that
 */
export function judgeMoney(
  tenantId: TenantId,
  reports: readonly MoneyReport[],
  regions: readonly Region[],
): MoneyVerdict {
  const own = reports.filter((report) => report.tenantId === tenantId);
  const [first, ...others] = [...notCompared(tenantId, own, regions), ...own.flatMap(whyClosed)];
  return first ? { open: false, reasons: [first, ...others] } : { open: true };
}

function notCompared(
  tenantId: TenantId,
  reports: readonly MoneyReport[],
  regions: readonly Region[],
): readonly MoneyReason[] {
  return regions
    .filter((region) => !reports.some((report) => report.region === region))
    .map((region) => ({
      kind: 'not_compared',
      tenantId,
      region,
      text: `${tenantId}, ${region}: nothing was compared with AWS’s bill`,
    }));
}

function whyClosed({ tenantId, region, source, oursNanoUsd: ours, theirsNanoUsd: theirs }: MoneyReport): MoneyReason[] {
  if (ours !== null && ours < 0n) throw new RangeError(`${tenantId} cannot have cost ${ours} nano-USD in ${region}`);
  const known = ours === null ? 'what it cost is not known' : `our books have ${decimalUsd(ours)} USD`;
  const because = (kind: MoneyReason['kind'], what: string): MoneyReason[] => [
    {
      kind,
      tenantId,
      region,
      text: `${tenantId}, ${region}: ${known}, AWS’s bill has ${decimalUsd(theirs)} USD: ${what}`,
    },
  ];
  if (source === 'absent') return because('source_absent', 'nothing of the region is on it at all');
  if (source === 'late') return because('source_late', 'it is not complete yet; check again when it is');
  if (ours === null) return because('cost_unknown', 'a price was missing in the book of costs');
  const apart = ours > theirs ? ours - theirs : theirs - ours;
  if (apart === 0n) return [];
  if (ours === 0n || theirs === 0n) return because('nothing_agrees', 'one side has nothing');
  const allowed = moneyDriftAllowed(ours, theirs);
  if (apart <= allowed) return [];
  return because('drift', `${decimalUsd(apart)} USD apart; ${decimalUsd(allowed)} may differ`);
}
