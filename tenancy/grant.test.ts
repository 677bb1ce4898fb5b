import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coveringGrant, decideGrant, GRANT_EFFECTS, type Grant, type GrantAsk, grantSubjects } from './grant.ts';
import { REGIONS } from './region.ts';
import { parseTenantId } from './tenant.ts';

const acme = parseTenantId('acme')!;
const grant = (id: string, change: Partial<Grant> = {}): Grant => ({
  id,
  tenantId: acme,
  subject: { kind: 'tenant' },
  model: 'opus',
  regions: '*',
  effect: 'allow',
  byPlatform: true,
  ...change,
});
const decide = (...grants: Grant[]) => decideGrant(grants, 'opus', 'eu-central-1', 100);

describe('a decision', () => {
  it('is a no when nothing speaks', () => {
    expect(decide()).toEqual({ outcome: 'none' });
  });

  it.each<[string, Partial<Grant>, string]>([
    ['the model itself', {}, 'allowed'],
    ['every model', { model: '*' }, 'allowed'],
    ['another model', { model: 'sonnet' }, 'none'],
    ['a model whose name starts alike', { model: 'opus-5' }, 'none'],
    ['a model by a pattern, which is none', { model: 'op*' }, 'none'],
    ['the region', { regions: ['us-east-1', 'eu-central-1'] }, 'allowed'],
    ['another region', { regions: ['us-east-1'] }, 'none'],
    ['no region', { regions: [] }, 'none'],
    ['from this very instant', { from: 100 }, 'allowed'],
    ['from the next instant', { from: 101 }, 'none'],
    ['until this very instant', { until: 100 }, 'none'],
    ['until the next instant', { until: 101 }, 'allowed'],
    ['from the beginning of time', { from: 0 }, 'allowed'],
    ['until the beginning of time', { until: 0 }, 'none'],
  ])('by a grant for %s', (_, change, outcome) => {
    expect(decide(grant('g', change))).toMatchObject(outcome === 'none' ? { outcome } : { outcome, grantId: 'g' });
    const effect = { ...change, effect: 'deny' } as const;
    const denied = outcome === 'none' ? { outcome: 'allowed', grantId: 'all' } : { outcome: 'denied', grantId: 'g' };
    expect(decide(grant('all', { model: '*' }), grant('g', effect))).toEqual(denied);
  });

  it('names the grant that decided', () => {
    expect(decide(grant('other', { model: 'sonnet' }), grant('this'))).toEqual({ outcome: 'allowed', grantId: 'this' });
    expect(decide(grant('yes'), grant('no', { effect: 'deny' }))).toEqual({ outcome: 'denied', grantId: 'no' });
  });

  const ANNA = { kind: 'user', identityId: 'anna' } as const;

  it('hands on what the platform gave, and nothing that it took back', () => {
    const handedOn = grant('anna', { subject: ANNA, byPlatform: false });
    expect(decide(handedOn)).toEqual({ outcome: 'none' });
    expect(decide(grant('all'), handedOn)).toEqual({ outcome: 'allowed', grantId: 'all' });
    expect(decide(grant('all', { until: 100 }), handedOn)).toMatchObject({
      outcome: 'none',
      nearest: { grantId: 'all' },
    });
    expect(decide(grant('anna', { subject: ANNA }))).toEqual({ outcome: 'allowed', grantId: 'anna' });
  });

  it('leaves what is restricted to who has a grant of the own', () => {
    const restricted = grant('few', { effect: 'restrict', byPlatform: false });
    const own = grant('anna', { subject: ANNA, byPlatform: false });
    expect(decide(grant('all'), restricted)).toEqual({ outcome: 'restricted', grantId: 'few' });
    expect(decide(grant('all'), restricted, own)).toEqual({ outcome: 'allowed', grantId: 'anna' });
    expect(decide(grant('all'), restricted, { ...own, until: 100 })).toMatchObject({ outcome: 'restricted' });
    expect(decide(grant('all'), restricted, { ...own, model: 'sonnet' })).toMatchObject({ outcome: 'restricted' });
    expect(decide(grant('all'), { ...restricted, model: '*' }, own)).toMatchObject({ outcome: 'allowed' });
    expect(decide(grant('all'), { ...restricted, model: 'sonnet' })).toMatchObject({ outcome: 'allowed' });
    expect(decide(restricted, own)).toEqual({ outcome: 'none' });
  });

  it('is by its rules for any grants, in whatever order', () => {
    const some = fc.record({
      id: fc.string(),
      tenantId: fc.constant(acme),
      subject: fc.constantFrom({ kind: 'tenant' } as const, ANNA),
      byPlatform: fc.boolean(),
      model: fc.constantFrom('*', 'opus', 'sonnet'),
      regions: fc.oneof(fc.constant('*' as const), fc.subarray([...REGIONS])),
      effect: fc.constantFrom(...GRANT_EFFECTS),
      from: fc.integer({ min: 98, max: 102 }),
      until: fc.integer({ min: 98, max: 102 }),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 6 }), (grants) => {
        const speaking = grants.filter(
          ({ model, regions, from, until }) =>
            model !== 'sonnet' &&
            [regions].flat().some((one) => one === '*' || one === 'eu-central-1') &&
            from <= 100 &&
            100 < until,
        );
        const has = (effect: string, which: (one: (typeof grants)[number]) => boolean = () => true) =>
          speaking.some((one) => one.effect === effect && which(one));
        const rules: [boolean, string][] = [
          [has('deny'), 'denied'],
          [!has('allow', ({ byPlatform }) => byPlatform), 'none'],
          [has('restrict') && !has('allow', ({ subject }) => subject.kind === 'user'), 'restricted'],
        ];
        const expected = rules.find(([holds]) => holds)?.[1] ?? 'allowed';
        expect(decide(...grants).outcome).toBe(expected);
        expect(decide(...grants.toReversed()).outcome).toBe(expected);
      }),
      { seed: 31, numRuns: 1000 },
    );
  });
});

