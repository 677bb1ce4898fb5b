import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type Stripe from 'stripe';
import { type ApplyDeps, applyEvent } from './apply-event.ts';
import { readWebhookEvent } from './read-event.ts';

export type ReceiveDeps = ApplyDeps & {
  readonly webhooks: Stripe['webhooks'];
  /** The endpoints' signing secrets, `whsec_...`. */
  readonly secrets: readonly string[];
};

type Request = Pick<APIGatewayProxyEvent, 'httpMethod' | 'headers' | 'body' | 'isBase64Encoded'>;

/** Answers Stripe. Anything but 2xx makes it send the event again, for three days: so only what may do better then. */
export async function receive(deps: ReceiveDeps, request: Request): Promise<APIGatewayProxyResult> {
  const { webhooks, secrets, now, log } = deps;
  if (request.httpMethod !== 'POST')
    return answer(405, { error: { message: 'send events by POST' } }, { allow: 'POST' });
  const header = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'stripe-signature')?.[1];
  const body = Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8');
  const event = readWebhookEvent(webhooks, body, header, secrets, now());
  if (!event.ok) {
    log({ event: 'webhook_refused', why: event.reason });
    return answer(400, { error: { message: REFUSALS[event.reason] } });
  }
  try {
    const effect = await applyEvent(deps, event.value);
    return effect === 'later' ? AGAIN : answer(200, { received: true, effect });
  } catch (error) {
    log({ event: 'webhook_failed', id: event.value.id, why: error instanceof Error ? error.name : 'unknown' });
    return AGAIN;
  }
}

const REFUSALS = {
  signature: 'the signature is not valid for this body at this time',
  malformed: 'the body is no event',
} as const;

const AGAIN = answer(500, { error: { message: 'the event was not applied; send it again' } });

function answer(statusCode: number, body: object, headers: Record<string, string> = {}): APIGatewayProxyResult {
  return {
    statusCode,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(body),
  };
}
