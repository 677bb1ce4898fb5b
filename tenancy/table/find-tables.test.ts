import { expect, it } from 'vitest';
import { findTables } from './find-tables.ts';

const FILE = JSON.stringify({ dynamodb: { endpoint: 'http://127.0.0.1:1', directory: 'd', ledger: 'l' } });
const absent = (): string => {
  throw new Error('ENOENT');
};

it('takes the settings before what a local platform says, unless that is asked for', () => {
  const env = { DIRECTORY_TABLE: 'D', LEDGER_TABLE: 'L', REGIONS: 'eu-central-1, us-east-1' };
  const settings = { regions: ['eu-central-1', 'us-east-1'], names: { directory: 'D', ledger: 'L' }, oneStore: false };
  expect(findTables(env, undefined, () => FILE)).toEqual({ ok: true, value: settings });
  const local = {
    regions: ['eu-central-1', 'eu-central-2', 'us-east-1'],
    names: { directory: 'd', ledger: 'l' },
    endpoint: 'http://127.0.0.1:1',
    oneStore: true,
  };
  expect(findTables(env, '/some/platform.json', () => FILE)).toEqual({ ok: true, value: local });
  const read: string[] = [];
  const reading = (path: string) => {
    read.push(path);
    return FILE;
  };
  expect(findTables({ LOCAL_DATA: '/data' }, undefined, reading)).toEqual({ ok: true, value: local });
  expect(findTables({}, undefined, reading)).toMatchObject({ ok: true });
  expect(read).toEqual(['/data/platform.json', '.local/platform.json']);
});

it('all regions are meant when none is named', () => {
  const found = findTables({ DIRECTORY_TABLE: 'D', LEDGER_TABLE: 'L' }, undefined, absent);
  expect(found.ok && found.value.regions).toEqual(['eu-central-1', 'eu-central-2', 'us-east-1']);
});

it.each([
  [{ DIRECTORY_TABLE: 'D' }, /both/],
  [{ DIRECTORY_TABLE: 'D', LEDGER_TABLE: 'L', REGIONS: 'mars-1' }, /mars-1/],
  [{ DIRECTORY_TABLE: 'D', LEDGER_TABLE: 'L', REGIONS: ' ' }, /none/],
  [{}, /--platform/],
])('says what is missing: %j', (env, why) => {
  const found = findTables(env, undefined, absent);
  expect(found.ok ? '' : found.reason).toMatch(why);
});
