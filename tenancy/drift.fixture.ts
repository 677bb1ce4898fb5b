import { DRIFT_SAMPLE, type DriftReport } from './drift.ts';
import { TOKEN_CLASSES, type TokenCounts } from './usage.ts';

/** A request as our books have it, or as AWS's logs do, which tell cache writes as one count. */
export type Seen = { readonly id: string; readonly tokens?: TokenCounts };

type Compared = Omit<DriftReport, 'accountId' | 'region' | 'leg' | 'source'>;

/** What the lake's SQL must come to, by other means: id by id, each side once however often it tells of a request. */
export function compare(ours: readonly Seen[], theirs: readonly Seen[]): Compared {
  const [left, right] = [ours, theirs].map((side) => new Map(side.map(({ id, tokens }) => [id, counted(tokens)]))) as [
    Map<string, string>,
    Map<string, string>,
  ];
  const onlyOurs = [...left.keys()].filter((id) => !right.has(id)).sort();
  const onlyTheirs = [...right.keys()].filter((id) => !left.has(id)).sort();
  const differing = [...left].filter(([id, tokens]) => right.has(id) && right.get(id) !== tokens).map(([id]) => id);
  return {
    onlyOurs: onlyOurs.length,
    onlyTheirs: onlyTheirs.length,
    differing: differing.length,
    union: new Set([...left.keys(), ...right.keys()]).size,
    sampleOurs: onlyOurs.slice(0, DRIFT_SAMPLE),
    sampleTheirs: onlyTheirs.slice(0, DRIFT_SAMPLE),
    sampleDiffering: differing.sort().slice(0, DRIFT_SAMPLE),
  };
}

function counted(tokens: TokenCounts | undefined): string {
  if (!tokens) return '';
  const { cacheWrite5m, cacheWrite1h, ...rest } = tokens;
  const others = TOKEN_CLASSES.flatMap((name) => (name in rest ? [rest[name as keyof typeof rest]] : []));
  return [...others, cacheWrite5m + cacheWrite1h].join();
}
