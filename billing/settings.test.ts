import { expect, it } from 'vitest';
import { findPlaces } from './settings.ts';

const TABLES = { DIRECTORY_TABLE: 'D', LEDGER_TABLE: 'L' };
const LAKE = { LAKE_BUCKET: 'b', ATHENA_DATABASE: 'd', ATHENA_WORKGROUP: 'w' };
const absent = (): string => {
  throw new Error('ENOENT');
};

it('takes it from settings', () => {
  const env = { ...TABLES, ...LAKE, STRIPE_API_KEY: 'sk_test_1' };
  expect(findPlaces(env, undefined, absent)).toMatchObject({
    ok: true,
    value: { lake: { bucket: 'b', database: 'd', workGroup: 'w' }, stripe: { key: 'sk_test_1' } },
  });
});

it.each([
  [TABLES, /LAKE_BUCKET/],
  [{ ...TABLES, ...LAKE, LAKE_BUCKET: '' }, /LAKE_BUCKET/],
  [{ ...TABLES, ...LAKE }, /STRIPE_API_KEY/],
  [{}, /DIRECTORY_TABLE/],
])('says what is missing of %j', (env, why) => {
  const found = findPlaces(env, undefined, absent);
  expect(found.ok ? '' : found.reason).toMatch(why);
});

it('takes it from what a local platform says, if that knows of billing', () => {
  const dynamodb = { endpoint: 'http://127.0.0.1:1', directory: 'd', ledger: 'l' };
  const lake = { bucket: 'b', database: 'd', workGroup: 'w' };
  const billing = {
    lake,
    stripe: { key: 'k', base: 'http://127.0.0.1:2' },
    s3: 'http://127.0.0.1:3',
    athena: 'http://127.0.0.1:4',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  };
  const file = (content: object) => () => JSON.stringify(content);
  expect(findPlaces({}, '/p.json', file({ dynamodb, billing }))).toMatchObject({
    ok: true,
    value: {
      lake,
      stripe: { base: 'http://127.0.0.1:2' },
      standIns: { s3: 'http://127.0.0.1:3', athena: 'http://127.0.0.1:4', keys: { credentials: { accessKeyId: 'a' } } },
    },
  });
  expect(findPlaces({}, '/p.json', file({ dynamodb }))).toEqual({
    ok: false,
    reason: '/p.json says nothing of billing: start the platform anew',
  });
});
