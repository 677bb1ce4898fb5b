import { committedAt, type GateId, spentAt } from '../tenancy/gate.ts';
import { getGate } from '../tenancy/table/gates.ts';
import { setGateStop, setSwitch } from '../tenancy/table/switches.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import type { Play, TestModel, TestRegion } from './region.ts';

const gateOf = (tenantId: TenantId): GateId => ({ tenantId, subject: { kind: 'tenant' } });

/** What became of many requests at once on a budget with room for few. Money in nano-USD. */
export type Rush = {
  /** Requests that reached the model, and those of them that the budget ended before their time. */
  readonly passed: number;
  readonly cut: number;
  /** Answers by their status, of all tries. */
  readonly statuses: Readonly<Record<number, number>>;
  /** What one request holds from the start. */
  readonly reservation: bigint;
  readonly budget: bigint;
  readonly committed: bigint;
  readonly spent: bigint;
};

/** A model's answers: of any length up to one and a half steps, told at the end; what flows says so only by and large. */
function anyAnswer(random: () => number): Play {
  const output = 500 + Math.floor(random() * 5_500);
  const deltas = 20;
  const told = 0.6 + random() * 0.8;
  return {
    input: 20 + Math.floor(random() * 60),
    output,
    deltas,
    bytes: Math.round((output * told * 3) / deltas),
    everyMs: 10 + Math.floor(random() * 30),
  };
}

/**
 * Sends requests all at once to a tenant whose hard budget has room for the reservations of a few, and each refused one
 * again as long as it is told that this is worth something.
 */
export async function rush(
  region: TestRegion,
  model: TestModel,
  tables: Tables,
  {
    slug,
    requests,
    room,
    tries,
    random,
  }: { slug: string; requests: number; room: number; tries: number; random: () => number },
): Promise<Rush> {
  model.play = () => anyAnswer(random);
  const probe = region.ask(await region.addTenant(`${slug}-probe`));
  await probe.done;
  const reservation = region.reserved.get(probe.requestId) ?? 0n;
  const budget = reservation * BigInt(room);
  const tenantId = await region.addTenant(slug, { tenant: { budget: { nanoUsd: budget, enforcement: 'hard' } } });

  const statuses: Record<number, number> = {};
  let [passed, cut] = [0, 0];
  const one = async (n: number): Promise<void> => {
    for (let attempt = 1; attempt <= tries; attempt++) {
      const { status, headers, text } = await region.ask(tenantId, { identityId: `usr_${n % 5}` }).done;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) {
        passed++;
        if (!text.includes('message_stop')) cut++;
      }
      if (status === 200 || headers['x-should-retry'] === 'false') return;
      await new Promise((later) => setTimeout(later, 200 + random() * 400));
    }
  };
  await Promise.all(Array.from({ length: requests }, (_, n) => one(n)));
  const gate = await getGate(tables, gateOf(tenantId));
  const now = Date.now();
  return { passed, cut, statuses, reservation, budget, committed: committedAt(gate, now), spent: spentAt(gate, now) };
}

/** Overspend in units of one reservation; 0 when the budget was kept. */
export function overspend({ spent, budget, reservation }: Rush): number {
  return spent > budget ? Number(spent - budget) / Number(reservation) : 0;
}

/** From the moment when the switch's write was acknowledged, in ms. */
export type Kill = {
  /** Until the running stream's reader had the error event. */
  readonly cutMs: number;
  /** Until the next request, sent at that moment, had been refused. */
  readonly refusedMs: number;
};

const STOP = { reason: 'a measurement', by: 'staff', at: 1 };

const ENDLESS: Play = { input: 10, output: 42, deltas: 10_000, bytes: 60, everyMs: 50 };

/**
 * Lets streams run, throws the switch that stops them, and measures.
 * @param by `gate`: each tenant's own; `region`: one switch for all
 */
export async function kill(
  region: TestRegion,
  model: TestModel,
  tables: Tables,
  { slug, streams, by, random }: { slug: string; streams: number; by: 'gate' | 'region'; random: () => number },
): Promise<Kill[]> {
  model.play = () => ENDLESS;
  const running = await Promise.all(
    Array.from({ length: streams }, async (_, n) => {
      const tenantId = await region.addTenant(`${slug}-${n}`);
      const asked = region.ask(tenantId);
      const events = { first: () => {}, error: (_at: number) => {} };
      const first = new Promise<void>((resolve) => {
        events.first = resolve;
      });
      const cutAt = new Promise<number>((resolve) => {
        events.error = resolve;
      });
      asked.onText = (text, at) => {
        events.first();
        if (text.includes('event: error')) events.error(at);
      };
      await first;
      return { tenantId, asked, cutAt };
    }),
  );
  const measure = async (
    { tenantId, asked, cutAt }: (typeof running)[number],
    thrown: Promise<number>,
  ): Promise<Kill> => {
    const at = await thrown;
    const next = await region.ask(tenantId).done;
    const refusedMs = performance.now() - at;
    if (next.status !== 403 || !next.text.includes('calls are stopped'))
      throw new Error(`passed a kill switch: ${next.status}`);
    const cutMs = (await cutAt) - at;
    await asked.done;
    return { cutMs, refusedMs };
  };
  const throwSwitch = async (change: () => Promise<void>): Promise<number> => {
    await new Promise((later) => setTimeout(later, random() * 2_000));
    await change();
    return performance.now();
  };
  if (by === 'gate') {
    return Promise.all(
      running.map((one) =>
        measure(
          one,
          throwSwitch(() => setGateStop(tables, gateOf(one.tenantId), STOP)),
        ),
      ),
    );
  }
  const thrown = throwSwitch(() => setSwitch(tables, 'region:eu-central-1', STOP));
  const kills = await Promise.all(running.map((one) => measure(one, thrown)));
  await setSwitch(tables, 'region:eu-central-1', null);
  return kills;
}

/** A seeded source of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
