import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Gate, type GateId, NEW_GATE } from '../../tenancy/gate.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { SwitchTarget } from '../../tenancy/switches.ts';
import { ACME } from './serve.fixture.ts';
import { watchStops } from './stop-watch.ts';

const TENANT: GateId = { tenantId: ACME, subject: { kind: 'tenant' } };
const user = (identityId: string): GateId => ({ tenantId: ACME, subject: { kind: 'user', identityId } });

let stopped: Set<SwitchTarget>;
let closed: GateId[];
let reads: { switches: number; gates: (readonly GateId[])[] };
let fail: boolean;
beforeEach(() => {
  vi.useFakeTimers();
  [stopped, closed, fail] = [new Set(), [], false];
  reads = { switches: 0, gates: [] };
});
afterEach(() => {
  vi.useRealTimers();
});

const watcher = () =>
  watchStops(
    {
      switches: async () => {
        reads.switches++;
        if (fail) throw new Error('away');
        return { stopped, congested: new Map() };
      },
      gates: async (ids) => {
        reads.gates.push(ids);
        return ids.map(
          (id): Gate => ({ ...NEW_GATE, closed: closed.some((one) => JSON.stringify(one) === JSON.stringify(id)) }),
        );
      },
    },
    'eu-central-1',
  );

describe('a running request', () => {
  it.each<[string, () => void, string]>([
    ['the platform', () => stopped.add('platform'), 'platform'],
    ['its region', () => stopped.add('region:eu-central-1'), 'region'],
    ['its model', () => stopped.add('model:claude-opus-5-5'), 'model'],
    ['its tenant', () => closed.push(TENANT), 'tenant'],
    ['its user', () => closed.push(user('anna')), 'user'],
  ])('is stopped with %s, once, within two seconds', async (_, stop, by) => {
    const told: Refusal[] = [];
    watcher()([TENANT, user('anna')], 'claude-opus-5-5', (refusal) => told.push(refusal));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(told).toEqual([]);
    stop();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual([{ kind: 'stopped', by }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toHaveLength(1);
  });

  it('is not stopped with what is not its own', async () => {
    const told: Refusal[] = [];
    watcher()([TENANT, user('anna')], 'claude-opus-5-5', (refusal) => told.push(refusal));
    stopped = new Set(['region:us-east-1', 'model:claude-haiku-5-5']);
    closed = [user('ann')];
    await vi.advanceTimersByTimeAsync(6_000);
    expect(told).toEqual([]);
  });

  it('is not stopped by a store that is away, and is when it is back', async () => {
    const told: Refusal[] = [];
    watcher()([TENANT], 'm', (refusal) => told.push(refusal));
    closed = [TENANT];
    fail = true;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(told).toEqual([]);
    fail = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual([{ kind: 'stopped', by: 'tenant' }]);
  });

  it('that has ended is told nothing', async () => {
    const told: Refusal[] = [];
    const watch = watcher();
    watch([TENANT], 'm', () => told.push({ kind: 'host_unknown' }))();
    watch([TENANT], 'm', () => undefined);
    closed = [TENANT];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual([]);
  });
});

it('one look reads for all that run, each gate once; none is made when nothing runs', async () => {
  const watch = watcher();
  const ends = ['anna', 'bob', 'anna'].map((name) => watch([TENANT, user(name)], 'm', () => undefined));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(reads).toEqual({ switches: 1, gates: [[TENANT, user('anna'), user('bob')]] });
  for (const end of ends) end();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(reads.switches).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});
