import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.ts';
import { onceKey } from './once.ts';
import { pace } from './pace.ts';
import { type Page, pages } from './pages.ts';
import { openReport } from './report.ts';
import { openSecretsFile, readPending } from './secrets-file.ts';
import { findApi } from './settings.ts';
import { readSelection } from './tenants.ts';
import { checkChain, whyNotItself } from './verify-audit.ts';

const folder = mkdtempSync(join(tmpdir(), 'scripts-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('pages', () => {
  const list = async (all: Record<string, Page<number>>) => {
    const found: number[] = [];
    for await (const one of pages(async (after) => all[after ?? 'first'])) found.push(one);
    return found;
  };
  const page = (nodes: number[], endCursor: string | null): Page<number> => ({
    nodes,
    pageInfo: { hasNextPage: endCursor !== null, endCursor },
  });

  it('are read one after the other, to the end', async () => {
    expect(await list({ first: page([1, 2], 'a'), a: page([], 'b'), b: page([3], null) })).toEqual([1, 2, 3]);
    expect(await list({})).toEqual([]);
  });

  it('that lead back to themselves are not read for ever', async () => {
    await expect(list({ first: page([1], 'a'), a: page([2], 'a') })).rejects.toThrow(/no next one/);
  });
});

describe('an idempotency key', () => {
  it('is the same for the same change, in whatever order it is written', () => {
    const key = onceKey('set-budget', 'acme', { version: 1, limits: { a: 1, b: [1, 2] }, c: undefined });
    expect(key).toBe(onceKey('set-budget', 'acme', { limits: { b: [1, 2], a: 1 }, version: 1 }));
    expect(key).toMatch(/^[\x21-\x22\x24-\x7e]{1,100}$/);
  });

  it('is another for another script, subject or input', () => {
    const all = [
      onceKey('a', 'b', { c: 1 }),
      onceKey('x', 'b', { c: 1 }),
      onceKey('a', 'x', { c: 1 }),
      onceKey('a', 'b', { c: 2 }),
      onceKey('a', 'b', { x: 1 }),
      onceKey('a', 'b', { c: '1' }),
      onceKey('a', 'b', { c: [1] }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

it('a pace is kept by all together, and time that nobody used is not made up for', async () => {
  let clock = 0;
  const begun: number[] = [];
  const turn = pace(30, { now: () => clock, sleep: async (ms) => void begun.push(clock + ms) });
  await Promise.all([turn(), turn(), turn()]);
  expect(begun).toEqual([2_000, 4_000]);
  clock = 60_000;
  await turn();
  await turn();
  expect(begun.slice(2)).toEqual([62_000]);
});

describe('work in parallel', () => {
  it('is so many at a time, and all of it', async () => {
    let [running, most] = [0, 0];
    const done: number[] = [];
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (n) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      done.push(n);
    });
    expect([most, done.toSorted()]).toEqual([3, [1, 2, 3, 4, 5, 6, 7]]);
  });

  it('ends at the first failure, when what is under way has ended', async () => {
    const done: number[] = [];
    const work = inParallel([1, 2, 3, 4, 5, 6], 2, async (n) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (n === 2) throw new Error('no');
      done.push(n);
    });
    await expect(work).rejects.toThrow('no');
    expect(done.length).toBeLessThan(4);
  });
});

describe('the settings', () => {
  const env = {
    AGENT_RUNNER_URL: 'https://app.example.com/graphql',
    AGENT_RUNNER_TOKEN_URL: 'https://auth.example.com/oauth2/token',
    AGENT_RUNNER_CLIENT_ID: 'id',
    AGENT_RUNNER_CLIENT_SECRET: 'secret',
  };
  const files: Record<string, string> = {
    '.local/platform.json': JSON.stringify({
      graphql: { loopbackUrl: 'http://127.0.0.1:1/graphql' },
      issuer: { tokenUrl: 'https://localhost:2/token', ca: '/ca.pem' },
      machineClients: { automation: { clientId: 'local', secret: 'local secret' } },
    }),
    '/ca.pem': 'PEM',
    'old.json': JSON.stringify({ graphql: {}, issuer: {}, machineClients: {} }),
  };
  const read = (path: string): string => {
    if (files[path] === undefined) throw new Error('ENOENT');
    return files[path];
  };

  it('are the environment’s, or a local platform’s', () => {
    expect(findApi(env, undefined, read)).toMatchObject({ ok: true, value: { clientId: 'id' } });
    const local = { url: 'http://127.0.0.1:1/graphql', clientId: 'local', clientSecret: 'local secret', ca: 'PEM' };
    expect(findApi({}, undefined, read)).toMatchObject({ ok: true, value: local });
    expect(findApi(env, '.local/platform.json', read)).toMatchObject({ ok: true, value: local });
  });

  it.each([
    [{ ...env, AGENT_RUNNER_CLIENT_SECRET: '' }, undefined, 'set AGENT_RUNNER_CLIENT_SECRET as well'],
    [{}, 'nowhere.json', 'no API: set AGENT_RUNNER_URL'],
    [{ LOCAL_DATA: '/elsewhere' }, undefined, '/elsewhere/platform.json cannot be read'],
    [{}, 'old.json', 'start the platform anew'],
  ])('that are not whole say what is missing: %#', (given, platform, why) => {
    expect(findApi(given, platform, read)).toMatchObject({ ok: false, reason: expect.stringContaining(why) });
  });
});

it('tenants are named, of a tier, or all of them: one of the three', () => {
  expect(readSelection({ tenant: ['acme', 'acme', 'globex'] })).toEqual({
    ok: true,
    value: { kind: 'named', slugs: ['acme', 'globex'] },
  });
  expect(readSelection({ tier: 'premium' })).toEqual({ ok: true, value: { kind: 'tier', tier: 'PREMIUM' } });
  for (const words of [
    {},
    { all: true, tier: 'TRIAL' },
    { tenant: ['acme'], all: true },
    { tier: 'GOLD' },
    { tenant: ['A'] },
  ])
    expect(readSelection(words).ok).toBe(false);
});

describe('a report', () => {
  function open(options: { json: boolean; dryRun: boolean }, isTerminal = false) {
    const time = { now: 0 };
    const told = { out: '', err: '' };
    const outlets = {
      out: (text: string) => {
        told.out += text;
      },
      err: (text: string) => {
        told.err += text;
      },
      isTerminal,
      now: () => time.now,
    };
    return { ...openReport('name', options, outlets), told, time };
  }

  it('is lines for people, with the exit code of what failed', () => {
    const { report, end, told } = open({ json: false, dryRun: false });
    report.tell({ subject: 'acme', outcome: 'done', what: 'two\nlines \u001b[31m and a colour' });
    expect(end()).toBe(0);
    report.tell({ subject: 'globex', outcome: 'failed', what: 'no' });
    expect(end()).toBe(1);
    expect(told.out).toBe('done      acme  two lines  [31m and a colour\nfailed    globex  no\n');
    expect(told.err).toBe('name: 1 done\nname: 1 done, 1 failed\n');
  });

  it('is one object for programs, and nothing beside it', () => {
    const { report, end, told, time } = open({ json: true, dryRun: true });
    time.now = 1e6;
    report.progress(1, 2, 'things');
    report.tell({ subject: 'acme', outcome: 'planned', what: 'x', data: { more: 1 } });
    end();
    expect(told.err).toBe('');
    expect(JSON.parse(told.out)).toEqual({
      script: 'name',
      dryRun: true,
      summary: { done: 0, planned: 1, unchanged: 0, failed: 0 },
      results: [{ subject: 'acme', outcome: 'planned', what: 'x', more: 1 }],
    });
  });

  it('tells how far it is: on a terminal often, in a log seldom', () => {
    for (const [isTerminal, lines] of [
      [true, 50],
      [false, 1],
    ] as const) {
      const { report, told, time } = open({ json: false, dryRun: false }, isTerminal);
      for (let n = 1; n <= 100; n++) {
        time.now += 100;
        report.progress(n, 100, 'things');
      }
      expect(told.err.match(/of 100 things/g)).toHaveLength(lines);
    }
  });
});

describe('the file of secrets', () => {
  const key = { tenant: 'acme', apiKeyId: 'key_acme:k', name: 'n', owner: null, at: '2026-11-22T00:00:00.000Z' };
  const input = (idempotencyKey: string) => ({ idempotencyKey, apiKeyId: 'key_acme:k', expectedVersion: 1 });
  const opened = (path: string) => {
    const file = openSecretsFile(path);
    if (!file.ok) throw new Error(file.reason);
    return file.value;
  };

  it('is its owner’s alone, and keeps what stands in it', () => {
    const path = join(folder, 'own.jsonl');
    for (const n of [1, 2]) {
      const file = opened(path);
      file.write({ ...key, state: 'rotating', input: input(`k${n}`) });
      file.close();
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
    writeFileSync(join(folder, 'open.jsonl'), '', { mode: 0o644 });
    expect(openSecretsFile(join(folder, 'open.jsonl'))).toMatchObject({ ok: false });
  });

  it('says what was begun and has no secret, also behind a line that was written half', () => {
    const path = join(folder, 'pending.jsonl');
    const file = opened(path);
    for (const name of ['done', 'given-up', 'torn', 'open'])
      file.write({ ...key, state: 'rotating', input: input(name) });
    file.write({ ...key, state: 'rotated', idempotencyKey: 'done', secret: 's', oldWorksUntil: null });
    file.write({ ...key, state: 'given up', idempotencyKey: 'given-up' });
    file.close();
    writeFileSync(path, `{"state":"rotated","idempotencyKey":"torn","secr`, { flag: 'a' });
    const again = opened(path);
    expect(again.pending.map((one) => one.input.idempotencyKey)).toEqual(['torn', 'open']);
    again.write({ ...key, state: 'rotated', idempotencyKey: 'torn', secret: 's', oldWorksUntil: null });
    again.close();
    expect(readPending(path).map((one) => one.input.idempotencyKey)).toEqual(['open']);
  });

  it('is not made by a look', () => {
    expect(readPending(join(folder, 'none.jsonl'))).toEqual([]);
    expect(existsSync(join(folder, 'none.jsonl'))).toBe(false);
  });
});

describe('a chain of the audit', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  function chainOf(texts: readonly string[]) {
    const chained = new Map<number, { id: string; hash: string; text: string; fault: string | null }>();
    let before = '0'.repeat(64);
    for (const [n, text] of texts.entries()) {
      before = sha256(`${before}\n${text}`);
      chained.set(n + 1, { id: `aud_${n + 1}`, hash: before, text, fault: null });
    }
    return chained;
  }
  const change = (place: number, what: object) => {
    const chained = chainOf(['a', 'b', 'c']);
    chained.set(place, { ...chained.get(place)!, ...what });
    return chained;
  };
  const seal = { sequence: 2, hash: chainOf(['a', 'b']).get(2)!.hash };

  it('holds from its beginning to its end, and with the seal of an earlier run', () => {
    const { head, fault } = checkChain(chainOf(['a', 'b', 'c']), seal);
    expect([head.sequence, fault]).toEqual([3, null]);
    expect(checkChain(new Map(), null)).toMatchObject({ head: { sequence: 0 }, fault: null });
  });

  it.each([
    ['an entry that was changed', change(2, { text: 'x' }), null, 2],
    ['a hash that was changed', change(3, { hash: 'f'.repeat(64) }), null, 3],
    ['an entry that is shown as another', change(2, { fault: 'shown as another' }), null, 2],
    ['one that was taken out', new Map([...chainOf(['a', 'b', 'c'])].filter(([n]) => n !== 2)), null, 2],
    ['a chain that was written anew', chainOf(['a', 'x', 'c']), seal, 2],
    ['an end that was cut off', chainOf(['a']), seal, 2],
  ])('does not hold with %s', (_, chained, sealed, at) => {
    expect(checkChain(chained, sealed).fault?.sequence).toBe(at);
  });
});

describe('an entry of the audit', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const changes = [{ field: 'email', before: null, after: '"anna@acme.example"' }];
  const personalText = `a-salt\n${JSON.stringify({ changes, reason: 'she asked' })}`;
  const head = {
    requestId: 'r-1',
    action: 'updateUser',
    outcome: 'ALLOWED',
    actor: { kind: 'user', id: 'usr_a' },
  } as const;
  const target = { kind: 'User', id: 'usr_acme:x' };
  const sealed = { id: 'aud_1', at: 1_000, ...head, target, changes: [], personalSha256: sha256(personalText) };
  const event = {
    ...head,
    id: 'aud_acme:aud_1',
    at: new Date(1_000).toISOString(),
    targetType: target.kind,
    targetId: target.id,
    sequence: '1',
    hash: 'h',
    sealedText: JSON.stringify(sealed),
    personalText: personalText as string | null,
    reason: 'she asked' as string | null,
    changes,
  };
  const parted = { ...event, personalText: null, reason: null, changes: [] };

  it('is what is sealed, whole or parted from its people', () => {
    expect(whyNotItself(event, false)).toBeNull();
    expect(whyNotItself(parted, true)).toBeNull();
  });

  it.each([
    ['parted though its tenant is not closed', parted],
    ['told with other words of people than are sealed', { ...event, personalText: `${personalText} ` }],
    ['shown with another reason', { ...event, reason: 'he asked' }],
    ['shown with other changes', { ...event, changes: [] }],
    ['shown with another action', { ...event, action: 'disableUser' }],
  ])('is found out when it is %s', (_, shown) => {
    expect(whyNotItself(shown, false)).toContain('aud_acme:aud_1');
  });
});
