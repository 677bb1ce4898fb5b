import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Listener, listen, readBody } from './listener.ts';
import { envelope, StripeRefusal } from './stripe/errors.ts';
import { deliver, type Endpoint } from './stripe/events.ts';
import { openFaults, readFault } from './stripe/faults.ts';
import { parseForm } from './stripe/form.ts';
import { recall, remember } from './stripe/idempotency.ts';
import { failPayment, runClock } from './stripe/invoices.ts';
import { reportMeterErrors } from './stripe/meters.ts';
import { operate } from './stripe/routes.ts';
import { openStore, type Store } from './stripe/state.ts';

export type StripeOptions = {
  readonly port?: number;
  /** What the account has lives here, and outlives a restart. */
  readonly folder: string;
  /** The one secret key that it knows, `sk_test_...`. */
  readonly apiKey: string;
  /** What its webhook signs with, `whsec_...`. */
  readonly webhookSecret: string;
  /** This machine's clock, ms epoch. */
  readonly machineNow?: () => number;
};

export type StripeStandIn = Listener & {
  /** Sends events there from now on, those first that nobody has taken yet. */
  deliverTo(url: string): void;
};

type Answer = { readonly status: number; readonly body: string; readonly headers?: Record<string, string> };

/** How often it looks at what its clock brings: errors of meter events, ends of periods, events to be sent. */
const TICK_MS = 100;

/**
 * Stands in for an account at Stripe, in test mode: customers, a meter of daily values, metered subscriptions, invoices
 * with credit, signed webhooks, by Stripe's own wire. What it does not serve it refuses by name. Without a key, for tests:
 * `POST /control/clock {"advanceMs":N}`, `POST /control/faults`, `DELETE /control/faults`,
 * `POST /control/payment-failed {"invoice":"in_..."}`.
 */
export async function startStripe(options: StripeOptions): Promise<StripeStandIn> {
  const { folder, apiKey, webhookSecret, machineNow = Date.now } = options;
  const store = openStore(join(folder, 'account.json'), machineNow);
  const faults = openFaults();
  let endpoint: Endpoint | undefined;
  let delivering: Promise<void> | undefined;

  function tick(): void {
    reportMeterErrors(store);
    runClock(store);
    store.flush();
    if (endpoint)
      delivering ??= deliver(store, endpoint, machineNow).finally(() => {
        delivering = undefined;
      });
  }

  const listener = await listen('Stripe', options.port ?? 0, async (request, response) => {
    const body = (await readBody(request)).toString('utf8');
    const { method = '', url = '/', headers } = request;
    const { pathname, search } = new URL(url, 'http://stripe');
    if (pathname.startsWith('/control/')) {
      return send(response, control(store, faults, `${method} ${pathname}`, body));
    }
    const fault = faults.take(`${method} ${pathname}`);
    switch (fault?.kind) {
      case 'reset':
        return void response.destroy();
      case '429':
        return send(response, {
          ...refuse(
            new StripeRefusal(429, 'Request rate limit exceeded.', { type: 'rate_limit_error', code: 'rate_limit' }),
          ),
          headers: { 'stripe-should-retry': 'true', 'retry-after': String(fault.retryAfter ?? 1) },
        });
      case '500':
        return send(response, refuse(OUT_OF_ORDER));
      default: {
        const answer = answerCall(store, { method, pathname, search, body, headers }, apiKey);
        if (fault?.kind === 'accept_then_reset') return void response.destroy();
        // Until the client goes away.
        if (fault?.kind === 'accept_then_hang') return;
        return send(response, fault ? refuse(OUT_OF_ORDER) : answer);
      }
    }
  });
  const timer = setInterval(tick, TICK_MS);
  return {
    url: listener.url,
    deliverTo: (url) => {
      endpoint = { url, secret: webhookSecret };
    },
    close: async () => {
      clearInterval(timer);
      endpoint = undefined;
      await delivering;
      await listener.close();
      store.flush();
    },
  };
}

const OUT_OF_ORDER = new StripeRefusal(500, 'An unknown error occurred', { type: 'api_error' });

type Call = {
  readonly method: string;
  readonly pathname: string;
  readonly search: string;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
};

function answerCall(store: Store, { method, pathname, search, body, headers }: Call, apiKey: string): Answer {
  const key = headers['idempotency-key'];
  const isKept = typeof key === 'string' && method === 'POST';
  const request = `${method} ${pathname} ${body}`;
  try {
    checkKey(headers.authorization, apiKey);
    const before = isKept ? recall(store, key, request) : null;
    if (before) return { ...before, headers: { 'idempotent-replayed': 'true' } };
    const form = parseForm(method === 'POST' ? body : search.slice(1));
    const answer = { status: 200, body: JSON.stringify(operate(store, method, pathname, form)) };
    if (isKept) remember(store, key, request, answer);
    return { ...answer, headers: isKept ? { 'idempotency-key': key } : {} };
  } catch (error) {
    if (!(error instanceof StripeRefusal)) throw error;
    return { ...refuse(error), headers: { 'stripe-should-retry': 'false' } };
  }
}

/** As `Bearer`, or as the user's name of `Basic`. */
function checkKey(authorization: string | undefined, apiKey: string): void {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ');
  const given = scheme === 'Basic' ? Buffer.from(value, 'base64').toString('utf8').replace(/:$/, '') : value;
  if (given === '') throw new StripeRefusal(401, 'You did not provide an API key.');
  if (given !== apiKey) throw new StripeRefusal(401, `Invalid API Key provided: ${given.slice(0, 8)}***`);
}

function refuse(refusal: StripeRefusal): Answer {
  return { status: refusal.status, body: JSON.stringify(envelope(refusal)) };
}

function control(store: Store, faults: ReturnType<typeof openFaults>, call: string, body: string): Answer {
  const done = { status: 200, body: '{}' };
  const input = JSON.parse(body === '' ? '{}' : body) as { readonly advanceMs?: unknown; readonly invoice?: unknown };
  switch (call) {
    case 'POST /control/clock': {
      const { advanceMs } = input;
      if (typeof advanceMs !== 'number' || !(advanceMs >= 0))
        return { status: 400, body: '{"message":"advanceMs is no time"}' };
      store.advance(advanceMs);
      runClock(store);
      return { status: 200, body: JSON.stringify({ now: store.now() }) };
    }
    case 'POST /control/faults': {
      const fault = readFault(input);
      if (!fault) return { status: 400, body: '{"message":"no fault"}' };
      faults.add(fault);
      return done;
    }
    case 'DELETE /control/faults':
      faults.clear();
      return done;
    case 'POST /control/payment-failed':
      failPayment(store, String(input.invoice));
      return done;
    default:
      return { status: 404, body: '{"message":"there is no such control"}' };
  }
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': `req_${randomBytes(7).toString('hex')}`,
    'stripe-version': '2026-10-28.endive',
    ...headers,
  });
  response.end(body);
}
