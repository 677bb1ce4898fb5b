import { expect, it } from 'vitest';
import { openTurns } from './turns.ts';

it('lets so many work at once, first come first served, and others while one waits', async () => {
  const turns = openTurns(2);
  const begun: string[] = [];
  const gates = new Map(['a', 'b', 'c', 'd'].map((name) => [name, Promise.withResolvers<void>()]));
  const answer = Promise.withResolvers<void>();
  const work = (name: string) =>
    turns.take(async () => {
      begun.push(name);
      await gates.get(name)?.promise;
    });
  const waiting = turns.take(async () => {
    begun.push('waits');
    await turns.giveUpFor(() => answer.promise);
    begun.push('goes on');
  });
  const works = ['a', 'b', 'c', 'd'].map(work);
  const settle = () => new Promise((next) => setImmediate(next));
  await settle();
  expect(begun).toEqual(['waits', 'a', 'b']);
  answer.resolve();
  await settle();
  // It stands in the queue like everybody.
  expect(begun).toEqual(['waits', 'a', 'b']);
  gates.get('b')?.resolve();
  await settle();
  expect(begun).toEqual(['waits', 'a', 'b', 'c']);
  for (const gate of gates.values()) gate.resolve();
  await Promise.all([waiting, ...works]);
  expect(begun).toEqual(['waits', 'a', 'b', 'c', 'd', 'goes on']);
});

it('gives a turn back that ended in an error, and hands on what work and waiting say', async () => {
  const turns = openTurns(1);
  await expect(turns.take(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  const late = turns.take(() => turns.giveUpFor(() => Promise.reject(new Error('late'))));
  await expect(late).rejects.toThrow('late');
  expect(await turns.take(async () => turns.giveUpFor(async () => 'said'))).toBe('said');
});
