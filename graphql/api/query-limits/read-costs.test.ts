import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { makeSchema } from '../schema.ts';
import { checkQuery } from './check-query.ts';
import { QUERY_LIMITS } from './limits.ts';
import { READ_COSTS } from './read-costs.ts';

const schema = makeSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
const QUERY = 'query ($input: UsageInput!) { tenant(slug: "acme") { usage(input: $input) { totals { requests } } } }';
const check = (query: string, variables: Record<string, unknown> = {}) =>
  checkQuery(schema, parse(query), undefined, variables, { mayIntrospect: false });
/** Without the three objects: tenant, report, totals. */
const points = (input: unknown) => {
  const verdict = check(QUERY, { input });
  return verdict.ok ? verdict.cost - 3 : verdict.reason.kind;
};
const NOVEMBER = { from: '2026-11-01', to: '2026-11-30' };

it('what is priced by its reading is a field of the schema', () => {
  for (const name of READ_COSTS.keys()) {
    const [type = '', field = ''] = name.split('.');
    const found = schema.getType(type);
    expect(found && 'getFields' in found && found.getFields()[field], name).toBeTruthy();
  }
});

describe('usage costs', () => {
  it.each<[number | string, object]>([
    [30, NOVEMBER],
    [1, { from: '2026-11-01', to: '2026-11-01' }],
    [30, { ...NOVEMBER, groupBy: ['MODEL', 'REGION'] }],
    [300, { ...NOVEMBER, grain: 'HOUR' }],
    [1_500, { ...NOVEMBER, groupBy: ['USER'] }],
    [1_500, { ...NOVEMBER, groupBy: 'USER' }],
    [1_500, { ...NOVEMBER, apiKeyIds: ['key_acme:k1'] }],
    [60, { ...NOVEMBER, groupBy: ['USER'], userIds: ['a', 'b'] }],
    [30, { ...NOVEMBER, userIds: 'a' }],
    [200, { ...NOVEMBER, groupBy: ['USER'], grain: 'MONTH' }],
    [3_000, { ...NOVEMBER, groupBy: ['SESSION'] }],
    ['too_costly', { from: '2025-12-01', to: '2026-11-30', groupBy: ['SESSION'] }],
    ['too_costly', { from: '2025-12-01', to: '2026-11-30', groupBy: ['USER'] }],
    ['too_costly', { from: '0001-01-01', to: '9999-12-31' }],
  ])('%s: %j', (cost, input) => {
    expect(points(input)).toBe(cost);
  });

  it('the same in the document, in a variable of its own, and by its default', () => {
    const of = (field: string, head = '', variables = {}) => {
      const verdict = check(`query ${head} { tenant(slug: "a") { ${field} { totals { requests } } } }`, variables);
      return verdict.ok ? verdict.cost - 3 : null;
    };
    expect(of('usage(input: { from: "2026-11-01", to: "2026-11-30", groupBy: [USER] })')).toBe(1_500);
    const field = 'usage(input: { from: $from, to: "2026-11-30", groupBy: $by })';
    expect(of(field, '($from: Date!, $by: [UsageDimension!]! = [SESSION])', { from: '2026-11-01' })).toBe(3_000);
    expect(of('a: usage(input: $i)', '($i: UsageInput! = { from: "2026-11-01", to: "2026-11-30" })')).toBe(30);
  });

  it('as often as it is asked for: for each tenant of a page, and under each name', () => {
    const usage = 'usage(input: { from: "2026-11-01", to: "2026-11-30" }) { asOf }';
    expect(check(`{ tenants(first: 50) { nodes { ${usage} } } }`)).toEqual({ ok: true, cost: 1 + 50 * (1 + 1 + 30) });
    expect(check(`{ tenant(slug: "a") { a: ${usage} b: ${usage} } }`)).toEqual({ ok: true, cost: 1 + 2 * 31 });
    const dear = usage.replace(' })', ', groupBy: [SESSION] })');
    expect(check(`{ tenants(first: 50) { nodes { ${dear} } } }`).ok).toBe(false);
  });

  it('a whole number of points, whatever stands in the variables', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('2026-11-01', '2026-02-31', '9999-12-31', 'SESSION', 'HOUR'));
    const name = fc.constantFrom('from', 'to', 'grain', 'groupBy', 'userIds', 'apiKeyIds', '__proto__', 'length');
    const input = fc.oneof(odd, fc.dictionary(name, fc.oneof(odd, fc.array(odd, { maxLength: 8 }))));
    fc.assert(
      fc.property(input, (value) => {
        const verdict = check(QUERY, { input: value });
        if (verdict.ok) {
          expect(Number.isInteger(verdict.cost)).toBe(true);
          expect(verdict.cost).toBeGreaterThanOrEqual(3);
          expect(verdict.cost).toBeLessThanOrEqual(QUERY_LIMITS.cost);
        } else expect(['too_costly', 'values_too_deep']).toContain(verdict.reason.kind);
      }),
      { seed: 17, numRuns: 3_000 },
    );
  });

  it('more with every day', () => {
    const groupBy = fc.subarray(['USER', 'API_KEY', 'MODEL', 'REGION', 'SESSION']);
    const grain = fc.constantFrom('HOUR', 'DAY', 'MONTH');
    const costOfDays = (days: number, by: string[], size: string): number => {
      const to = new Date(Date.UTC(2026, 0, days)).toISOString().slice(0, 10);
      const cost = points({ from: '2026-01-01', to, groupBy: by, grain: size });
      return typeof cost === 'number' ? cost : Number.POSITIVE_INFINITY;
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), groupBy, grain, (days, by, size) => {
        expect(costOfDays(days + 31, by, size)).toBeGreaterThanOrEqual(costOfDays(days, by, size));
        expect(costOfDays(days, by, size)).toBeGreaterThanOrEqual(1);
      }),
      { seed: 19 },
    );
  });
});

