import { expect, it, vi } from 'vitest';
import { type ScheduledFunction, startSchedule } from './schedule.ts';

type Answer = Awaited<ReturnType<ScheduledFunction['invoke']>>;

function fake(invoke: (event: unknown) => Promise<Answer>): ScheduledFunction {
  return { region: 'eu-central-1', invoke };
}

const done = { ok: true, payload: null } as const;

it("invokes the function again and again, with Scheduler's event", async () => {
  const events: unknown[] = [];
  const fn = fake(async (event) => {
    events.push(event);
    return done;
  });
  const schedule = startSchedule({ name: 'sweeper', everyMs: 5, fn });
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(2), 10_000);
  await schedule.close();
  expect(events[0]).toMatchObject({
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    region: 'eu-central-1',
    resources: ['arn:aws:scheduler:eu-central-1:111111111111:schedule/default/sweeper'],
    detail: '{}',
  });
});

it('tells of a run that failed, and goes on', async () => {
  const lines: string[] = [];
  const fn = fake(async () => ({ ok: false, error: { errorType: 'Sandbox.Timedout', errorMessage: 'private' } }));
  const schedule = startSchedule({ name: 'sweeper', everyMs: 5, fn, onLine: (line) => lines.push(line) });
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(1), 10_000);
  await schedule.close();
  expect(lines[0]).toBe('schedule: sweeper failed: Sandbox.Timedout');
});

it('runs once at a time, waits for the last run when it is closed, and is quiet from then on', async () => {
  let [running, most, runs] = [0, 0, 0];
  const gate = Promise.withResolvers<void>();
  const fn = fake(async () => {
    running += 1;
    runs += 1;
    most = Math.max(most, running);
    await gate.promise;
    running -= 1;
    return done;
  });
  const schedule = startSchedule({ name: 'sweeper', everyMs: 2, fn });
  await vi.waitFor(() => expect(runs).toBe(1), 10_000);
  await new Promise((later) => setTimeout(later, 20));
  const closed = schedule.close();
  gate.resolve();
  await closed;
  expect({ running, most }).toEqual({ running: 0, most: 1 });
  const after = runs;
  await new Promise((later) => setTimeout(later, 20));
  expect(runs).toBe(after);
});