describe('a no for want of a grant', () => {
  it.each<[string, Partial<Grant>[], object | undefined]>([
    ['that begins later', [{ from: 200 }], { grantId: 'g0', why: 'not_begun', from: 200 }],
    ['that ended', [{ until: 100 }], { grantId: 'g0', why: 'ended', until: 100 }],
    [
      'for other regions',
      [{ regions: ['us-east-1'] }],
      { grantId: 'g0', why: 'other_regions', regions: ['us-east-1'] },
    ],
    ['that begins next, of two', [{ from: 300 }, { from: 200 }], { grantId: 'g1', why: 'not_begun', from: 200 }],
    ['that ended last, of two', [{ until: 50 }, { until: 60 }], { grantId: 'g1', why: 'ended', until: 60 }],
    ['of every model', [{ model: '*', until: 60 }], { grantId: 'g0', why: 'ended', until: 60 }],
    [
      'that begins, rather than one that ended',
      [{ until: 60 }, { from: 200 }],
      { grantId: 'g1', why: 'not_begun', from: 200 },
    ],
    [
      'that ended, rather than one for other regions',
      [{ regions: ['us-east-1'] }, { until: 60 }],
      { grantId: 'g1', why: 'ended', until: 60 },
    ],
    ['of another model: not named', [{ model: 'sonnet', until: 60 }], undefined],
    ['for no region at all: not named', [{ regions: [] }], undefined],
    ['for other regions that ended: two reasons, not named', [{ regions: ['us-east-1'], until: 60 }], undefined],
    ['whose time can never come: not named', [{ from: 300, until: 200 }], undefined],
    ['that would deny: not named', [{ effect: 'deny', from: 200 }], undefined],
  ])('names the grant %s', (_, changes, nearest) => {
    const decision = decide(...changes.map((change, n) => grant(`g${n}`, change)));
    expect(decision).toEqual(nearest ? { outcome: 'none', nearest } : { outcome: 'none' });
  });
});

it('a caller is spoken for by its tenant, its identity and, when it has one, its key', () => {
  const user = { tenantId: acme, identityId: 'anna', callerType: 'user' } as const;
  expect(grantSubjects(user)).toEqual([{ kind: 'tenant' }, { kind: 'user', identityId: 'anna' }]);
  expect(grantSubjects({ ...user, callerType: 'api_key', keyId: 'k3jD8sQ0aZ' })).toEqual([
    { kind: 'tenant' },
    { kind: 'user', identityId: 'anna' },
    { kind: 'key', keyId: 'k3jD8sQ0aZ' },
  ]);
});

describe('what a tenant gives on', () => {
  const regions = fc.oneof(fc.constant('*' as const), fc.uniqueArray(fc.constantFrom(...REGIONS), { minLength: 1 }));
  const instant = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
  const rule = fc.record({ model: fc.constantFrom('*', 'a', 'b'), regions, from: instant, until: instant });
  const someGrants = fc.array(fc.record({ rule, effect: fc.constantFrom('allow' as const, 'deny' as const) }));
  type Rule = { [Field in keyof GrantAsk]: GrantAsk[Field] | undefined } & Pick<GrantAsk, 'model' | 'regions'>;
  const toGrant = ({ from, until, ...rest }: Rule): GrantAsk => ({
    ...rest,
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  });
  const base = { tenantId: parseTenantId('acme')!, effect: 'allow' as const, byPlatform: true };

  it('is never more than it has, for any model, region and instant', () => {
    let accepted = 0;
    fc.assert(
      fc.property(someGrants, rule, (stored, asked) => {
        const ask = toGrant(asked);
        const held = stored.map(({ rule: one, effect }, n): Grant => {
          return { ...base, ...toGrant(one), id: `g${n}`, subject: { kind: 'tenant' }, effect };
        });
        if (!coveringGrant(held, ask)) return;
        accepted++;
        const given: Grant = { ...base, ...ask, id: 'new', subject: { kind: 'user', identityId: 'anna' } };
        const allows = held.filter(({ effect }) => effect === 'allow');
        for (const model of ['a', 'b', 'c']) {
          for (const region of REGIONS) {
            for (let now = -1; now < 6; now++) {
              if (decideGrant([given], model, region, now).outcome !== 'allowed') continue;
              expect(decideGrant(allows, model, region, now).outcome).toBe('allowed');
            }
          }
        }
      }),
      { seed: 11, numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });

  it('is not what it gave to itself', () => {
    const ask: GrantAsk = { model: 'a', regions: '*' };
    const held = (change: Partial<Grant>): Grant => ({
      ...base,
      ...ask,
      id: 'g',
      subject: { kind: 'tenant' },
      ...change,
    });
    expect(coveringGrant([held({})], ask)?.id).toBe('g');
    expect(coveringGrant([held({ byPlatform: false }), held({ effect: 'restrict' })], ask)).toBeNull();
  });

  it('is not what one of its users or keys has', () => {
    const ask: GrantAsk = { model: 'a', regions: '*' };
    for (const subject of [{ kind: 'user', identityId: 'anna' } as const, { kind: 'key', keyId: 'k' } as const]) {
      expect(coveringGrant([{ ...base, ...ask, id: 'g', subject }], ask)).toBeNull();
    }
  });
});
