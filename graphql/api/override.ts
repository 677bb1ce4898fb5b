import type { DriftOverride, OverrideRequest } from '../../tenancy/drift.ts';

/** A wish that takes two people, as the schema tells it: granted, or waiting for somebody else; null where there is none. */
export function overrideOf({
  override,
  overrideRequest,
}: {
  readonly override?: DriftOverride;
  readonly overrideRequest?: OverrideRequest;
}) {
  const wish = override ?? overrideRequest;
  if (!wish) return null;
  return {
    requestedBy: wish.by,
    reason: wish.reason,
    requestedAt: wish.at,
    approvedBy: override?.approvedBy ?? null,
    approvedAt: override?.approvedAt ?? null,
  };
}
