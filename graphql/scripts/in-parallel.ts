/**
 * Works on what comes, so many at a time. The first failure stops it: nothing new is begun, what is under way is waited
 * for, and then it rejects.
 */
export async function inParallel<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  workers: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    try {
      for (let next = await source.next(); !next.done && !failed; next = await source.next()) await work(next.value);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: workers }, worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
