import { type RatedLine, sumNanoUsd } from './rating.ts';

/** What was charged and what it cost, in nano-USD. `costNanoUsd`: null where a price of that book was missing: it is not known. */
export type Margin = { readonly chargeNanoUsd: bigint; readonly costNanoUsd: bigint | null };

/** A day's lines of both books; `isCostKnown`: false where there are none of the book of costs. */
export type MarginDay = { readonly lines: readonly RatedLine[]; readonly isCostKnown: boolean };

/** The margin without its name: charge less cost. */
export function marginOf({ chargeNanoUsd, costNanoUsd }: Margin): bigint | null {
  return costNanoUsd === null ? null : chargeNanoUsd - costNanoUsd;
}

/** All together. A part whose cost is not known makes that of the whole unknown. */
export function sumMargins(all: readonly Margin[]): Margin {
  return all.reduce<Margin>(
    (sum, one) => ({
      chargeNanoUsd: sum.chargeNanoUsd + one.chargeNanoUsd,
      costNanoUsd: sum.costNanoUsd === null || one.costNanoUsd === null ? null : sum.costNanoUsd + one.costNanoUsd,
    }),
    { chargeNanoUsd: 0n, costNanoUsd: 0n },
  );
}

/** Margins by a name that each line has, in the order of names. */
export function marginsBy<Name extends string>(
  days: readonly MarginDay[],
  nameOf: (line: RatedLine) => Name,
): readonly (Margin & { readonly name: Name })[] {
  const parts = new Map<Name, Margin[]>();
  for (const { lines, isCostKnown } of days) {
    for (const [name, own] of Map.groupBy(lines, nameOf)) {
      const of = (book: RatedLine['book']) => sumNanoUsd(own.filter((line) => line.book === book));
      const margin = { chargeNanoUsd: of('charge'), costNanoUsd: isCostKnown ? of('cost') : null };
      parts.set(name, [...(parts.get(name) ?? []), margin]);
    }
  }
  return [...parts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, margins]) => ({ name, ...sumMargins(margins) }));
}
