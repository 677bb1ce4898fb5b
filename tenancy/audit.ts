import { isRequestId, mintRequestId } from './request-id.ts';
import type { TenantId } from './tenant.ts';

/** Who did it: a person, a machine client, or the platform itself. */
export type AuditActor = { readonly kind: 'user' | 'machine' | 'staff' | 'system'; readonly id: string };

/** One change, or one attempt at it. `changes` holds the fields that differ, secrets never among them. */
export type AuditEntry = {
  /** From `mintAuditId`: as text, ids are in the order of their times. */
  readonly id: string;
  /** Whose trail it stands in; null is the platform's own. */
  readonly tenantId: TenantId | null;
  /** ms since the epoch, the same as the id's. */
  readonly at: number;
  readonly requestId: string;
  readonly actor: AuditActor;
  /** The mutation's name: `createApiKey`. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly outcome: 'ALLOWED' | 'DENIED' | 'FAILED';
  readonly changes: readonly FieldChange[];
  /** Why, in the words of whoever did it. */
  readonly reason?: string;
  readonly sourceIp?: string;
  readonly userAgent?: string;
  /** The tenant as whose admin a member of the staff looked at things. */
  readonly viewingAs?: TenantId;
  /** Random, 32 hex digits: with it what tells of people is sealed apart, so that it can be taken out. */
  readonly salt?: string;
  /** What is left of it then: 64 hex digits (`audit-chain.ts`). */
  readonly personalSha256?: string;
};

export type FieldChange = { readonly field: string; readonly before: string | null; readonly after: string | null };

const ID_PREFIX = 'aud_';

/** @param at the entry's time, ms since the epoch @param random 10 random bytes */
export function mintAuditId(at: number, random: Uint8Array): string {
  return ID_PREFIX + mintRequestId(at, random);
}

export function isAuditId(text: unknown): text is string {
  return typeof text === 'string' && text.startsWith(ID_PREFIX) && isRequestId(text.slice(ID_PREFIX.length));
}

/** A caller writes this header as it likes: no entry grows by it. */
const MAX_USER_AGENT = 200;

/**
 * The entry of one change.
 * @param before @param after images of the item; the same twice for an attempt that was refused
 */
export function auditEntry(
  what: Omit<AuditEntry, 'changes'>,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): AuditEntry {
  const { userAgent, ...rest } = what;
  return {
    ...rest,
    // The cut may go through a character, and half a one would come back from the store as another.
    ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, MAX_USER_AGENT).toWellFormed() }),
    changes: fieldChanges(before, after),
  };
}

/** Fields whose value must not reach the audit trail, however deep they stand: that they changed is enough. */
const SECRET_FIELD = /secret|token|password|sha256|hash|mac$/i;

/**
 * The fields that differ between two images of an item, in the order of their names. Values are their JSON, with keys in
 * order and `"(redacted)"` in place of what a secret field holds; an unchanged field does not appear.
 */
export function fieldChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): FieldChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return fields.flatMap((field) => {
    if (json(before, field, whole) === json(after, field, whole)) return [];
    return [{ field, before: json(before, field, redacted), after: json(after, field, redacted) }];
  });
}

type Replacer = (key: string, value: unknown) => unknown;

function json(image: Readonly<Record<string, unknown>>, field: string, replacer: Replacer): string | null {
  const value = Object.hasOwn(image, field) ? image[field] : undefined;
  // The outermost key that a replacer is shown is always '': it is told the field's name in its place.
  return value === undefined ? null : JSON.stringify(value, (key, one) => replacer(key === '' ? field : key, one));
}

/** One text for one value, whatever order its keys were written in; money is a bigint, which JSON does not know. */
function whole(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A number is no secret: a limit in tokens must be readable here. Everything else under such a name is, whole. */
function redacted(key: string, value: unknown): unknown {
  const plain = value === null || ['number', 'bigint', 'boolean'].includes(typeof value);
  return !plain && SECRET_FIELD.test(key) ? '(redacted)' : whole(key, value);
}
