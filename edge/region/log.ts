import { type Refusal, throttledBy } from '../../tenancy/refusal.ts';
import type { Intent } from '../../tenancy/usage.ts';

/**
 * The fields a log line may have. Standard output is what the bill is made from, so nothing is printed but usage
 * records and these lines, all through one serialiser; no field may ever hold a text that a client or a model wrote.
 */
export type LogFields = {
  readonly event:
    | 'refused'
    | 'broken_off'
    | 'reader_given_up'
    | 'settlement_failed'
    | 'already_settled'
    | 'betas_unknown';
  /** Absent in what is said of no request. */
  readonly requestId?: string;
  readonly traceId?: string;
  readonly tenantId?: string;
  readonly identityId?: string;
  readonly model?: string;
  readonly kind?: string;
  readonly why?: string;
  readonly bedrockRequestId?: string;
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
};

const FIELDS = [
  'event',
  'requestId',
  'traceId',
  'tenantId',
  'identityId',
  'model',
  'kind',
  'why',
  'bedrockRequestId',
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
] as const satisfies readonly (keyof LogFields)[];

/** One line of JSON. Only the fields above get through, whatever the object carries besides; texts are cut. */
export function logLine(fields: LogFields): string {
  const shown = FIELDS.flatMap((name) => {
    const value = fields[name];
    return value === undefined ? [] : [[name, typeof value === 'string' ? value.slice(0, 600) : value] as const];
  });
  return JSON.stringify({ record: 'log', ...Object.fromEntries(shown) });
}

/** By which a line is found: the request, its trace, and whose it is. */
export function namesOf({ requestId, traceId, tenantId, identityId }: Intent) {
  return { requestId, ...(traceId === undefined ? {} : { traceId }), tenantId, identityId };
}

const METRICS = { own_limit: 'throttled_own', shared_capacity: 'throttled_shared' } as const;

/**
 * A refused request as lines of the log: the line of it, and for one that was throttled a metric of its tenant in
 * CloudWatch's embedded metric format, so that it shows whether its own limits or the shared capacity are too small.
 * @param at ms since the epoch
 */
export function refusalLines(about: Omit<LogFields, 'kind' | 'why'>, refusal: Refusal, at: number): string[] {
  const line = logLine({ ...about, ...refusalFields(refusal) });
  const by = throttledBy(refusal);
  if (by === null || about.tenantId === undefined) return [line];
  const name = METRICS[by];
  const Metrics = [{ Name: name, Unit: 'Count' }];
  const CloudWatchMetrics = [{ Namespace: 'AgentRunner', Dimensions: [['tenant_id']], Metrics }];
  const metric = { _aws: { Timestamp: at, CloudWatchMetrics }, record: 'throttled', tenant_id: about.tenantId };
  return [line, JSON.stringify({ ...metric, [name]: 1 })];
}

/** Makes a printer that never throws: a log that cannot be written must not undo what the book holds. */
export function safely(emit: (line: string) => void): (line: string) => void {
  return (line) => {
    try {
      emit(line);
    } catch {
      // There is nowhere left to say it.
    }
  };
}

/** What the log may know of a refusal: its kind, and the reasons that we or AWS's access control worded. */
export function refusalFields(refusal: Refusal): Pick<LogFields, 'kind' | 'why'> {
  switch (refusal.kind) {
    case 'passport_refused':
    case 'upstream_denied':
    case 'internal':
      return { kind: refusal.kind, why: refusal.why };
    case 'store_unavailable':
    case 'place_lost':
      return { kind: refusal.kind, why: refusal.what };
    case 'key_not_live':
      return { kind: refusal.kind, why: refusal.state };
    default:
      return { kind: refusal.kind };
  }
}

/**
 * An error for the log: its name, code and place in our code. Never its message: a parser's error quotes the text that
 * it could not read, and that is a prompt.
 */
export function errorPlace(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = (error as { code?: unknown }).code;
  // The stack begins with the message, which may hold lines that look like frames.
  const { stack = '', message } = error;
  const end = stack.indexOf(message);
  const frames = (end === -1 ? '' : stack.slice(end + message.length))
    .split('\n')
    .filter((line) => /^ {4}at /.test(line));
  return [error.name, ...(typeof code === 'string' ? [code] : []), ...frames.slice(0, 4).map((line) => line.trim())]
    .join(' ')
    .slice(0, 600);
}
