/** Strings, quoted names and comments are passed over; what is left of the alternatives is a placeholder. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g;

/** What may stand for a placeholder: Athena takes SQL literals, a text in its own single quotes. */
const LITERAL = /^(?:(?:(?:date|timestamp)\s+)?'(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false|null)$/i;

/**
 * The query with its `?` filled, in order.
 * @throws Error when their numbers differ, or when a value is no literal: without its quotes a text would be SQL
 */
export function fillParameters(sql: string, values: readonly string[]): string {
  let used = 0;
  const filled = sql.replace(TOKEN, (token) => {
    if (token !== '?') return token;
    const value = values[used++];
    if (value === undefined) throw new Error('Incorrect number of parameters: fewer values than placeholders');
    if (!LITERAL.test(value.trim())) throw new Error(`${value} is no SQL literal; a text needs its own single quotes`);
    return value.trim();
  });
  if (used < values.length) throw new Error('Incorrect number of parameters: more values than placeholders');
  return filled;
}
