import { expect, it } from 'vitest';
import type { Client } from './client.ts';
import { offboardTenant } from './offboard-tenant.ts';
import type { Result } from './report.ts';

const NOW = Date.UTC(2026, 10, 20);
const STARTED = Date.UTC(2026, 10, 10);
const day = (ofNovember: number) => new Date(Date.UTC(2026, 10, ofNovember)).toISOString();

const OPERATION = { id: 'op_1', kind: 'CLOSE', status: 'WAITING', dueAt: day(40), finishedAt: null, steps: [] };

/** A tenant that is being closed since the 10th, and loses its data 30 days later. */
async function offboard(words: string, refusal?: string) {
  let purgeAt = day(40);
  const moves: unknown[] = [];
  const told: Result[] = [];
  const ask = async (document: unknown, variables: unknown): Promise<unknown> => {
    const text = String(document);
    if (text.includes('query ClosingBySlug'))
      return { tenant: { id: 'ten_acme', status: 'CLOSING', version: 2, operations: { nodes: [OPERATION] } } };
    if (text.includes('query ClosingById'))
      return { node: { startedAt: new Date(STARTED).toISOString(), purgeAt, archive: null } };
    if (!text.includes('mutation SetPurgeDate')) throw new Error(text);
    const { input } = variables as { input: { idempotencyKey: string; purgeAt: string } };
    if (refusal !== undefined)
      return {
        setPurgeDate: {
          operation: null,
          userErrors: [{ code: 'INVALID', field: ['input', 'purgeAt'], message: refusal }],
        },
      };
    purgeAt = input.purgeAt;
    moves.push({ ...input, idempotencyKey: 'KEY' });
    return { setPurgeDate: { operation: { purgeAt }, userErrors: [] } };
  };
  const order = offboardTenant.read([
    'acme',
    '--confirm',
    'acme',
    '--reason',
    'they asked',
    ...words.split(' ').filter(Boolean),
  ]);
  if (!order.ok || order.value === 'help') throw new Error('not understood');
  const { dryRun, json, run } = order.value;
  const report = { tell: (one: Result) => void told.push(one), progress: () => {}, note: () => {}, print: () => {} };
  await run({ client: { ask } as Client, report, dryRun, json, now: () => NOW, sleep: async () => {} });
  return { told: told.map(({ outcome, what }) => `${outcome}: ${what}`), moves };
}

it('moves the day of the purge when it is run again with another one', async () => {
  expect(await offboard('--purge-after 60')).toEqual({
    told: [`done: is stopped; its data is deleted at ${day(70)}, which --purge-after DAYS moves`],
    moves: [{ idempotencyKey: 'KEY', operationId: 'op_1', purgeAt: day(70), reason: 'they asked' }],
  });
});

it('moves a day that would be over to the earliest that there is', async () => {
  const { moves } = await offboard('--purge-after 5');
  expect(moves).toMatchObject([{ purgeAt: new Date(NOW + 60_000).toISOString() }]);
});

it.each(['', '--purge-after 30'])('leaves the day as it is when nothing else is said: %j', async (words) => {
  expect(await offboard(words)).toEqual({
    told: [`unchanged: is stopped; its data is deleted at ${day(40)}, which --purge-after DAYS moves`],
    moves: [],
  });
});

it('only says so in a dry run, and when the API will not', async () => {
  const dry = await offboard('--purge-after 60 --dry-run');
  expect(dry).toEqual({
    told: [`planned: moves the day on which its data is deleted from ${day(40)} to ${day(70)}`],
    moves: [],
  });
  const refused = await offboard('--purge-after 60', 'its purge has begun');
  expect(refused.told).toEqual(['failed: --purge-after (purgeAt) its purge has begun (INVALID)']);
});
