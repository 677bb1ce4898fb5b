import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ask, JSON_BODY, messages } from './ask.ts';
import { type KillDoor, MOMENTS, openKillDoor } from './kill-door.ts';
import { connectTo, platformFile, runScript, runToEnd, settingsOf } from './run-script.ts';

const platform = inject('platform');
const client = connectTo(platform);
const folder = mkdtempSync(join(tmpdir(), 'scripts-'));
const env = { LOCAL_DATA: '' };
const here = ['--platform', platformFile(platform)];
let door: KillDoor;
beforeAll(async () => {
  door = await openKillDoor(platform.graphql.loopbackUrl);
});
afterAll(async () => {
  await door.close();
  rmSync(folder, { recursive: true });
});

/** Runs a script beside the platform, as its user would, and reads its JSON. */
async function run(...words: string[]) {
  const { code, out, err } = await runScript([...words, '--json', ...here], env);
  return { code, err, ...(JSON.parse(out || '{}') as Told) };
}
type Told = {
  readonly summary: Record<'done' | 'planned' | 'unchanged' | 'failed', number>;
  readonly results: readonly {
    readonly subject: string;
    readonly outcome: string;
    readonly what: string;
    readonly purgeAt?: string;
  }[];
};
const counts = ({ code, summary }: { code: number | null } & Partial<Told>) => ({ code, ...summary });
const NONE = { done: 0, planned: 0, unchanged: 0, failed: 0 };

let names = 0;
const HEAD = 'slug,name,tier,homeRegion,allowedRegions,residency,adminEmail,adminName';

function fileOf(slugs: readonly string[]): string {
  const path = join(folder, `tenants-${++names}.csv`);
  const lines = slugs.map((slug) => `${slug},"${slug}, Inc.",TRIAL,eu-central-1,,,admin@${slug}.example,Ada`);
  writeFileSync(path, [HEAD, ...lines].join('\n'));
  return path;
}

const FAST = ['--per-minute', '6000'];

/** Tenants of one group, made by the script itself. */
async function makeTenants(group: string, count: number): Promise<string[]> {
  const slugs = Array.from({ length: count }, (_, n) => `${group}-${n}`);
  const made = await runScript(['import-tenants', fileOf(slugs), ...FAST, ...here], env);
  expect(made.code, made.err + made.out).toBe(0);
  await untilOpen(slugs);
  return slugs;
}

/** Their onboarding changes them, too: what a script did is looked at when that is over. */
async function untilOpen(slugs: readonly string[]): Promise<void> {
  const isOpen = async (slug: string) => {
    const { tenant } = await client.ask<{ tenant: { status: string } | null }>(
      'query($slug: String!) { tenant(slug: $slug) { status } }',
      { slug },
    );
    expect(tenant?.status).toBe('ACTIVE');
  };
  await vi.waitFor(() => Promise.all(slugs.map(isOpen)), { timeout: 90_000, interval: 500 });
}

const named = (slugs: readonly string[]) => slugs.flatMap((slug) => ['--tenant', slug]);

/** mulberry32: the moments of a run are the same in the next. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const KILLS = 4;

/** Runs a script through the door, killed again and again at random mutations and moments, then once undisturbed. */
async function runKilled(seed: number, words: readonly string[], mutations: number): Promise<void> {
  const random = randomOf(seed);
  const settings = settingsOf(platform, door.url);
  let killed = 0;
  for (let n = 0; n < KILLS; n++) {
    const at = 1 + Math.floor(random() * mutations);
    const moment = MOMENTS[Math.floor(random() * MOMENTS.length)] ?? 'done';
    const { code } = await runScript(words, settings, (kill) => door.arm(at, moment, kill));
    if (code === null) killed += 1;
  }
  expect(killed).toBeGreaterThan(0);
  door.arm(0, 'asking', () => {});
  const ended = await runScript(words, settings);
  expect(ended.code, ended.err + ended.out).toBe(0);
}

const STATE = `query($slug: String!) { tenant(slug: $slug) { status tier name homeRegion allowedRegions residency
  limits { budget { monthlyUsd enforcement } } killSwitch { on }
  grants(first: 100) { nodes { subject { kind } model regions effect validUntil } }
  auditEvents(first: 100) { nodes { action outcome } } } }`;

/** Everything that scripts change of a tenant, and how often each thing was done. */
async function stateOf(slug: string): Promise<unknown> {
  const state = await client.ask<object>(STATE, { slug });
  return JSON.parse(JSON.stringify(state).replaceAll(slug, 'SLUG'));
}

