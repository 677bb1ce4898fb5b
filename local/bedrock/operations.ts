import { headerValues, type SignedRequest } from '../signature.ts';
import { parseBody, readConverse } from './converse.ts';
import { converseWire } from './converse-wire.ts';
import { readCount } from './count.ts';
import type { Refusal } from './exceptions.ts';
import { invokeWire } from './invoke-wire.ts';
import { findCountable, findModel, type Invoked, type Model } from './models.ts';
import type { ModelRequest } from './request.ts';
import { parseAndValidate } from './validate.ts';
import type { Wire } from './wire.ts';

/** One operation on a model: how it is authorised, read and answered. */
export interface Operation {
  /** Its name in the API, and so in AWS's own logs. */
  readonly name: string;
  /** What IAM calls it; Converse has no action of its own. */
  readonly action: string;
  readonly stream: boolean;
  /** Absent where the prompt is only counted. */
  readonly wire?: Wire;
  find(id: string, region: string, account: string): Invoked | Refusal;
  read(body: Buffer, model: Model): ModelRequest | Refusal;
  /** The request metadata, unchecked; undefined when there is none. */
  metadata(request: SignedRequest): unknown;
}

const INVOKE = { action: 'bedrock:InvokeModel', stream: false };
const STREAM = { action: 'bedrock:InvokeModelWithResponseStream', stream: true };
const AS_INVOKE = { wire: invokeWire, find: findModel, read: parseAndValidate, metadata: metadataInHeader };
const AS_CONVERSE = { wire: converseWire, find: findModel, read: readConverse, metadata: metadataInBody };

/** By the last segment of the path. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['invoke', { name: 'InvokeModel', ...INVOKE, ...AS_INVOKE }],
  ['invoke-with-response-stream', { name: 'InvokeModelWithResponseStream', ...STREAM, ...AS_INVOKE }],
  ['converse', { name: 'Converse', ...INVOKE, ...AS_CONVERSE }],
  ['converse-stream', { name: 'ConverseStream', ...STREAM, ...AS_CONVERSE }],
  [
    'count-tokens',
    {
      name: 'CountTokens',
      action: 'bedrock:CountTokens',
      stream: false,
      find: findCountable,
      read: readCount,
      metadata: () => undefined,
    },
  ],
]);

function metadataInHeader({ rawHeaders }: SignedRequest): unknown {
  const [header] = headerValues(rawHeaders, 'x-amzn-bedrock-request-metadata');
  if (header === undefined) return undefined;
  try {
    return JSON.parse(header);
  } catch {
    return header;
  }
}

function metadataInBody({ body }: SignedRequest): unknown {
  return parseBody(body)?.['requestMetadata'];
}
