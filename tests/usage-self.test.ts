import { execFile } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { UsageSelf } from '../edge/region/usage-self.ts';
import { mintApiKey, randomBase62 } from '../tenancy/api-key.ts';
import { decimalUsd } from '../tenancy/money.ts';
import { costOf } from '../tenancy/price.ts';
import { startingPrices } from '../tenancy/price-list.ts';
import { putApiKey } from '../tenancy/table/api-keys.ts';
import { putLimitRule } from '../tenancy/table/limit-rules.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { ask, JSON_BODY, messages } from './ask.ts';
import { tablesOf } from './books.ts';
import { edgeSecret } from './secrets.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;
const MODEL = 'claude-haiku-4-5';
const TOKENS = { input: 1_001, output: 2_003, cacheRead: 30_011, cacheWrite5m: 407, cacheWrite1h: 503 };
const WORD = `[[usage:${Object.values(TOKENS).join(',')}]]`;

type Credential = Record<string, string>;
const tables = tablesOf(platform);
const secret = edgeSecret(platform);

/** A key of a user that no other journey knows. */
async function newKey(tenant: 'acme' | 'globex', ownerId: string): Promise<{ keyId: string; apiKey: string }> {
  const tenantId = parseTenantId(tenant)!;
  const keyId = randomBase62(randomBytes(32), 10);
  const macKey = Buffer.from(secret.macKeys['1']!, 'base64');
  const apiKey = mintApiKey(tenantId, keyId, randomBase62(randomBytes(96), 32), (text) =>
    createHmac('sha256', macKey).update(text).digest(),
  );
  const sha256 = createHash('sha256').update(apiKey).digest('hex');
  await putApiKey(tables, {
    tenantId,
    keyId,
    name: 'usage journey',
    ownerId,
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets: [{ sha256, validUntil: Date.now() + 3_600_000 }],
    version: 1,
  });
  return { keyId, apiKey };
}

const run = randomBase62(randomBytes(32), 8);
const anna = await newKey('acme', `usr_anna_${run}`);
const annasOther = await newKey('acme', `usr_anna_${run}`);
const bob = await newKey('acme', `usr_bob_${run}`);
const eve = await newKey('globex', `usr_anna_${run}`);
const withKey = ({ apiKey }: { apiKey: string }): Credential => ({ 'x-api-key': apiKey });

const call = async (url: string, credential: Credential, prompt: string, stream = false) => {
  const headers = { ...JSON_BODY, ...credential };
  const reply = await ask(`${url}/v1/messages`, { headers, body: messages(prompt, { model: MODEL, stream }) });
  expect(reply.status, reply.body).toBe(200);
};

async function self(url: string, credential: Credential): Promise<UsageSelf> {
  const reply = await ask(`${url}/v1/usage/self?anything=ignored`, { method: 'GET', headers: credential });
  expect(reply.status, reply.body).toBe(200);
  expect(reply.headers['cache-control']).toBe('no-store');
  return JSON.parse(reply.body) as UsageSelf;
}

const NOTHING = { requests: 0, refused: 0, spend: { usd: '0.00', nano_usd: '0' }, models: [] };

