import type { Refusal } from '../../tenancy/refusal.ts';
import { ok, type Result } from '../../tenancy/result.ts';
import { isInvalidBeta, suspectBetas } from '../../tenancy/translation.ts';
import { type BodyFor, planBody, type ReadBody, writeBody } from './body.ts';
import type { LearntBetas } from './learnt-betas.ts';

/** A body as Bedrock is sent it. */
export type Translated = {
  readonly body: Buffer;
  /** What is asked for, in Bedrock's names. */
  readonly betas: readonly string[];
  /** What the client asked for and does not get, in its own names. */
  readonly droppedBetas: readonly string[];
  /** `max_tokens` as it is sent; null where the client sent none. */
  readonly maxTokens: number | null;
};

/** What Bedrock is sent; and, when it refuses a beta in it, what it is sent instead, once. */
export type Content = {
  readonly first: Translated;
  /** Bedrock has taken what it was sent. */
  accepted(sent: Translated): void;
  /**
   * Learns from a refusal which betas this model does not take here.
   * @param message Bedrock's own words
   * @returns the body without them; null when the refusal was about something else, or nothing is left to leave out
   */
  without(message: string, sent: Translated, now: number): Translated | null;
};

/** Translates a body for a model, without what Bedrock was seen to refuse with it. */
export function translateContent(
  read: ReadBody,
  call: Omit<BodyFor, 'rejected'>,
  learnt: LearntBetas,
  now: number,
): Result<Content, Refusal> {
  const { model, region } = call;
  const write = (rejected: ReadonlySet<string>): Result<Translated, Refusal> => {
    const plan = planBody(read, { ...call, rejected });
    if (!plan.ok) return plan;
    const { betas, dropped, maxTokens } = plan.value;
    return ok({ body: writeBody(read, plan.value), betas, droppedBetas: dropped, maxTokens });
  };
  const first = write(learnt.rejected(model.id, now));
  if (!first.ok) return first;
  return ok({
    first: first.value,
    accepted: (sent) => learnt.worked(model.id, sent.betas),
    without(message, sent, at) {
      if (sent.betas.length === 0 || !isInvalidBeta(message)) return null;
      const suspects = suspectBetas(message, sent.betas, model, region, learnt.proven(model.id));
      // Not waited for: the client's answer does not hang on what others may learn from it.
      void learnt.learn(model.id, suspects, at);
      const again = write(new Set([...learnt.rejected(model.id, at), ...suspects]));
      return again.ok ? again.value : null;
    },
  });
}
