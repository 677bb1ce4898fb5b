import type { DriftLeg } from '../tenancy/drift.ts';
import { MOST_TOKENS, OUTCOMES, USAGE_COLUMNS } from '../tenancy/usage.ts';
import { DAY_MS, dayOf, startOfDay } from '../tenancy/utc-day.ts';

const HOUR_MS = 3_600_000;

/**
 * What a run looks at: the requests that began on a day (`2026-11-22`, UTC), as far as they have arrived by the end of
 * another (`through`).
 */
export type Scope = { readonly day: string; readonly through: string };

const COUNTS = Object.keys(USAGE_COLUMNS).filter((column) => column.endsWith('_tokens'));
const COLUMNS = Object.keys(USAGE_COLUMNS);

/** What a record must be to be counted, as `parseUsageRecord` has it. Of a row that is no record at all every column is null, and none of it holds. */
const SOUND = [
  `record = 'usage' and version = 1 and tenant_id <> '' and request_id <> '' and attempt >= 1 and revision >= 1`,
  `outcome in (${OUTCOMES.map((one) => `'${one}'`).join(', ')}) and started_at >= 1 and settled_at >= 1`,
  ...COUNTS.map((column) => `${column} between 0 and ${MOST_TOKENS}`),
].join(' and ');

/** A day as a literal. Days and instants are all that ever comes into this SQL, and nothing else passes as one. */
export function literal(day: string): string {
  return `'${dayOf(startOfDay(day))}'`;
}

function dayAfter(day: string, days: number): string {
  return dayOf(startOfDay(day) + days * DAY_MS);
}

const KEY = ['tenant_id', 'request_id', 'attempt'];
/** What the invoice hangs on. */
const MONEY = ['revision', 'model', 'region', 'tier', 'outcome', 'flags', 'bedrock_request_id', ...COUNTS];

/**
 * What has arrived of the day, for `gathered_usage`: of each request that began on it, or within an hour of it, the last
 * revision (`in_day` tells them apart: what AWS writes down of a request has its own time), and every row that is no sound
 * record, with the object that it stands in. Copies are equal, so it is the same whichever stands.
 */
export function gatherUsageSql(scope: Scope): string {
  const from = startOfDay(scope.day);
  const to = from + DAY_MS;
  const kept = [...KEY, ...MONEY, 'started_at'].join(', ');
  return `select ${kept}, in_day, sound, source
from (
  select *, row_number() over (
    partition by sound, ${KEY.join(', ')}
    order by revision desc, settled_at desc, ${COUNTS.map((column) => `${column} desc`).join(', ')}
  ) as place
  from (
    select ${kept}, settled_at, dt, started_at >= ${from} and started_at < ${to} as in_day,
      coalesce(${SOUND}, false) as sound, case when ${SOUND} then '' else "$path" end as source
    from usage where dt between ${literal(dayAfter(scope.day, -1))} and ${literal(scope.through)}
  ) arrived
  where (sound and started_at >= ${from - HOUR_MS} and started_at < ${to + HOUR_MS})
    or (not sound and dt >= ${literal(scope.day)})
) ranked
where place = 1 or not sound`;
}

/** The requests of the day, and of an hour on both sides. */
function latest(scope: Scope): string {
  return `latest as (select * from gathered_usage where day = ${literal(scope.day)} and sound)`;
}

/** The book's extract of the day, as far as it is compared. */
function booked(scope: Scope): string {
  return `booked as (select distinct ${[...KEY, ...MONEY].join(', ')} from book where day = ${literal(scope.day)})`;
}

const SAME_REQUEST = 'b.tenant_id = l.tenant_id and b.request_id = l.request_id and b.attempt = l.attempt';
const DIFFERS = MONEY.map((column) => `b.${column} <> l.${column}`).join(' or ');

/**
 * How the lake stands to the book, tenant by tenant: `requests` of the book, `missing` in the lake, `extra` there, and
 * `different` in both.
 */
export function comparisonSql(scope: Scope): string {
  return `with ${latest(scope)}, ${booked(scope)}
select coalesce(b.tenant_id, l.tenant_id) as tenant_id, count(b.request_id) as requests,
  sum(case when l.request_id is null then 1 else 0 end) as missing,
  sum(case when b.request_id is null then 1 else 0 end) as extra,
  sum(case when ${DIFFERS} then 1 else 0 end) as different
from booked b full outer join (select * from latest where in_day) l on ${SAME_REQUEST}
group by 1 order by 1`;
}

