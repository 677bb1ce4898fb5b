import { expect, test } from 'vitest';
import { KeptValue } from './kept-value.ts';

const RULES = { freshMs: 100_000, usableMs: 1_000_000, pauseMs: 10_000 };

/** A store whose answers a test gives by hand, so that it decides which fetch is under way when. */
function store() {
  const pending: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  const failures: unknown[] = [];
  const kept = new KeptValue<string>(
    () => new Promise((resolve, reject) => pending.push({ resolve, reject })),
    RULES,
    (error) => void failures.push(error),
  );
  return { kept, pending, failures };
}

test('all who ask at once share one fetch', async () => {
  const { kept, pending } = store();
  const asked = [kept.get(0), kept.get(1), kept.refresh(2)];
  pending[0]?.resolve('one');
  expect(await Promise.all(asked)).toEqual(['one', 'one', true]);
  expect(pending).toHaveLength(1);
});

test('a stale value is given at once, while its successor is under way', async () => {
  const { kept, pending } = store();
  const first = kept.get(0);
  pending[0]?.resolve('one');
  await first;
  expect(await kept.get(100_000)).toBe('one');
  expect(pending).toHaveLength(2);
});

test('after twice its time a value waits for its successor, and serves on when there is none', async () => {
  const { kept, pending } = store();
  const first = kept.get(0);
  pending[0]?.resolve('one');
  await first;
  const waited = kept.get(200_000);
  pending[1]?.resolve('two');
  expect(await waited).toBe('two');
  const failed = kept.get(500_000);
  pending[2]?.reject(new Error('down'));
  expect(await failed).toBe('two');
});

test('a fetch that Lambda froze behind an answer is given up, and its late end does not undo a newer one', async () => {
  const { kept, pending } = store();
  const frozen = kept.get(0);
  const next = kept.get(4_000);
  expect(pending).toHaveLength(2);
  pending[1]?.resolve('new');
  expect(await next).toBe('new');
  pending[0]?.resolve('old');
  expect(await frozen).toBe('new');
  expect(await kept.get(4_001)).toBe('new');
});

test('a store that fails is told of, never thrown', async () => {
  const { kept, pending, failures } = store();
  const asked = kept.refresh(0);
  pending[0]?.reject(new Error('down'));
  expect(await asked).toBe(false);
  expect(failures).toHaveLength(1);
});
