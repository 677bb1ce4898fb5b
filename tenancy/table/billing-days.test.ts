import { readFileSync } from 'node:fs';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { type BillingDay, type RatedDay, startBillingDay } from '../billing-day.ts';
import { advance, type BillingDayEvent, revise } from '../billing-day-events.ts';
import { type BillingAdjustment, openPeriod } from '../billing-period.ts';
import { NO_TOKEN_SUMS, type RatedLine } from '../rating.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import {
  countDayOfAllTenants,
  createBillingDay,
  getBillingDay,
  getLatestBillingDay,
  listBillingDays,
  listDayOfAllTenants,
  listUnfinishedBillingDays,
  recordBillingDay,
  recordRevision,
} from './billing-days.ts';
import { listBillingLines, putBillingLines } from './billing-lines.ts';
import {
  getBillingPeriod,
  listAdjustments,
  listBillingPeriods,
  recordAdjustment,
  recordBillingPeriod,
} from './billing-periods.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const idOf = (text: string): TenantId => parseTenantId(text)!;
const rated = (nanoUsd: bigint, inputsHash = 'a'): RatedDay => ({
  requests: 3n,
  regions: [],
  tokens: { ...NO_TOKEN_SUMS, input: 10n ** 19n },
  nanoUsd,
  costNanoUsd: null,
  lines: 0,
  inputsHash,
  at: 1,
});

/** Stores a day and what becomes of it, one write for each event. */
async function carry(start: BillingDay, ...events: BillingDayEvent[]): Promise<BillingDay> {
  await createBillingDay(store.tables, start);
  let day = (await getBillingDay(store.tables, start))!;
  for (const event of events) {
    const next = advance(day, event);
    if (!next.ok) throw new Error(event.kind);
    day = (await recordBillingDay(store.tables, day, next.value))!;
    expect(await getBillingDay(store.tables, day)).toEqual(day);
  }
  return day;
}

const RATED = { kind: 'rated', rated: rated(10n ** 20n) } as const;
const OPEN = { kind: 'compared', reports: [], at: 2 } as const;
const PLANNED = { kind: 'push_planned', microUsd: 10n ** 17n, at: 3 } as const;
const GOOD_WAY = [
  RATED,
  OPEN,
  PLANNED,
  { kind: 'pushed', at: 4 },
  { kind: 'verified', microUsd: 10n ** 17n, at: 5 },
] as const;

it('storage.md shows days, lines, months and adjustments exactly as they are stored', async () => {
  const [, ours = ''] = readFileSync(new URL('storage.md', import.meta.url), 'utf8').split(
    '\n## Days and months of billing\n',
  );
  const examples = [...ours.split('\n## ')[0]!.matchAll(/```json\n(.*?)```/gs)]
    .map(([, json]) => JSON.parse(json!))
    // Of no tenant's, and compared beside their own tables.
    .filter(({ kind }) => kind !== 'BILLING_RUN' && kind !== 'BILLING_DAY_RUN');
  const kinds = examples.map(({ kind }) => kind);
  const months = ['BILLING_PERIOD', 'BILLING_PERIOD', 'BILLING_PERIOD'];
  expect(kinds).toEqual(['BILLING_DAY', 'BILLING_DAY', 'BILLING_LINES', ...months, 'BILLING_ADJUSTMENT']);
  const itemOf = async ({ pk, sk }: { pk: string; sk: string }) =>
    (await store.documents.send(new GetCommand({ TableName: 'ledger', Key: { pk, sk } }))).Item;
  const { tables } = store;
  for (const example of examples) {
    await store.documents.send(new PutCommand({ TableName: 'ledger', Item: example }));
    const { kind, tenantId, day, revision, month, landsIn } = example;
    // What is read back is written again, under the version that follows.
    if (kind === 'BILLING_DAY') {
      const read = (await getBillingDay(tables, { tenantId, day, revision }))!;
      await recordBillingDay(tables, { ...read, version: example.version }, { ...read, version: 0 });
      expect(await itemOf(example)).toEqual({ ...example, version: example.version + 1 });
    } else if (kind === 'BILLING_LINES') {
      const inputsHash = example.sk.split('#')[1];
      const lines = await listBillingLines(tables, { tenantId, day, inputsHash }, { lines: 2 });
      await putBillingLines(tables, { tenantId, day, inputsHash }, lines);
      expect(await itemOf(example)).toEqual(example);
    } else if (kind === 'BILLING_PERIOD') {
      const read = (await getBillingPeriod(tables, tenantId, month))!;
      await recordBillingPeriod(tables, read, read);
      expect(await itemOf(example)).toEqual({ ...example, version: example.version + 1 });
    } else {
      const [read] = await listAdjustments(tables, tenantId, landsIn);
      const { Key, TableName } = { Key: { pk: example.pk, sk: example.sk }, TableName: 'ledger' };
      await store.documents.send(new PutCommand({ TableName, Item: { ...Key, kind: 'NOTHING' } }));
      const start = await carry(startBillingDay(idOf('stark'), day), RATED, OPEN);
      const adjusted = { ...start, adjustedIn: landsIn };
      expect(await recordAdjustment(tables, start, adjusted, read!)).toMatchObject({ adjustedIn: landsIn });
      expect(await itemOf(example)).toEqual(example);
    }
  }
});

