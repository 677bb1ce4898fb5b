import { setTimeout as pause } from 'node:timers/promises';
import Stripe from 'stripe';
import { getTenant, putTenant } from '../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { DAY_MS, dayOf, monthOf } from '../../tenancy/utc-day.ts';
import { JSON_BODY, messages } from '../ask.ts';
import { billDayLater } from '../bill.ts';
import { tablesOf } from '../books.ts';
import type { PlatformJson, RunningPlatform } from '../start-platform.ts';
import { NO_LIMITS } from '../tenants.ts';
import { type Compared, compareMonth } from './compare.ts';
import { randomOf } from './plan.ts';
import { MODELS, STARTING_LIST } from './price-list.ts';
import { type Recomputed, recompute } from './recompute.ts';

const SLUGS = ['acme', 'globex', 'initech'] as const;
/** So many requests are under way at once. */
const WORKERS = 8;

/** How requests ended, as their clients saw it. */
export type Asked = { answered: number; hungUp: number; throttled: number; refused: number };

/**
 * Sends requests to a running platform with the keys of its own tenants: streamed and whole, throttled by Bedrock on the way, and
 * some whose client hangs up in the middle. None of the tenants' limits are in the way.
 */
export async function askOverHttp(
  json: PlatformJson,
  { requests, seed }: { readonly requests: number; readonly seed: number },
  tell: (line: string) => void,
): Promise<Asked> {
  await liftLimits(json);
  const [random, asked] = [randomOf(seed), { answered: 0, hungUp: 0, throttled: 0, refused: 0 }];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < requests; n = next++) {
      if (n % 200 === 0) tell(`${n} of ${requests} requests over HTTP`);
      await askOnce(json, n, random, asked);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return asked;
}

async function askOnce(json: PlatformJson, n: number, random: () => number, asked: Asked): Promise<void> {
  const { loopbackUrl, apiKey } = json.tenants[SLUGS[n % SLUGS.length] ?? 'acme'];
  const [hangsUp, throttled] = [n % 20 === 7, n % 20 === 13];
  const up = (most: number) => Math.floor(random() * most);
  const usage = `[[usage:${1 + up(5_000)},${1 + up(900)},${up(9_000)},${up(2_000)},${up(2_000)}]]`;
  const prompt = `${n} ${usage}${hangsUp ? ' [[deltas:60]] [[pace:10]]' : ''}${throttled ? ' [[throttle:1]]' : ''}`;
  const body = messages(prompt, { model: MODELS[n % MODELS.length], stream: hangsUp || n % 3 > 0 });
  const client = new AbortController();
  const headers = { ...JSON_BODY, 'x-api-key': apiKey };
  const answer = await fetch(`${loopbackUrl}/v1/messages`, { method: 'POST', headers, body, signal: client.signal });
  if (throttled) asked.throttled += 1;
  if (hangsUp && answer.ok) {
    await answer.body?.getReader().read();
    client.abort();
    asked.hungUp += 1;
    return;
  }
  await answer.text();
  if (answer.ok) asked.answered += 1;
  else asked.refused += 1;
}

async function liftLimits(json: PlatformJson): Promise<void> {
  const tables = tablesOf(json);
  for (const id of tenantIds()) {
    const tenant = await getTenant(tables, id);
    if (!tenant) throw new Error(`${id} is not there`);
    const limits = { tenant: NO_LIMITS, user: NO_LIMITS };
    await putTenant(tables, { ...tenant, limits, version: tenant.version + 1 });
  }
}

function tenantIds(): TenantId[] {
  return SLUGS.map((slug) => parseTenantId(slug)).filter((id) => id !== null);
}

/** How often a day is run until all that is under way has ended and arrived, and how long (ms) lies between. */
const [RUNS, BETWEEN_MS] = [8, 4_000];

/**
 * Bills the days on which a platform was used, as its operator would on the next one, and lays what it billed beside what AWS's
 * logs come to.
 * @param since ms epoch: when its first request was made
 */
export async function billPlatform(
  running: RunningPlatform,
  since: number,
): Promise<{ readonly compared: Compared; readonly recomputed: Recomputed }> {
  const { json } = running;
  const { stripe, bedrock } = json.standIns;
  if (!stripe) throw new Error('the account is a real one');
  await fetch(`${stripe.url}/control/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: DAY_MS }) });
  const days = [...new Set([dayOf(since), dayOf(Date.now())])];
  for (const day of days) {
    for (let runs = 1; ; runs++) {
      // What has come by now is what there is: the lake is written each second, AWS's own logs when they are asked for.
      await pause(BETWEEN_MS);
      await fetch(`${bedrock.url}/evidence/flush`, { method: 'POST' });
      const { code, out, err } = await billDayLater(running, '--date', day);
      if (code === 0) break;
      if (runs === RUNS) throw new Error(`${day} was not billed:\n${err}${out}`);
    }
  }
  const recomputed = await recompute({
    lake: json.lake,
    log: bedrock.log,
    prices: STARTING_LIST,
    tiers: [],
    killed: new Set(),
  });
  const { hostname: host, port } = new URL(stripe.url);
  const api = new Stripe(stripe.apiKey, { host, port: Number(port), protocol: 'http' });
  const compared = await compareMonth(
    { tables: tablesOf(json), stripe: api },
    monthOf(dayOf(since)),
    tenantIds(),
    recomputed,
  );
  return { compared, recomputed };
}
