import { headerValues, type SignedRequest } from '../signature.ts';
import type { SessionStore } from '../sts.ts';
import { accountOf, authorize, identify } from './access.ts';
import { invalid, type Refusal, refuse } from './exceptions.ts';
import { findModel, type Model } from './models.ts';
import type { BedrockRecord } from './record.ts';
import type { ModelRequest } from './request.ts';
import { validate } from './validate.ts';

/** What became known of a call before it was decided; all of it may go on record. */
export interface Examined {
  readonly known: Partial<BedrockRecord>;
  readonly verdict: Refusal | Accepted;
}

export interface Accepted {
  readonly model: Model;
  readonly asked: ModelRequest;
}

const ROUTE = /^\/model\/([^/?]+)\/(invoke|invoke-with-response-stream)$/;
const MAX_BODY_BYTES = 25_000_000;

/** Reads a call as Bedrock does: who calls, which model, may he, is the body right for it. `now` in ms. */
export function examine(request: SignedRequest, sessions: SessionStore | undefined, now: number): Examined {
  let known: Partial<BedrockRecord> = {};
  const note = (more: Partial<BedrockRecord>): void => {
    known = { ...known, ...more };
  };
  const verdict = decide();
  return { known, verdict };

  function decide(): Refusal | Accepted {
    const [, encodedId = '', operation] = (request.method === 'POST' && ROUTE.exec(request.url)) || [];
    if (operation === undefined) return refuse('UnknownOperationException', 'Unknown operation');
    const stream = operation === 'invoke-with-response-stream';
    const modelId = decodeOnce(encodedId);
    note({ stream, modelId });

    const caller = identify(request, sessions, now);
    if ('exception' in caller) return caller;
    const { region, session } = caller;
    note({ region, signature: session === undefined ? 'unchecked' : 'verified' });
    if (session !== undefined) note({ roleSessionName: session.roleSessionName, tenantTags: session.tags });

    const invoked = findModel(modelId, region, accountOf(caller));
    if ('exception' in invoked) return invoked;
    const action = stream ? 'bedrock:InvokeModelWithResponseStream' : 'bedrock:InvokeModel';
    const barred = authorize(caller, action, invoked.resources);
    if (barred !== undefined) return barred;

    const [header] = headerValues(request.rawHeaders, 'x-amzn-bedrock-request-metadata');
    const requestMetadata = header === undefined ? {} : readMetadata(header);
    if (requestMetadata === undefined)
      return invalid('requestMetadata takes at most 16 pairs of strings up to 256 characters');
    if (header !== undefined) note({ requestMetadata });

    if (request.body.length > MAX_BODY_BYTES) return invalid(`Request body is larger than ${MAX_BODY_BYTES} bytes`);
    const asked = validate(request.body, invoked.model);
    if ('exception' in asked) return asked;
    if (asked.anthropic_beta !== undefined) note({ anthropicBeta: asked.anthropic_beta });
    return { model: invoked.model, asked };
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

function readMetadata(header: string): Readonly<Record<string, string>> | undefined {
  try {
    const metadata = JSON.parse(header) as Record<string, string>;
    const pairs = Object.entries(metadata);
    const sound = pairs.every(([key, value]) => key.length <= 256 && typeof value === 'string' && value.length <= 256);
    return sound && pairs.length <= 16 ? metadata : undefined;
  } catch {
    return undefined;
  }
}
