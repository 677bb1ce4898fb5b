import { type Model, parseModelName } from '../../tenancy/model.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Region } from '../../tenancy/region.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { Passport } from '../passport.ts';
import { readInvokeBody, readMessagesBody } from './body.ts';
import { type Content, translateContent } from './content.ts';
import { converseContent, refuseDearerHeaders } from './converse-body.ts';
import { CALLS, type CallRoute, type Dialect } from './dialect.ts';
import type { RegionRequest } from './exchange.ts';
import type { LearntBetas } from './learnt-betas.ts';

/** What a request asks of a model, on whichever route it came. */
export type Ask = {
  readonly dialect: Dialect;
  /** The model's name as the client wrote it. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether output can be made that nobody sees flow: thinking that is not shown, an answer in one piece. */
  readonly unseen: boolean;
  /** The body for Bedrock, once the model is known. */
  readonly content: (model: Model, region: Region, learnt: LearntBetas, now: number) => Result<Content, Refusal>;
};

/** Reads a call without parsing its messages. On Bedrock's wire the path has said model and operation. */
export function readAsk(request: RegionRequest, passport: Passport, route: CallRoute): Result<Ask, Refusal> {
  const { wire, format, stream } = CALLS[route];
  const dialect = { wire, format };
  if (stream === null) return readMessagesAsk(request, passport, dialect);
  const dearer = refuseDearerHeaders(request.headers);
  if (dearer) return no(dearer);
  const read = readInvokeBody(request);
  if (!read.ok) return read;
  const { model = '', requestId, caller } = passport;
  const has = (field: string) => read.value.members.some(({ key }) => key === field);
  const unseen = !stream || has(format === 'invoke' ? 'thinking' : 'additionalModelRequestFields');
  if (format === 'converse') {
    const metadata = { tenant_id: caller.tenantId, request_id: requestId };
    const content: Ask['content'] = ({ longContextBeta }) =>
      converseContent(read.value, metadata, isLongContext(model) ? longContextBeta : null);
    return ok({ dialect, model, stream, unseen, content });
  }
  // The header has more than Bedrock knows; a client of this wire puts into the body what is meant for the model.
  const call = { tenantId: caller.tenantId, asked: read.value.betas, longContext: isLongContext(model) };
  return ok({
    dialect,
    model,
    stream,
    unseen,
    content: (of, region, learnt, now) => translateContent(read.value, { ...call, model: of, region }, learnt, now),
  });
}

function readMessagesAsk(request: RegionRequest, { caller }: Passport, dialect: Dialect): Result<Ask, Refusal> {
  const read = readMessagesBody(request);
  if (!read.ok) return read;
  const { model, stream, betas, members } = read.value;
  const call = {
    tenantId: caller.tenantId,
    asked: `${request.headers['anthropic-beta'] ?? ''},${betas}`,
    longContext: isLongContext(model),
  };
  return ok({
    dialect,
    model,
    stream,
    unseen: !stream || members.some(({ key }) => key === 'thinking'),
    content: (of, region, learnt, now) => translateContent(read.value, { ...call, model: of, region }, learnt, now),
  });
}

function isLongContext(model: string): boolean {
  return parseModelName(model)?.longContext ?? false;
}
