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
  const plan = { quota: 6, offered: 2, settleSeconds: 20, seconds: 25 };
  const { bPart, used, aAlone, errors } = await measureFairness(door, plan, () => {});
  expect(errors).toBe(0);
  expect(aAlone).toBe(1);
  // 95 % is for a machine that has nothing else to do (docs/fairness.md); without sharing B had a tenth of the quota.
  expect(bPart).toBeGreaterThan(0.75);
  expect(used).toBeGreaterThan(0.6);
}, 180_000);
