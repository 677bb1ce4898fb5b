import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { DAY_MS, dayOf, startOfDay } from '../../tenancy/utc-day.ts';
import { booksOf } from './books.ts';
import { intentOf, keepSettled, settlementOf } from './gateway.ts';
import { compareWorld, recomputeOf } from './judge.ts';
import { type Lived, live, runAgain } from './live.ts';
import { callsOf, planMonth } from './plan.ts';
import { closeAgain, closeTheMonth, compareStatements } from './statements.ts';
import { openWorld, type World } from './world.ts';

const plan = planMonth({ seed: 6, tenants: 3, requests: 1_200, days: 6 });
const quiet = () => {};

let world: World;
let lived: Lived;
beforeAll(async () => {
  world = await openWorld(plan);
  lived = await live(world, quiet);
}, 300_000);
afterAll(() => world.close());

it('comes to what AWS’s own logs come to, by another reckoning, to the nano-dollar', async () => {
  const recomputed = await recomputeOf(world, lived);
  const { differences, days, lines } = await compareWorld(world, recomputed);
  expect(differences).toEqual([]);
  expect([days > 15, lines > 300, recomputed.untrailed > 0, recomputed.unlogged > 0]).toEqual([true, true, true, true]);
  // Else it would have been too quiet a month.
  expect([lived.writtenAgain > 20, lived.corrected > 4, lived.quarantined > 3]).toEqual([true, true, true]);
});

/** States of the days whose evidence is late or lost, as the nights saw them. */
function statesOf(day: string, nightsLater: number): readonly string[] {
  return lived.seen.get(dayOf(startOfDay(day) + nightsLater * DAY_MS))?.get(day) ?? [];
}

it('waits for a region’s CloudTrail that comes 20 hours late, and is billed the night after', () => {
  expect(statesOf(plan.lateTrail.day, 1)).toContainEqual(expect.stringMatching(/DRIFT_BLOCKED.* source_/));
  expect(statesOf(plan.lateTrail.day, 2).filter((state) => !state.endsWith('VERIFIED'))).toEqual([]);
});

it('waits for an invocation log that is lost until two people answer for it', () => {
  // In the first one its tenant may also wait for a request that ends 25 hours after it began.
  for (const night of [2, 3]) {
    expect(statesOf(plan.lostLog.day, night)).toContainEqual(expect.stringMatching(/DRIFT_BLOCKED.* source_/));
  }
  expect(statesOf(plan.lostLog.day, 4).filter((state) => !state.endsWith('VERIFIED'))).toEqual([]);
});

it('is closed, stated and invoiced as the other reckoning has it, to the nano-dollar and the cent', async () => {
  const { waiting, answeredFor } = await closeTheMonth(world);
  expect(waiting).toEqual([]);
  // The simulated list of costs is none of AWS's: only who used little comes within a dime of it.
  expect(answeredFor).toBeGreaterThan(0);
  const stated = await compareStatements(world, await recomputeOf(world, lived));
  expect(stated.differences).toEqual([]);
  expect(stated.rows).toBeGreaterThan(100);
});

it('changes no byte, and tells the meter nothing, when all of it is run again', async () => {
  const before = await booksOf(world);
  expect(await runAgain(world, quiet)).toEqual([]);
  expect(await closeAgain(world)).toEqual([]);
  expect(await booksOf(world)).toEqual(before);
}, 120_000);

it('was written into the ledger as the platform’s own functions write', async () => {
  const calls = callsOf(plan, plan.days[0] ?? '').filter(({ fate }) => fate !== 'slow');
  const one = [...Map.groupBy(calls, ({ fate }) => fate).values()].flatMap((all) => all.slice(0, 1));
  const itemOf = async ({ ledger }: Tables, tenantId: string, requestId: string) => {
    const Key = { pk: `TENANT#${tenantId}#REQUEST#${requestId}`, sk: 'REQUEST' };
    return (await world.store.documents.send(new GetCommand({ TableName: ledger.getName(), Key }))).Item;
  };
  for (const call of one) {
    // In the ledger of another region, where it is new.
    const tables = world.ledgers.get(call.region === 'us-east-1' ? 'eu-central-2' : 'us-east-1')!;
    await keepSettled(world.store.documents, tables, [call]);
    const batched = await itemOf(tables, call.tenantId, call.requestId);
    await world.store.documents.send(
      new DeleteCommand({ TableName: tables.ledger.getName(), Key: { pk: batched!['pk'], sk: batched!['sk'] } }),
    );
    await openRequest(tables, intentOf(call));
    await settleRequest(tables, intentOf(call), settlementOf(call));
    expect(await itemOf(tables, call.tenantId, call.requestId)).toEqual(batched);
  }
  expect(one.length).toBeGreaterThan(12);
});
