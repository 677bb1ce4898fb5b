import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { parseTenantId } from '../tenant.ts';
import { commit } from './commit.ts';
import { claimOnce, type OnceKey, onceDoneWrite, releaseOnce } from './idempotency.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const NOW = 1_795_000_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
let keys = 0;
const once = (change: Partial<OnceKey> = {}): OnceKey => ({
  tenantId: parseTenantId('acme'),
  caller: 'user:anna',
  idempotencyKey: `key-${++keys}`,
  ...change,
});
const claim = (key: OnceKey, token: string, { input = 'in', at = NOW } = {}) =>
  claimOnce(store.tables, key, input, token, at);
const finish = (key: OnceKey, token: string) => commit([onceDoneWrite(store.tables, key, token, '{"id":1}')]);

describe('a claim', () => {
  it('is had by one of any number', async () => {
    const key = once();
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(key, `t${n}`)));
    expect(all.filter(({ state }) => state === 'claimed')).toHaveLength(1);
    expect(all.filter(({ state }) => state === 'in_progress')).toHaveLength(19);
  });

  it('is another caller’s own, and another tenant’s, under the same key', async () => {
    const key = once();
    await claim(key, 'a');
    for (const other of [{ caller: 'user:bob' }, { tenantId: parseTenantId('globex') }, { tenantId: null }]) {
      expect(await claim({ ...key, ...other }, 'b')).toMatchObject({ state: 'claimed' });
    }
  });

  it('says which input it was made for', async () => {
    const key = once();
    await claim(key, 'a', { input: 'first' });
    expect(await claim(key, 'b', { input: 'second' })).toEqual({ state: 'in_progress', inputSha256: 'first' });
  });

  it('is free again when whoever had it has died, and not before', async () => {
    const key = once();
    await claim(key, 'a');
    expect(await claim(key, 'b', { at: NOW + MINUTE })).toMatchObject({ state: 'in_progress' });
    expect(await claim(key, 'b', { at: NOW + MINUTE + 1 })).toMatchObject({ state: 'claimed' });
    // Who was slow and not dead must not note as done what another is doing.
    expect(await finish(key, 'a')).toEqual({ outcome: 'refused', index: 0 });
    expect(await finish(key, 'b')).toEqual({ outcome: 'done' });
  });

  it('that was given back is free at once; one that is done, or another’s, cannot be given back', async () => {
    const key = once();
    await claim(key, 'a');
    await releaseOnce(store.tables, key, 'b');
    expect(await claim(key, 'c')).toMatchObject({ state: 'in_progress' });
    await releaseOnce(store.tables, key, 'a');
    expect(await claim(key, 'd')).toMatchObject({ state: 'claimed' });
    await finish(key, 'd');
    await releaseOnce(store.tables, key, 'd');
    expect(await claim(key, 'e')).toEqual({ state: 'done', inputSha256: 'in', result: '{"id":1}' });
  });
});

describe('what is done', () => {
  it('is told again for a day, and is done once', async () => {
    const key = once();
    await claim(key, 'a');
    await finish(key, 'a');
    expect(await finish(key, 'a')).toEqual({ outcome: 'refused', index: 0 });
    expect(await claim(key, 'b', { at: NOW + DAY })).toMatchObject({ state: 'done' });
    expect(await claim(key, 'b', { at: NOW + DAY + 1_000 })).toMatchObject({ state: 'claimed' });
  });
});