const createWords = (slug: string) => [
  'onboard-tenant',
  slug,
  ...['--name', slug, '--tier', 'TRIAL', '--home-region', 'eu-central-1'],
  ...['--admin-email', `ada@${slug}.example`, '--admin-name', 'Ada'],
];

describe('killed again and again, a script ends where it would have ended', () => {
  it.each([
    ['set-budget', ['set-budget', '--usd', '12.50', '--soft'], 11],
    ['change-tier', ['change-tier', '--to', 'PREMIUM'], 22],
    ['grant-model', ['grant-model', 'claude-haiku-4-5', '--region', 'eu-central-1'], 33],
  ] as const)(
    '%s, and has done nothing twice',
    async (name, words, seed) => {
      const [calm, wild] = [await makeTenants(`${name}-c`, 5), await makeTenants(`${name}-w`, 5)];
      const undisturbed = await run(...words, ...named(calm));
      expect(counts(undisturbed)).toEqual({ ...NONE, code: 0, done: 5 });
      await runKilled(seed, [...words, ...named(wild)], 3);
      const states = await Promise.all([...calm, ...wild].map(stateOf));
      for (const state of states) expect(state).toEqual(states[0]);
      expect(counts(await run(...words, ...named(wild)))).toEqual({ ...NONE, code: 0, unchanged: 5 });
    },
    120_000,
  );

  it('import-tenants', async () => {
    const group = (name: string) => Array.from({ length: 12 }, (_, n) => `import-${name}-${n}`);
    const [calm, wild] = [group('c'), group('w')];
    expect(counts(await run('import-tenants', fileOf(calm), ...FAST))).toEqual({ ...NONE, code: 0, done: 12 });
    const file = fileOf(wild);
    await runKilled(44, ['import-tenants', file, '--parallel', '3', ...FAST], 4);
    await untilOpen([...calm, ...wild]);
    const states = await Promise.all([...calm, ...wild].map(stateOf));
    for (const state of states) expect(state).toEqual(states[0]);
    expect(counts(await run('import-tenants', file, ...FAST))).toEqual({ ...NONE, code: 0, unchanged: 12 });
  }, 120_000);

  it('onboard-tenant, which then waits until the hostname answers', async () => {
    const words = (slug: string) => [...createWords(slug), '--wait'];
    const dry = await run(...words('onboard-c'), '--dry-run');
    expect(counts(dry)).toEqual({ ...NONE, code: 0, planned: 1 });
    const { code, out, err } = await runScript([...words('onboard-c'), ...here], env);
    expect([code, out]).toEqual([0, expect.stringMatching(/^done +onboard-c {2}answers at http/)]);
    expect(err).toMatch(/ONBOARD (RUNNING|SUCCEEDED)/);
    await runKilled(66, words('onboard-w'), 1);
    expect(await stateOf('onboard-w')).toEqual(await stateOf('onboard-c'));
    const other = await run(...words('onboard-w').map((word) => (word === 'TRIAL' ? 'PREMIUM' : word)));
    expect([other.code, other.results[0]?.what]).toEqual([1, 'is there, and is another: tier TRIAL, not PREMIUM']);
  }, 120_000);

  it('onboard-tenant, whose admin has an address that is in use, goes on with another', async () => {
    const slug = 'onboard-taken';
    const words = createWords(slug);
    const taken = words.map((word) => (word.includes('@') ? 'developer@acme.example' : word));
    const failed = await run(...taken, '--wait');
    expect([failed.code, failed.results[0]?.what]).toEqual([
      1,
      expect.stringContaining('address of the admin is in use'),
    ]);
    const imported = await run('import-tenants', fileOf([slug]));
    expect([imported.code, imported.results[0]?.what]).toEqual([1, expect.stringContaining('failed at invite_admin')]);
    expect(counts(await run(...words, '--wait'))).toEqual({ ...NONE, code: 0, done: 1 });
  }, 60_000);

  it('offboard-tenant, down to the tombstone', async () => {
    const [calm = '', wild = ''] = await makeTenants('leaves', 2);
    const words = (slug: string) => [
      'offboard-tenant',
      slug,
      '--confirm',
      slug,
      '--reason',
      'a test',
      '--purge-after',
      '0',
    ];
    // Both: it is told in the trail.
    const [dry] = await Promise.all([calm, wild].map((slug) => run('offboard-tenant', slug, '--dry-run')));
    expect(dry).toMatchObject({ code: 0, summary: { planned: 1 } });
    expect(dry?.results[0]?.what).toMatch(/ 1 USER/);
    expect(await stateOf(calm)).toMatchObject({ tenant: { status: 'ACTIVE' } });
    const [undisturbed] = await Promise.all([
      run(...words(calm), '--wait'),
      runKilled(77, [...words(wild), '--wait'], 1),
    ]);
    expect(counts(undisturbed)).toEqual({ ...NONE, code: 0, done: 1 });
    const END = `query($slug: String!) { tenant(slug: $slug) { status name
      operations(first: 9) { nodes { kind status steps { name status } } } auditEvents(first: 100) { nodes { action outcome } } } }`;
    const endOf = async (slug: string) =>
      JSON.stringify(await client.ask<object>(END, { slug })).replaceAll(slug, 'SLUG');
    const [one, other] = await Promise.all([calm, wild].map(endOf));
    expect(one).toContain('"status":"CLOSED"');
    expect(other).toBe(one);
    expect(counts(await run(...words(wild), '--wait'))).toEqual({ ...NONE, code: 0, unchanged: 1 });
    expect(await run(...createWords(wild))).toMatchObject({ code: 1, results: [{ outcome: 'failed' }] });
  }, 240_000);

  it('offboard-tenant saves the archive whole, for its user alone', async () => {
    const [slug = ''] = await makeTenants('archived', 1);
    const path = join(folder, 'archived.zip');
    const words = ['offboard-tenant', slug, '--confirm', slug, '--reason', 'a test', '--archive', path];
    const ended = await run(...words);
    expect(counts(ended)).toEqual({ ...NONE, code: 0, done: 1 });
    expect(readFileSync(path).subarray(0, 2).toString()).toBe('PK');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${path}.pem`, 'utf8')).toContain('BEGIN PUBLIC KEY');
    expect((await runScript([...words, ...here], env)).err).toContain('is there already');

    const later = [...words.slice(0, -2), '--purge-after', '60'];
    const moved = await run(...later);
    expect(counts(moved)).toEqual({ ...NONE, code: 0, done: 1 });
    const [before, after] = [ended, moved].map(({ results }) => Date.parse(results[0]?.purgeAt ?? ''));
    expect(Number(after) - Number(before)).toBe(30 * 86_400_000);
    expect(counts(await run(...later))).toEqual({ ...NONE, code: 0, unchanged: 1 });
  }, 120_000);

  it('change-tier from an instant on', async () => {
    const slugs = await makeTenants('tier-at', 1);
    const words = ['change-tier', '--to', 'PREMIUM', '--at', '2099-01-01T00:00:00Z', ...named(slugs)];
    expect(counts(await run(...words))).toEqual({ ...NONE, code: 0, done: 1 });
    expect(counts(await run(...words))).toEqual({ ...NONE, code: 0, unchanged: 1 });
    const { tenant } = await client.ask<{ tenant: object }>(
      '{ tenant(slug: "tier-at-0") { tier scheduledTier { tier effectiveAt } } }',
    );
    expect(tenant).toEqual({
      tier: 'TRIAL',
      scheduledTier: { tier: 'PREMIUM', effectiveAt: '2099-01-01T00:00:00.000Z' },
    });
  }, 60_000);

  it('kill-switch', async () => {
    const [slug = ''] = await makeTenants('kill-w', 1);
    const words = (action: string) => ['kill-switch', action, 'tenant', slug, '--reason', 'a test'];
    for (const [action, on] of [
      ['stop', true],
      ['resume', false],
      ['stop', true],
    ] as const) {
      await runScript(words(action), settingsOf(platform, door.url), (kill) => door.arm(2, 'done', kill));
      const { code, out } = await runScript([...words(action), ...here], env);
      expect([code, out]).toEqual([0, expect.stringContaining('unchanged')]);
      expect(await stateOf(slug)).toMatchObject({ tenant: { killSwitch: { on } } });
    }
  }, 120_000);
});

type Key = {
  readonly id: string;
  readonly secrets: readonly { readonly fingerprint: string; readonly validUntil: string }[];
};

async function keyOf(slug: string): Promise<Key> {
  const KEYS = `query($slug: String!) { tenant(slug: $slug) { apiKeys(first: 9) { nodes { id secrets { fingerprint validUntil } } } } }`;
  const { tenant } = await client.ask<{ tenant: { apiKeys: { nodes: Key[] } } }>(KEYS, { slug });
  const [key] = tenant.apiKeys.nodes;
  if (!key) throw new Error(`${slug} has no key`);
  return key;
}

/** A user with a key, which works. */
async function makeKey(slug: string): Promise<void> {
  const change = async <Payload>(name: string, input: object, fields: string): Promise<Payload> => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const text = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`;
    const answer = await client.ask<Record<string, Payload>>(text, {
      input: { idempotencyKey: `${name}-${slug}`, ...input },
    });
    return answer[name] as Payload;
  };
  const tenantId = `ten_${slug}`;
  const invited = await change<{ user: { id: string } }>(
    'inviteUser',
    { tenantId, email: `dev@${slug}.example`, displayName: 'Dev' },
    'user { id }',
  );
  await change('createApiKey', { tenantId, ownerId: invited.user.id, name: 'laptop' }, 'apiKey { id }');
}

type Line = { readonly state: string; readonly apiKeyId: string; readonly secret?: string };
const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line): Line[] => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
const fingerprint = (secret: string) => createHash('sha256').update(secret).digest('hex').slice(0, 8);

it('rotate-keys, killed again and again, leaves every key with its old secret and one that stands in the file', async () => {
  const slugs = await makeTenants('rotate-w', 4);
  for (const slug of slugs) await makeKey(slug);
  const before = new Map(await Promise.all(slugs.map(async (slug) => [slug, await keyOf(slug)] as const)));
  const file = join(folder, 'secrets.jsonl');
  const words = ['rotate-keys', '--older-than', '0', '--overlap', '48', '--secrets', file];
  const dry = await run(...words, '--dry-run', ...named(slugs));
  expect(counts(dry)).toEqual({ ...NONE, code: 0, planned: 4 });
  // At each moment once, and then at random ones; without an age that all are past, each run finds less to do.
  for (const [n, moment] of MOMENTS.entries()) {
    const [slug = ''] = slugs.slice(n);
    const { code } = await runScript([...words, '--tenant', slug], settingsOf(platform, door.url), (kill) =>
      door.arm(1, moment, kill),
    );
    expect(code).toBe(null);
  }
  const ended = await run(...words, ...named(slugs));
  expect(ended.code, JSON.stringify(ended)).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const written = linesOf(file).filter(({ state }) => state === 'rotated');
  for (const slug of slugs) {
    const { id, secrets } = await keyOf(slug);
    const [old, young] = secrets;
    expect(old?.fingerprint).toBe(before.get(slug)?.secrets[0]?.fingerprint);
    expect(Math.abs(Date.parse(old?.validUntil ?? '') - Date.now() - 48 * 3_600_000)).toBeLessThan(600_000);
    const last = written.filter(({ apiKeyId }) => apiKeyId === id).at(-1);
    expect(fingerprint(last?.secret ?? ''), JSON.stringify(linesOf(file).map(({ secret: _, ...rest }) => rest))).toBe(
      young?.fingerprint,
    );
  }
  expect(counts(await run(...words, ...named(slugs)))).toMatchObject({ code: 0, failed: 0, done: 0 });
}, 120_000);

it('request-trail tells a call to a model, with its tenant and without, and a change by the API', async () => {
  const { loopbackUrl, host, apiKey } = platform.tenants.acme;
  const reply = await ask(`${loopbackUrl}/v1/messages`, {
    headers: { ...JSON_BODY, host, 'x-api-key': apiKey, 'x-claude-code-session-id': 'trail-1' },
    body: messages('hello'),
  });
  const id = reply.headers['request-id'] ?? '';
  const trail = async (...words: string[]) => {
    const { code, out, err } = await runScript(['request-trail', ...words, ...here], env);
    return { code, out, err };
  };
  await vi.waitFor(
    async () => expect((await trail(id, '--tenant', 'acme')).out).toMatch(/settlement\.outcome +COMPLETED/),
    { timeout: 20_000, interval: 200 },
  );
  const { code, out } = await trail(id, '--json');
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    {
      tenant: 'acme',
      modelRequest: {
        id,
        sessionId: 'trail-1',
        model: 'claude-sonnet-5-5',
        apiKey: { name: 'first key' },
        user: { email: 'developer@acme.example' },
        settlement: { outcome: 'COMPLETED', throttledBy: null },
      },
    },
  ]);
  const found = await client.ask<{ tenant: { auditEvents: { nodes: { requestId: string }[] } } }>(
    '{ tenant(slug: "set-budget-c-0") { auditEvents(first: 1) { nodes { requestId } } } }',
  );
  const change = await trail(found.tenant.auditEvents.nodes[0]?.requestId ?? '', '--tenant', 'set-budget-c-0');
  expect([change.code, change.out]).toEqual([0, expect.stringMatching(/auditEvents\.0\.action +setTenantLimits/)]);
  const none = await trail('019ab2c0-7d1e-7a3b-8c55-0123456789ab');
  expect([none.code, none.out]).toEqual([1, expect.stringContaining('nothing is known of it in any tenant')]);
}, 60_000);

