/** A shared quota of a region as a token bucket: it fills by `perMinute` and holds `burst`. */
export interface Quota {
  readonly unit: 'requests' | 'tokens';
  readonly perMinute: number;
  readonly burst: number;
}

/**
 * The quotas that everybody who calls a region shares, whoever he is. A call passes while one unit is left. A quota in
 * tokens takes the prompt when the call begins and the answer when it ends, and so may go below zero: then it has to
 * fill up again first.
 */
export interface Quotas {
  /** For one region, or where `region` is undefined for each that has none of its own; its bucket begins full. */
  set(region: string | undefined, quota: Quota): void;
  /** Without a region: all of them. */
  remove(region: string | undefined): void;
  /** Takes the call's share, or says no; `promptTokens` is asked only where they count, `now` in ms. */
  admits(region: string, promptTokens: () => number, now: number): boolean;
  /** Takes what an admitted call has said. */
  spend(region: string, outputTokens: number): void;
}

const EVERYWHERE = '*';

export function createQuotas(): Quotas {
  const quotas = new Map<string, Quota>();
  const buckets = new Map<string, { level: number; at: number }>();
  const quotaOf = (region: string): Quota | undefined => quotas.get(region) ?? quotas.get(EVERYWHERE);

  return {
    set(region, quota) {
      quotas.set(region ?? EVERYWHERE, quota);
      if (region === undefined) buckets.clear();
      else buckets.delete(region);
    },
    remove(region) {
      if (region === undefined) quotas.clear();
      else quotas.delete(region);
      buckets.clear();
    },
    admits(region, promptTokens, now) {
      const quota = quotaOf(region);
      if (quota === undefined) return true;
      const bucket = buckets.get(region) ?? { level: quota.burst, at: now };
      const filled = bucket.level + ((now - bucket.at) / 60_000) * quota.perMinute;
      const level = Math.min(quota.burst, filled);
      const admitted = level >= 1;
      const cost = !admitted ? 0 : quota.unit === 'requests' ? 1 : promptTokens();
      buckets.set(region, { level: level - cost, at: now });
      return admitted;
    },
    spend(region, outputTokens) {
      const bucket = buckets.get(region);
      if (bucket !== undefined && quotaOf(region)?.unit === 'tokens') bucket.level -= outputTokens;
    },
  };
}

/** Reads `{region?, requestsPerMinute | tokensPerMinute, burst?}`; `burst` is one minute's worth unless given. */
export function readQuota(text: string): { readonly region?: string; readonly quota: Quota } | undefined {
  let given: Readonly<Record<string, unknown>>;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof given !== 'object' || given === null) return undefined;
  const { region, requestsPerMinute, tokensPerMinute } = given;
  const perMinute = requestsPerMinute ?? tokensPerMinute;
  const burst = given['burst'] ?? perMinute;
  if ((requestsPerMinute === undefined) === (tokensPerMinute === undefined)) return undefined;
  if (typeof perMinute !== 'number' || typeof burst !== 'number' || perMinute < 0 || burst < 0) return undefined;
  if (region !== undefined && typeof region !== 'string') return undefined;
  const quota: Quota = { unit: requestsPerMinute === undefined ? 'tokens' : 'requests', perMinute, burst };
  return region === undefined ? { quota } : { region, quota };
}
