import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEvidenceFaults, readFault } from './faults.ts';

const trail = { source: 'cloudtrail', account: '222222222222', region: 'eu-central-1' } as const;
const other = { ...trail, region: 'us-east-1' };
const NONE = { hold: false, dropPercent: 0, duplicate: false };

test('of a hundred records exactly the given percentage is lost', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), (dropPercent) => {
      const faults = createEvidenceFaults();
      faults.set('cloudtrail', undefined, { ...NONE, dropPercent });
      const kept = Array.from({ length: 100 }, () => faults.copies(trail)).filter((copies) => copies === 1);
      expect(kept).toHaveLength(100 - dropPercent);
    }),
  );
});

test('a fault is one log’s, in one region or in all that have none of their own', () => {
  const faults = createEvidenceFaults();
  faults.set('cloudtrail', undefined, { ...NONE, duplicate: true });
  faults.set('cloudtrail', 'us-east-1', { ...NONE, hold: true });
  expect([faults.copies(trail), faults.isHeld(trail)]).toEqual([2, false]);
  expect([faults.copies(other), faults.isHeld(other)]).toEqual([1, true]);
  expect(faults.copies({ ...trail, source: 'invocations' })).toBe(1);
  faults.clear();
  expect([faults.copies(trail), faults.isHeld(other)]).toEqual([1, false]);
});

test.each([
  ['{"source":"cloudtrail"}', { source: 'cloudtrail', fault: NONE }],
  [
    '{"source":"invocations","region":"eu-central-2","dropPercent":2.5}',
    { source: 'invocations', region: 'eu-central-2', fault: { ...NONE, dropPercent: 2.5 } },
  ],
  ['{"source":"cur","hold":true}', { source: 'cur', fault: { ...NONE, hold: true } }],
  ['{"source":"bill"}', undefined],
  ['{"source":"cloudtrail","dropPercent":101}', undefined],
  ['{"source":"cloudtrail","dropPercent":"1"}', undefined],
  ['{"source":"cloudtrail","hold":1}', undefined],
  ['{"source":"cloudtrail","region":7}', undefined],
  ['null', undefined],
  ['{', undefined],
])('%s is read, or is none', (text, expected) => {
  expect(readFault(text)).toEqual(expected);
});
