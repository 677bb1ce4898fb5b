import { readFileSync } from 'node:fs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { EXPORT_PATIENCE_MS, type Export } from '../export.ts';
import { mintRequestId } from '../request-id.ts';
import { parseTenantId } from '../tenant.ts';
import { commit } from './commit.ts';
import {
  claimExport,
  EXPORT_ATTEMPTS,
  EXPORT_LEASE_MS,
  exportWrites,
  finishExport,
  getExport,
  getExportTurn,
  releaseExport,
  renewExport,
} from './exports.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const NOW = 1_795_312_352_000;
const ACME = parseTenantId('acme')!;
const FILE = { rows: 504, bytes: 61_200, sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' };

async function ask(change: Partial<Export> = {}): Promise<Export> {
  const random = new Uint8Array(10);
  crypto.getRandomValues(random);
  const one: Export = {
    id: mintRequestId(NOW, random),
    tenantId: ACME,
    kind: 'USAGE',
    from: '2026-11-01',
    to: '2026-11-21',
    state: 'REQUESTED',
    requestedBy: 'usr_anna',
    requestedAt: NOW,
    attempts: 0,
    ...change,
  };
  expect(await commit(exportWrites(store.tables, one, await getExportTurn(store.tables, one.tenantId)))).toEqual({
    outcome: 'done',
  });
  return one;
}

async function claimed(one: Export, now = NOW): Promise<Export> {
  const claim = await claimExport(store.tables, one, now);
  if (claim.outcome !== 'claimed') throw new Error(claim.outcome);
  return claim.one;
}

it('storage.md shows exports exactly as they are stored', async () => {
  const [, ours = ''] = readFileSync(new URL('storage.md', import.meta.url), 'utf8').split('\n## Exports\n');
  const [only = ''] = ours.split('\n## ');
  const examples = [...only.matchAll(/```json\n(.+?)```/gs)].map(([, json]) => JSON.parse(json!));
  const ready = await claimed(await ask({ id: '019aab2f-6a00-7000-8000-000000000001' }));
  await finishExport(store.tables, ready, { file: FILE }, NOW + 3_000);
  await claimed(await ask({ id: '019aab2f-6a00-7000-8000-000000000002', kind: 'AUDIT' }));
  const month = { from: '2026-10-01', to: '2026-10-31', stage: 'CLOSED' } as const;
  const statement = await ask({ id: '019aab2f-6a00-7000-8000-000000000003', kind: 'STATEMENT', ...month });
  expect(await getExport(store.tables, statement)).toEqual(statement);
  const { Items = [] } = await store.documents.send(new ScanCommand({ TableName: 'ledger' }));
  const inOrder = (items: Record<string, unknown>[]) =>
    items.sort((a, b) => (`${a['pk']} ${a['sk']}` < `${b['pk']} ${b['sk']}` ? -1 : 1));
  expect(inOrder(Items)).toEqual(inOrder(examples));
});

describe('an attempt', () => {
  it('is begun by one of many', async () => {
    const one = await ask();
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimExport(store.tables, one, NOW)));
    expect(claims.map(({ outcome }) => outcome).filter((outcome) => outcome === 'claimed')).toHaveLength(1);
    expect(claims.filter(({ outcome }) => outcome === 'held')).toHaveLength(9);
  });

  it('is begun anew when its lease is over, and then the first changes nothing any more', async () => {
    const one = await ask();
    const first = await claimed(one);
    expect(await renewExport(store.tables, first, NOW + 1)).toBe(true);
    expect(await claimExport(store.tables, one, NOW + EXPORT_LEASE_MS)).toEqual({ outcome: 'held' });
    const second = await claimed(one, NOW + EXPORT_LEASE_MS + 1);
    expect(await renewExport(store.tables, first, NOW)).toBe(false);
    expect(await finishExport(store.tables, first, { failure: 'late' }, NOW)).toBe(false);
    expect(await finishExport(store.tables, second, { file: FILE }, NOW)).toBe(true);
    expect(await finishExport(store.tables, second, { failure: 'twice' }, NOW)).toBe(false);
    expect(await getExport(store.tables, one)).toMatchObject({ state: 'READY', attempts: 2, file: FILE });
    expect(await claimExport(store.tables, one, NOW + 9 * EXPORT_LEASE_MS)).toEqual({ outcome: 'over' });
  });

  it('that is given up lets the next begin at once, so often and no oftener', async () => {
    const one = await ask();
    for (let n = 1; n <= EXPORT_ATTEMPTS; n++) await releaseExport(store.tables, await claimed(one), NOW);
    expect(await claimExport(store.tables, one, NOW)).toMatchObject({ outcome: 'exhausted' });
  });

  it('of what is too old, or of nothing, is not begun', async () => {
    const one = await ask();
    expect(await claimExport(store.tables, one, NOW + EXPORT_PATIENCE_MS)).toEqual({ outcome: 'over' });
    expect(await claimExport(store.tables, { ...one, id: mintRequestId(1, new Uint8Array(10)) }, NOW)).toEqual({
      outcome: 'over',
    });
  });
});

it('of two that are asked for at the same time one is refused', async () => {
  const tenantId = parseTenantId('globex')!;
  const turn = await getExportTurn(store.tables, tenantId);
  const one = await ask({ tenantId });
  const other = { ...one, id: mintRequestId(NOW + 1, new Uint8Array(10)) };
  expect(await commit(exportWrites(store.tables, other, turn))).toEqual({ outcome: 'refused', index: 1 });
  expect(await getExport(store.tables, other)).toBeNull();
});
