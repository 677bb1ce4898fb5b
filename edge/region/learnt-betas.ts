/** Where it is kept for the other environments of this region. Each rejects when the store cannot be reached. */
export type BetaStore = {
  /** By beta, the time (ms since the epoch) until which it is not sent. */
  learntBetas(modelId: string): Promise<ReadonlyMap<string, number>>;
  keepLearntBeta(modelId: string, beta: string, until: number): Promise<void>;
};

/** What Bedrock was seen to refuse, by model, in this region. All betas in Bedrock's names, `now` in ms. Nothing rejects. */
export type LearntBetas = {
  /** Sees to it that what others learnt is known here. Waits for the store only when nothing is known of this model yet. */
  load(modelId: string, now: number): Promise<void>;
  /** Not to be sent now for this tenant: what its own requests showed, and what was proven for everybody. */
  rejected(modelId: string, tenantId: string, now: number): ReadonlySet<string>;
  /** Went through with this model, in this environment. */
  proven(modelId: string): ReadonlySet<string>;
  /** A call with these betas was accepted. */
  worked(modelId: string, betas: readonly string[]): void;
  /** One of these was refused to this tenant. It may be any of them: nobody else is held to it. */
  suspect(modelId: string, tenantId: string, betas: readonly string[], now: number): void;
  /**
   * This beta, and no other, made Bedrock refuse a request. For everybody in the region, unless it was seen to work or
   * the list is full. Resolves when the others can know; nothing need wait for it.
   */
  share(modelId: string, beta: string, now: number): Promise<void>;
};

type Known = {
  /** When the store was last asked. */
  at: number;
  /** The first answer of the store, or its failure. */
  first: Promise<void> | undefined;
  shared: ReadonlyMap<string, number>;
  /** By tenant and beta, as `ownKey` writes them. */
  readonly own: Map<string, number>;
  readonly proven: Set<string>;
};

const FRESH_MS = 30_000;
/** One day, so that a beta that Bedrock comes to accept is tried again without anybody's doing. */
const REJECTED_MS = 24 * 3_600_000;
/** Of several that were refused together all but one may be good: a guess is given up sooner. */
const SUSPECTED_MS = 3_600_000;
/** More than any client sends, so that one that invents them fills no memory. */
const MOST = 200;
/** As many as one read of the store brings: what is shared beyond them would push others out of it. */
const MOST_SHARED = 100;
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

    rejected(modelId, tenantId, now) {
      const one = models.get(modelId);
      if (!one || (one.shared.size === 0 && one.own.size === 0)) return NONE;
      const prefix = ownKey(tenantId, '');
      const own = [...one.own].flatMap(([key, until]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), until] as const] : [],
      );
      return new Set([...one.shared, ...own].filter(([, until]) => now < until).map(([beta]) => beta));
    },

    proven(modelId) {
      return models.get(modelId)?.proven ?? NONE;
    },

    worked(modelId, betas) {
      const { proven } = known(modelId);
      if (proven.size < MOST) for (const beta of betas) proven.add(beta);
    },

    suspect(modelId, tenantId, betas, now) {
      const { own } = known(modelId);
      if (own.size + betas.length > MOST) own.clear();
      for (const beta of betas.slice(0, MOST)) own.set(ownKey(tenantId, beta), now + SUSPECTED_MS);
    },

    async share(modelId, beta, now) {
      const one = known(modelId);
      if (one.proven.has(beta) || one.shared.size >= MOST_SHARED) return;
      const until = now + REJECTED_MS;
      try {
        await store.keepLearntBeta(modelId, beta, until);
        one.shared = new Map([...one.shared, [beta, until]]);
      } catch (error) {
        onFailure(error);
      }
    },
  };
}

/** No tenant's id has a space, so that none is the beginning of another's key. */
function ownKey(tenantId: string, beta: string): string {
  return `${tenantId} ${beta}`;
}
