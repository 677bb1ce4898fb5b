import { createHash, createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { mintApiKey } from '../tenancy/api-key.ts';
import { getProvisioningKey, putProvisioningKey } from '../tenancy/table/provisioning-keys.ts';
import { getTenant, putTenant } from '../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../tenancy/tenant.ts';
import { ask, errorOf, JSON_BODY, messages } from './ask.ts';
import { inLake, requestsAtBedrock, tablesOf } from './books.ts';
import { edgeSecret } from './secrets.ts';
import { machineToken, tokenOf } from './sign-in.ts';

const platform = inject('platform');
const tables = tablesOf(platform);

async function query(token: string, text: string, variables: object = {}): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const reply = await ask(platform.graphql.loopbackUrl, { headers, body: JSON.stringify({ query: text, variables }) });
  const { data, errors } = JSON.parse(reply.body) as { data: Record<string, unknown> | null; errors?: unknown[] };
  if (!data || errors) throw new Error(reply.body);
  return data;
}

async function change(token: string, name: string, input: object, fields: string): Promise<Record<string, unknown>> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const text = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`;
  const data = await query(token, text, { input: { idempotencyKey: randomUUID(), ...input } });
  const payload = data[name] as Record<string, unknown>;
  expect(payload['userErrors'], name).toEqual([]);
  return payload;
}

const hostOf = (slug: string) => `${slug}.proxy.localhost:${platform.proxy.port}`;
const call = (slug: string, key: string, path = '/v1/messages') =>
  ask(`${platform.proxy.url}${path}`, {
    headers: { ...JSON_BODY, host: hostOf(slug), 'x-api-key': key },
    body: messages('hello'),
  });

let machine: string;
beforeAll(async () => {
  const staff = await tokenOf(platform, platform.staff);
  const scopes = ['tenants:read', 'tenants:write', 'users:read', 'keys:write', 'keys:read', 'grants:read'];
  const made = await change(
    staff,
    'createMachineClient',
    { name: 'onboarding', scopes },
    'machineClient { clientId } clientSecret',
  );
  const { clientId } = made['machineClient'] as { clientId: string };
  machine = await machineToken(platform, { clientId, secret: made['clientSecret'] as string });
});

const OPERATION = `query($id: ID!) { node(id: $id) { ... on TenantOperation {
  status steps { name status attempts detail } tenant { id status version billingCommands(first: 5) { nodes { kind state } }
  grants(first: 50) { nodes { id model effect } }
  users(first: 5) { nodes { id email displayName role status } } } } } }`;
type Told = {
  readonly status: string;
  readonly steps: readonly { readonly name: string; readonly status: string; readonly detail: string | null }[];
  readonly tenant: { readonly id: string; readonly status: string; readonly users: { nodes: { id: string }[] } };
};

describe('a tenant', () => {
  const slug = `onboard-${randomUUID().slice(0, 8)}`;
  const email = `ada@${slug}.example`;

  it('is made by a program, invites its admin, answers its first developer, and was tried by the platform before', async () => {
    const began = Date.now();
    const input = { slug, name: 'Onboarded', tier: 'TRIAL', homeRegion: 'EU_CENTRAL_1' };
    const made = await change(
      machine,
      'createTenant',
      { ...input, adminEmail: email, adminName: 'Ada' },
      'tenant { status } operation { id status }',
    );
    expect(made).toMatchObject({ tenant: { status: 'PROVISIONING' }, operation: { status: 'RUNNING' } });
    const { id } = made['operation'] as { id: string };
    const seen: string[] = [];
    const read = async () => (await query(machine, OPERATION, { id }))['node'] as Told;
    const done = await vi.waitFor(
      async () => {
        const told = await read();
        seen.push(told.steps.map(({ status }) => status).join(' '));
        expect(told.status).toBe('SUCCEEDED');
        return told;
      },
      { timeout: 20_000, interval: 25 },
    );
    // Its progress was to be seen.
    expect(new Set(seen).size).toBeGreaterThan(1);
    expect(done).toMatchObject({
      steps: [
        { name: 'invite_admin', status: 'DONE', attempts: 1, detail: 'invited' },
        { name: 'grant_models', status: 'DONE' },
        { name: 'create_customer', status: 'DONE' },
        { name: 'call_hostname', status: 'DONE', attempts: 1, detail: expect.stringMatching(/^200 by claude-haiku/) },
        { name: 'activate', status: 'DONE' },
      ],
      tenant: {
        status: 'ACTIVE',
        billingCommands: { nodes: [{ kind: 'CREATE_CUSTOMER', state: expect.stringMatching(/^(PENDING|DONE)$/) }] },
        users: { nodes: [{ email, displayName: 'Ada', role: 'ADMIN', status: 'INVITED' }] },
      },
    });
    const granted = (done.tenant as unknown as { grants: { nodes: { model: string }[] } }).grants.nodes;
    expect(granted.length).toBeGreaterThan(2);
    for (const grant of granted) {
      expect(grant).toMatchObject({ model: expect.stringMatching(/^claude-(haiku|sonnet)-/), effect: 'ALLOW' });
    }

    const ownerId = done.tenant.users.nodes[0]?.id;
    const minted = await change(
      machine,
      'createApiKey',
      { tenantId: done.tenant.id, ownerId, name: 'first' },
      'secret',
    );
    const first = await call(slug, minted['secret'] as string);
    expect(first.status).toBe(200);
    process.stdout.write(`from createTenant to the first developer's 200: ${Date.now() - began} ms\n`);

    const billed = await vi.waitFor(
      async () => {
        const { tenant } = (await read()) as unknown as { tenant: { billingCommands: { nodes: unknown[] } } };
        expect(tenant.billingCommands.nodes).toEqual([{ kind: 'CREATE_CUSTOMER', state: 'DONE' }]);
        const { url = '', apiKey = '' } = platform.standIns.stripe ?? {};
        const customers = await fetch(`${url}/v1/customers`, { headers: { authorization: `Bearer ${apiKey}` } });
        return ((await customers.json()) as { data: { metadata: { tenant_id: string } }[] }).data;
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(billed.filter(({ metadata }) => metadata.tenant_id === slug)).toMatchObject([{ name: 'Onboarded', email }]);

    const mails = readFileSync(join(dirname(platform.logs), 'mail.log'), 'utf8');
    expect(mails.split('\n').filter((line) => line.includes(email))).toHaveLength(1);
    const [tried] = requestsAtBedrock(platform, slug, began);
    expect(tried?.tenantTags).toMatchObject({ identity_id: 'provisioning', caller_type: 'provisioning' });
    const [row] = await inLake(platform, Object.values(tried?.requestMetadata ?? {})[1] ?? '');
    expect(row).toMatchObject({ caller_type: 'provisioning', tier: 'TRIAL', flags: 'not_charged' });
    expect(Number(row?.['input_tokens'])).toBeGreaterThan(0);
    expect(await getProvisioningKey(tables, parseTenantId(slug)!)).toBeNull();
  });
});

