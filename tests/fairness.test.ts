import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Door, openDoor } from './load/door.ts';
import { measureFairness } from './load/fairness.ts';
import { type RunningPlatform, startPlatform } from './start-platform.ts';

let platform: RunningPlatform;
let door: Door;
beforeAll(async () => {
  // A process of its own for each request would be what is measured.
  platform = await startPlatform({ LAMBDA_MODE: 'shared' });
  door = openDoor(platform.json);
});
afterAll(async () => {
  door?.close();
  await platform?.stop();
});

it('shares a throttled quota fairly: a small tenant is served beside one that offers ten times as much', async () => {
  const plan = { quota: 2, offered: 0.8, settleSeconds: 20, seconds: 25 };
  const { bPart, aAlone, slices } = await measureFairness(door, plan, () => {});
  expect(aAlone).toBe(1);
  // 95 % is for a machine that has nothing else to do (docs/fairness.md). Without sharing B had the same part as A.
  expect(bPart).toBeGreaterThan(0.6);
  const last = slices.filter(({ a }) => a.fromSecond >= plan.settleSeconds);
  const [served = 0, wanted = 1] = (['served', 'wanted'] as const).map((of) =>
    last.reduce((sum, { a }) => sum + a[of], 0),
  );
  expect(bPart).toBeGreaterThan(served / wanted + 0.2);
}, 180_000);
