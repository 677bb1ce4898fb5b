import { readFileSync } from 'node:fs';
import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { followStream } from '../../local/streams.ts';
import type { ApiKey } from '../../tenancy/api-key.ts';
import type { BudgetThreshold, GateId } from '../../tenancy/gate.ts';
import type { Mail, Notice, Reader } from '../../tenancy/notification.ts';
import { noteThreshold } from '../../tenancy/table/budget-thresholds.ts';
import { CLAIM_MS, claimNotice, markSent, releaseNotice } from '../../tenancy/table/notices.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { type NoticeLine, tellBudgets } from './budgets.ts';
import { tellExpiries } from './key-expiry.ts';
import { tell } from './tell.ts';

const START = 1_795_312_352_000;
const DAY = 86_400_000;

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

let clock = START;
let mails: Mail[] = [];
let lines: NoticeLine[] = [];
let sending: (mail: Mail) => Promise<void> = async () => {};
let addresses = (_: TenantId, readers: readonly Reader[]): string[] =>
  readers.map((one) => (one.kind === 'admins' ? 'admins@example.test' : `${one.identityId}@example.test`));
const everybody = addresses;
beforeEach(() => {
  [clock, mails, lines] = [START, [], []];
  sending = async () => {};
  addresses = everybody;
});

const deps = () => ({
  tables: store.tables,
  now: () => clock,
  findAddresses: async (tenantId: TenantId, readers: readonly Reader[]) => addresses(tenantId, readers),
  email: {
    send: async (mail: Mail) => {
      await sending(mail);
      mails.push(mail);
    },
  },
  log: (line: NoticeLine) => lines.push(line),
});

let tenants = 0;
const newTenant = (): TenantId => parseTenantId(`tenant-${++tenants}`)!;

function threshold(tenantId: TenantId, change: Partial<BudgetThreshold> = {}): BudgetThreshold {
  return {
    gate: { tenantId, subject: { kind: 'user', identityId: 'usr_anna' } },
    percent: 80,
    month: '2026-11',
    budget: 2n ** 62n,
    spent: 2n ** 61n,
    at: START,
    ...change,
  };
}
const notice = (tenantId: TenantId, change: Partial<BudgetThreshold> = {}): Notice => ({
  kind: 'budget_threshold',
  threshold: threshold(tenantId, change),
});
const SUBJECTS: GateId['subject'][] = [
  { kind: 'tenant' },
  { kind: 'user', identityId: 'usr_anna' },
  { kind: 'key', keyId: 'k3jD8sQ0aZ' },
];

it('storage.md shows a notice exactly as it is stored', async () => {
  const page = readFileSync(new URL('../../tenancy/table/storage.md', import.meta.url), 'utf8');
  const [ours = ''] = page.split('\n## Notices\n')[1]?.split('\n## ') ?? [];
  const examples = [...ours.matchAll(/```json\n(.+?)```/gs)].map(([, json]) => JSON.parse(json!));
  const acme = parseTenantId('acme')!;
  const key = { tenantId: acme, keyId: 'k3jD8sQ0aZ', name: 'build server', ownerId: 'usr_anna' } as const;
  const told: Notice[] = [
    notice(acme, { budget: 200_000_000_000n }),
    { kind: 'key_expiry', ...key, endsAt: 1_795_910_400_000, daysBefore: 7 },
  ];
  for (const one of told) await claimNotice(store.tables, one, START);
  await markSent(store.tables, told[0]!, START + 350);
  const { Items = [] } = await store.documents.send(new ScanCommand({ TableName: 'ledger' }));
  expect(Items.sort((a, b) => (String(a['sk']) < String(b['sk']) ? -1 : 1))).toEqual(examples);
  expect(examples).toHaveLength(2);
});

describe('a notice', () => {
  it('is claimed by one of many', async () => {
    const one = notice(newTenant());
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimNotice(store.tables, one, START)));
    expect(claims.filter((claim) => claim === 'claimed')).toHaveLength(1);
    expect(claims.filter((claim) => claim === 'held')).toHaveLength(9);
  });

  it('whose sender died is claimed again, later; one that was sent or given back never or at once', async () => {
    const one = notice(newTenant());
    await claimNotice(store.tables, one, START);
    expect(await claimNotice(store.tables, one, START + CLAIM_MS - 1)).toBe('held');
    expect(await claimNotice(store.tables, one, START + CLAIM_MS)).toBe('claimed');
    await releaseNotice(store.tables, one);
    expect(await claimNotice(store.tables, one, START + CLAIM_MS)).toBe('claimed');
    await markSent(store.tables, one, START);
    expect(await claimNotice(store.tables, one, START + 9 * CLAIM_MS)).toBe('sent');
  });

  it('is another one for another gate, month, percentage, budget, and tenant', async () => {
    const tenantId = newTenant();
    const all = [
      ...SUBJECTS.map((subject) => notice(tenantId, { gate: { tenantId, subject } })),
      notice(tenantId, { month: '2026-12' }),
      notice(tenantId, { percent: 90 }),
      notice(tenantId, { budget: 5n }),
      notice(newTenant()),
    ];
    for (const one of all) expect(await claimNotice(store.tables, one, START)).toBe('claimed');
    for (const one of all) expect(await claimNotice(store.tables, one, START)).toBe('held');
  });
});