/** The book's records that the lake has not, or only in an earlier revision, in the order of their ids. */
export function missingSql(scope: Scope): string {
  return `with ${latest(scope)}
select distinct ${COLUMNS.map((column) => `b.${column} as ${column}`).join(', ')}
from book b left join latest l on ${SAME_REQUEST}
where b.day = ${literal(scope.day)} and (l.request_id is null or l.revision < b.revision)
order by tenant_id, request_id`;
}

/** Ids that the lake has and the book has not, or has with something else, some of each tenant. */
export function strangeSql(scope: Scope, perTenant: number): string {
  return `with ${latest(scope)}, ${booked(scope)},
strange as (
  select l.tenant_id, l.request_id, case when b.request_id is null then 'extra' else 'different' end as what
  from (select * from latest where in_day) l left join booked b on ${SAME_REQUEST}
  where b.request_id is null or ${DIFFERS}
),
numbered as (select *, row_number() over (partition by tenant_id, what order by request_id) as place from strange)
select tenant_id, request_id, what from numbered where place <= ${perTenant} order by 1, 3, 2`;
}

/**
 * Requests and tokens of the day, in groups that have one price each: by tenant, model, region, tier, whether it is charged,
 * and between which of the day's price changes it began.
 * @param cuts instants (ms) within the day at which any price changes, in order; `epoch` counts those that have passed
 */
export function countSql(scope: Scope, cuts: readonly number[]): string {
  for (const cut of cuts) if (!Number.isSafeInteger(cut)) throw new RangeError(`${cut} is no instant`);
  const epoch = cuts.map((cut) => `case when started_at >= ${cut} then 1 else 0 end`).join(' + ') || '0';
  return `with ${latest(scope)}
select tenant_id, model, region, tier, charged, epoch, count(*) as requests,
  ${COUNTS.map((column) => `cast(sum(${column}) as bigint) as ${column}`).join(', ')}
from (
  select *, case when strpos(flags, 'not_charged') > 0 then 'no' else 'yes' end as charged, ${epoch} as epoch
  from latest where in_day
) counted
group by tenant_id, model, region, tier, charged, epoch order by 1, 2, 3, 4, 5, 6`;
}

/** What arrived since the day began and is no sound record, by the object that it stands in. */
export function unsoundSql({ day }: Pick<Scope, 'day'>): string {
  return `select source, count(*) as rows_found from gathered_usage
where day = ${literal(day)} and not sound group by source order by 1`;
}

/**
 * Calls that ran a model. AWS's files stand under the day on which they were delivered, which is that of the call or a later
 * one; `in_day` looks at the call's own time. What Bedrock refused has an error code, and used nothing.
 */
const RAN = `event_name in ('InvokeModel', 'InvokeModelWithResponseStream', 'Converse', 'ConverseStream') and error_code = ''`;
/** What of ours reached a model, by the settlement. */
export const REACHED = `outcome in ('COMPLETED', 'PARTIAL', 'ORPHAN')`;

/** The two sides of a leg, `theirs` from what was gathered of AWS's. Ours without AWS's id is one that AWS cannot have: it counts as missing, by our own id. */
function sides(scope: Scope, theirs: string): string {
  return `${latest(scope)},
ours as (
  select tenant_id, region, case when bedrock_request_id = '' then request_id else bedrock_request_id end as id, in_day,
    input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens + cache_write_1h_tokens as cache_write_tokens
  from latest where ${REACHED}
),
theirs as (select * from ${theirs} where day = ${literal(scope.day)})`;
}

/** What CloudTrail has of the day, for `gathered_events`: each call once, however often it was delivered. */
export function gatherEventsSql(scope: Scope): string {
  const [first, last] = [literal(scope.day), literal(scope.through)];
  return `select account_id, region, tenant_id, request_id as id, substr(event_time, 1, 10) = ${literal(scope.day)} as in_day,
  max(event_time) as newest
from cloudtrail where day between ${first} and ${last} and ${RAN}
group by 1, 2, 3, 4, 5`;
}

/** What Bedrock's own log has of the day, for `gathered_invocations`: each call once. */
export function gatherInvocationsSql(scope: Scope): string {
  const [first, last] = [literal(scope.day), literal(scope.through)];
  return `select account_id, region, tenant_id, request_id as id, agent_request_id,
  substr("timestamp", 1, 10) = ${literal(scope.day)} as in_day, input_tokens, output_tokens, cache_read_tokens,
  cache_write_tokens, max("timestamp") as newest
from invocations where day between ${first} and ${last}
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`;
}

