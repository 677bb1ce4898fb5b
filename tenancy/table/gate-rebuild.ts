import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import type { Gate, GateId } from '../gate.ts';
import {
  type Booked,
  book,
  keptMonths,
  NOTHING_BOOKED,
  rebuilding,
  type Standing,
  standing,
  standingBooked,
} from '../gate-rebuild.ts';
import { type GrantSubject, grantSubjects } from '../grant.ts';
import { gatesOf } from '../orphan.ts';
import type { TenantId } from '../tenant.ts';
import { dayOf, daysOf } from '../utc-day.ts';
import { gateKey, readGates, toGate } from './gates.ts';
import type { StoredRequest } from './request-entity.ts';
import { eachRequestOfDay, getRequest } from './requests.ts';
import type { Tables } from './tables.ts';

/**
 * What became of a gate's rebuild. `right`: it said what the ledger says. `busy`: requests came or went while the ledger
 * was read, and nothing was written; `after` is then what stands there. Money in nano-USD.
 */
export type Rebuild = {
  readonly id: GateId;
  readonly outcome: 'rebuilt' | 'right' | 'busy';
  readonly before: Standing;
  readonly after: Standing;
};

export type RebuildDeps = {
  /** ms since the epoch. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** How often a gate is looked at that is busy; 4 times unless told. */
  readonly attempts?: number;
  /** Aborted, it reads and writes no more, and throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told of each gate as soon as it is written, for whoever may not come to the end. */
  readonly onRebuilt?: (rebuild: Rebuild) => void;
};

/** The index of the ledger's days follows the table within this time, in ms. */
const SETTLING_MS = 5_000;
/**
 * What began or ended within this time, in ms, may not have reached its gates, or be about to give back there: a process
 * takes some seconds at most between the book and the gates.
 */
const QUIET_MS = 20_000;
const ATTEMPTS = 4;

/**
 * Makes gates say what the ledger says of a month. What their counters do not know (an answer that was lost, a process
 * that died between the book and a gate) is mended by it. Safe under traffic: a gate that changes while the ledger is
 * read, or that has requests which only just began or ended, is left as it is, and tried again a few times. For what is
 * taken away wrongly here would be given back a second time by the request that holds it.
 * @param month `2026-11`: this one or the last, whose counters gates still keep
 * @throws RangeError for another month; Error when a request of the month is damaged
 */
export async function rebuildGates(
  tables: Tables,
  tenantId: TenantId,
  subjects: readonly GrantSubject[],
  month: string,
  deps: RebuildDeps,
): Promise<Rebuild[]> {
  if (!keptMonths(deps.now()).includes(month)) throw new RangeError(`gates keep no counters of ${month} any more`);
  const { attempts = ATTEMPTS, signal, onRebuilt } = deps;
  const done = new Map<GrantSubject, Rebuild>();
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const left = subjects.filter((subject) => (done.get(subject)?.outcome ?? 'busy') === 'busy');
    if (left.length === 0) break;
    const seenAt = deps.now();
    const seen = await look(tables, tenantId, left);
    // Whatever changed these gates is in the index after this; whatever changes them from now on, changes their number.
    await deps.wait(SETTLING_MS);
    const booked = await readBooks(tables, tenantId, left, month, deps.now(), signal);
    for (const [index, subject] of left.entries()) {
      const [before, sums = NOTHING_BOOKED] = [seen[index], booked[index]];
      if (!before) continue;
      signal?.throwIfAborted();
      const rebuilt = await rebuild(tables, { tenantId, subject }, month, before, sums, seenAt);
      if (rebuilt.outcome === 'rebuilt') onRebuilt?.(rebuilt);
      done.set(subject, rebuilt);
    }
    const newest = Math.max(0, ...booked.map((sums) => sums.newest));
    const busy = [...done.values()].some(({ outcome }) => outcome === 'busy');
    if (busy && attempt < attempts) await deps.wait(Math.max(0, Math.min(QUIET_MS, newest + QUIET_MS - deps.now())));
  }
  return subjects.flatMap((subject) => done.get(subject) ?? []);
}

/**
 * Everybody of a tenant who has a gate with something to count in a month: the tenant itself, and who made requests.
 * @param signal aborted, it reads no more, and throws the signal's reason
 */
