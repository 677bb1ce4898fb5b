import fc from 'fast-check';
import { expect, it } from 'vitest';
import { meterIdentifier, parseMeterIdentifier } from './meter-event.ts';
import { parseTenantId } from './tenant.ts';
import { isUtcDay } from './utc-day.ts';

const tenants = fc
  .stringMatching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/)
  .map(parseTenantId)
  .filter((id) => id !== null);
const days = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const meterDays = fc.record({
  tenantId: tenants,
  day: days,
  revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});

it('a value is named within what Stripe takes, and its name leads back to it alone', () => {
  fc.assert(
    fc.property(meterDays, (one) => {
      const name = meterIdentifier(one);
      expect(name.length).toBeLessThanOrEqual(100);
      expect(parseMeterIdentifier(name)).toEqual(one);
    }),
  );
});

it('two values never have one name', () => {
  fc.assert(
    fc.property(meterDays, meterDays, (a, b) => {
      const isSame = a.tenantId === b.tenantId && a.day === b.day && a.revision === b.revision;
      expect(meterIdentifier(a) === meterIdentifier(b)).toBe(isSame);
    }),
  );
});

it.each([
  '',
  'acme',
  'acme:2026-11-21:usage:r0',
  'acme:2026-11-21:usage:r01',
  'acme:2026-11-21:usage:r1 ',
  'acme:2026-11-21:usage:r9999999999999999',
  'acme:2026-11-21:other:r1',
  'acme:2026-02-29:usage:r1',
  'acme:2026-13-01:usage:r1',
  'ACME:2026-11-21:usage:r1',
  'ac#me:2026-11-21:usage:r1',
  'admin:2026-11-21:usage:r1',
  'x:acme:2026-11-21:usage:r1',
])('%j names no value', (text) => {
  expect(parseMeterIdentifier(text)).toBeNull();
});

it('a leap day is a day in a leap year', () => {
  expect(isUtcDay('2028-02-29')).toBe(true);
  expect(isUtcDay('2027-02-29')).toBe(false);
  expect(isUtcDay('2026-11-31')).toBe(false);
});