const JOINED = 'ours o full outer join theirs t on o.tenant_id = t.tenant_id and o.region = t.region and o.id = t.id';
const ONLY_OURS = 't.id is null and o.in_day';
const ONLY_THEIRS = 'o.id is null and t.in_day';
const TOKENS_DIFFER = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens']
  .map((column) => `o.${column} <> t.${column}`)
  .join(' or ');

function legOf(scope: Scope, leg: DriftLeg): { readonly ctes: string; readonly differs: string } {
  switch (leg) {
    case 'requests':
      return { ctes: sides(scope, 'gathered_events'), differs: 'false' };
    case 'tokens':
      return { ctes: sides(scope, 'gathered_invocations'), differs: `o.in_day and (${TOKENS_DIFFER})` };
  }
}

/**
 * One leg, by account, region and tenant: ids that only we have, that only AWS has, that both have with other tokens, and
 * the union of all.
 */
export function driftSql(scope: Scope, leg: DriftLeg): string {
  const { ctes, differs } = legOf(scope, leg);
  return `with ${ctes}
select coalesce(o.region, t.region) as region, coalesce(o.tenant_id, t.tenant_id) as tenant_id,
  coalesce(max(t.account_id), '') as account_id,
  sum(case when ${ONLY_OURS} then 1 else 0 end) as only_ours,
  sum(case when ${ONLY_THEIRS} then 1 else 0 end) as only_theirs,
  sum(case when ${differs} then 1 else 0 end) as different,
  sum(case when o.in_day or (${ONLY_THEIRS}) then 1 else 0 end) as ids
from ${JOINED}
group by 1, 2
having sum(case when o.in_day or (${ONLY_THEIRS}) then 1 else 0 end) > 0
order by 1, 2`;
}

/** Some ids of each side that make a leg's drift. */
export function driftSamplesSql(scope: Scope, leg: DriftLeg, perSide: number): string {
  const { ctes, differs } = legOf(scope, leg);
  return `with ${ctes},
drifting as (
  select coalesce(o.region, t.region) as region, coalesce(o.tenant_id, t.tenant_id) as tenant_id, coalesce(o.id, t.id) as id,
    case when ${ONLY_OURS} then 'only_ours' when ${ONLY_THEIRS} then 'only_theirs' else 'different' end as side
  from ${JOINED}
  where (${ONLY_OURS}) or (${ONLY_THEIRS}) or (${differs})
),
numbered as (select *, row_number() over (partition by region, tenant_id, side order by id) as place from drifting)
select region, tenant_id, side, id from numbered where place <= ${perSide} order by 1, 2, 3, 4`;
}

/**
 * How far each source has come, region by region: when the last of the day's calls was (ISO 8601; ours in ms since the
 * epoch). `ours` is the lake, `cloudtrail` and `invocations` are AWS's. What reached AWS after midnight is of the day on which
 * we began it: else the day's last request would be one that AWS never comes to.
 */
export function sourcesSql(scope: Scope): string {
  const theirs = (source: string, table: string) => `
select '${source}', region, max(newest) from ${table}
where day = ${literal(scope.day)} and (in_day or id in (select bedrock_request_id from latest where in_day))
group by region`;
  return `with ${latest(scope)}
select 'ours' as source, region, cast(max(started_at) as varchar) as newest
from latest where in_day and ${REACHED} group by region
union all${theirs('cloudtrail', 'gathered_events')}
union all${theirs('invocations', 'gathered_invocations')}
order by 1, 2`;
}

/**
 * What Bedrock's own log knows of the day's requests whose process died before it could tell, by the request id of ours that
 * each call carries. A call that was tried again has several lines; all of them were used.
 */
export function orphansSql(scope: Scope): string {
  return `with ${latest(scope)},
orphans as (select tenant_id, request_id, region from latest where in_day and outcome = 'ORPHAN')
select o.tenant_id, o.request_id, o.region, max(i.id) as bedrock_request_id,
  cast(sum(i.input_tokens) as bigint) as input_tokens, cast(sum(i.output_tokens) as bigint) as output_tokens,
  cast(sum(i.cache_read_tokens) as bigint) as cache_read_tokens,
  cast(sum(i.cache_write_tokens) as bigint) as cache_write_tokens
from orphans o join (
  select distinct tenant_id, region, id, agent_request_id, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens
  from gathered_invocations where day = ${literal(scope.day)} and agent_request_id in (select request_id from orphans)
) i on o.tenant_id = i.tenant_id and o.region = i.region and o.request_id = i.agent_request_id
group by o.tenant_id, o.request_id, o.region order by 1, 2`;
}
