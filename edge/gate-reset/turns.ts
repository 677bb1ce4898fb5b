/** Turns at work, so many at once: whoever has to wait for something lets others work meanwhile. */
export type Turns = {
  /** Works when it is its turn. */
  take<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Within `take`: gives the turn up while it waits, and goes on when there is one again. */
  giveUpFor<Value>(waiting: () => Promise<Value>): Promise<Value>;
};

/** First come, first served. */
export function openTurns(count: number): Turns {
  const queue: (() => void)[] = [];
  let free = count;
  const begin = async (): Promise<void> => {
    if (free === 0) return new Promise((next) => queue.push(next));
    free -= 1;
  };
  const end = (): void => {
    const next = queue.shift();
    if (next) next();
    else free += 1;
  };
  return {
    take: async (work) => {
      await begin();
      return work().finally(end);
    },
    giveUpFor: async (waiting) => {
      end();
      try {
        return await waiting();
      } finally {
        await begin();
      }
    },
  };
}
