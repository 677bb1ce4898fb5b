import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { Model } from '../../tenancy/model.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { RouteName } from '../../tenancy/route.ts';
import { estimateInputTokens } from '../../tenancy/token-estimate.ts';
import type { Passport } from '../passport.ts';
import { type AdmitDeps, findGranted, limitedGates } from './admit.ts';
import type { Assume } from './assume.ts';
import { readInvokeBody, readMessagesBody } from './body.ts';
import { readField } from './body-edits.ts';
import { consult } from './consult.ts';
import { type Content, type Translated, translateContent } from './content.ts';
import { countRequest, readCountInput, refuseUncountable } from './count-body.ts';
import type { RegionRequest } from './exchange.ts';
import type { Identified } from './identify.ts';
import { sendToBedrock } from './invoke.ts';
import type { Stores } from './stores.ts';

export type CountDeps = AdmitDeps & {
  readonly stores: Pick<Stores, 'gates'>;
  readonly assume: Assume<BedrockRuntimeClient>;
};

/** The routes that count a prompt's tokens, and call no model. */
export type CountRoute = Extract<RouteName, 'count_tokens' | 'bedrock_count_tokens'>;

export function isCountRoute(route: RouteName): route is CountRoute {
  return route === 'count_tokens' || route === 'bedrock_count_tokens';
}

/** A prompt's tokens, and who counted them: an estimate errs high (docs/count-tokens.md). */
export type Counted = { readonly tokens: number; readonly by: 'bedrock' | 'estimate' };

/** What of a request is counted: the call of CountTokens, and the same content for an estimate. */
type Countable = {
  readonly model: string;
  /** The body to send, and the one to send instead, once, when Bedrock's refusal tells how. */
  readonly calls: (model: Model, deps: CountDeps, now: number) => Result<Calls, Refusal>;
  readonly estimate: () => number;
};

/** One call of CountTokens; `counted` is told when Bedrock has taken it. */
type Call = { readonly body: Buffer; readonly counted: (now: number) => void };

type Calls = { readonly first: Call; readonly next: (refused: string) => Call | null };

/** CountTokens is quick or of no use: an estimate answers at once. ms */
const LIMIT_MS = 8_000;

/**
 * Counts a prompt's tokens: by Bedrock where it counts for this model, else by estimate. It spends nothing, so it passes
 * no limit; but who may not call the model may not count for it, nor who is stopped.
 */
export async function countTokens(
  request: RegionRequest,
  passport: Passport,
  route: CountRoute,
  identified: Identified,
  deps: CountDeps,
  now: number,
): Promise<Result<Counted, Refusal>> {
  const read = route === 'count_tokens' ? readMessages(request, passport) : readCount(request, passport);
  if (!read.ok) return read;
  const countable = read.value;
  const granted = await findGranted(countable.model, identified, deps, now);
  if (!granted.ok) return granted;
  const { model, rules } = granted.value;
  const ids = limitedGates(identified.tenant, identified.caller, rules, now).map(({ id }) => id);
  const gates = await consult(() => deps.stores.gates(ids));
  if (!gates.ok) return gates;
  const closed = ids.find((_, index) => gates.value[index]?.closed);
  if (closed) return no({ kind: 'stopped', by: closed.subject.kind });
  const estimated = (): Result<Counted, Refusal> => ok({ tokens: countable.estimate(), by: 'estimate' });
  if (!model.countTokensRegions.includes(deps.region)) return estimated();

  await deps.learntBetas.load(model.id, now);
  const calls = countable.calls(model, deps, now);
  if (!calls.ok) return calls;
  let call = calls.value.first;
  let counted = await askBedrock(call.body, model, identified, deps, now);
  const again = counted.ok || counted.reason === null ? null : calls.value.next(counted.reason);
  if (again) {
    call = again;
    counted = await askBedrock(call.body, model, identified, deps, now);
  }
  if (counted.ok) {
    call.counted(now);
    return ok({ tokens: counted.value, by: 'bedrock' });
  }
  // Bedrock's word on the prompt itself goes to the client; of anything else an estimate is the better answer.
  if (counted.reason === null || isBeyondCounting(counted.reason)) return estimated();
  return no({ kind: 'upstream_invalid', message: counted.reason });
}

/** It counts for some models only, and prompts up to a length that is below what the models take. */
function isBeyondCounting(message: string): boolean {
  return /support counting|too long|too large|exceed|maximum/i.test(message);
}

function readMessages(request: RegionRequest, { caller }: Passport): Result<Countable, Refusal> {
  const read = readMessagesBody(request);
  if (!read.ok) return read;
  const uncountable = refuseUncountable(request.body);
  if (uncountable) return no(uncountable);
  const { model, betas } = read.value;
  const asked = `${request.headers['anthropic-beta'] ?? ''},${betas}`;
  return ok({
    model,
    estimate: () => estimateInputTokens(request.body),
    calls: (of, { region, learntBetas }, now) => {
      const call = { tenantId: caller.tenantId, model: of, region, asked, longContext: false };
      const content = translateContent(read.value, call, learntBetas, now);
      return content.ok ? ok(callsOf(content.value, of)) : content;
    },
  });
}

function callsOf(content: Content, model: Model): Calls {
  const callOf = (sent: Translated): Call => ({
    body: countRequest(sent, model),
    counted: (now) => content.accepted(sent, now),
  });
  return {
    first: callOf(content.first),
    next: (refused) => {
      const again = content.without(refused, content.first);
      return again && callOf(again);
    },
  };
}

/** Bedrock's own CountTokens: what it is given goes on as it is. */
function readCount(request: RegionRequest, { model = '' }: Passport): Result<Countable, Refusal> {
  const read = readInvokeBody(request);
  if (!read.ok) return read;
  const input = readCountInput(readField(read.value, 'input'));
  if (!input.ok) return input;
  return ok({
    model,
    estimate: () => estimateInputTokens(input.value ?? request.body),
    calls: () => ok({ first: { body: Buffer.from(request.body), counted: () => {} }, next: () => null }),
  });
}

/** @returns the tokens, or Bedrock's words on the prompt; null when it said nothing of use */
async function askBedrock(
  body: Buffer,
  { foundationModelId }: Model,
  { caller }: Identified,
  { region, assume }: CountDeps,
  now: number,
): Promise<Result<number, string | null>> {
  try {
    const session = { caller, region, bedrockModelId: foundationModelId, foundationModelId, countsOnly: true } as const;
    const client = await assume(session, now);
    const answered = await sendToBedrock(
      client,
      {
        method: 'POST',
        path: `/model/${encodeURIComponent(foundationModelId)}/count-tokens`,
        headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
        body,
      },
      AbortSignal.timeout(LIMIT_MS),
    );
    if (!answered.ok) {
      const { refusal } = answered.reason;
      return no(refusal.kind === 'upstream_invalid' ? refusal.message : null);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of answered.value.body) chunks.push(chunk as Buffer);
    const { inputTokens } = JSON.parse(Buffer.concat(chunks).toString()) as { inputTokens?: unknown };
    return Number.isSafeInteger(inputTokens) ? ok(Number(inputTokens)) : no(null);
  } catch {
    return no(null);
  }
}