describe('a day', () => {
  it('comes back as it was stored, at each step, with sums that no number holds', async () => {
    const day = await carry(startBillingDay(idOf('hooli'), '2026-05-01'), ...GOOD_WAY);
    expect(day).toMatchObject({ state: 'VERIFIED', rated: rated(10n ** 20n), version: 6 });
  });

  it('is begun once', async () => {
    const start = startBillingDay(idOf('hooli'), '2026-05-02');
    expect(await createBillingDay(store.tables, start)).toBe('created');
    const day = await carry(start, RATED);
    expect(await createBillingDay(store.tables, start)).toBe('known');
    expect(await getBillingDay(store.tables, start)).toEqual(day);
  });

  it('written by many who saw the same version is written by one of them', async () => {
    const day = await carry(startBillingDay(idOf('hooli'), '2026-05-03'));
    const writers = Array.from({ length: 10 }, (_, n) =>
      recordBillingDay(store.tables, day, { ...day, state: 'RATED', rated: rated(BigInt(n)) }),
    );
    const outcomes = await Promise.all(writers);
    expect(outcomes.filter((one) => one !== null)).toHaveLength(1);
    expect(await getBillingDay(store.tables, day)).toEqual(outcomes.find((one) => one !== null));
  });

  it('is corrected by a revision, both written or neither', async () => {
    const day = await carry(startBillingDay(idOf('hooli'), '2026-05-04'), ...GOOD_WAY);
    const revised = revise(day);
    if (!revised.ok) throw new Error('not revised');
    const stale = { ...day, version: day.version - 1 };
    expect(await recordRevision(store.tables, stale, revised.value)).toBeNull();
    expect(await getLatestBillingDay(store.tables, idOf('hooli'), '2026-05-04')).toEqual(day);
    const both = await Promise.all([1, 2, 3].map(() => recordRevision(store.tables, day, revised.value)));
    expect(both.filter((one) => one !== null)).toEqual([revised.value.next]);
    expect(await getLatestBillingDay(store.tables, idOf('hooli'), '2026-05-04')).toEqual(revised.value.next);
    expect(await getBillingDay(store.tables, day)).toMatchObject({ supersededBy: 2, state: 'VERIFIED' });
    expect(await getLatestBillingDay(store.tables, idOf('hooli'), '2026-05-31')).toBeNull();
  });

  it('is listed in its month with all its revisions, and nobody else’s', async () => {
    const ours = idOf('initech');
    for (const date of ['2026-06-30', '2026-07-02', '2026-07-01', '2026-08-01'])
      await carry(startBillingDay(ours, date));
    await carry({ ...startBillingDay(ours, '2026-07-01'), revision: 2 });
    await carry({ ...startBillingDay(ours, '2026-07-01'), revision: 11 });
    await carry(startBillingDay(idOf('initech-labs'), '2026-07-01'));
    const listed = await listBillingDays(store.tables, ours, '2026-07');
    expect(listed.map(({ day, revision }) => `${day} ${revision}`)).toEqual([
      '2026-07-01 1',
      '2026-07-01 2',
      '2026-07-01 11',
      '2026-07-02 1',
    ]);
  });
});

