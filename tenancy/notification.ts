import type { ApiKey } from './api-key.ts';
import type { BudgetThreshold } from './gate.ts';
import { formatUsd } from './money.ts';
import type { TenantId } from './tenant.ts';

/** So many days before its end a key is spoken of; the nearest one first. */
export const EXPIRY_DAYS = [1, 3, 7] as const;

/** Something that people of a tenant are told, once. Times in ms since the epoch. */
export type Notice =
  | { readonly kind: 'budget_threshold'; readonly threshold: BudgetThreshold }
  | {
      readonly kind: 'key_expiry';
      readonly tenantId: TenantId;
      readonly keyId: string;
      readonly name: string;
      readonly ownerId: string;
      readonly endsAt: number;
      readonly daysBefore: (typeof EXPIRY_DAYS)[number];
    };

/** Who is told: the tenant's admins, or one identity. */
export type Reader = { readonly kind: 'admins' } | { readonly kind: 'user'; readonly identityId: string };

/** A mail as it leaves, in plain text. */
export type Mail = { readonly to: readonly string[]; readonly subject: string; readonly text: string };

const DAY_MS = 86_400_000;

/**
 * What there is to say of a key's end today. A day without a run loses nothing: what counts is how near the end is, and
 * not that the day is the seventh. Null for a key that nobody can use, or whose end is far.
 */
export function expiryNotice(key: ApiKey, now: number): Notice | null {
  if (key.state !== 'ACTIVE' || key.ownerDisabled) return null;
  const { tenantId, keyId, name, ownerId, secrets } = key;
  // While a rotation overlaps, the key lives as long as the newer of its secrets.
  const endsAt = Math.max(0, ...secrets.map(({ validUntil }) => validUntil));
  const daysBefore = EXPIRY_DAYS.find((days) => endsAt - now <= days * DAY_MS);
  if (daysBefore === undefined || endsAt <= now) return null;
  return { kind: 'key_expiry', tenantId, keyId, name, ownerId, endsAt, daysBefore };
}

export function tenantOf(notice: Notice): TenantId {
  return notice.kind === 'key_expiry' ? notice.tenantId : notice.threshold.gate.tenantId;
}

/** Admins hear of every budget; of a key they hear when its owner has let all but the last day go by. */
export function readersOf(notice: Notice): Reader[] {
  const admins: Reader = { kind: 'admins' };
  if (notice.kind === 'key_expiry') {
    const owner: Reader = { kind: 'user', identityId: notice.ownerId };
    return notice.daysBefore === 1 ? [owner, admins] : [owner];
  }
  const { subject } = notice.threshold.gate;
  return subject.kind === 'user' ? [admins, { kind: 'user', identityId: subject.identityId }] : [admins];
}

/** The mail's words. What a user named something stands in quotes and on one line: it must not pass for our words. */
export function wordsOf(notice: Notice): Pick<Mail, 'subject' | 'text'> {
  if (notice.kind === 'key_expiry') {
    const { tenantId, keyId, endsAt } = notice;
    const name = quoted(notice.name);
    return {
      subject: `API key ${keyId} of ${tenantId} ends on ${dayOf(endsAt)}`,
      text: [
        `The API key ${keyId}, named ${name}, ends on ${instantOf(endsAt)}.`,
        'From then on, requests with it are refused.',
        'Rotate it to go on: its id, budgets and limits stay, and the old secret works until the new one is in use.',
      ].join('\n'),
    };
  }
  const { gate, percent, month, budget, spent } = notice.threshold;
  const { tenantId, subject } = gate;
  const whose =
    subject.kind === 'tenant'
      ? `tenant ${tenantId}`
      : subject.kind === 'user'
        ? `user ${subject.identityId} of tenant ${tenantId}`
        : `API key ${subject.keyId} of tenant ${tenantId}`;
  return {
    subject: `${percent} % of the budget of ${whose} is spent in ${month}`,
    text: [
      `The ${whose} has spent ${formatUsd(spent)} of a budget of ${formatUsd(budget)} in ${month} (UTC).`,
      percent >= 100
        ? 'Where the budget is a hard one, requests are refused until the month ends or the budget is raised.'
        : 'Nothing is refused yet.',
    ].join('\n'),
  };
}

const MAX_NAME = 60;

function quoted(name: string): string {
  return JSON.stringify(name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_NAME));
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function instantOf(at: number): string {
  return `${dayOf(at)} at ${new Date(at).toISOString().slice(11, 16)} UTC`;
}
