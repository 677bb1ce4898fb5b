import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLATFORMS, scan } from '../../tests/storage-examples.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { askForDayRun, listDayRuns, recordDayRun } from './billing-day-runs.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const ASKED = 1_763_964_000_000;
const ran = {
  startedAt: 1_763_857_800_000,
  endedAt: 1_763_859_000_000,
  tenants: 50,
  settled: 48,
  quarantined: 1,
  writtenAgain: 12,
  corrected: 3,
};

it('what the runs of a day came to is stored as storage.md shows it; the last run and the last wish count', async () => {
  await recordDayRun(store.tables, { day: '2025-11-22', ran: { ...ran, settled: 1 } });
  await askForDayRun(store.tables, '2025-11-22', ASKED);
  await recordDayRun(store.tables, { day: '2025-11-22', ran });
  await askForDayRun(store.tables, '2025-11-22', ASKED - 1);
  expect(await scan(store.documents)).toEqual(PLATFORMS.filter(({ kind }) => kind === 'BILLING_DAY_RUN'));

  await askForDayRun(store.tables, '2025-11-24', ASKED);
  await recordDayRun(store.tables, { day: '2025-11-23', ran });
  const [first, second, third] = [
    { day: '2025-11-22', askedAt: ASKED, ran },
    { day: '2025-11-23', ran },
    { day: '2025-11-24', askedAt: ASKED },
  ];
  expect(await listDayRuns(store.tables, '2025-11-22', '2025-11-24')).toEqual([first, second, third]);
  expect(await listDayRuns(store.tables, '2025-11-23', '2025-11-23')).toEqual([second]);
});