describe('telling', () => {
  it('sends one mail to all its readers, once', async () => {
    const one = notice(newTenant());
    expect([await tell(deps(), one), await tell(deps(), one)]).toEqual(['sent', 'known']);
    expect(mails).toEqual([expect.objectContaining({ to: ['admins@example.test', 'usr_anna@example.test'] })]);
  });

  it('sends at least once: after a failure, and after a death between the mail and its mark', async () => {
    const one = notice(newTenant());
    sending = async () => {
      throw new Error('SES is away');
    };
    await expect(tell(deps(), one)).rejects.toThrow('SES is away');
    sending = async () => {};
    let calls = 0;
    // Dies when it asks for the time to mark the notice with.
    const now = () => {
      if (++calls === 2) throw new Error('the process died');
      return clock;
    };
    await expect(tell({ ...deps(), now }, one)).rejects.toThrow('died');
    expect(await tell(deps(), one)).toBe('held');
    clock += CLAIM_MS;
    expect(await tell(deps(), one)).toBe('sent');
    expect(mails).toHaveLength(2);
    expect(await tell(deps(), one)).toBe('known');
  });

  it('of somebody without an address is told later, when there is one', async () => {
    const one = notice(newTenant());
    addresses = () => [];
    expect(await tell(deps(), one)).toBe('nobody');
    addresses = everybody;
    expect(await tell(deps(), one)).toBe('sent');
  });
});

let sequence = 0;
async function recordsOf(tenantId: TenantId, eventName: 'INSERT' | 'MODIFY' = 'INSERT'): Promise<DynamoDBRecord[]> {
  const Items = await Promise.all(
    ['TENANT', 'USER#usr_anna', 'KEY#k3jD8sQ0aZ'].map((subject) =>
      store.documents.send(
        new QueryCommand({
          TableName: 'ledger',
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': `TENANT#${tenantId}#GATE#${subject}` },
        }),
      ),
    ),
  );
  return Items.flatMap(({ Items: found = [] }) => found).map((one) => {
    const image = marshall(one) as NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;
    const Keys = { pk: image['pk']!, sk: image['sk']! };
    return { eventName, dynamodb: { Keys, NewImage: image, SequenceNumber: String(++sequence) } };
  });
}

describe('a batch of the stream', () => {
  it('tells of every threshold, whosever gate it is, and of none twice', async () => {
    const tenantId = newTenant();
    for (const subject of SUBJECTS)
      await noteThreshold(store.tables, threshold(tenantId, { gate: { tenantId, subject } }));
    const records = await recordsOf(tenantId);
    expect(records).toHaveLength(3);
    for (let n = 0; n < 2; n++)
      expect(await tellBudgets(deps(), { Records: records })).toEqual({ batchItemFailures: [] });
    expect(mails.map(({ subject }) => subject.split(' is ')[0])).toEqual([
      `80 % of the budget of tenant ${tenantId}`,
      `80 % of the budget of user usr_anna of tenant ${tenantId}`,
      `80 % of the budget of API key k3jD8sQ0aZ of tenant ${tenantId}`,
    ]);
    expect(mails[0]!.text).toContain('$2305843009.21 of a budget of $4611686018.43');
  });

  it('passes over everything that is no new threshold', async () => {
    const tenantId = newTenant();
    await noteThreshold(store.tables, threshold(tenantId));
    const [other] = await recordsOf(tenantId);
    other!.dynamodb!.NewImage!['kind'] = { S: 'GATE' };
    const records = [...(await recordsOf(tenantId, 'MODIFY')), other!];
    expect(await tellBudgets(deps(), { Records: records })).toEqual({ batchItemFailures: [] });
    expect([mails, lines]).toEqual([[], []]);
  });

  it('names what could not be sent, or is held, so that it comes again; and tells of the others', async () => {
    const [bad, good, held] = [newTenant(), newTenant(), newTenant()];
    for (const one of [bad, good, held]) await noteThreshold(store.tables, threshold(one));
    await claimNotice(store.tables, notice(held), START);
    sending = async ({ subject }) => {
      if (subject.includes(bad)) throw Object.assign(new Error('private'), { name: 'MessageRejected' });
    };
    const records = (await Promise.all([bad, good, held].map((one) => recordsOf(one)))).flat();
    const { batchItemFailures } = await tellBudgets(deps(), { Records: records });
    const numbers = [records[0], records[2]].map((one) => one?.dynamodb?.SequenceNumber);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(numbers);
    expect(lines).toEqual([{ event: 'notice_failed', tenantId: bad, why: 'MessageRejected' }]);
    expect(mails).toHaveLength(1);
    sending = async () => {};
    clock += CLAIM_MS;
    expect(await tellBudgets(deps(), { Records: records })).toEqual({ batchItemFailures: [] });
    expect(mails).toHaveLength(3);
  });

  it.each([
    ['another tenant than its key', { tenantId: { S: 'globex' } }],
    ['another subject than its key', { subject: { S: 'key' } }],
    ['no percentage', { percent: { S: 'many' } }],
  ])('with %s in a threshold sends nothing, and names it by its key alone', async (_, change) => {
    const tenantId = newTenant();
    await noteThreshold(store.tables, threshold(tenantId));
    const [record] = await recordsOf(tenantId);
    Object.assign(record!.dynamodb!.NewImage!, change);
    const { batchItemFailures } = await tellBudgets(deps(), { Records: [record!] });
    expect(batchItemFailures).toHaveLength(1);
    expect(lines.map(({ event }) => event)).toEqual(['threshold_image_damaged']);
    expect(mails).toEqual([]);
  });

  it("comes from the ledger's own stream", async () => {
    const tenantId = newTenant();
    const fn = {
      invoke: async (event: { Records: DynamoDBRecord[] }) => ({
        ok: true as const,
        payload: await tellBudgets(deps(), event),
      }),
    };
    await noteThreshold(store.tables, threshold(tenantId));
    const following = await followStream({ database: store.url, table: 'ledger', consumers: [{ fn }] });
    const told = () => mails.filter(({ subject }) => subject.includes(tenantId));
    try {
      await vi.waitFor(() => expect(told()).toHaveLength(1), { timeout: 10_000 });
    } finally {
      await following.close();
    }
  });
});

