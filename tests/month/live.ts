import type { DayReport } from '../../billing/run.ts';
import { advance } from '../../tenancy/billing-day-events.ts';
import { dueDays } from '../../tenancy/billing-schedule.ts';
import type { Region } from '../../tenancy/region.ts';
import { listDayRuns } from '../../tenancy/table/billing-day-runs.ts';
import { getLatestBillingDay, listUnfinishedBillingDays, recordBillingDay } from '../../tenancy/table/billing-days.ts';
import { openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { DAY_MS, dayOf, startOfDay } from '../../tenancy/utc-day.ts';
import { type Arrival, arrivalsOf, intentOf, keepSettled, settlementOf } from './gateway.ts';
import { type Call, callsOf } from './plan.ts';
import { endOf } from './statements.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;
/** When the nightly run is, and how long after the month's end it still goes on: the last late things have come by then. */
const [RUN_HOUR, NIGHTS_AFTER] = [2, 4];
const MOST_UNFINISHED = 1_000;
/** At which hours all that was written down is delivered: rarer than in life, for each delivery is a file. */
const DELIVERIES: readonly number[] = [RUN_HOUR, 12, 20, 24];

/** What the month was seen to be, from night to night. */
export type Lived = {
  readonly requests: number;
  readonly killed: ReadonlySet<string>;
  /** By night (its date) and by day: each tenant's state, with why it is blocked. */
  readonly seen: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  readonly writtenAgain: number;
  readonly corrected: number;
  readonly quarantined: number;
};

/** What is still to come, and when (ms). */
type Coming = { readonly at: number; readonly act: () => Promise<void> };

/** Lives the month day by day, each with its night, and the nights after it. */
export async function live(world: World, tell: (line: string) => void): Promise<Lived> {
  const { plan } = world;
  const killed = new Set<string>();
  const seen = new Map<string, Map<string, readonly string[]>>();
  const sums = { requests: 0, writtenAgain: 0, corrected: 0, quarantined: 0 };
  const [first, watched] = [startOfDay(plan.days[0] ?? ''), [plan.lateTrail.day, plan.lostLog.day]];
  let coming: Coming[] = [...changesOf(world), overrideOf(world)];
  let arrivals: Arrival[] = [];

  for (let midnight = first; midnight < first + (plan.days.length + NIGHTS_AFTER) * DAY_MS; midnight += DAY_MS) {
    const today = dayOf(midnight);
    const calls = plan.days.includes(today) ? callsOf(plan, today) : [];
    await keep(world, calls);
    sums.requests += calls.length;
    for (const call of calls) if (call.fate.startsWith('killed')) killed.add(call.requestId);
    arrivals.push(...calls.flatMap(arrivalsOf));
    coming.push(...calls.flatMap((call) => laterOf(world, call)));
    if (midnight === endOf(world)) {
      // The job finds it within the hour, before Stripe sends the drafts by itself.
      await world.turnTo(midnight);
      await world.closeMonths();
    }
    let next = 0;
    for (let hour = 0; hour < 24; hour++) {
      const [begin, end] = [midnight + hour * HOUR, midnight + (hour + 1) * HOUR];
      if (hour === RUN_HOUR && midnight > first) {
        await world.turnTo(begin);
        const reports = await runNight(world);
        for (const { writtenAgain, corrected, quarantined } of reports) {
          sums.writtenAgain += writtenAgain;
          sums.corrected += corrected;
          sums.quarantined += quarantined;
        }
        seen.set(today, await lookAt(world, watched));
        tell(
          `${today}: ${sums.requests} requests so far; ${reports.length} days run, ${count(seen.get(today))} of two days blocked`,
        );
      }
      world.bedrock.turnTo(begin);
      for (let call = calls[next]; call && call.startedAt < end; call = calls[++next]) world.bedrock.ask(call);
      await world.turnTo(end);
      const due = coming.filter(({ at }) => at <= end);
      coming = coming.filter(({ at }) => at > end);
      for (const { act } of due) await act();
      if (DELIVERIES.includes(hour + 1)) {
        world.bedrock.turnTo(end);
        await world.bedrock.deliver();
        const here = arrivals.filter(({ at }) => at <= end);
        arrivals = arrivals.filter(({ at }) => at > end);
        for (const [day, lines] of Map.groupBy(here, ({ at }) => dayOf(at)))
          world.lake.arrive(
            day,
            lines.map(({ line }) => line),
          );
      }
    }
  }
  return { ...sums, killed, seen };
}

/** Settled ones at once; what a run must find open is opened, and settled when its time has come. */
async function keep({ store, ledgers }: World, calls: readonly Call[]): Promise<void> {
  const keepIn = async (region: Region, all: readonly Call[]): Promise<void> => {
    const tables = ledgerOf(ledgers, region);
    const [slow, settled] = [all.filter(isSlow), all.filter((one) => !isSlow(one))];
    await keepSettled(store.documents, tables, settled);
    for (const call of slow) await openRequest(tables, intentOf(call));
  };
  await Promise.all([...Map.groupBy(calls, ({ region }) => region)].map(([region, all]) => keepIn(region, all)));
}

const isSlow = ({ fate }: Call) => fate === 'slow';

function ledgerOf(ledgers: World['ledgers'], region: Region): Tables {
  const tables = ledgers.get(region);
  if (!tables) throw new Error(`${region} has no ledger`);
  return tables;
}

function laterOf({ ledgers, bedrock }: World, call: Call): Coming[] {
  switch (call.fate) {
    case 'slow': {
      const settlement = settlementOf(call);
      const act = async () => {
        const done = await settleRequest(ledgerOf(ledgers, call.region), intentOf(call), settlement);
        if (done !== 'settled') throw new Error(`${call.requestId} was open, and is ${JSON.stringify(done)}`);
      };
      return [{ at: settlement.settledAt, act }];
    }
    case 'killed_untold':
      return [{ at: startOfDay(dayOf(call.startedAt)) + 36 * HOUR, act: async () => bedrock.tell(call) }];
    default:
      return [];
  }
}

/** Two people answer for the day whose invocation log is lost, at noon of the third day after it. */
function overrideOf(world: World): Coming {
  const { plan, tables } = world;
  const { day: date } = plan.lostLog;
  const act = async () => {
    for (const { id } of plan.tenants) {
      const day = await getLatestBillingDay(tables, id, date);
      if (day?.state !== 'DRIFT_BLOCKED') continue;
      const reason = 'AWS has confirmed that its log of the day is lost';
      const asked = advance(day, { kind: 'override_requested', by: 'staff-1', reason, at: world.now() });
      if (!asked.ok) throw new Error(asked.reason.kind);
      const stored = await recordBillingDay(tables, day, asked.value);
      if (!stored) throw new Error('nobody else writes here');
      const agreed = advance(stored, { kind: 'override_approved', by: 'staff-2', at: world.now() });
      if (!agreed.ok || !(await recordBillingDay(tables, stored, agreed.value)))
        throw new Error('it was not overridden');
    }
  };
  return { at: startOfDay(date) + 3 * DAY_MS + 12 * HOUR, act };
}

/** What becomes of tenants: another tier, or an end. */
function changesOf(world: World): Coming[] {
  return world.plan.tenants.flatMap((tenant) => {
    const { tiers, closedAt } = tenant;
    const others = tiers.slice(1).map(({ tier, from }) => ({ at: from, act: () => world.change(tenant, { tier }) }));
    if (closedAt === undefined) return others;
    const close = { at: closedAt, act: () => world.change(tenant, { status: 'CLOSED' as const, closedAt }) };
    return [...others, close];
  });
}

/** Runs the days of the month that are due, as the hourly job finds them. */
async function runNight(world: World): Promise<DayReport[]> {
  const { plan, tables } = world;
  const [now, [since = '']] = [world.now(), plan.days];
  const runs = await listDayRuns(tables, since, dayOf(now));
  const unfinished = await listUnfinishedBillingDays(tables, MOST_UNFINISHED);
  const waiting = [...new Set(unfinished.map(({ day }) => day))];
  const reports: DayReport[] = [];
  for (const day of dueDays(runs, waiting, { since, now })) {
    if (plan.days.includes(day)) reports.push(await world.run(day));
  }
  return reports;
}

async function lookAt({ plan, tables }: World, days: readonly string[]): Promise<Map<string, readonly string[]>> {
  const seen = new Map<string, readonly string[]>();
  for (const day of days) {
    const all = await Promise.all(plan.tenants.map(({ id }) => getLatestBillingDay(tables, id, day)));
    const states = all.flatMap((one) => {
      if (!one) return [];
      const kinds = new Set(one.state === 'DRIFT_BLOCKED' ? one.drift?.reasons.map(({ kind }) => kind) : []);
      return [[one.tenantId, one.state, ...kinds].join(' ')];
    });
    seen.set(day, states);
  }
  return seen;
}

function count(days: ReadonlyMap<string, readonly string[]> | undefined): number {
  return [...(days ?? [])].flatMap(([, states]) => states).filter((state) => state.includes('DRIFT_BLOCKED')).length;
}

/** Runs every day of the month once more. @returns what of it was no repetition */
export async function runAgain(world: World, tell: (line: string) => void): Promise<readonly string[]> {
  const [{ days }, told] = [world.plan, world.told.length];
  const found: string[] = [];
  for (const day of days) {
    const { writtenAgain, corrected } = await world.run(day);
    if (writtenAgain > 0 || corrected > 0) found.push(`${day}: ${writtenAgain} written again, ${corrected} corrected`);
    tell(`${day}: run again`);
  }
  return [...found, ...world.told.slice(told).map((one) => `the meter was told again: ${one}`)];
}