it('the day of all tenants is listed in pages, each once', async () => {
  const date = '2026-04-01';
  for (const id of ['zeta', 'alpha', 'beta', 'gamma']) await carry(startBillingDay(idOf(id), date), RATED);
  await carry({ ...startBillingDay(idOf('beta'), date), revision: 2 });
  await carry(startBillingDay(idOf('alpha'), '2026-04-02'));
  for (const limit of [1, 2, 5, 10]) {
    const seen: string[] = [];
    let after: Parameters<typeof listDayOfAllTenants>[2]['after'];
    do {
      const page = await listDayOfAllTenants(store.tables, date, { limit, ...(after ? { after } : {}) });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items.map(({ tenantId, revision, state }) => `${tenantId} ${revision} ${state}`));
      after = page.next;
    } while (after);
    expect(seen).toEqual(['alpha 1 RATED', 'beta 1 RATED', 'beta 2 COLLECTING', 'gamma 1 RATED', 'zeta 1 RATED']);
  }
});

it('all tenants’ day is counted by state, over all pages, each tenant by its last revision', async () => {
  const date = '2026-06-01';
  // Of such items the store has two in a page.
  const failed = { kind: 'failed', step: 'count', why: 'x'.repeat(380_000), at: 1 } as const;
  for (const id of ['beta', 'delta', 'gamma', 'zeta']) await carry(startBillingDay(idOf(id), date), failed);
  const corrected = await carry(startBillingDay(idOf('alpha'), date), ...GOOD_WAY);
  const revised = revise(corrected);
  if (!revised.ok) throw new Error('no revision');
  await recordRevision(store.tables, corrected, revised.value);
  const inOrder = [
    { state: 'COLLECTING', count: 1 },
    { state: 'FAILED', count: 4 },
  ];
  expect(await countDayOfAllTenants(store.tables, date, 100)).toEqual({ counts: inOrder, complete: true });
  const some = { counts: [inOrder[0], { state: 'FAILED', count: 2 }], complete: false };
  expect(await countDayOfAllTenants(store.tables, date, 4)).toEqual(some);
  expect(await countDayOfAllTenants(store.tables, '2026-06-02', 4)).toEqual({ counts: [], complete: true });
});

it('what is unfinished is listed, the oldest day first, and nothing else', async () => {
  const unfinished = async () =>
    (await listUnfinishedBillingDays(store.tables, 100))
      .filter(({ tenantId }) => tenantId === 'umbrella')
      .map(({ day, revision }) => `${day} ${revision}`);
  const start = (date: string) => startBillingDay(idOf('umbrella'), date);
  const late = await carry(start('2026-03-02'), ...GOOD_WAY.slice(0, 4));
  await carry(start('2026-03-01'), RATED);
  await carry(start('2026-02-27'), ...GOOD_WAY);
  const corrected = await carry(start('2026-02-28'), ...GOOD_WAY);
  await carry(start('2026-02-26'), RATED, OPEN, { kind: 'adjusted', landsIn: '2026-04' });
  await carry(start('2026-03-03'), { kind: 'failed', step: 'count', why: 'the lake was away', at: 1 });
  expect(await unfinished()).toEqual(['2026-03-01 1', '2026-03-02 1', '2026-03-03 1']);
  const revised = revise(corrected);
  if (!revised.ok) throw new Error('not revised');
  await recordRevision(store.tables, corrected, revised.value);
  const verified = advance(late, GOOD_WAY[4]);
  if (verified.ok) await recordBillingDay(store.tables, late, verified.value);
  expect(await unfinished()).toEqual(['2026-02-28 2', '2026-03-01 1', '2026-03-03 1']);
});