describe('the daily run', () => {
  const apiKey = (tenantId: TenantId, keyId: string, endsAt: number): ApiKey => ({
    tenantId,
    keyId,
    name: keyId,
    ownerId: 'usr_anna',
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets: [{ sha256: 'x', validUntil: endsAt }],
    version: 1,
  });
  /** One item at a time, as the longest of lists. */
  const paged =
    <Item>(items: readonly Item[]) =>
    async (after: string | undefined) => {
      const at = after === undefined ? 0 : Number(after);
      return { items: items.slice(at, at + 1), ...(at + 1 < items.length ? { next: String(at + 1) } : {}) };
    };
  const run = (keys: ReadonlyMap<TenantId, readonly ApiKey[] | null>, runMs = 1_000) =>
    tellExpiries({
      ...deps(),
      runMs,
      listTenants: paged([...keys.keys()].map((id) => ({ id }))),
      listApiKeys: (tenantId, after) => {
        const found = keys.get(tenantId);
        return found ? paged(found)(after) : Promise.reject(new Error('unreachable'));
      },
    });

  it('tells of every key of every tenant, seven, three and one days before its end', async () => {
    const [one, other] = [newTenant(), newTenant()];
    const keys = new Map([
      [one, [apiKey(one, 'aaaaaaaaaa', START + 8 * DAY), apiKey(one, 'bbbbbbbbbb', START + 40 * DAY)]],
      [other, [apiKey(other, 'cccccccccc', START + 3 * DAY)]],
    ]);
    const told: string[][] = [];
    for (let day = 0; day < 10; day++) {
      mails = [];
      expect(await run(keys)).toMatchObject({ failed: 0, isWhole: true });
      expect(await run(keys)).toMatchObject({ sent: 0 });
      told.push(mails.map(({ subject }) => subject.slice(8, 18)));
      clock += DAY;
    }
    const [a, c] = ['aaaaaaaaaa', 'cccccccccc'];
    expect(told).toEqual([[c], [a], [c], [], [], [a], [], [a], [], []]);
  });

  it('tells of a key anew when a rotation has moved its end', async () => {
    const tenantId = newTenant();
    expect(await run(new Map([[tenantId, [apiKey(tenantId, 'aaaaaaaaaa', START + DAY)]]]))).toMatchObject({ sent: 1 });
    clock += 90 * DAY;
    const rotated = [apiKey(tenantId, 'aaaaaaaaaa', START + 91 * DAY)];
    expect(await run(new Map([[tenantId, rotated]]))).toMatchObject({ sent: 1 });
  });

  it('goes on past a key that cannot be told of and a tenant that cannot be read', async () => {
    const [bad, good] = [newTenant(), newTenant()];
    const keys = new Map([
      [bad, null],
      [good, ['aaaaaaaaaa', 'bbbbbbbbbb'].map((id) => apiKey(good, id, START + DAY))],
    ]);
    sending = async ({ subject }) => {
      if (subject.includes('aaaaaaaaaa')) throw new Error('bounced');
    };
    expect(await run(keys)).toEqual({ sent: 1, failed: 2, isWhole: true });
    expect(lines.map((line) => 'tenantId' in line && line.tenantId)).toEqual([bad, good]);
  });

  it('ends in time, and the next one sends the rest', async () => {
    const both = [newTenant(), newTenant()];
    const keys = new Map(both.map((id) => [id, [apiKey(id, 'aaaaaaaaaa', START + DAY)]]));
    sending = async () => {
      clock += 1_001;
    };
    expect(await run(keys)).toEqual({ sent: 1, failed: 0, isWhole: false });
    expect(await run(keys)).toMatchObject({ sent: 1, isWhole: true });
  });
});
