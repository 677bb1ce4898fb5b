import type { TenantId } from './tenant.ts';

/** Where a request stands in its caller's distributed trace (W3C Trace Context, level 1). */
export type Trace = {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the caller's span, of which this request is a child. */
  readonly parentId: string;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
  /** What tracing systems say to each other; only ever beside the `traceparent` that it came with. */
  readonly state?: string;
};

/** The headers of a request that tell its trace, by lower-case name; one that came twice is left out. */
export type TraceHeaders = Readonly<Partial<Record<(typeof TRACE_HEADERS)[number], string | undefined>>>;
export const TRACE_HEADERS = ['traceparent', 'tracestate', 'x-amzn-trace-id'] as const;

/** A later version may have more behind a dash; its first four fields are read as version 00's. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x21-\x7e]*)?$/;
const ROOT = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/;
const PARENT = /^[0-9a-f]{16}$/;
const ONLY_ZEROS = /^0+$/;
/** One member of a `tracestate`: its key, `=`, and up to 256 characters that are no comma and no other `=`. */
const MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/;
const MAX_MEMBERS = 32;
const MAX_STATE = 512;
const MAX_AMZN = 512;

/**
 * The trace that a request belongs to. What is not well-formed is as if it were not there, so that no caller's text gets
 * into a log: first `traceparent` is asked, then `X-Amzn-Trace-Id`; without either the trace begins here, and its id is
 * the request's, without dashes.
 * @param requestId a UUID version 7
 */
export function joinTrace(headers: TraceHeaders, requestId: string): Trace {
  const { traceparent = '', tracestate = '', 'x-amzn-trace-id': amzn = '' } = headers;
  const digits = requestId.replaceAll('-', '');
  const parent = readTraceparent(traceparent);
  if (parent) return isState(tracestate) ? { ...parent, state: tracestate } : parent;
  return readAmznTraceId(amzn, digits.slice(16)) ?? { traceId: digits, parentId: digits.slice(16), sampled: false };
}

function readTraceparent(text: string): Trace | null {
  const [, version, traceId = '', parentId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || (version === '00' && more !== undefined)) return null;
  if (ONLY_ZEROS.test(traceId) || ONLY_ZEROS.test(parentId)) return null;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** X-Ray's form, `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=1`: without a root it names no trace. */
function readAmznTraceId(text: string, spare: string): Trace | null {
  if (text.length > MAX_AMZN) return null;
  const fields = new Map(text.split(';').map((field) => readField(field)));
  const [, epoch = '', random = ''] = ROOT.exec(fields.get('Root') ?? '') ?? [];
  const traceId = epoch + random;
  if (traceId === '' || ONLY_ZEROS.test(traceId)) return null;
  const parent = fields.get('Parent') ?? '';
  const parentId = PARENT.test(parent) && !ONLY_ZEROS.test(parent) ? parent : spare;
  return { traceId, parentId, sampled: fields.get('Sampled') === '1' };
}

function readField(field: string): [string, string] {
  const [name = '', ...value] = field.trim().split('=');
  return [name, value.join('=')];
}

function isState(text: string): boolean {
  const members = text.split(',').map((member) => member.trim());
  return text.length <= MAX_STATE && members.length <= MAX_MEMBERS && members.every((member) => MEMBER.test(member));
}

/**
 * The headers under which a trace goes on, in both spellings, with the tenant as the only baggage (W3C): what a client
 * packed would be said in our name from here on.
 */
export function traceHeaders({ traceId, parentId, sampled, state }: Trace, tenantId: TenantId): Record<string, string> {
  return {
    traceparent: `00-${traceId}-${parentId}-0${sampled ? 1 : 0}`,
    ...(state === undefined ? {} : { tracestate: state }),
    'x-amzn-trace-id': `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${parentId};Sampled=${sampled ? 1 : 0}`,
    baggage: `tenant_id=${tenantId}`,
  };
}