export async function listSubjects(
  tables: Tables,
  tenantId: TenantId,
  month: string,
  now: number,
  signal?: AbortSignal,
): Promise<GrantSubject[]> {
  const found = new Map<string, GrantSubject>([['', { kind: 'tenant' }]]);
  for (const day of daysBegun(month, now)) {
    await eachRequestOfDay(tables, tenantId, day, ({ intent }) => {
      signal?.throwIfAborted();
      for (const subject of grantSubjects(intent)) {
        if (subject.kind !== 'tenant') found.set(gateKey({ tenantId, subject }).pk, subject);
      }
    });
  }
  return [...found.values()];
}

/** A gate, and the number of changes that it has seen; undefined where it has seen none. */
type Seen = { readonly gate: Gate; readonly changes: unknown };

async function look(tables: Tables, tenantId: TenantId, subjects: readonly GrantSubject[]): Promise<Seen[]> {
  const stored = await readGates(
    tables,
    subjects.map((subject) => ({ tenantId, subject })),
  );
  return stored.map((one) => ({ gate: toGate(one), changes: one?.['changes'] }));
}

/** What the ledger says of each subject's month. */
async function readBooks(
  tables: Tables,
  tenantId: TenantId,
  subjects: readonly GrantSubject[],
  month: string,
  now: number,
  signal: AbortSignal | undefined,
): Promise<Booked[]> {
  const places = subjects.map((subject) => gateKey({ tenantId, subject }).pk);
  const sums = new Map(places.map((place) => [place, NOTHING_BOOKED]));
  const add = (request: StoredRequest): void => {
    for (const id of gatesOf(request.intent)) {
      const place = gateKey(id).pk;
      const sum = sums.get(place);
      if (sum) sums.set(place, book(sum, request));
    }
  };
  const open: StoredRequest[] = [];
  for (const day of daysBegun(month, now)) {
    await eachRequestOfDay(tables, tenantId, day, (request) => {
      signal?.throwIfAborted();
      if (request.settlement) add(request);
      else open.push(request);
    });
  }
  // The index may be behind: only the table itself says what is open, and how much that holds by now.
  for (const { intent } of open) {
    signal?.throwIfAborted();
    const request = await getRequest(tables, tenantId, intent.requestId);
    if (request) add(request);
  }
  return places.map((place) => sums.get(place) ?? NOTHING_BOOKED);
}

function daysBegun(month: string, now: number): readonly string[] {
  return daysOf(month).filter((day) => day <= dayOf(now));
}

async function rebuild(
  tables: Tables,
  id: GateId,
  month: string,
  { gate, changes }: Seen,
  booked: Booked,
  seenAt: number,
): Promise<Rebuild> {
  const before = standing(gate, month);
  const busy: Rebuild = { id, outcome: 'busy', before, after: before };
  if (booked.newest > seenAt - QUIET_MS) return busy;
  const change = rebuilding(gate, month, booked, seenAt);
  if (!change) return { id, outcome: 'right', before, after: before };
  const counters = [...change.set.keys(), ...change.remove];
  const names = Object.fromEntries(counters.map((counter, index) => [`#c${index}`, counter]));
  const place = (counter: string): string => `#c${counters.indexOf(counter)}`;
  const set = [...change.set.keys()].map((counter) => `${place(counter)} = :${place(counter).slice(1)}`);
  const values = [...change.set].map(([counter, amount]) => [`:${place(counter).slice(1)}`, amount] as const);
  const remove = change.remove.length > 0 ? ` REMOVE ${change.remove.map(place).join(', ')}` : '';
  try {
    await tables.ledger.getDocumentClient().send(
      new UpdateCommand({
        TableName: tables.ledger.getName(),
        Key: gateKey(id),
        UpdateExpression: `SET #kind = :kind, #tenantId = :tenantId, ${set.join(', ')} ADD #changes :one${remove}`,
        ConditionExpression: changes === undefined ? 'attribute_not_exists(#changes)' : '#changes = :changes',
        ExpressionAttributeNames: { '#kind': 'kind', '#tenantId': 'tenantId', '#changes': 'changes', ...names },
        ExpressionAttributeValues: {
          ':kind': 'GATE',
          ':tenantId': id.tenantId,
          ':one': 1,
          ...(changes === undefined ? {} : { ':changes': changes }),
          ...Object.fromEntries(values),
        },
      }),
    );
    return { id, outcome: 'rebuilt', before, after: standingBooked(booked) };
  } catch (error) {
    if (isConditionCheckFailed(error)) return busy;
    throw error;
  }
}
