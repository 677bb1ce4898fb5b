/** Where it is kept for the other environments of this region. Each rejects when the store cannot be reached. */
export type BetaStore = {
  /** By beta, the time (ms since the epoch) until which it is not sent. */
  learntBetas(modelId: string): Promise<ReadonlyMap<string, number>>;
  keepLearntBetas(modelId: string, betas: readonly string[], until: number): Promise<void>;
};

/** What Bedrock was seen to refuse, by model, in this region. All betas in Bedrock's names, `now` in ms. Nothing rejects. */
export type LearntBetas = {
  /** Sees to it that what others learnt is known here. Waits for the store only when nothing is known of this model yet. */
  load(modelId: string, now: number): Promise<void>;
  /** Not to be sent now. */
  rejected(modelId: string, now: number): ReadonlySet<string>;
  /** Went through with this model, in this environment. */
  proven(modelId: string): ReadonlySet<string>;
  /** A call with these betas was accepted. */
  worked(modelId: string, betas: readonly string[]): void;
  /** Bedrock refused one of these. Resolves when the others can know; nothing need wait for it. */
  learn(modelId: string, betas: readonly string[], now: number): Promise<void>;
};

type Known = {
  /** When the store was last asked. */
  at: number;
  /** The first answer of the store, or its failure. */
  first: Promise<void> | undefined;
  shared: ReadonlyMap<string, number>;
  /** Learnt here; the store does not have it yet. */
  readonly own: Map<string, number>;
  readonly proven: Set<string>;
};

const FRESH_MS = 30_000;
/** One day, so that a beta that Bedrock comes to accept is tried again without anybody's doing. */
const REJECTED_MS = 24 * 3_600_000;
/** Of several that were refused together all but one may be good: a guess is given up sooner. */
const GUESSED_MS = 3_600_000;
/** More than any client sends, so that one that invents them fills no memory. */
const MOST = 200;
const NONE: ReadonlySet<string> = new Set();

/** Keeps in memory what was learnt, and asks the store at most once in 30 s per model. @param onFailure for the log */
export function keepLearntBetas(store: BetaStore, onFailure: (error: unknown) => void): LearntBetas {
  const models = new Map<string, Known>();

  function known(modelId: string): Known {
    let one = models.get(modelId);
    if (!one) {
      one = { at: -Infinity, first: undefined, shared: new Map(), own: new Map(), proven: new Set() };
      models.set(modelId, one);
    }
    return one;
  }

  async function refresh(modelId: string, one: Known): Promise<void> {
    try {
      one.shared = await store.learntBetas(modelId);
    } catch (error) {
      onFailure(error);
    }
  }

  return {
    async load(modelId, now) {
      const one = known(modelId);
      if (now - one.at >= FRESH_MS) {
        one.at = now;
        const asked = refresh(modelId, one);
        one.first ??= asked;
      }
      await one.first;
    },

    rejected(modelId, now) {
      const one = models.get(modelId);
      if (!one || (one.shared.size === 0 && one.own.size === 0)) return NONE;
      const all = [...one.shared, ...one.own];
      return new Set(all.filter(([, until]) => now < until).map(([beta]) => beta));
    },

    proven(modelId) {
      return models.get(modelId)?.proven ?? NONE;
    },

    worked(modelId, betas) {
      const { proven } = known(modelId);
      if (proven.size < MOST) for (const beta of betas) proven.add(beta);
    },

    async learn(modelId, betas, now) {
      if (betas.length === 0) return;
      const one = known(modelId);
      const until = now + (betas.length === 1 ? REJECTED_MS : GUESSED_MS);
      if (one.own.size + betas.length > MOST) one.own.clear();
      for (const beta of betas.slice(0, MOST)) {
        one.own.set(beta, until);
        one.proven.delete(beta);
      }
      try {
        await store.keepLearntBetas(modelId, betas, until);
        one.shared = new Map([...one.shared, ...betas.map((beta) => [beta, until] as const)]);
        for (const beta of betas) one.own.delete(beta);
      } catch (error) {
        onFailure(error);
      }
    },
  };
}
