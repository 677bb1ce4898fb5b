import type { GateId, GateRefusal } from './gate.ts';
import { secondsToNextWindow, windowKey } from './limit.ts';
import { formatUsd } from './money.ts';
import type { Refusal } from './refusal.ts';

/** Running requests give back within seconds; a client that comes sooner only asks again. */
const HELD_SECONDS = 2;

/** What a caller is told of a gate's refusal: whose limit, which one, and when to come again, if ever. */
export function gateRefusal({ tenantId, subject }: GateId, why: GateRefusal, now: number): Refusal {
  if (why.limit === 'closed') return { kind: 'stopped', by: subject.kind };
  const whose = {
    tenant: `tenant ${tenantId}`,
    user: 'your user',
    key: 'this API key',
  }[subject.kind];
  switch (why.limit) {
    case 'budget': {
      const budget = `the budget of ${whose} for ${windowKey('month', now)} (${formatUsd(why.max)})`;
      return why.outcome === 'spent'
        ? { kind: 'limit_spent', what: `${budget} is spent; ask your tenant admin to raise it` }
        : {
            kind: 'rate_limited',
            what: `${budget} is held by requests that are running; try again`,
            retryAfterSeconds: HELD_SECONDS,
          };
    }
    case 'requestsPerDay':
      return {
        kind: 'limit_spent',
        what: `${whose} has had its ${why.max} requests of ${windowKey('day', now)} (UTC); ask your tenant admin to raise the limit`,
      };
    case 'streams':
      return {
        kind: 'rate_limited',
        what: `${whose} already runs ${why.max} requests at the same time; try again`,
        retryAfterSeconds: HELD_SECONDS,
      };
    case 'requestsPerMinute':
    case 'tokensPerMinute': {
      const what = why.limit === 'requestsPerMinute' ? 'requests' : 'tokens';
      if (why.outcome === 'spent') {
        return {
          kind: 'limit_spent',
          what: `the request alone is over the limit of ${whose}: ${why.max} ${what} per minute; ask your tenant admin to raise it`,
        };
      }
      return {
        kind: 'rate_limited',
        what: `${whose} is over its limit of ${why.max} ${what} per minute; try again`,
        retryAfterSeconds: secondsToNextWindow('minute', now),
      };
    }
  }
}
