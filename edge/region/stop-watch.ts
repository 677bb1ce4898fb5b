import type { GateId } from '../../tenancy/gate.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Region } from '../../tenancy/region.ts';
import { stoppedBy } from '../../tenancy/switches.ts';
import type { Stores } from './stores.ts';

/** How often the switches of running requests are read, in ms: a stopped one is cut well within 5 seconds. */
const LOOK_MS = 2_000;

type Watched = {
  readonly gates: readonly GateId[];
  readonly model: string;
  readonly onStop: (refusal: Refusal) => void;
};

/** Watches a running request until the function that it returns is called. `onStop` is called once, when a kill switch stops it. */
export type WatchStops = (gates: readonly GateId[], model: string, onStop: (refusal: Refusal) => void) => () => void;

/**
 * Looks at the kill switches of all requests that run in this process with one read for all of them: the region's
 * switches, and each gate once. A look that fails decides nothing; the next one comes soon.
 */
export function watchStops(stores: Pick<Stores, 'switches' | 'gates'>, region: Region): WatchStops {
  const running = new Set<Watched>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;

  async function look(): Promise<void> {
    const watched = [...running];
    const ids = new Map(watched.flatMap(({ gates }) => gates.map((id) => [nameOf(id), id] as const)));
    const [switches, gates] = await Promise.all([stores.switches(), stores.gates([...ids.values()])]);
    const closed = new Set([...ids.keys()].filter((_, index) => gates[index]?.closed));
    for (const one of watched) {
      const shut = one.gates.find((id) => closed.has(nameOf(id)));
      const by = stoppedBy(switches, region, one.model) ?? shut?.subject.kind;
      if (by && running.delete(one)) one.onStop({ kind: 'stopped', by });
    }
  }

  const tick = (): void => {
    if (looking) return;
    looking = true;
    look()
      .catch(() => undefined)
      .finally(() => {
        looking = false;
      });
  };

  return (gates, model, onStop) => {
    const one: Watched = { gates, model, onStop };
    running.add(one);
    timer ??= setInterval(tick, LOOK_MS);
    return () => {
      running.delete(one);
      if (running.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  };
}

function nameOf(id: GateId): string {
  return JSON.stringify(id);
}
