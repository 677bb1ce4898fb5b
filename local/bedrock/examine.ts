import type { SignedRequest } from '../signature.ts';
import type { SessionStore } from '../sts.ts';
import { accountOf, authorize, type Caller, identify } from './access.ts';
import { invalid, type Refusal, refuse } from './exceptions.ts';
import type { Model } from './models.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import type { BedrockRecord } from './record.ts';
import type { ModelRequest } from './request.ts';

/** What became known of a call before it was decided; all of it may go on record. */
export interface Examined {
  readonly known: Partial<BedrockRecord>;
  /** Absent while it is not proven who calls: such a call is in nobody's account. */
  readonly call?: Call;
  readonly verdict: Refusal | Accepted;
}

/** Who called what, whether or not he gets it; `modelId` as it was given. */
export interface Call {
  readonly operation: Operation;
  readonly caller: Caller;
  readonly modelId: string;
}

export interface Accepted {
  readonly operation: Operation;
  readonly region: string;
  readonly model: Model;
  /** The ARN of the profile or model that was called. */
  readonly modelArn: string;
  readonly asked: ModelRequest;
}

/** What decides beside the request itself. */
export interface Judges {
  /** The STS stand-in's sessions; absent when credentials cannot be checked. */
  readonly sessions: SessionStore | undefined;
  /** The flags that a region refuses although its models know them. */
  rejectedBetas(region: string): ReadonlySet<string>;
}

const ROUTE = /^\/model\/([^/?]+)\/([a-z-]+)$/;
const MAX_BODY_BYTES = 25_000_000;

/** Reads a call as Bedrock does: who calls, which model, may he, is the body right for it. `now` in ms. */
export function examine(request: SignedRequest, judges: Judges, now: number): Examined {
  let known: Partial<BedrockRecord> = {};
  let call: Call | undefined;
  const note = (more: Partial<BedrockRecord>): void => {
    known = { ...known, ...more };
  };
  const verdict = decide();
  return { known, verdict, ...(call && { call }) };

  function decide(): Refusal | Accepted {
    const [, encodedId = '', name = ''] = (request.method === 'POST' && ROUTE.exec(request.url)) || [];
    const operation = OPERATIONS.get(name);
    if (operation === undefined) return refuse('UnknownOperationException', 'Unknown operation');
    const modelId = decodeOnce(encodedId);
    note({ stream: operation.stream, modelId });

    const caller = identify(request, judges.sessions, now);
    if ('exception' in caller) return caller;
    call = { operation, caller, modelId };
    const { region, session } = caller;
    note({ region, signature: session === undefined ? 'unchecked' : 'verified' });
    if (session !== undefined) note({ roleSessionName: session.roleSessionName, tenantTags: session.tags });

    const invoked = operation.find(modelId, region, accountOf(caller));
    if ('exception' in invoked) return invoked;
    const barred = authorize(caller, operation.action, invoked.resources);
    if (barred !== undefined) return barred;
    if (request.body.length > MAX_BODY_BYTES) return invalid(`Request body is larger than ${MAX_BODY_BYTES} bytes`);

    const given = operation.metadata(request);
    if (given !== undefined) {
      if (!isMetadata(given)) return invalid('requestMetadata takes at most 16 pairs of strings up to 256 characters');
      const tenant = given['tenant_id'];
      note({ requestMetadata: given, ...(tenant === undefined ? {} : { tenant }) });
    }

    const rejected = judges.rejectedBetas(region);
    const betas = new Set([...invoked.model.betas].filter((flag) => !rejected.has(flag)));
    const model = { ...invoked.model, betas };
    const asked = operation.read(request.body, model);
    if ('exception' in asked) return asked;
    if (asked.anthropic_beta !== undefined) note({ anthropicBeta: asked.anthropic_beta });
    return { operation, region, model, modelArn: invoked.resources[0] ?? modelId, asked };
  }
}

/** The id as the SDK sends it (`%3A`, an ARN's `%2F`); a second decoding would let `%252F` pass for a slash. */
function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isMetadata(given: unknown): given is Readonly<Record<string, string>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  const pairs = Object.entries(given);
  const sound = pairs.every(([key, value]) => key.length <= 256 && typeof value === 'string' && value.length <= 256);
  return sound && pairs.length <= 16;
}
