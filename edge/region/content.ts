import type { Refusal } from '../../tenancy/refusal.ts';
import { ok, type Result } from '../../tenancy/result.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { isInvalidBeta, isVouchedFor, suspectBetas } from '../../tenancy/translation.ts';
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
  /** What the try before had and this one has not, in Bedrock's names: guilty when Bedrock takes this one. */
  readonly suspects: readonly string[];
};

/** What Bedrock is sent; and, when it refuses a beta in it, what it is sent instead, once. */
export type Content = {
  readonly first: Translated;
  /** Bedrock has taken what it was sent: only now is anything learnt from what it refused before. */
  accepted(sent: Translated, now: number): void;
  /**
   * What is sent after a refusal. Nothing is learnt yet: the words of a refusal quote the client's own.
   * @param message Bedrock's own words
   * @returns the body without the suspects; null when the refusal was about something else, or nothing is left to leave out
   */
  without(message: string, sent: Translated): Translated | null;
};

/** What a body is translated for, and whose it is. */
export type ContentFor = Omit<BodyFor, 'rejected'> & { readonly tenantId: TenantId };

/** Translates a body for a model, without what Bedrock was seen to refuse with it. */
export function translateContent(
  read: ReadBody,
  { tenantId, ...call }: ContentFor,
  learnt: LearntBetas,
  now: number,
): Result<Content, Refusal> {
  const { model, region } = call;
  // Read once: the two tries differ by the suspects and by nothing that became known between them.
  const rejected = learnt.rejected(model.id, tenantId, now);
  const write = (suspects: readonly string[]): Result<Translated, Refusal> => {
    const plan = planBody(read, { ...call, rejected: new Set([...rejected, ...suspects]) });
    if (!plan.ok) return plan;
    const { betas, dropped, maxTokens } = plan.value;
    return ok({ body: writeBody(read, plan.value), betas, droppedBetas: dropped, maxTokens, suspects });
  };
  const first = write([]);
  if (!first.ok) return first;
  return ok({
    first: first.value,
    accepted({ betas, suspects }, at) {
      learnt.worked(model.id, betas);
      learnt.suspect(model.id, tenantId, suspects, at);
      const [only, ...others] = suspects;
      // Of several any but one may be good, and a tenant that asks for a bad one beside it must not take it from everybody.
      if (only === undefined || others.length > 0 || isVouchedFor(only, model, region)) return;
      // Not waited for: the client's answer does not hang on what others may learn from it.
      void learnt.share(model.id, only, at);
    },
    without(message, sent) {
      if (sent.betas.length === 0 || !isInvalidBeta(message)) return null;
      const again = write(suspectBetas(message, sent.betas, model, region, learnt.proven(model.id)));
      return again.ok ? again.value : null;
    },
  });
}