it('usage-report writes a CSV of what was used, for one tenant and for all', async () => {
  const today = new Date().toISOString().slice(0, 10);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const words = ['usage-report', '--from', yesterday, '--to', today, '--by', 'model', ...here];
  await vi.waitFor(
    async () => {
      const { code, out } = await runScript([...words, '--tenant', 'acme'], env);
      expect([code, out]).toEqual([0, expect.stringMatching(/\r\nacme,[^\r]*,claude-sonnet-5-5,[^\r]*\r\n/)]);
      expect(out).toMatch(/^tenant,start,userId,apiKeyId,model,region,sessionId,requests,/);
    },
    { timeout: 30_000, interval: 500 },
  );
  const path = join(folder, 'usage.csv');
  const all = await runScript([...words, '--all', '--output', path], env);
  expect([all.code, all.out]).toEqual([
    0,
    expect.stringMatching(/^done +\S+usage\.csv {2}\d+ lines of \d+ tenants\n$/),
  ]);
  expect(readFileSync(path, 'utf8')).toMatch(/\r\nacme,/);
}, 90_000);

it('verify-audit finds that a trail holds, and that it is not the one that was sealed', async () => {
  const verify = (...words: string[]) => runScript(['verify-audit', 'set-budget-c-0', ...words, ...here], env);
  const first = await verify();
  const [, seal = ''] = /sealed by (\d+:[0-9a-f]{64})/.exec(first.out) ?? [];
  expect([first.code, seal]).toEqual([0, expect.stringMatching(/^[1-9]/)]);
  expect((await verify('--seal', seal)).code).toBe(0);
  const other = await verify('--seal', `1:${'f'.repeat(64)}`);
  expect([other.code, other.out]).toEqual([1, expect.stringContaining('BROKEN at 1')]);
}, 60_000);