describe('the platform’s key for a new tenant', () => {
  const tried = `tried-${randomUUID().slice(0, 8)}`;
  const id = parseTenantId(tried)!;
  const KEY_ID = 'abcdef0123';

  /** Such a key, as the platform makes it. */
  async function mint(tenantId: TenantId, validUntil = Date.now() + 60_000): Promise<string> {
    const macKey = Buffer.from(edgeSecret(platform).macKeys['1'] ?? '', 'base64');
    const key = mintApiKey(tenantId, KEY_ID, 's'.repeat(32), (text) =>
      createHmac('sha256', macKey).update(text).digest(),
    );
    const sha256 = createHash('sha256').update(key).digest('hex');
    await putProvisioningKey(tables, { tenantId, keyId: KEY_ID, sha256, validUntil });
    return key;
  }
  const settled = (key: string, status: number) =>
    vi.waitFor(async () => expect((await call(tried, key)).status).toBe(status), { timeout: 10_000, interval: 100 });

  beforeAll(async () => {
    const base = await getTenant(tables, parseTenantId('acme')!);
    await putTenant(tables, { ...base!, id, name: tried, status: 'PROVISIONING', version: 1 });
  });

  it('alone gets past the closed door, on its own host and for one route, until its end', async () => {
    const key = await mint(id);
    // Nothing is granted to this tenant: past the door that is what it is told.
    await vi.waitFor(async () => expect((await call(tried, key)).body).toContain('granted'), { timeout: 10_000 });
    expect((await call('acme', key)).status).toBe(403);
    expect(errorOf(await call('acme', key))).not.toMatchObject({
      error: { message: expect.stringContaining('granted') },
    });
    const closed = { error: { message: expect.stringContaining('provisioning') } };
    expect(errorOf(await call(tried, key, '/v1/messages/count_tokens'))).toMatchObject(closed);
    await mint(id, Date.now());
    expect(errorOf(await call(tried, key))).toMatchObject(closed);
  });

  it('opens no tenant that is ACTIVE', async () => {
    const key = await mint(id);
    await putTenant(tables, { ...(await getTenant(tables, id))!, status: 'ACTIVE', version: 2 });
    await settled(key, 401);
  });
});
