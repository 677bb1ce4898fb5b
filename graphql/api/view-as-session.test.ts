import { describe, expect, it } from 'vitest';
import type { ViewAs } from '../../tenancy/table/view-as.ts';
import { adminOf, memberOf, tenantId } from './people.fixture.ts';
import type { Principal } from './principal.ts';
import { applyViewAs } from './view-as-session.ts';

const staff: Principal = { kind: 'staff', id: 'stf_1', role: 'PLATFORM_SUPPORT', viewingAs: null };
const session: ViewAs = { id: 'vas_1', staffId: 'stf_1', tenantId: tenantId('acme'), reason: 'why', expiresAt: 1000 };
const refusal = (principal: Principal, loaded: ViewAs | null, now = 999) => {
  try {
    return applyViewAs(principal, loaded, now);
  } catch (error) {
    const { message, extensions } = error as { message: string; extensions: { code: string } };
    return [extensions.code, message];
  }
};

describe('applyViewAs', () => {
  it('walls its own staff member in until just before the end', () => {
    expect(applyViewAs(staff, session, 999)).toEqual({ ...staff, viewingAs: session });
    expect(refusal(staff, session, 1000)).toEqual(['FORBIDDEN', expect.stringContaining('has ended')]);
  });

  it('refuses somebody else’s session like none, ended or not', () => {
    const none = refusal(staff, null);
    expect(none).toEqual(['FORBIDDEN', expect.stringContaining('no such')]);
    expect(refusal(staff, { ...session, staffId: 'stf_2' })).toEqual(none);
    expect(refusal(staff, { ...session, staffId: 'stf_2' }, 5000)).toEqual(none);
  });

  it('refuses everybody who is not staff, even with a session of their id', () => {
    const machine: Principal = { kind: 'machine', id: 'stf_1', tenantId: null, scopes: new Set() };
    for (const other of [adminOf('acme', 'stf_1'), memberOf('acme', 'stf_1'), machine])
      expect(refusal(other, session)).toEqual(['FORBIDDEN', 'only platform staff view as a tenant']);
  });
});
