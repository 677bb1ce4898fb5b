import { type Gate, stale } from './gate.ts';
import { windowKey } from './limit.ts';
import type { Intent, Settlement } from './usage.ts';

/** A request as far as a gate is concerned. */
type Counted = {
  readonly intent: Pick<Intent, 'startedAt' | 'reserved'>;
  readonly settlement: Pick<Settlement, 'nanoUsd' | 'settledAt'> | null;
};

/** What the ledger says of a gate's month: nano-USD settled, and held by open requests; `newest`: when a request last began or ended, in ms. */
export type Booked = { readonly spent: bigint; readonly held: bigint; readonly newest: number };

export const NOTHING_BOOKED: Booked = { spent: 0n, held: 0n, newest: 0 };

/** A gate's money in one month, in nano-USD. */
export type Standing = { readonly committed: bigint; readonly spent: bigint };

/** Adds one request to what is booked. */
export function book({ spent, held, newest }: Booked, { intent, settlement }: Counted): Booked {
  return {
    spent: spent + (settlement?.nanoUsd ?? 0n),
    held: held + (settlement ? 0n : intent.reserved.nanoUsd),
    newest: Math.max(newest, intent.startedAt, settlement?.settledAt ?? 0),
  };
}

/** What a gate says of a month, such as `2026-11`. */
export function standing({ counters }: Gate, month: string): Standing {
  return { committed: counters.get(`committed.${month}`) ?? 0n, spent: counters.get(`spent.${month}`) ?? 0n };
}

/** What it should say. */
export function standingBooked({ spent, held }: Booked): Standing {
  return { committed: spent + held, spent };
}

/** What has to be written to make a gate say what the ledger says; null when it does. Counters long over go as well. */
export function rebuilding(
  gate: Gate,
  month: string,
  booked: Booked,
  now: number,
): { readonly set: ReadonlyMap<string, bigint>; readonly remove: readonly string[] } | null {
  const [is, shouldBe] = [standing(gate, month), standingBooked(booked)];
  const remove = stale(gate, now);
  if (is.committed === shouldBe.committed && is.spent === shouldBe.spent && remove.length === 0) return null;
  return {
    set: new Map([
      [`committed.${month}`, shouldBe.committed],
      [`spent.${month}`, shouldBe.spent],
    ]),
    remove,
  };
}

/** The months whose counters gates still keep at `now`: this one and the last. */
export function keptMonths(now: number): readonly string[] {
  const at = new Date(now);
  return [windowKey('month', now), windowKey('month', Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - 1, 1))];
}

/** How far a gate was off, in nano-USD: by what its budget is compared with, or by what is settled, whichever is more. */
export function differenceOf(before: Standing, after: Standing): bigint {
  const changes = [after.committed - before.committed, after.spent - before.spent];
  return changes.reduce((most, change) => {
    const size = change < 0n ? -change : change;
    return size > most ? size : most;
  }, 0n);
}
