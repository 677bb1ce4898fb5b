import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintApiKey } from '../../../tenancy/api-key.ts';
import { getApiKey } from '../../../tenancy/table/api-keys.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { ADMIN, type Api, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

let api: Api;
let acme: SeededTenant;
let globex: SeededTenant;
beforeAll(async () => {
  api = await startApi();
  [acme, globex] = await Promise.all([seedTenant(api, 'acme'), seedTenant(api, 'globex')]);
});
afterAll(() => api.close());

const mint = async ({ ann, id }: SeededTenant) => {
  const input = { tenantId: `ten_${id}`, name: 'laptop' };
  const { secret, apiKey } = await api.change(ann, 'createApiKey', input, 'secret apiKey { keyId }');
  return { secret: String(secret), keyId: (apiKey as { keyId: string }).keyId };
};
const report = (who: Principal, key: string, source = 'a public repository') =>
  api.change(who, 'reportLeakedKey', { key, source }, 'revoked');
const stateOf = async ({ id }: SeededTenant, keyId: string) => (await getApiKey(api.tables, id, keyId))?.state;

describe('reportLeakedKey', () => {
  it("takes back one of the caller's own", async () => {
    const { secret, keyId } = await mint(acme);
    expect(await report(acme.ann, secret)).toEqual({ revoked: true, replayed: false, userErrors: [] });
    expect(await getApiKey(api.tables, acme.id, keyId)).toMatchObject({
      state: 'REVOKED',
      revokedReason: 'reported as leaked: a public repository',
    });
    expect(await report(acme.admin, secret)).toMatchObject({ revoked: true });
  });

  it("takes back another tenant's, answers as it answers junk, and tells that tenant and not by whom", async () => {
    const { secret, keyId } = await mint(globex);
    api.now += 1_000;
    const foreign = await report(acme.ann, secret);
    expect(await stateOf(globex, keyId)).toBe('REVOKED');
    const forged = mintApiKey(globex.id, keyId, 'A'.repeat(32), () => new Uint8Array(32));
    const unknown = mintApiKey(globex.id, '0000000000', 'A'.repeat(32), await api.platform.mac());
    for (const key of ['junk', forged, unknown]) expect(await report(acme.ann, key)).toEqual(foreign);
    expect(foreign).toEqual({ revoked: null, replayed: false, userErrors: [] });
    const { entries } = await listAudit(api.tables, globex.id, { limit: 1 });
    expect(entries[0]?.entry).toMatchObject({
      action: 'reportLeakedKey',
      actor: { kind: 'system', id: 'leak-report' },
      target: { kind: 'ApiKey', id: `key_globex:${keyId}` },
    });
    expect(JSON.stringify(entries)).not.toMatch(/192\.0\.2|"ann"/);
    const own = await listAudit(api.tables, acme.id, { limit: 100 });
    expect(JSON.stringify(own.entries)).not.toContain(keyId);
  });

  it("takes back another member's, and says nothing of it", async () => {
    const { secret, keyId } = await mint(acme);
    expect(await report(acme.bob, secret)).toMatchObject({ revoked: null });
    expect(await stateOf(acme, keyId)).toBe('REVOKED');
  });

  it('wants the whole key: a right MAC over another secret revokes nothing', async () => {
    const { keyId } = await mint(acme);
    const other = mintApiKey(acme.id, keyId, 'B'.repeat(32), await api.platform.mac());
    expect(await report(ADMIN, other)).toMatchObject({ revoked: null });
    expect(await stateOf(acme, keyId)).toBe('ACTIVE');
  });

  it('answers junk no sooner than a key that works', async () => {
    const begun = performance.now();
    await report(acme.ann, 'junk');
    expect(performance.now() - begun).toBeGreaterThan(395);
  });

  it('keeps a key that stands in the source to itself', async () => {
    const { secret } = await mint(acme);
    await report(acme.ann, secret, `https://paste.example/?${secret}`);
    const trails = await Promise.all([acme.id, globex.id].map((id) => listAudit(api.tables, id, { limit: 500 })));
    const told = JSON.stringify([trails, api.lines]);
    expect(told).toMatch(/paste\.example\/\?ark1_acme_[0-9A-Za-z]{10}_\.\.\./);
    expect(told).not.toMatch(/ark1_[a-z0-9-]{3,32}_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}/);
  });

  it('is not for who only looks', async () => {
    const viewingAs = { id: 'v', tenantId: acme.id, staffId: 'stf_admin', reason: 'r', expiresAt: api.now + 1 };
    const looking = { ...ADMIN, viewingAs } as unknown as Principal;
    await expect(report(looking, 'junk')).rejects.toThrow(/FORBIDDEN/);
  });
});
