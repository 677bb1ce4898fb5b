import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, vi } from 'vitest';
import { ask, JSON_BODY, messages, type Reply } from './ask.ts';
import { machineToken, tokenOf } from './sign-in.ts';

const platform = inject('platform');
const { tenants, graphql } = platform;
const [staff, admin, member] = await Promise.all(
  [platform.staff, tenants.acme.admin, tenants.acme.developer].map((who) => tokenOf(platform, who)),
);

type Answer = {
  readonly status: number;
  readonly data: Record<string, unknown> | null;
  readonly codes: string[];
  readonly reply: Reply;
};

async function query(token: string | undefined, text: string, variables: object = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const reply = await ask(graphql.loopbackUrl, { headers, body: JSON.stringify({ query: text, variables }) });
  const { data = null, errors = [] } = JSON.parse(reply.body) as {
    data?: never;
    errors?: { extensions: { code: string } }[];
  };
  return { status: reply.status, data, codes: errors.map(({ extensions }) => extensions.code), reply };
}

/** One mutation, carried out: its payload. */
async function change(
  token: string | undefined,
  name: string,
  input: object,
  fields: string,
): Promise<Record<string, unknown>> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const text = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`;
  const { data, reply } = await query(token, text, { input: { idempotencyKey: randomUUID(), ...input } });
  const payload = data?.[name] as Record<string, unknown> | undefined;
  if (!payload || (payload['userErrors'] as unknown[]).length > 0) throw new Error(reply.body);
  return payload;
}

describe('who is asking', () => {
  it.each([
    ['staff', staff, { kind: 'STAFF', role: 'PLATFORM_ADMIN', tenant: null }],
    ['a tenant’s admin', admin, { kind: 'USER', role: 'TENANT_ADMIN', tenant: { slug: 'acme' } }],
    ['a member', member, { kind: 'USER', role: 'TENANT_MEMBER', tenant: { slug: 'acme' } }],
  ])('%s is known by the token', async (_, token, viewer) => {
    expect(await query(token, '{ viewer { kind role tenant { slug } } }')).toMatchObject({
      status: 200,
      data: { viewer },
      codes: [],
    });
  });

  it('a machine is known, with its scopes', async () => {
    const token = await machineToken(platform, platform.machineClients.acme);
    const { data } = await query(token, '{ viewer { kind tenant { slug } scopes } }');
    expect(data).toMatchObject({ viewer: { kind: 'MACHINE', tenant: { slug: 'acme' } } });
  });

  it.each([
    ['nobody', undefined],
    ['junk', 'junk'],
    ['an API key', tenants.acme.apiKey],
  ])('%s is refused before anything runs', async (_, token) => {
    expect(await query(token, '{ viewer { kind } }')).toMatchObject({
      status: 401,
      data: null,
      codes: ['UNAUTHENTICATED'],
    });
  });
});

describe('what is no request of a client of ours', () => {
  const headers = { authorization: `Bearer ${admin}` };
  const text = JSON.stringify({ query: '{ viewer { kind } }' });

  it('a form’s, an image’s, a batch and a mutation by GET are refused', async () => {
    const form = await ask(graphql.loopbackUrl, { headers: { ...headers, 'content-type': 'text/plain' }, body: text });
    const bare = await ask(`${graphql.loopbackUrl}?query=%7Bviewer%7Bkind%7D%7D`, { method: 'GET', headers });
    const batch = await ask(graphql.loopbackUrl, {
      headers: { ...headers, 'content-type': 'application/json' },
      body: `[${text}]`,
    });
    const get = await ask(`${graphql.loopbackUrl}?query=mutation%7B__typename%7D`, {
      method: 'GET',
      headers: { ...headers, 'apollo-require-preflight': '1' },
    });
    expect([form.status, bare.status, batch.status, get.status]).toEqual([400, 400, 400, 405]);
  });

  it('a body of a megabyte is refused unread', async () => {
    const { status, body } = await ask(graphql.loopbackUrl, {
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ ${'viewer { kind } '.repeat(65_536)} }` }),
    });
    expect([status, body]).toEqual([413, expect.stringContaining('65536 bytes')]);
  });

  it('a body of unknown length is a body', async () => {
    const chunked = { ...headers, 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    expect((await ask(graphql.loopbackUrl, { headers: chunked, body: text })).status).toBe(200);
  });

  it('what is no JSON is told so in JSON', async () => {
    const junk = await ask(graphql.loopbackUrl, {
      headers: { ...headers, 'content-type': 'application/json' },
      body: 'x',
    });
    expect([junk.status, JSON.parse(junk.body)]).toMatchObject([
      400,
      { errors: [{ extensions: { reason: 'no_json' } }] },
    ]);
  });

  it('a view-as session that is none is refused', async () => {
    const reply = await ask(graphql.loopbackUrl, {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${staff}`, 'x-ar-view-as': 'none' },
      body: text,
    });
    expect([reply.status, reply.body]).toEqual([403, expect.stringContaining('FORBIDDEN')]);
  });

  it('no cache keeps an answer, and each has its id', async () => {
    const { reply } = await query(admin, '{ viewer { kind } }');
    expect(reply.headers).toMatchObject({
      'cache-control': 'no-store',
      'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

it('an issuer that a tenant’s admin names is asked on the public internet, and nowhere else', async () => {
  const told = async (issuer: string) => {
    const input = { tenantId: 'ten_acme', identityProvider: { issuer, audience: 'a' }, dryRun: true };
    const failed = await change(staff, 'setIdentityProvider', input, 'replayed').catch((error: Error) => error);
    return String(failed);
  };
  // Something would answer there.
  expect(await told(new URL(platform.issuer.tokenUrl).origin)).toMatch(/port 443|DNS name/);
  expect(await told('https://127.0.0.1/oauth2/default')).toContain('public DNS name');
  // Nobody has this name, and nobody will: what is said of it comes from this machine's resolver.
  expect(await told('https://issuer.invalid/oauth2/default')).toContain('its configuration cannot be read from');
});

describe('a tenant from its first row to its suspension', () => {
  const slug = `made-${randomUUID().slice(0, 8)}`;
  const ownHost = { ...JSON_BODY, host: `${slug}.proxy.localhost:${platform.proxy.port}` };
  const call = (key: string) =>
    ask(`${platform.proxy.url}/v1/messages`, { headers: { ...ownHost, 'x-api-key': key }, body: messages('hello') });

  it('is made, called with a key of its own, stopped, let on, and its key taken back', async () => {
    const made = await change(
      staff,
      'createTenant',
      { slug, name: 'Made', tier: 'STANDARD', homeRegion: 'EU_CENTRAL_1' },
      'operation { id }',
    );
    const { id: operationId } = made['operation'] as { id: string };
    const onboarded = async () => {
      const text =
        'query($id: ID!) { node(id: $id) { ... on TenantOperation { status steps { name status detail } tenant { id version } } } }';
      return (await query(staff, text, { id: operationId })).data?.['node'] as {
        readonly status: string;
        readonly tenant: { readonly id: string; readonly version: number };
      };
    };
    await vi.waitFor(async () => expect(await onboarded()).toMatchObject({ status: 'SUCCEEDED' }), 20_000);
    const { id: tenantId, version } = (await onboarded()).tenant;
    const email = `first@${slug}.example`;
    const invited = await change(
      staff,
      'inviteUser',
      { tenantId, email, displayName: 'First', role: 'ADMIN' },
      'user { id }',
    );
    const ownerId = (invited['user'] as { id: string }).id;
    const minted = await change(
      staff,
      'createApiKey',
      { tenantId, ownerId, name: 'first' },
      'apiKey { id status } secret',
    );
    const key = minted['secret'] as string;
    expect((await call(key)).status).toBe(200);
    const { id: keyId } = minted['apiKey'] as { id: string };
    const lastUse = async () => {
      const text = 'query($id: ID!) { node(id: $id) { ... on ApiKey { lastUse { model } secrets { lastUsedAt } } } }';
      return (await query(staff, text, { id: keyId })).data?.['node'] as { lastUse: { model: string } | null };
    };
    await vi.waitFor(async () => expect((await lastUse()).lastUse?.model).toMatch(/^claude-/), 10_000);
    expect(await lastUse()).toMatchObject({ secrets: [{ lastUsedAt: expect.any(String) }] });

    const reason = 'the invoice is late';
    await change(staff, 'suspendTenant', { tenantId, expectedVersion: version, reason }, 'tenant { status }');
    expect((await call(key)).status).toBe(403);
    await change(
      staff,
      'resumeTenant',
      { tenantId, expectedVersion: version + 1, reason: 'paid' },
      'tenant { status }',
    );
    expect(await waitFor(async () => (await call(key)).status, 200)).toBe(200);

    await change(
      staff,
      'revokeApiKey',
      { apiKeyId: (minted['apiKey'] as { id: string }).id, reason: 'no more' },
      'apiKey { status }',
    );
    expect((await call(key)).status).toBe(401);

    const trail = await query(
      staff,
      'query($s: String!) { tenant(slug: $s) { auditEvents(first: 20) { nodes { action outcome } } } }',
      { s: slug },
    );
    const told = trail.data?.['tenant'] as { auditEvents: { nodes: { action: string }[] } } | undefined;
    expect(told?.auditEvents.nodes.map(({ action }) => action)).toEqual([
      'revokeApiKey',
      'resumeTenant',
      'suspendTenant',
      'createApiKey',
      'inviteUser',
      'activateTenant',
      'grantDefaults',
      'createTenant',
    ]);
    expect(JSON.stringify(trail)).not.toContain(key.slice(-49));
  });
});

/** The edge hears of a tenant's status from the table's stream, a moment later. */
async function waitFor(read: () => Promise<number>, wanted: number): Promise<number> {
  let status = await read();
  for (let tries = 0; status !== wanted && tries < 40; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    status = await read();
  }
  return status;
}

/** The processes of a function: `ps` tells of each what it was started with. */
function pidsOf(name: string): number[] {
  const lines = execFileSync('ps', ['axeww', '-o', 'pid=,ppid=,command='], { maxBuffer: 2 ** 26 })
    .toString()
    .split('\n');
  const mine = lines.filter((line) => line.includes(`AWS_LAMBDA_FUNCTION_NAME=${name} `));
  return mine.flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return pid !== undefined && parent === platform.pid ? [pid] : [];
  });
}

it('without the control plane, proxy traffic goes on', async () => {
  const pids = pidsOf('agent-runner-local-graphql-api');
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    const headers = { ...JSON_BODY, host: tenants.acme.host, 'x-api-key': tenants.acme.apiKey };
    const { status } = await ask(`${platform.proxy.url}/v1/messages`, { headers, body: messages('hello') });
    expect(status).toBe(200);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
});
