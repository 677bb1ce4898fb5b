/** What an interpolated part of a key may hold: printable ASCII without `#`, which is the separator of the key's parts. */
const PART = /^[\x21-\x22\x24-\x7e]{1,128}$/;

/**
 * Builds a key: key`TENANT#${tenantId}`. Text in the template is ours; each value in it is checked, because a `#` or a
 * control character in an id would let one tenant's item stand under another's key.
 * @throws RangeError for such a value: whoever read it from a request has already had to refuse it
 */
export function key(names: TemplateStringsArray, ...parts: readonly string[]): string {
  const bad = parts.find((part) => !PART.test(part));
  if (bad !== undefined) throw new RangeError(`cannot be part of a key: ${JSON.stringify(bad.slice(0, 40))}`);
  return String.raw({ raw: names }, ...parts);
}
