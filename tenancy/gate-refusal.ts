import type { GateId, GateRefusal } from './gate.ts';
import { type Limited, secondsToNextWindow, windowKey } from './limit.ts';
import { decimalUsd, formatUsd } from './money.ts';
import type { Refusal } from './refusal.ts';
import type { TenantId } from './tenant.ts';

/** Running requests give back within seconds; a client that comes sooner only asks again. */
const HELD_SECONDS = 2;
/** DynamoDB gives a busy item its capacity back from second to second. */
const BUSY_SECONDS = 1;

/**
 * What a caller is told of a gate's refusal: whose limit, which one, and when to come again, if ever.
 * @param now when the request was admitted: the windows of that instant are those it counts in
 */
export function gateRefusal({ tenantId, subject }: GateId, why: GateRefusal, now: number): Refusal {
  if (why.limit === 'closed') return { kind: 'stopped', by: subject.kind };
  const whose = whoseGate(tenantId, subject.kind);
  switch (why.limit) {
    case 'budget': {
      const budget = `the budget of ${whose} for ${windowKey('month', now)} (${formatUsd(why.max)})`;
      if (why.outcome === 'held') {
        return {
          kind: 'rate_limited',
          what: `${budget} is held by requests that are running; try again`,
          retryAfterSeconds: HELD_SECONDS,
        };
      }
      // A smaller request may still find room: who is told that all is spent would not try.
      const what =
        why.left > 0n
          ? `$${decimalUsd(why.left)} is left of ${budget}, not enough for this request`
          : `${budget} is spent`;
      return { kind: 'limit_spent', what: `${what}; ask your tenant admin to raise it` };
    }
    case 'requestsPerDay':
      return {
        kind: 'limit_spent',
        what: `${whose} has had its ${why.max} ${why.max === 1n ? 'request' : 'requests'} of ${windowKey('day', now)} (UTC); ask your tenant admin to raise the limit`,
      };
    case 'streams':
    case 'requestsPerMinute':
    case 'tokensPerMinute': {
      const [one, many] = WORDS[why.limit];
      const limit = `${why.max} ${why.max === 1n ? one : many}`;
      if (why.outcome === 'spent') {
        return {
          kind: 'limit_spent',
          what: `the request alone is over the limit of ${whose}: ${limit}; ask your tenant admin to raise it`,
        };
      }
      return {
        kind: 'rate_limited',
        what: `${whose} is at its limit of ${limit}; try again`,
        retryAfterSeconds: why.limit === 'streams' ? HELD_SECONDS : secondsToNextWindow('minute', now),
      };
    }
  }
}

/** What a caller is told when a gate's store has no capacity for one more change: nobody else is touched by it. */
export function busyRefusal({ tenantId, subject }: GateId): Refusal {
  return {
    kind: 'rate_limited',
    what: `${whoseGate(tenantId, subject.kind)} makes more requests at once than can be counted; try again`,
    retryAfterSeconds: BUSY_SECONDS,
  };
}

const WORDS = {
  streams: ['request at the same time', 'requests at the same time'],
  requestsPerMinute: ['request per minute', 'requests per minute'],
  tokensPerMinute: ['token per minute', 'tokens per minute'],
} as const;

function whoseGate(tenantId: TenantId, kind: Limited): string {
  return { tenant: `tenant ${tenantId}`, user: 'your user', key: 'this API key' }[kind];
}
