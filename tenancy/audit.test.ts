import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditEntry, auditEntry, fieldChanges, isAuditId, mintAuditId } from './audit.ts';
import { parseTenantId } from './tenant.ts';

describe('the changes between two images', () => {
  it('are the fields that differ, in the order of their names', () => {
    expect(fieldChanges({ b: 1, a: 'x', same: [1, { y: 2 }] }, { a: 'z', c: null, same: [1, { y: 2 }] })).toEqual([
      { field: 'a', before: '"x"', after: '"z"' },
      { field: 'b', before: '1', after: null },
      { field: 'c', before: null, after: 'null' },
    ]);
  });

  it('are none for the same value written in another order', () => {
    expect(fieldChanges({ a: { x: 1, y: { z: 2, w: 3 } } }, { a: { y: { w: 3, z: 2 }, x: 1 } })).toEqual([]);
  });

  it('see the order of a list', () => {
    expect(fieldChanges({ a: [1, 2] }, { a: [2, 1] })).toEqual([{ field: 'a', before: '[1,2]', after: '[2,1]' }]);
  });

  it('show money, which is a bigint', () => {
    expect(fieldChanges({ max: 1n }, { max: 2n ** 64n })).toEqual([
      { field: 'max', before: '"1"', after: '"18446744073709551616"' },
    ]);
  });

  it('take nothing from the prototype', () => {
    expect(fieldChanges({}, { toString: 'x' })).toEqual([{ field: 'toString', before: null, after: '"x"' }]);
  });

  it.each(['secret', 'clientSecret', 'accessToken', 'PASSWORD', 'sha256', 'keyHash', 'mac'])(
    'never show what %s holds, only that it changed',
    (field) => {
      const hidden = [{ field, before: '"(redacted)"', after: '"(redacted)"' }];
      expect(fieldChanges({ [field]: 'one' }, { [field]: 'two' })).toEqual(hidden);
      expect(fieldChanges({ [field]: ['one'] }, { [field]: [{ deep: 'two' }] })).toEqual(hidden);
      expect(fieldChanges({}, { [field]: 'two' })).toEqual([{ field, before: null, after: '"(redacted)"' }]);
    },
  );

  it('never show a secret that stands deeper, and do not lose that it changed', () => {
    const shown = [
      { field: 'auth', before: '{"tokens":"(redacted)","url":"u"}', after: '{"tokens":"(redacted)","url":"u"}' },
    ];
    expect(fieldChanges({ auth: { url: 'u', tokens: ['one'] } }, { auth: { url: 'u', tokens: ['two'] } })).toEqual(
      shown,
    );
  });

  it('show numbers under such a name: a limit in tokens is no secret', () => {
    expect(fieldChanges({ maxTokens: 1, limits: { tokens: 5n } }, { maxTokens: 2, limits: { tokens: 6n } })).toEqual([
      { field: 'limits', before: '{"tokens":"5"}', after: '{"tokens":"6"}' },
      { field: 'maxTokens', before: '1', after: '2' },
    ]);
  });

  it('hold no secret of any image', () => {
    const secret = 'S3CRET';
    const holder = fc.constantFrom('secret', 'idToken', 'sha256', 'plain');
    const image = fc.dictionary(
      fc.constantFrom('a', 'b', 'token'),
      fc.letrec((tie) => ({
        node: fc.oneof(
          { maxDepth: 3 },
          fc.constant(1),
          fc.dictionary(holder, tie('node')),
          fc.record({ secret: fc.oneof(fc.constant(secret), fc.constant([secret]), fc.constant({ x: [secret] })) }),
          fc.array(tie('node'), { maxLength: 2 }),
        ),
      })).node,
    );
    fc.assert(
      fc.property(image, image, (before, after) => !JSON.stringify(fieldChanges(before, after)).includes(secret)),
      { seed: 81, numRuns: 1000 },
    );
  });
});

describe('an entry of the trail', () => {
  const what: Omit<AuditEntry, 'changes'> = {
    id: 'aud_01a20101-776a-77ac-8456-1ee52ac5a36b',
    tenantId: parseTenantId('acme')!,
    at: 1_795_313_203_098,
    requestId: '01a20101-776d-77ac-8456-1ee52ac5a36b',
    actor: { kind: 'user', id: 'usr_1' },
    action: 'updateTenant',
    target: { kind: 'tenant', id: 'acme' },
    outcome: 'ALLOWED',
  };

  it('says who did what to which thing, and what changed by it', () => {
    expect(auditEntry(what, { name: 'Acme', tier: 'TRIAL' }, { name: 'Acme', tier: 'PREMIUM' })).toEqual({
      ...what,
      changes: [{ field: 'tier', before: '"TRIAL"', after: '"PREMIUM"' }],
    });
  });

  it('has no changes for an attempt that was refused', () => {
    const image = { name: 'Acme' };
    expect(auditEntry({ ...what, outcome: 'DENIED' }, image, image).changes).toEqual([]);
  });

  it('has no more of a user agent than 200 characters, and none that is cut in two', () => {
    const cut = (userAgent: string) => auditEntry({ ...what, userAgent }, {}, {}).userAgent;
    expect(cut('curl/8.5.0')).toBe('curl/8.5.0');
    expect(cut('x'.repeat(10_000))).toBe('x'.repeat(200));
    expect(cut(`${'x'.repeat(199)}\u{1f600}`)).toBe(`${'x'.repeat(199)}\ufffd`);
    expect('userAgent' in auditEntry(what, {}, {})).toBe(false);
  });
});

describe('an id of the trail', () => {
  it('is known by its shape, and stands in the order of its time', () => {
    const [early, late] = [mintAuditId(1, new Uint8Array(10).fill(255)), mintAuditId(2, new Uint8Array(10))];
    expect([early, late].sort()).toEqual([early, late]);
    expect([early, late].every(isAuditId)).toBe(true);
  });

  it.each(['', 'aud_', '01a20101-776a-77ac-8456-1ee52ac5a36b', `aud_01a20101-776a-77ac-8456-1ee52ac5a36b#`, 7, null])(
    '%j is none',
    (value) => expect(isAuditId(value)).toBe(false),
  );
});
