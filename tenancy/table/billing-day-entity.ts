import { Entity, type FormattedItem, item, list, map, number, string } from 'dynamodb-toolbox';
import {
  BILLING_DAY_STATES,
  BILLING_STEPS,
  type BillingDay,
  type BillingDayId,
  isUnfinished,
  type RatedDay,
} from '../billing-day.ts';
import { DRIFT_LEGS, DRIFT_REASONS, SOURCE_STATUSES } from '../drift.ts';
import type { TokenSums } from '../rating.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId } from '../tenant.ts';
import { TOKEN_CLASSES } from '../usage.ts';
import { startOfDay } from '../utc-day.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);
const count = () => number().validate((value: number) => Number.isSafeInteger(value) && value >= 0);
const sum = () => number().big();

/** Where unfinished days stand in the index `open`, by the day that they are: the oldest first. */
export const UNFINISHED = 'OPEN#BILLING_DAY';

export const billingDayEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_DAY',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        day: string(),
        revision: whole(),
        state: string().enum(...BILLING_DAY_STATES),
        rated: map({
          requests: sum(),
          regions: list(string().enum(...REGIONS)),
          tokens: map({ input: sum(), output: sum(), cacheRead: sum(), cacheWrite5m: sum(), cacheWrite1h: sum() }),
          nanoUsd: sum(),
          costNanoUsd: sum().optional(),
          lines: count(),
          inputsHash: string(),
          at: whole(),
        }).optional(),
        drift: map({
          reports: list(
            map({
              accountId: string(),
              region: string().enum(...REGIONS),
              leg: string().enum(...DRIFT_LEGS),
              source: string().enum(...SOURCE_STATUSES),
              onlyOurs: count(),
              onlyTheirs: count(),
              differing: count(),
              union: count(),
              sampleOurs: list(string()),
              sampleTheirs: list(string()),
              sampleDiffering: list(string()),
            }),
          ),
          reasons: list(
            map({
              kind: string().enum(...DRIFT_REASONS),
              leg: string().enum(...DRIFT_LEGS),
              region: string().enum(...REGIONS),
              accountId: string().optional(),
              text: string(),
            }),
          ),
          at: whole(),
        }).optional(),
        overrideRequest: map({ by: string(), reason: string(), at: whole() }).optional(),
        override: map({
          by: string(),
          reason: string(),
          at: whole(),
          approvedBy: string(),
          approvedAt: whole(),
        }).optional(),
        push: map({ microUsd: sum(), identifier: string(), plannedAt: whole() }).optional(),
        pushedAt: whole().optional(),
        verifiedAt: whole().optional(),
        failure: map({ step: string().enum(...BILLING_STEPS), why: string(), at: whole() }).optional(),
        adjustedIn: string().optional(),
        supersededBy: whole().optional(),
        version: whole(),
        openShard: string().optional().hidden(),
        deadline: whole().optional().hidden(),
        dayShard: string().hidden(),
        // What the index `byDay` sorts by, whatever stands in it.
        requestId: string().hidden(),
      }),
    }),
);

/** All days of a tenant, in the order of days and revisions. */
export function partitionOf(tenantId: string): string {
  return key`TENANT#${tenantId}#BILLING_DAYS`;
}

/** As text, revisions stand in their order. */
const DIGITS = 4;

/** Where one revision of a day stands. */
export function placeOf({ tenantId, day, revision }: BillingDayId): { pk: string; sk: string } {
  return { pk: partitionOf(tenantId), sk: key`${day}#${String(revision).padStart(DIGITS, '0')}` };
}

/** The day of all tenants, in the index `byDay`. No tenant's session may read it: its name begins with none. */
export function boardOf(day: string): string {
  return key`BILLING_DAY#${day}`;
}

/** Where one revision of a day stands on that board. */
export function onBoard({ tenantId, day, revision }: BillingDayId): { dayShard: string; requestId: string } {
  return { dayShard: boardOf(day), requestId: key`${tenantId}#${String(revision).padStart(DIGITS, '0')}` };
}

/** Reads the keys of a day; null for those of anything else. */
export function readPlace(pk: string, sk: string): BillingDayId | null {
  const tenantId = parseTenantId(/^TENANT#([^#]+)#BILLING_DAYS$/.exec(pk)?.[1]);
  const [, day = '', revision] = /^(\d{4}-\d\d-\d\d)#(\d{4})$/.exec(sk) ?? [];
  return tenantId && revision ? { tenantId, day, revision: Number(revision) } : null;
}

/** A day as it is stored: in the index `open` for as long as something is to be done for it. */
export function toStoredDay(one: BillingDay) {
  const { rated, drift, ...rest } = one;
  return {
    ...rest,
    ...placeOf(one),
    ...onBoard(one),
    ...(rated ? { rated: toRatedItem(rated) } : {}),
    ...(drift
      ? {
          drift: {
            at: drift.at,
            reasons: drift.reasons.map((reason) => ({ ...reason })),
            reports: drift.reports.map((report) => ({
              ...report,
              sampleOurs: [...report.sampleOurs],
              sampleTheirs: [...report.sampleTheirs],
              sampleDiffering: [...report.sampleDiffering],
            })),
          },
        }
      : {}),
    ...(isUnfinished(one) ? { openShard: UNFINISHED, deadline: startOfDay(one.day) } : {}),
  };
}

function toRatedItem({ costNanoUsd, regions, ...rated }: RatedDay) {
  return { ...rated, regions: [...regions], ...(costNanoUsd === null ? {} : { costNanoUsd }) };
}

/** Reads a day as it is stored. @throws Error when it is damaged */
export function toBillingDay(stored: FormattedItem<ReturnType<typeof billingDayEntity>>): BillingDay {
  const { tenantId, rated, drift, push, ...rest } = stored;
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('billing day of', tenantId),
    ...(rated ? { rated: toRated(rated) } : {}),
    ...(drift ? { drift } : {}),
    ...(push ? { push: { ...push, microUsd: BigInt(push.microUsd) } } : {}),
  } as BillingDay;
}

function toRated({
  requests,
  tokens,
  nanoUsd,
  costNanoUsd,
  ...rest
}: NonNullable<FormattedItem<ReturnType<typeof billingDayEntity>>['rated']>): RatedDay {
  return {
    ...rest,
    requests: BigInt(requests),
    tokens: Object.fromEntries(TOKEN_CLASSES.map((name) => [name, BigInt(tokens[name])])) as TokenSums,
    nanoUsd: BigInt(nanoUsd),
    costNanoUsd: costNanoUsd === undefined ? null : BigInt(costNanoUsd),
  };
}
