import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { closeMonths, type MonthReport } from '../../billing/close-months.ts';
import { crossCheckMoney } from '../../billing/cross-check-money.ts';
import { openTestLake, type TestLake } from '../../billing/lake.fixture.ts';
import type { Payment } from '../../billing/payment.ts';
import { readBooks } from '../../billing/read-books.ts';
import { type DayReport, runDay } from '../../billing/run.ts';
import { type Account, startAccount } from '../../billing/stripe/account.fixture.ts';
import { STARTING_CATALOGUE } from '../../tenancy/catalogue.ts';
import { type Price, readPerToken } from '../../tenancy/price.ts';
import { REGIONS, type Region } from '../../tenancy/region.ts';
import { keepBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import { putModel } from '../../tenancy/table/models.ts';
import { putPrice } from '../../tenancy/table/prices.ts';
import { openTables, type Tables, tableDefinitions } from '../../tenancy/table/tables.ts';
import { getTenant, putTenant } from '../../tenancy/table/tenants.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { DAY_MS, startOfDay } from '../../tenancy/utc-day.ts';
import { startTables, type TestTables } from '../tables.ts';
import { openMonthsBedrock } from './bedrock.ts';
import type { Plan, PlannedTenant } from './plan.ts';
import { type ListPrice, MODELS, priceList, TOKEN_KINDS } from './price-list.ts';

/** All that a month is lived in: real tables, one ledger for each region, a lake, Bedrock's logs, an account at Stripe. */
export type World = {
  readonly plan: Plan;
  readonly store: TestTables;
  /** Those of the control region, with billing's books. */
  readonly tables: Tables;
  readonly ledgers: ReadonlyMap<Region, Tables>;
  readonly lake: TestLake;
  readonly bedrock: ReturnType<typeof openMonthsBedrock>;
  readonly bedrockLog: string;
  readonly account: Account;
  readonly prices: readonly ListPrice[];
  /** Every value that the meter was told. */
  readonly told: readonly string[];
  now(): number;
  /** Moves the month's clock, and Stripe's with it. */
  turnTo(at: number): Promise<void>;
  /** The daily run of a day, as it is at this moment. */
  run(day: string): Promise<DayReport>;
  /** Closes what is over, as it is at this moment. */
  closeMonths(): Promise<readonly MonthReport[]>;
  change(tenant: PlannedTenant, to: Partial<Tenant>): Promise<void>;
  close(): Promise<void>;
};

export async function openWorld(plan: Plan): Promise<World> {
  const start = startOfDay(plan.days[0] ?? '');
  const [store, lake] = [await startTables({ large: true }), await openTestLake()];
  // Customers are made on the day before: every day of the month is on their first invoice or a later one.
  const account = await startAccount(start - DAY_MS);
  const folder = mkdtempSync(join(tmpdir(), 'month-'));
  const bedrockLog = join(folder, 'bedrock.jsonl');
  let now = start - DAY_MS;
  const { tables, ledgers } = await openLedgers(store);
  const prices = priceList(new Date(plan.priceChange).toISOString());
  await fillBooks(tables, prices);
  for (const tenant of plan.tenants) await open(tables, account.payment(), tenant, now);

  const told: string[] = [];
  const payment: Payment = {
    ...account.payment(3),
    pushDay: (push) => {
      told.push(`${push.tenantId} ${push.day} r${push.revision} ${push.microUsd}`);
      return account.payment(3).pushDay(push);
    },
  };
  const bedrock = openMonthsBedrock(plan, lake.folder, bedrockLog, () => now);
  const turnTo = async (at: number): Promise<void> => {
    now = at;
    const ahead = at - Number((await account.advance(0))['now']);
    if (ahead > 0) await account.advance(ahead);
  };
  return {
    plan,
    store,
    tables,
    ledgers,
    lake,
    bedrock,
    bedrockLog,
    account,
    prices,
    told,
    now: () => now,
    turnTo,
    async run(day) {
      const report = await runDay(
        {
          tables,
          ledgers,
          ...readBooks(tables),
          lake,
          payment,
          sha256: (text) => createHash('sha256').update(text).digest('hex'),
          holder: randomUUID(),
          now: () => now,
          pause: (ms) => turnTo(now + ms),
          progress: () => {},
        },
        day,
      );
      if (report === 'busy') throw new Error('nobody else runs here');
      return report;
    },
    closeMonths() {
      const books = readBooks(tables);
      const progress = () => {};
      return closeMonths({
        tables,
        ...books,
        payment,
        crossCheckMoney: (month) => crossCheckMoney({ lake, tables, ...books, progress }, month),
        now: () => now,
        progress,
      });
    },
    async change({ id }, to) {
      const tenant = await getTenant(tables, id);
      if (!tenant) throw new Error(`${id} is not there`);
      const stored = await putTenant(tables, { ...tenant, ...to, version: tenant.version + 1 });
      if (stored !== 'stored') throw new Error(`${id} was changed by somebody else`);
    },
    async close() {
      await bedrock.close();
      await account.close();
      await lake.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Each region has a ledger of its own; the directory is one, as it is by replication. */
async function openLedgers(store: TestTables) {
  const ledgers = new Map<Region, Tables>();
  for (const region of REGIONS) {
    if (region === 'eu-central-1') {
      ledgers.set(region, store.tables);
      continue;
    }
    const names = { directory: 'directory', ledger: `ledger-${region}` };
    const definition = tableDefinitions(names).find(({ TableName }) => TableName === names.ledger);
    if (!definition) throw new Error('a ledger has a definition');
    const { StreamSpecification: _, ...table } = definition;
    await store.client.send(new CreateTableCommand(table));
    ledgers.set(region, openTables(store.documents, names));
  }
  return { tables: store.tables, ledgers };
}

async function fillBooks(tables: Tables, prices: readonly ListPrice[]): Promise<void> {
  for (const model of STARTING_CATALOGUE.filter(({ id }) => MODELS.some((one) => one === id))) {
    await putModel(tables, model);
  }
  for (const { model: modelId, book, region, tier, from, usdPerMillion } of prices) {
    const perToken = Object.fromEntries(TOKEN_KINDS.map((kind) => [kind, readPerToken(usdPerMillion[kind])]));
    const scope = { ...(region ? { region } : {}), ...(tier ? { tier } : {}) };
    const price = { modelId, book, ...scope, from: Date.parse(from), perToken } as Price;
    if ((await putPrice(tables, price)) !== 'stored') throw new Error(`two prices of ${modelId} begin at once`);
  }
}

async function open(tables: Tables, payment: Payment, { id, regions, tiers }: PlannedTenant, now: number) {
  const [homeRegion = 'eu-central-1'] = regions;
  const tier = tiers[0]?.tier ?? 'STANDARD';
  const tenant = { id, name: id, status: 'ACTIVE', tier, homeRegion, allowedRegions: regions } as const;
  await putTenant(tables, { ...tenant, residency: 'geo', version: 1 });
  const made = await payment.createCustomer({ tenantId: id, name: id, commandId: `customer-${id}` });
  if (made.outcome !== 'accepted') throw new Error(`Stripe: ${JSON.stringify(made)}`);
  const { customerId, subscriptionId, startsAt } = made;
  const account = { tenantId: id, provider: 'stripe', customerId, subscriptionId, startsAt, createdAt: now } as const;
  await keepBillingAccount(tables, account);
}
