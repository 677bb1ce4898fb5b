const MAX_KEPT = 2_000;

/**
 * Makes a read remember its answers, by its arguments, for `lifeMs`; simultaneous reads of one thing are one. A failed
 * read is not kept, nor is an answer used past its life: a store that is away says neither yes nor no.
 * @returns the read, with the clock (ms) in front of its arguments
 */
export function keep<Arguments extends readonly unknown[], Value>(
  read: (...given: Arguments) => Promise<Value>,
  lifeMs: number,
): (now: number, ...given: Arguments) => Promise<Value> {
  const kept = new Map<string, { readonly value: Promise<Value>; readonly until: number }>();
  return (now, ...given) => {
    const key = JSON.stringify(given);
    const have = kept.get(key);
    if (have && now < have.until) return have.value;
    const value = read(...given);
    const entry = { value, until: now + lifeMs };
    kept.delete(key);
    kept.set(key, entry);
    value.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return value;
  };
}
