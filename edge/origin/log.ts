import { whyFailed } from '../../access-token/fetch-json.ts';
import type { Refusal } from '../../tenancy/refusal.ts';

/**
 * What this function ever says. No field can hold a credential, a path, a query or a body: `why` and `what` are texts
 * of this code, never of a request.
 */
export type LogLine = {
  readonly level: 'info' | 'error';
  readonly event: 'refused' | 'fetch_failed';
  readonly kind?: Refusal['kind'];
  readonly why?: string;
  readonly what?: string;
  readonly tenant?: string;
  readonly requestId?: string;
  readonly traceId?: string;
};

/** Where lines go: standard output in the product. */
export type Log = (line: LogLine) => void;

/** For what keeps something fetched: tells the log that a fetch of it failed. */
export function logFailure(log: Log, what: string): (error: unknown) => void {
  return (error) => log({ level: 'error', event: 'fetch_failed', what, why: whyFailed(error) });
}

/**
 * One line of JSON. Fields are taken by name, so that an object with more in it than its type says gives nothing away;
 * JSON escapes line ends, so that no value can forge a second line.
 */
export function serialiseLogLine({ level, event, kind, why, what, tenant, requestId, traceId }: LogLine): string {
  return JSON.stringify({ level, event, kind, why, what, tenant, requestId, traceId });
}

/** The line for a refusal. What a caller did is `info`; what the platform failed at is `error`. */
export function refusalLine(
  refusal: Refusal,
  ids: { readonly requestId: string; readonly traceId: string },
  tenant: string | undefined,
): LogLine {
  return {
    level: ['internal', 'edge_not_ready', 'store_unavailable'].includes(refusal.kind) ? 'error' : 'info',
    event: 'refused',
    kind: refusal.kind,
    ...ids,
    ...(tenant === undefined ? {} : { tenant }),
    ...reason(refusal),
  };
}

function reason(refusal: Refusal): { why?: string; what?: string } {
  switch (refusal.kind) {
    case 'credential_invalid':
    case 'internal':
      return { why: refusal.why };
    case 'tenant_inactive':
      return { why: refusal.status };
    case 'store_unavailable':
    case 'edge_not_ready':
      return { what: refusal.what };
    default:
      return {};
  }
}
