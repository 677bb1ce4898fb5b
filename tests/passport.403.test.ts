import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { PASSPORT_HEADER, type Passport, sealPassport } from '../edge/passport.ts';
import { mintRequestId } from '../tenancy/request-id.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { ask, errorOf, JSON_BODY, messages } from './ask.ts';
import { edgeSecret } from './secrets.ts';

const platform = inject('platform');
const region = platform.regions['eu-central-1'];

function passport(changes: Partial<Passport> = {}): Passport {
  const random = crypto.getRandomValues(new Uint8Array(10));
  return {
    requestId: mintRequestId(Date.now(), random),
    caller: { tenantId: parseTenantId('acme')!, identityId: 'usr_test', callerType: 'user' },
    route: 'messages',
    method: 'POST',
    region: 'eu-central-1',
    expiresAt: Date.now() + 20_000,
    ...changes,
  };
}

function seal(content: Passport): string {
  const { kid, privateKeyPem } = edgeSecret(platform).passport;
  return sealPassport(content, kid, createPrivateKey(privateKeyPem));
}

const direct = (token: string | undefined, { url = region.url, path = '/origin', method = 'POST' } = {}) =>
  ask(`${url}${path}`, {
    method,
    headers: { ...JSON_BODY, ...(token === undefined ? {} : { [PASSPORT_HEADER]: token }) },
    body: method === 'GET' ? '' : messages('direct'),
  });

describe("a region's own address, called directly", () => {
  it('serves a true passport: the control that the refusals below are measured against', async () => {
    expect((await direct(seal(passport()))).status).toBe(200);
  });

  it('refuses a request without passport, whatever else it claims', async () => {
    const reply = await direct(undefined);
    expect(reply.status).toBe(403);
    expect(errorOf(reply)).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
  });

  it('refuses a passport that another key signed under our key id', async () => {
    const { kid } = edgeSecret(platform).passport;
    const { privateKey } = generateKeyPairSync('ed25519');
    expect((await direct(sealPassport(passport(), kid, privateKey))).status).toBe(403);
  });

  it('refuses a passport whose payload was changed', async () => {
    const [kid, , signature] = seal(passport()).split('.');
    const payload = Buffer.from(JSON.stringify(passport({ region: 'eu-central-1' }))).toString('base64url');
    expect((await direct(`${kid}.${payload}.${signature}`)).status).toBe(403);
  });

  it('refuses an unknown key id', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect((await direct(sealPassport(passport(), 'nobody', privateKey))).status).toBe(403);
  });

  it('refuses one that has expired, and one that lives longer than any we mint', async () => {
    expect((await direct(seal(passport({ expiresAt: Date.now() - 1 })))).status).toBe(403);
    expect((await direct(seal(passport({ expiresAt: Date.now() + 3_600_000 })))).status).toBe(403);
  });

  it('refuses one for another region', async () => {
    const token = seal(passport({ region: 'us-east-1' }));
    expect((await direct(token)).status).toBe(403);
    expect((await direct(seal(passport()), { url: platform.regions['us-east-1'].url })).status).toBe(403);
  });

  it('refuses one for another method, and serves no other path', async () => {
    expect((await direct(seal(passport()), { method: 'GET' })).status).toBe(403);
    expect((await direct(seal(passport()), { path: '/v1/messages' })).status).toBe(403);
  });

  it('refuses one that was used before', async () => {
    const token = seal(passport());
    expect((await direct(token)).status).toBe(200);
    expect((await direct(token)).status).toBe(403);
  });

  it('tells a stranger nothing: every refusal is the same text', async () => {
    const answers = [
      await direct(undefined),
      await direct('junk'),
      await direct(seal(passport({ expiresAt: 0 }))),
      await direct(seal(passport({ region: 'us-east-1' }))),
    ];
    expect(new Set(answers.map((reply) => JSON.stringify(errorOf(reply)))).size).toBe(1);
  });
});
