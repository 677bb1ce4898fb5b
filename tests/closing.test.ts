import { randomUUID } from 'node:crypto';
import { expect, inject, it, vi } from 'vitest';
import { ask, JSON_BODY, messages } from './ask.ts';
import { inLedger } from './books.ts';
import { tokenOf } from './sign-in.ts';

const platform = inject('platform');
const staff = await tokenOf(platform, platform.staff);
const SLUG = 'leaving';

async function query(text: string, variables: object = {}): Promise<Record<string, never>> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${staff}` };
  const { body } = await ask(platform.graphql.loopbackUrl, {
    headers,
    body: JSON.stringify({ query: text, variables }),
  });
  const { data, errors } = JSON.parse(body) as { data: Record<string, never>; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const change = async (name: string, input: object, fields: string): Promise<Record<string, never>> => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const text = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`;
  return (await query(text, { input: { idempotencyKey: randomUUID(), ...input } }))[name] ?? {};
};

type Closing = {
  readonly status: string;
  readonly steps: readonly { name: string; status: string; detail: string | null }[];
  readonly archive: { downloadUrl: string | null; publicKey: string | null } | null;
};
const CLOSING =
  'query($id: ID!) { node(id: $id) { ... on TenantOperation { status steps { name status detail } archive { downloadUrl publicKey } } } }';
const closing = async (id: string) => (await query(CLOSING, { id }))['node'] as unknown as Closing;
const until = (id: string, is: (one: Closing) => boolean) =>
  vi.waitFor(
    async () => {
      const one = await closing(id);
      expect(is(one), JSON.stringify(one.steps)).toBe(true);
      return one;
    },
    { timeout: 100_000, interval: 500 },
  );

const host = `${SLUG}.${platform.tenants.acme.host.split('.').slice(1).join('.')}`;
const call = (apiKey: string, prompt: string, more: object = {}) =>
  ask(`${platform.proxy.url}/v1/messages`, {
    headers: { ...JSON_BODY, host, 'x-api-key': apiKey },
    body: messages(prompt, { ...more }),
  });

it('a tenant is closed, archived and purged, and its name is never given out again', { timeout: 240_000 }, async () => {
  const admin = { adminEmail: `ada@${SLUG}.example`, adminName: 'Ada' };
  const made = { slug: SLUG, name: 'Leaving', tier: 'STANDARD', homeRegion: 'EU_CENTRAL_1', ...admin };
  expect(await change('createTenant', made, 'tenant { id }')).toMatchObject({ userErrors: [] });
  const tenant = await vi.waitFor(
    async () => {
      const found = (
        await query(
          `{ tenant(slug: "${SLUG}") { id version users(first: 1) { nodes { id } } operations(first: 1) { nodes { status } } } }`,
        )
      )['tenant'];
      expect(found).toMatchObject({ operations: { nodes: [{ status: 'SUCCEEDED' }] } });
      return found as unknown as { id: string; version: number; users: { nodes: [{ id: string }] } };
    },
    { timeout: 60_000, interval: 500 },
  );
  const [{ id: ownerId }] = tenant.users.nodes;
  const key = { tenantId: tenant.id, ownerId, name: 'in use' };
  const { secret } = (await change('createApiKey', key, 'secret')) as unknown as { secret: string };
  expect((await call(secret, 'hello')).status).toBe(200);
  const running = call(secret, '[[deltas:1000]] [[pace:100]]', { stream: true });
  await vi.waitFor(
    async () =>
      expect((await query(`{ tenant(slug: "${SLUG}") { purgePreview { runningRequests } } }`))['tenant']).toEqual({
        purgePreview: { runningRequests: 1 },
      }),
    { timeout: 20_000, interval: 200 },
  );
  const input = {
    tenantId: tenant.id,
    expectedVersion: tenant.version,
    confirmSlug: SLUG,
    reason: 'the contract has ended',
    purgeAfterDays: 1,
  };
  const begun = await change('closeTenant', input, 'tenant { status } operation { id }');
  expect(begun).toMatchObject({ tenant: { status: 'CLOSING' }, userErrors: [] });
  const { id } = begun['operation'] as unknown as { id: string };
  const next = await call(secret, 'hello');
  expect([next.status, next.body]).toEqual([403, expect.stringContaining(SLUG)]);
  // The stream that ran is cut, told why, and in the book with what it has used.
  const cut = await running;
  expect(cut.body).toContain('event: error');
  const book = await inLedger(platform, SLUG, cut.headers['request-id'] ?? '');
  expect(book?.settlement).toMatchObject({ outcome: 'PARTIAL', flags: expect.arrayContaining(['cut_off']) });
  const retained = await until(id, ({ steps }) => steps.find(({ name }) => name === 'retain')?.status === 'WAITING');
  const file = await fetch(retained.archive?.downloadUrl ?? '');
  expect([
    file.status,
    Buffer.from(await file.arrayBuffer())
      .subarray(0, 2)
      .toString(),
  ]).toEqual([200, 'PK']);
  expect(retained.archive?.publicKey).toContain('BEGIN PUBLIC KEY');
  const moved = { operationId: id, purgeAt: new Date(Date.now() + 1_000).toISOString(), reason: 'they asked' };
  expect(await change('setPurgeDate', moved, 'operation { id }')).toMatchObject({ userErrors: [] });
  await until(id, ({ status }) => status === 'SUCCEEDED');
  expect((await fetch(retained.archive?.downloadUrl ?? '')).status).toBe(404);
  expect(await change('createTenant', made, 'tenant { id }')).toMatchObject({ userErrors: [{ code: 'TAKEN' }] });
  expect((await call(platform.tenants.acme.apiKey, 'hello')).status).toBe(403);
  // The money stays to be counted again.
  expect(await inLedger(platform, SLUG, cut.headers['request-id'] ?? '')).toEqual(book);
});
