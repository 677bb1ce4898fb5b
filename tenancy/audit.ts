import type { TenantId } from './tenant.ts';

/** Who did it: a person, a machine client, or the platform itself. */
export type AuditActor = { readonly kind: 'user' | 'machine' | 'staff' | 'system'; readonly id: string };

/** One change, or one attempt at it. `changes` holds the fields that differ, secrets never among them. */
export type AuditEntry = {
  readonly tenantId: TenantId;
  /** ms since the epoch. */
  readonly at: number;
  readonly requestId: string;
  readonly actor: AuditActor;
  /** The mutation's name: `createApiKey`. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly outcome: 'ALLOWED' | 'DENIED' | 'FAILED';
  readonly changes: readonly FieldChange[];
};

export type FieldChange = { readonly field: string; readonly before: string | null; readonly after: string | null };

/** Fields whose value must not reach the audit trail: that they changed is enough. */
const SECRET_FIELD = /secret|token|password|sha256|hash|mac$/i;

/**
 * The fields that differ between two images of an item, in the order of their names. Values are their JSON; a secret
 * field shows `"(redacted)"`, and an unchanged one does not appear.
 */
export function fieldChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): FieldChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return fields.flatMap((field) => {
    const [was, is] = [stored(before, field), stored(after, field)];
    if (was === is) return [];
    const show = (value: string | null) => (value !== null && SECRET_FIELD.test(field) ? '"(redacted)"' : value);
    return [{ field, before: show(was), after: show(is) }];
  });
}

function stored(image: Readonly<Record<string, unknown>>, field: string): string | null {
  const value = Object.hasOwn(image, field) ? image[field] : undefined;
  return value === undefined ? null : JSON.stringify(value, sortKeys);
}

/** One text for one value, whatever order its keys were written in. Secrets nested inside are redacted as well. */
function sortKeys(key: string, value: unknown): unknown {
  if (key !== '' && typeof value === 'string' && SECRET_FIELD.test(key)) return '(redacted)';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
