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

/**
 * The last revision of each request that began on the day, or within an hour of it (`in_day` tells them apart): what AWS
 * writes down of a request has its own time. Copies are equal, so it is the same whichever stands.
 */
function latest(scope: Scope): string {
  const from = startOfDay(scope.day);
  const to = from + DAY_MS;
  return `
  arrived as (
    select *, started_at >= ${from} and started_at < ${to} as in_day from usage
    where dt between ${literal(dayAfter(scope.day, -1))} and ${literal(scope.through)}
      and started_at >= ${from - HOUR_MS} and started_at < ${to + HOUR_MS} and ${SOUND}
  ),
  ranked as (
    select *, row_number() over (
      partition by tenant_id, request_id, attempt
      order by revision desc, settled_at desc, ${COUNTS.map((column) => `${column} desc`).join(', ')}
    ) as place
    from arrived
  ),
  latest as (select * from ranked where place = 1)`;
}

/** The book's extract of the day. */
function booked(scope: Scope): string {
  return `booked as (select distinct ${COLUMNS.join(', ')} from book where day = ${literal(scope.day)})`;
}

const SAME_REQUEST = 'b.tenant_id = l.tenant_id and b.request_id = l.request_id and b.attempt = l.attempt';
/** What the invoice hangs on. */
const MONEY = ['revision', 'model', 'region', 'tier', 'outcome', 'flags', 'bedrock_request_id', ...COUNTS];
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
  return `with ${latest(scope)}, ${booked(scope)}
select ${COLUMNS.map((column) => `b.${column} as ${column}`).join(', ')}
from booked b left join latest l on ${SAME_REQUEST}
where l.request_id is null or l.revision < b.revision
order by b.tenant_id, b.request_id`;
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

/** Rows of the partitions of arrival that are no sound records, by the object that they stand in. */
export function unsoundSql({ day: from, through }: Scope): string {
  return `select "$path" as source, count(*) as rows_found from usage
where dt between ${literal(from)} and ${literal(through)} and not coalesce(${SOUND}, false)
group by "$path" order by 1`;
}

/**
 * Calls that ran a model. AWS's files stand under the day on which they were delivered, which is that of the call or a later
 * one; `in_day` looks at the call's own time. What Bedrock refused has an error code, and used nothing.
 */
const RAN = `event_name in ('InvokeModel', 'InvokeModelWithResponseStream', 'Converse', 'ConverseStream') and error_code = ''`;
/** What of ours reached a model, by the settlement. */
export const REACHED = `outcome in ('COMPLETED', 'PARTIAL', 'ORPHAN')`;

/** The two sides of a leg. Ours without AWS's id is one that AWS cannot have: it counts as missing, by our own id. */
function sides(scope: Scope, theirs: string): string {
  return `${latest(scope)},
ours as (
  select tenant_id, region, case when bedrock_request_id = '' then request_id else bedrock_request_id end as id, in_day,
    input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens + cache_write_1h_tokens as cache_write_tokens
  from latest where ${REACHED}
),
theirs as (${theirs})`;
}

function events(scope: Scope): string {
  const [first, last] = [literal(scope.day), literal(scope.through)];
  return `select distinct account_id, region, tenant_id, request_id as id,
    substr(event_time, 1, 10) = ${literal(scope.day)} as in_day
  from cloudtrail where day between ${first} and ${last} and ${RAN}`;
}

function invocations(scope: Scope): string {
  const [first, last] = [literal(scope.day), literal(scope.through)];
  return `select distinct account_id, region, tenant_id, request_id as id,
    substr("timestamp", 1, 10) = ${literal(scope.day)} as in_day,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens
  from invocations where day between ${first} and ${last}`;
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
      return { ctes: sides(scope, events(scope)), differs: 'false' };
    case 'tokens':
      return { ctes: sides(scope, invocations(scope)), differs: `o.in_day and (${TOKENS_DIFFER})` };
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
 * How far each source has come, region by region: rows of the day, and when the last of them was (ISO 8601). `ours` is the
 * lake, `cloudtrail` and `invocations` are AWS's. What reached AWS after midnight is of the day on which we began it: else the
 * day's last request would be one that AWS never comes to.
 */
export function sourcesSql(scope: Scope): string {
  const ofDay = `day between ${literal(scope.day)} and ${literal(scope.through)}`;
  const during = (column: string) =>
    `(substr(${column}, 1, 10) = ${literal(scope.day)} or request_id in (select bedrock_request_id from latest where in_day))`;
  return `with ${latest(scope)}
select 'ours' as source, region, count(*) as rows_found, cast(max(started_at) as varchar) as newest
from latest where in_day and ${REACHED} group by region
union all
select 'cloudtrail', region, count(*), max(event_time) from cloudtrail where ${ofDay} and ${during('event_time')} and ${RAN} group by region
union all
select 'invocations', region, count(*), max("timestamp") from invocations where ${ofDay} and ${during('"timestamp"')} group by region
order by 1, 2`;
}

/**
 * What Bedrock's own log knows of the day's requests whose process died before it could tell, by the request id of ours that
 * each call carries. A call that was tried again has several lines; all of them were used.
 */
export function orphansSql(scope: Scope): string {
  const [first, last] = [literal(scope.day), literal(scope.through)];
  return `with ${booked(scope)}
select b.tenant_id, b.request_id, b.region, max(i.request_id) as bedrock_request_id,
  cast(sum(i.input_tokens) as bigint) as input_tokens, cast(sum(i.output_tokens) as bigint) as output_tokens,
  cast(sum(i.cache_read_tokens) as bigint) as cache_read_tokens,
  cast(sum(i.cache_write_tokens) as bigint) as cache_write_tokens
from booked b join (
  select distinct tenant_id, region, request_id, agent_request_id, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens
  from invocations where day between ${first} and ${last}
) i on b.tenant_id = i.tenant_id and b.region = i.region and b.request_id = i.agent_request_id
where b.outcome = 'ORPHAN'
group by b.tenant_id, b.request_id, b.region order by 1, 2`;
}