describe('whoever uses it wrongly is told so, and nothing is sent', () => {
  it.each([
    [[], 0, /^usage: npm run script/],
    [['nothing'], 2, /no script "nothing"/],
    [['set-budget', '--usd', '5'], 2, /say which tenants/],
    [['set-budget', '--usd', '5', '--all', '--platform', '/nowhere/platform.json'], 2, /no API: set AGENT_RUNNER_URL/],
    [['import-tenants', '/nowhere.csv'], 2, /cannot be read/],
    [['offboard-tenant', 'acme', '--reason', 'x'], 2, /--confirm acme/],
    [
      ['offboard-tenant', 'acme', '--confirm', 'acme', '--reason', 'x', '--purge-after', '0', '--archive', 'a.zip'],
      2,
      /purged with the rest/,
    ],
    [['kill-switch', 'stop', 'platform', '--reason', 'x'], 2, /--yes/],
    [['set-budget', '--usd', '5', '--json'], 2, /^\{"script":"set-budget",.*"error":"say which tenants/],
    [['rotate-keys', '--help'], 0, /examples:/],
  ])('%j', async (words, code, text) => {
    const ended = await runScript(words, env);
    expect([ended.code, ended.out + ended.err]).toEqual([code, expect.stringMatching(text)]);
  });

  it('by npm too, and one who may not change anything is told which scope it takes', async () => {
    const { clientId, secret } = platform.machineClients.platform;
    const reader = {
      ...settingsOf(platform, platform.graphql.loopbackUrl),
      AGENT_RUNNER_CLIENT_ID: clientId,
      AGENT_RUNNER_CLIENT_SECRET: secret,
    };
    const words = ['run', '--silent', 'script', '--', 'set-budget', '--usd', '5', '--tenant', 'acme'];
    const { code, out } = await runToEnd('npm', words, reader);
    expect([code, out]).toEqual([1, expect.stringMatching(/^failed +- .*tenants:write.*\(FORBIDDEN\)/)]);
  });

  it('a wrong secret is named as the reason, and not shown', async () => {
    const settings = { ...settingsOf(platform, platform.graphql.loopbackUrl), AGENT_RUNNER_CLIENT_SECRET: 'hush-hush' };
    const { code, out, err } = await runScript(['verify-audit', 'acme'], settings);
    expect([code, out + err]).toEqual([1, expect.stringMatching(/check AGENT_RUNNER_CLIENT_ID/)]);
    expect(out + err).not.toContain('hush-hush');
  });
});
