import { createHmac } from 'node:crypto';
import { StripeRefusal } from './errors.ts';
import type { Form } from './form.ts';
import { LIST_PARAMS, listPage } from './lists.ts';
import { readParams } from './params.ts';
import { byId, type Store, seconds } from './state.ts';

/** The API version that objects in events have. */
const API_VERSION = '2026-10-28.endive';

/** Notes that something happened to an object, as it is now, for the webhook. */
export function announce(store: Store, type: string, object: object): void {
  const id = store.mint('evt');
  const whole = {
    id,
    object: 'event',
    api_version: API_VERSION,
    created: seconds(store.now()),
    data: { object: structuredClone(object) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
  store.state.events.push({ id, type, notification: whole, whole, delivery: { attempts: 0, dueAt: 0 } });
  store.changed();
}

/** The same by an event of the API's second version, whose data is only fetched. */
export function announceThin(store: Store, type: string, relatedObject: object, data: object): void {
  const id = store.mint('evt_test');
  const notification = {
    id,
    object: 'v2.core.event',
    type,
    created: new Date(store.now()).toISOString(),
    livemode: false,
    context: null,
    related_object: relatedObject,
    reason: null,
  };
  store.state.events.push({
    id,
    type,
    notification,
    whole: { ...notification, data },
    delivery: { attempts: 0, dueAt: 0 },
  });
  store.changed();
}

/** `GET /v1/events`: those of the first version. */
export function listEvents(store: Store, form: Form): object {
  const params = readParams(form, [...LIST_PARAMS, 'type']);
  const type = params.text('type');
  const found = store.state.events.filter((one) => 'data' in one.notification && (!type || one.type === type));
  return listPage(
    '/v1/events',
    found.map(({ id, whole }) => ({ ...whole, id })),
    params,
  );
}

export function getEvent(store: Store, id: string): object {
  const found = byId(store.state.events, id);
  if (!found) throw new StripeRefusal(404, `No such event: '${id}'`, { code: 'resource_missing', param: 'id' });
  return found.whole;
}

/** Where events go. */
export type Endpoint = { readonly url: string; readonly secret: string };

/** Pauses (ms) before an event is sent again; the last one for all further times. Stripe gives up after three days. */
const PAUSES_MS = [1_000, 5_000, 30_000, 300_000, 3_600_000];
const GIVE_UP_AFTER = 75;
const ANSWER_MS = 10_000;

/**
 * Sends the events that are due, each signed anew; any answer but 2xx brings it again later.
 * @param machineNow ms epoch: a signature has the time of the sending, however far ahead the stand-in's clock is
 */
export async function deliver(store: Store, endpoint: Endpoint, machineNow: () => number): Promise<void> {
  const due = store.state.events.filter(({ delivery }) => delivery && delivery.dueAt <= machineNow());
  for (const event of due) {
    const { delivery } = event;
    if (!delivery) continue;
    const isTaken = await send(endpoint, JSON.stringify(event.notification), machineNow());
    delivery.attempts += 1;
    if (isTaken || delivery.attempts >= GIVE_UP_AFTER) delete event.delivery;
    else delivery.dueAt = machineNow() + (PAUSES_MS[delivery.attempts - 1] ?? 3_600_000);
    store.changed();
  }
}

async function send({ url, secret }: Endpoint, body: string, now: number): Promise<boolean> {
  const at = seconds(now);
  const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': `t=${at},v1=${signature}` },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
