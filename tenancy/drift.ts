import type { Region } from './region.ts';
import { no, ok, type Result } from './result.ts';

/** `requests`: their ids against CloudTrail. `tokens`: what each used against the model invocation logs. */
export const DRIFT_LEGS = ['requests', 'tokens'] as const;
export type DriftLeg = (typeof DRIFT_LEGS)[number];

/** Whether AWS's side of a day is all there: `late` is still to come, `absent` never came. */
export const SOURCE_STATUSES = ['complete', 'late', 'absent'] as const;
export type SourceStatus = (typeof SOURCE_STATUSES)[number];

/** How many ids of each side a report names at most. */
export const DRIFT_SAMPLE = 10;

/** What a tenant's day in one region of one account came to on both sides: ids of requests, each counted once. */
export type DriftReport = {
  readonly accountId: string;
  readonly region: Region;
  readonly leg: DriftLeg;
  readonly source: SourceStatus;
  readonly onlyOurs: number;
  readonly onlyTheirs: number;
  /** On both sides, but of other token counts; 0 of the leg `requests`. AWS counts both kinds of cache writes as one. */
  readonly differing: number;
  /** Ids that are on either side. */
  readonly union: number;
  readonly sampleOurs: readonly string[];
  readonly sampleTheirs: readonly string[];
  readonly sampleDiffering: readonly string[];
};

export const DRIFT_REASONS = ['not_compared', 'source_late', 'source_absent', 'drift', 'nothing_agrees'] as const;

/** Why the gate is closed; `text` is for people. No account where nothing was compared. */
export type DriftReason = {
  readonly kind: (typeof DRIFT_REASONS)[number];
  readonly leg: DriftLeg;
  readonly region: Region;
  readonly accountId?: string;
  readonly text: string;
};

export type DriftVerdict =
  | { readonly open: true }
  | { readonly open: false; readonly reasons: readonly [DriftReason, ...DriftReason[]] };

/** Below so many ids one per cent is less than what a handful of stray ones comes to. */
const FEW_IDS = 300;
const STRAY_IDS = 3;

/**
 * How many ids may differ: one per cent of all, and 3 where they are fewer than 300. What is missing here never makes up
 * for what is missing there.
 */
export function driftAllowed(union: number): number {
  return union < FEW_IDS ? STRAY_IDS : Math.floor(union / 100);
}

/**
 * Whether the books of a tenant's day agree with AWS's, so that it may be billed. Everything must be there and agree:
 * what was not compared, or with a source that is not complete, closes the gate, also where both sides have nothing. Ids
 * that are few may stray, but not all of them: a small tenant that was lost wholly is seen.
 * @param regions those that the tenant used on the day: each must have been compared, by both legs
 * @throws RangeError for a report that no comparison can come to
 */
export function judgeDrift(reports: readonly DriftReport[], regions: readonly Region[]): DriftVerdict {
  const [first, ...others] = [...notCompared(reports, regions), ...reports.flatMap(whyClosed)];
  return first ? { open: false, reasons: [first, ...others] } : { open: true };
}

const SOURCE_NAMES: Readonly<Record<DriftLeg, string>> = {
  requests: 'CloudTrail',
  tokens: 'the model invocation log',
};

function notCompared(reports: readonly DriftReport[], regions: readonly Region[]): DriftReason[] {
  return regions.flatMap((region) =>
    DRIFT_LEGS.filter((leg) => !reports.some((one) => one.region === region && one.leg === leg)).map((leg) => ({
      kind: 'not_compared' as const,
      leg,
      region,
      text: `${region}: nothing was compared with ${SOURCE_NAMES[leg]}`,
    })),
  );
}

function whyClosed(report: DriftReport): DriftReason[] {
  const { accountId, region, leg, source, onlyOurs, onlyTheirs, differing, union } = report;
  const drift = onlyOurs + onlyTheirs + differing;
  if (![onlyOurs, onlyTheirs, differing, union].every(isCount) || drift > union) {
    throw new RangeError(`no comparison comes to this: ${JSON.stringify(report)}`);
  }
  const because = (kind: DriftReason['kind'], what: string): DriftReason[] => [
    { kind, leg, region, accountId, text: `${region}, account ${accountId}: ${what}` },
  ];
  const theirs = SOURCE_NAMES[leg];
  if (source === 'absent') return because('source_absent', `${theirs} has nothing of the day at all`);
  if (source === 'late') return because('source_late', `${theirs} is not complete yet; check again when it is`);
  if (drift === 0) return [];
  const figures = `of ${union} requests ${onlyOurs} are only in our books, ${onlyTheirs} only in ${theirs}${
    leg === 'tokens' ? `, and ${differing} have other tokens there` : ''
  }`;
  if (drift === union) return because('nothing_agrees', `${figures}: not one agrees`);
  const allowed = driftAllowed(union);
  return drift > allowed ? because('drift', `${figures}; ${allowed} may differ`) : [];
}

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}

/** Somebody's wish to bill a day though its gate is closed. `at`: ms since the epoch. */
export type OverrideRequest = { readonly by: string; readonly reason: string; readonly at: number };

/** The same, with the second person who agreed. */
export type DriftOverride = OverrideRequest & { readonly approvedBy: string; readonly approvedAt: number };

/** Takes two people and a reason: nobody bills alone what the books do not show. */
export function approveOverride(
  request: OverrideRequest,
  by: string,
  at: number,
): Result<DriftOverride, 'same_person' | 'no_reason'> {
  if (request.by === by) return no('same_person');
  if (request.reason.trim() === '') return no('no_reason');
  return ok({ ...request, approvedBy: by, approvedAt: at });
}
