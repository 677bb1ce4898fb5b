import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import type { ShareAsk } from '../fair-share.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { countThrottled, listShareWindows, returnShare, takeShare } from './shares.ts';

let test: TestTables;
beforeAll(async () => {
  test = await startTables();
});
afterAll(() => test.close());

const ACME = parseTenantId('acme') as TenantId;
const GLOBEX = parseTenantId('globex') as TenantId;

/** Each test has a model of its own. */
const ask = (bedrockModelId: string, changes: Partial<ShareAsk> = {}): ShareAsk => ({
  bedrockModelId,
  window: 448_828_086,
  tenantId: ACME,
  units: 10,
  unheard: 0,
  allowance: { allowed: 100, owed: 0 },
  ...changes,
});

it('gives a share once, whoever asks for it at the same time', async () => {
  const asks = Array.from({ length: 60 }, (_, index) =>
    takeShare(test.tables, ask('crowd', { tenantId: index % 2 ? ACME : GLOBEX })),
  );
  const outcomes = await Promise.all(asks);
  expect(outcomes.filter((outcome) => outcome === 'given')).toHaveLength(20);
  expect(await listShareWindows(test.tables, 'crowd', 448_828_087)).toEqual([
    {
      window: 448_828_086,
      asked: new Map([
        ['acme', 300],
        ['globex', 300],
      ]),
      given: new Map([
        ['acme', 100],
        ['globex', 100],
      ]),
      sent: 200,
      throttled: 0,
      refused: 0,
    },
  ]);
});

it('begins a window with what is owed, given or refused', async () => {
  const owing = (owed: number) => ask('debt', { allowance: { allowed: 20, owed }, units: 15, capacity: 77.4 });
  expect(await takeShare(test.tables, owing(19))).toBe('given');
  expect(await takeShare(test.tables, owing(0))).toBe('refused');
  expect(await takeShare(test.tables, { ...owing(20), tenantId: GLOBEX, unheard: 5, capacity: 99 })).toBe('refused');
  const [window] = await listShareWindows(test.tables, 'debt', 448_828_087);
  expect(window).toMatchObject({ sent: 15, capacity: 77 });
  expect(window?.given).toEqual(
    new Map([
      ['acme', 34],
      ['globex', 20],
    ]),
  );
  expect(window?.asked).toEqual(
    new Map([
      ['acme', 30],
      ['globex', 20],
    ]),
  );
});

it('counts refusals at the cost of who pays, and takes back what was not sent', async () => {
  const mine = ask('told', { allowance: { allowed: 100, owed: 0, payer: 'globex' } });
  await takeShare(test.tables, mine);
  await countThrottled(test.tables, mine, 'tried again');
  await countThrottled(test.tables, mine, 'refused');
  await takeShare(test.tables, mine);
  await returnShare(test.tables, mine);
  const [window] = await listShareWindows(test.tables, 'told', 448_828_087);
  expect(window).toMatchObject({ sent: 10, throttled: 20, refused: 10 });
  expect(window?.given).toEqual(
    new Map([
      ['acme', 10],
      ['globex', 20],
    ]),
  );
});

it('lists the eight windows before one, the last first', async () => {
  for (let back = 0; back < 10; back++) {
    if (back !== 3) await takeShare(test.tables, ask('past', { window: 448_828_100 - back }));
  }
  const windows = await listShareWindows(test.tables, 'past', 448_828_100);
  expect(windows.map(({ window }) => 448_828_100 - window)).toEqual([1, 2, 4, 5, 6, 7, 8]);
});

it('lets the table forget a window, by a time in seconds', async () => {
  await takeShare(test.tables, ask('gone'));
  const { Item } = await test.documents.send(
    new GetCommand({ TableName: 'ledger', Key: { pk: 'PLATFORM#SHARE#gone', sk: '448828086' } }),
  );
  expect(Item).toMatchObject({ kind: 'SHARE_WINDOW', expiresAt: (448_828_087 * 4_000 + 60_000) / 1_000 });
});