describe('GET /v1/usage/self', () => {
  const nanoUsd = 2n * costOf(TOKENS, startingPrices(MODEL).find(({ book }) => book === 'charge')!.perToken);
  const used = {
    requests: 2,
    refused: 0,
    tokens: { input: 2_002, output: 4_006, cache_read: 60_022, cache_write_5m: 814, cache_write_1h: 1_006 },
    spend: { usd: decimalUsd(nanoUsd), nano_usd: String(nanoUsd) },
  };

  it('has the exact tokens and money of a request within seconds, whichever key of its user asks', async () => {
    expect(await self(acme.loopbackUrl, withKey(anna))).toMatchObject({
      tenant: 'acme',
      region: 'eu-central-1',
      user: `usr_anna_${run}`,
      api_key: anna.keyId,
      usage: { as_of: null, today: NOTHING, this_month: NOTHING },
    });
    await call(acme.loopbackUrl, withKey(anna), `counted ${WORD}`);
    await call(acme.loopbackUrl, withKey(anna), `counted as a stream ${WORD}`, true);
    for (const one of [anna, annasOther]) {
      await vi.waitFor(
        async () => {
          const { usage, api_key } = await self(acme.loopbackUrl, withKey(one));
          expect(api_key).toBe(one.keyId);
          expect(usage?.as_of).toMatch(/Z$/);
          expect(usage?.today).toMatchObject({ ...used, models: [{ model: MODEL, ...used }] });
          expect(usage?.this_month).toMatchObject({ ...used, models: [{ model: MODEL, ...used }] });
        },
        { timeout: 10_000, interval: 300 },
      );
    }
  });

  it('shows nothing of it to another user, nor to a namesake in another tenant', async () => {
    const [ofBob, ofEve] = [await self(acme.loopbackUrl, withKey(bob)), await self(globex.loopbackUrl, withKey(eve))];
    expect(ofBob).toMatchObject({ tenant: 'acme', usage: { today: NOTHING, this_month: NOTHING } });
    expect(ofEve).toMatchObject({ tenant: 'globex', usage: { today: NOTHING, this_month: NOTHING } });
    expect(JSON.stringify(ofBob)).not.toContain('anna');
    expect(JSON.stringify(ofEve)).not.toContain('acme');
  });

  it('answers a token, which has no key', async () => {
    const { tenant, api_key } = await self(acme.loopbackUrl, { authorization: `Bearer ${acme.accessToken}` });
    expect([tenant, api_key]).toEqual(['acme', null]);
  });

  it('is refused like everything else: another tenant, no credential, another method', async () => {
    const status = async (url: string, headers: Credential, method = 'GET') =>
      (await ask(`${url}/v1/usage/self`, { method, headers })).status;
    expect(await status(globex.loopbackUrl, withKey(anna))).toBe(403);
    expect(await status(acme.loopbackUrl, {})).toBe(401);
    expect(await status(acme.loopbackUrl, withKey(anna), 'POST')).toBe(405);
  });
});

describe('a budget', () => {
  const tenantId = parseTenantId('acme')!;
  const limit = (nanoUsd: bigint) =>
    putLimitRule(tables, tenantId, {
      subject: { kind: 'user', identityId: `usr_bob_${run}` },
      limits: { budget: { nanoUsd, enforcement: 'hard' } },
    });
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'statusline-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is told of from its gate, and printed by the status line script', async () => {
    await limit(50_000_000_000n);
    await call(acme.loopbackUrl, withKey(bob), 'three dollars and twenty [[usage:0,640000,0,0,0]]');
    await vi.waitFor(
      async () => {
        const { budgets, status_line } = await self(acme.loopbackUrl, withKey(bob));
        expect(budgets).toMatchObject([
          {
            of: 'user',
            enforcement: 'hard',
            percent: 6,
            limit: { usd: '50.00', nano_usd: '50000000000' },
            spent: { usd: '3.20', nano_usd: '3200000000' },
            held: { usd: '0.00', nano_usd: '0' },
            remaining: { usd: '46.80', nano_usd: '46800000000' },
          },
        ]);
        expect(status_line).toBe('acme · $3.20 of $50.00 · 1 request today');
      },
      { timeout: 10_000, interval: 300 },
    );
    const env = {
      PATH: process.env['PATH'],
      TMPDIR: folder,
      ANTHROPIC_BASE_URL: acme.loopbackUrl,
      ANTHROPIC_AUTH_TOKEN: bob.apiKey,
    };
    const script = resolve(import.meta.dirname, '../cli/statusline.sh');
    const printed = new Promise((done) => execFile('sh', [script], { env }, (_, stdout) => done(stdout)));
    expect(await printed).toBe('acme · $3.20 of $50.00 · 1 request today\n');
  });

  it('that is spent refuses the next request, and is still told of', async () => {
    await limit(3_200_000_000n);
    const reply = await ask(`${acme.loopbackUrl}/v1/messages`, {
      headers: { ...JSON_BODY, ...withKey(bob) },
      body: messages('one more', { model: MODEL }),
    });
    expect(reply.status, reply.body).toBe(429);
    await vi.waitFor(
      async () => {
        const { budgets, usage } = await self(acme.loopbackUrl, withKey(bob));
        expect(budgets).toMatchObject([{ of: 'user', percent: 100, remaining: { usd: '0.00' } }]);
        expect(usage?.today).toMatchObject({ requests: 1, refused: 1 });
      },
      { timeout: 10_000, interval: 300 },
    );
  });
});