describe('lines', () => {
  const line = (n: number): RatedLine => ({
    book: n % 2 ? 'cost' : 'charge',
    model: `claude-${n}`,
    region: 'eu-central-1',
    tier: n % 3 ? 'TRIAL' : null,
    charged: n % 5 !== 0,
    tokenClass: 'cacheWrite1h',
    priceId: 'p',
    perToken: n,
    tokens: 10n ** 20n + BigInt(n),
    nanoUsd: (10n ** 20n + BigInt(n)) * BigInt(n),
  });
  const where = { tenantId: idOf('hooli'), day: '2026-05-01', inputsHash: 'ab'.repeat(32) };

  it('of any number come back in their order, however often they were stored', async () => {
    for (const [at, count] of [0, 1, 500, 501, 1_203].entries()) {
      const one = { ...where, day: `2026-01-0${at + 1}` };
      const lines = Array.from({ length: count }, (_, n) => line(n));
      await putBillingLines(store.tables, one, lines);
      await putBillingLines(store.tables, one, lines);
      expect(await listBillingLines(store.tables, one, { lines: count })).toEqual(lines);
    }
  });

  it('of other inputs stand beside them', async () => {
    await putBillingLines(store.tables, where, [line(1), line(2)]);
    await putBillingLines(store.tables, { ...where, inputsHash: 'cd'.repeat(32) }, [line(3)]);
    expect(await listBillingLines(store.tables, where, { lines: 2 })).toEqual([line(1), line(2)]);
  });

  it('that are not all there are no bill', async () => {
    await putBillingLines(store.tables, where, [line(1), line(2)]);
    await expect(listBillingLines(store.tables, where, { lines: 3 })).rejects.toThrow('damaged');
  });
});

describe('a month', () => {
  const tenantId = idOf('wayne');

  it('is open until something is written about it, and written by one at a time', async () => {
    expect(await getBillingPeriod(store.tables, tenantId, '2026-01')).toBeNull();
    const open = openPeriod(tenantId, '2026-01');
    const first = await recordBillingPeriod(store.tables, null, { ...open, state: 'CLOSING' });
    expect(first).toEqual({ ...open, state: 'CLOSING', version: 1 });
    expect(await recordBillingPeriod(store.tables, null, open)).toBeNull();
    const closed = { nanoUsd: 10n ** 20n, microUsd: 10n ** 17n, adjustmentsNanoUsd: -5n, at: 9 };
    const second = await recordBillingPeriod(store.tables, first, { ...first!, state: 'CLOSED', closed });
    expect(await recordBillingPeriod(store.tables, first, first!)).toBeNull();
    expect(await getBillingPeriod(store.tables, tenantId, '2026-01')).toEqual(second);
    await recordBillingPeriod(store.tables, null, openPeriod(tenantId, '2025-12'));
    const listed = await listBillingPeriods(store.tables, tenantId);
    expect(listed.map(({ month, state }) => [month, state])).toEqual([
      ['2025-12', 'OPEN'],
      ['2026-01', 'CLOSED'],
    ]);
  });

  it('is billed with what a day of another one is adjusted by, unless it is closed by then', async () => {
    const approved = await carry(startBillingDay(tenantId, '2025-11-30'), RATED, OPEN);
    const adjustment: BillingAdjustment = {
      tenantId,
      day: '2025-11-30',
      revision: 1,
      landsIn: '2026-01',
      nanoUsd: -(10n ** 20n),
      reason: 'late',
      at: 7,
    };
    const adjusted = (landsIn: string) => ({ ...approved, adjustedIn: landsIn });
    expect(await recordAdjustment(store.tables, approved, adjusted('2026-01'), adjustment)).toBe('month_closed');
    expect(await listAdjustments(store.tables, tenantId)).toEqual([]);
    expect(await getBillingDay(store.tables, approved)).toEqual(approved);
    for (const landsIn of ['2025-12', '2026-02']) {
      const day = await carry(startBillingDay(tenantId, `2025-11-${landsIn.slice(-2)}`), RATED, OPEN);
      const one = { ...adjustment, day: day.day, landsIn };
      const stored = { ...day, adjustedIn: landsIn };
      expect(await recordAdjustment(store.tables, day, stored, one)).toEqual({ ...stored, version: day.version + 1 });
      expect(await recordAdjustment(store.tables, day, stored, one)).toBe('conflict');
      expect(await listAdjustments(store.tables, tenantId, landsIn)).toEqual([one]);
    }
    expect(await listAdjustments(store.tables, tenantId)).toHaveLength(2);
    const same = await carry(startBillingDay(tenantId, '2025-11-29'), RATED, OPEN);
    expect(await recordAdjustment(store.tables, same, { ...same, adjustedIn: '2026-02' }, null)).toMatchObject({
      adjustedIn: '2026-02',
    });
    expect(await listAdjustments(store.tables, tenantId)).toHaveLength(2);
  });
});
