import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { Result } from '../../tenancy/result.ts';
import type { Trace } from '../../tenancy/trace.ts';
import type { Intent } from '../../tenancy/usage.ts';
import type { Content } from './content.ts';
import type { Dialect } from './dialect.ts';
import type { Share } from './fair-share.ts';
import { type InvokeFailure, invokeRequest, sendToBedrock, type Upstream } from './invoke.ts';
import type { Reply } from './reply.ts';

/** How long a throttled call waits before its one more try, in ms: at least this, and up to twice as long. */
const AGAIN_MS = 200;

/** One call, whoever it is for; `now`: ms since the epoch. */
export type FairCall = {
  readonly client: BedrockRuntimeClient;
  readonly intent: Intent;
  readonly trace: Trace;
  readonly content: Content;
  readonly format: Dialect['format'];
  readonly share: Share;
  /** Told which betas were left out, should Bedrock not take some. */
  readonly reply: Pick<Reply, 'droppedBetas'>;
  readonly signal: AbortSignal;
  readonly now: () => number;
};

/**
 * Invokes the model; once more, a little later, when its quota refused: a throttled call has used nothing, and in a moment
 * the quota has refilled by more than one call. Once more, too, without the betas that Bedrock does not take with this
 * model. What Bedrock says of its quota is told to those who share it.
 */
export async function invokeFairly({
  client,
  intent,
  trace,
  content,
  format,
  share,
  reply,
  signal,
  now,
}: FairCall): Promise<Result<Upstream, InvokeFailure>> {
  let sent = content.first;
  let throttled = false;
  for (;;) {
    const answered = await sendToBedrock(client, invokeRequest(intent, trace, sent.body, format), signal);
    const refusal = answered.ok ? null : answered.reason.refusal;
    // Not waited for: the answer is there.
    void share.told(refusal?.kind === 'upstream_throttled' ? 'refused' : 'served', now());
    if (answered.ok) content.accepted(sent, now());
    if (refusal === null || signal.aborted) return answered;
    if (refusal.kind === 'upstream_throttled' && !throttled) {
      throttled = true;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS * (1 + Math.random())));
      continue;
    }
    const without = refusal.kind === 'upstream_invalid' && sent === content.first;
    const again = without ? content.without(refusal.message, sent) : null;
    if (!again) return answered;
    sent = again;
    reply.droppedBetas = again.droppedBetas;
  }
}