it('days of billing cost what is read for them, their lines as often as there are days', () => {
  const lines = '{ tenant(slug: "a") { billingDays(month: "2026-11", first: 31) { nodes { lines { tokens } } } } }';
  expect(check(lines)).toEqual({ ok: true, cost: 1 + (1 + 30) + 31 * (1 + 1 + 10) });
  const board = '{ billingDays(day: "2026-11-20", first: 10) { nodes { state } counts { complete } } }';
  expect(check(board)).toEqual({ ok: true, cost: 1 + 10 + (1 + 500) });
  const runs = '{ billingDayRuns(from: "2026-11-01", to: "2026-12-31") { day settled } }';
  expect(check(runs)).toEqual({ ok: true, cost: 1 + 5 });
});

it('months of billing cost what is read for them, a margin by its lines', () => {
  const year = '{ tenant(slug: "a") { billingPeriods(first: 12) { nodes { totals { chargeUsd } } } } }';
  expect(check(year)).toEqual({ ok: true, cost: 1 + 1 + 12 * (1 + 1 + 30) });
  const margin = (fields: string) =>
    `{ tenants(first: 100) { nodes { billingPeriod(month: "2026-11") { margin { ${fields} } } } } }`;
  expect(check(margin('marginUsd'))).toEqual({ ok: true, cost: 1 + 100 * (1 + 1 + 1 + 30) });
  expect(check(margin('byModel { name }')).ok).toBe(false);
});

it('of mutations that ask other machines a document has three at most', () => {
  const input = '{ idempotencyKey: "a", tenantId: "ten_acme", identityProvider: null }';
  const document = (times: number) =>
    `mutation { ${Array.from({ length: times }, (_, n) => `a${n}: setIdentityProvider(input: ${input}) { replayed }`).join(' ')} }`;
  expect(check(document(3))).toMatchObject({ ok: true });
  expect(check(document(4))).toMatchObject({ ok: false });
});
