/** Header fields in order, names in lower case. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** Not shown to edge functions, and not theirs to add (Developer Guide, "Restrictions on all edge functions"). */
const DISALLOWED =
  /^(connection|expect|keep-alive|proxy-(authenticate|authorization|connection)|trailer|upgrade|x-accel-(buffering|charset|limit-rate|redirect)|x-amz-cf-.*|x-amzn-(auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|header-order|lambda-integration-tag|requestid)|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$/;

/** An edge function reads these and may not add, change or remove them. */
export const READ_ONLY = {
  'viewer-request': ['content-length', 'host', 'transfer-encoding', 'via'],
  'origin-request': [
    'accept-encoding',
    'content-length',
    'if-modified-since',
    'if-none-match',
    'if-range',
    'if-unmodified-since',
    'transfer-encoding',
    'via',
  ],
} as const;

/** Said between two neighbours and never passed on (RFC 9110, 7.6.1), with what `Connection` names beside it. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Node's flat list as fields. */
export function toFields(rawHeaders: readonly string[]): Fields {
  return Array.from({ length: rawHeaders.length / 2 }, (_, i) => {
    return [(rawHeaders[2 * i] ?? '').toLowerCase(), rawHeaders[2 * i + 1] ?? ''] as const;
  });
}

export function valuesOf(fields: Fields, name: string): string[] {
  return fields.filter(([field]) => field === name).map(([, value]) => value);
}

/** What goes on to the next hop. */
export function endToEnd(fields: Fields): Fields {
  const named = valuesOf(fields, 'connection').flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
  return fields.filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name));
}

export function isDisallowed(name: string): boolean {
  return DISALLOWED.test(name);
}

/** Why CloudFront would not take these fields from an edge function; null when it would. */
export function faultOf(fields: Fields): string | null {
  for (const [name, value] of fields) {
    if (isDisallowed(name)) return `header ${name} is not a function's to set`;
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return `${JSON.stringify(name)} is no header name`;
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return `header ${name} has a value that no header can have`;
  }
  return null;
}

/** Which read-only header differs between what a function was given and what it gave back; null when none does. */
export function readOnlyEdit(event: keyof typeof READ_ONLY, before: Fields, after: Fields): string | null {
  const changed = READ_ONLY[event].find((name) => `${valuesOf(before, name)}` !== `${valuesOf(after, name)}`);
  return changed ? `header ${changed} is read-only` : null;
}
