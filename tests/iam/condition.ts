/** The values of a request's condition keys. A list is a key of many values; one that is not there is absent. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/**
 * Whether all operators of a condition hold. What stands under an operator is or-ed, everything else is and-ed.
 * @throws Error for an operator that it does not know: a policy with one cannot be proved by this
 */
export function conditionHolds(condition: Condition | undefined, context: Context): boolean {
  return Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, valuesOf(context, key), asList(wanted), context)),
  );
}

function holds(
  written: string,
  actual: readonly string[] | null,
  wanted: readonly string[],
  context: Context,
): boolean {
  const [, set, operator = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(written) ?? [];
  // A key without values is as good as none.
  const absent = actual === null || actual.length === 0;
  if (operator === 'Null') return wanted.some((one) => (one === 'true') === absent);
  const test = OPERATORS.get(operator);
  if (!test) throw new Error(`no operator that is known here: ${written}`);
  const patterns = wanted.map((one) => substitute(one, context));
  const { matches, negated = false } = test;
  // A negated operator holds when none of its values matches.
  const one = (value: string): boolean =>
    negated !== patterns.some((pattern) => pattern !== null && matches(value, pattern));
  if (absent) return ifExists !== undefined || set === 'ForAllValues' || (negated && set !== 'ForAnyValue');
  if (set === 'ForAllValues') return actual.every(one);
  return set === 'ForAnyValue' || !negated ? actual.some(one) : actual.every(one);
}

/** A piece of a pattern: text as it stands, or a wildcard. */
type Piece = { readonly literal: string } | { readonly wildcard: '*' | '?' };

const OPERATORS: ReadonlyMap<
  string,
  { readonly matches: (value: string, pattern: readonly Piece[]) => boolean; readonly negated?: boolean }
> = new Map([
  ['StringEquals', { matches: (value: string, pattern: readonly Piece[]) => value === textOf(pattern) }],
  [
    'StringNotEquals',
    { matches: (value: string, pattern: readonly Piece[]) => value === textOf(pattern), negated: true },
  ],
  ['StringLike', { matches: like }],
  ['StringNotLike', { matches: like, negated: true }],
  ['ArnLike', { matches: like }],
  ['ArnEquals', { matches: like }],
  ['Bool', { matches: (value: string, pattern: readonly Piece[]) => value === textOf(pattern) }],
]);

/** Whether a resource, with its variables and wildcards, is this one. */
export function resourceMatches(pattern: string, resource: string, context: Context): boolean {
  const pieces = substitute(pattern, context);
  return pieces !== null && like(resource, pieces);
}

/** An action's wildcards; its letters' case says nothing. */
export function actionMatches(pattern: string, action: string): boolean {
  return like(action.toLowerCase(), substitute(pattern.toLowerCase(), {}) ?? []);
}

/**
 * Puts variables in their places. What comes out of one is text, whatever stands in it: a tag `*` is a star. `${*}`,
 * `${?}` and `${$}` are the signs themselves.
 * @returns null when the request has no value for one of them: then the pattern matches nothing
 */
function substitute(pattern: string, context: Context): Piece[] | null {
  const pieces: Piece[] = [];
  for (const [part, variable] of pattern.matchAll(/\$\{([^}]*)\}|[*?]|[^*?$]+|\$/g)) {
    if (variable === undefined) pieces.push(part === '*' || part === '?' ? { wildcard: part } : { literal: part });
    else if (/^[*?$]$/.test(variable)) pieces.push({ literal: variable });
    else {
      const [, name = '', fallback] = /^([^,]*?)(?:,\s*'(.*)')?$/.exec(variable) ?? [];
      const value = valuesOf(context, name.trim());
      const text = value?.length === 1 ? value[0] : fallback;
      if (text === undefined) return null;
      pieces.push({ literal: text });
    }
  }
  return pieces;
}

function like(value: string, pattern: readonly Piece[]): boolean {
  const source = pattern.map((piece) =>
    'literal' in piece ? piece.literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : piece.wildcard === '*' ? '.*' : '.',
  );
  return new RegExp(`^${source.join('')}$`, 's').test(value);
}

function textOf(pattern: readonly Piece[]): string {
  return pattern.map((piece) => ('literal' in piece ? piece.literal : piece.wildcard)).join('');
}

/** The names of condition keys have no case; those of a tag after its slash neither. */
function valuesOf(context: Context, key: string): readonly string[] | null {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase());
  return found ? asList(found[1]) : null;
}

function asList(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
