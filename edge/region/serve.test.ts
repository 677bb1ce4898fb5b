import { describe, expect, it } from 'vitest';
import { windowKey } from '../../tenancy/limit.ts';
import type { Price } from '../../tenancy/price.ts';
import { outputCost } from '../../tenancy/reservation.ts';
import { type Intent, parseUsageLine } from '../../tenancy/usage.ts';
import {
  ACME,
  chunk,
  DELTA_END,
  delta,
  HELLO,
  keyPassport,
  MODEL,
  makeReader,
  NOW,
  PRICES,
  passport,
  request,
  run,
  START,
  STOP,
  STREAM_HEADERS,
  seal,
  startScript,
  TENANT,
} from './serve.fixture.ts';

const EVENTS = [START, delta('hel'), delta('lo'), DELTA_END];
const MESSAGE = JSON.stringify({
  type: 'message',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, output_tokens: 42 },
});

type Seen = { url: string; body: Record<string, unknown>; headers: Record<string, unknown> };

/** A Bedrock that answers well and remembers what it was asked. */
async function goodBedrock() {
  const seen: Seen[] = [];
  const client = await startScript((incoming, response, body) => {
    seen.push({ url: incoming.url ?? '', headers: incoming.headers, body: JSON.parse(body.toString()) });
    if (incoming.url?.endsWith('/invoke')) {
      response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': 'bedrock-request-2' });
      response.end(MESSAGE);
      return;
    }
    response.writeHead(200, STREAM_HEADERS);
    for (const event of EVENTS) response.write(chunk(event));
    response.end(chunk(STOP));
  });
  return { client, seen };
}

describe('a streamed answer', () => {
  it('is the same JSON, event by event, under headers that no cache and no sniffer can misuse', async () => {
    const { client } = await goodBedrock();
    const sealed = passport();
    const { reader } = await run(request(seal(sealed)), client);
    expect(reader.statusCode).toBe(200);
    expect(reader.headers).toEqual({
      'cache-control': 'no-store',
      'content-type': 'text/event-stream',
      'request-id': sealed.requestId,
      'x-content-type-options': 'nosniff',
    });
    const events = [...EVENTS, { type: 'message_stop' }];
    expect(reader.text).toBe(events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join(''));
    expect(reader.ended).toBe('end');
  });

  it('leaves in one write per read of the socket, not one per event', async () => {
    const { client } = await goodBedrock();
    const { reader } = await run(request(seal(passport())), client);
    expect(reader.writes).toHaveLength(1);
  });

  it('is settled once, in the book first and then as one line', async () => {
    const { client } = await goodBedrock();
    const sealed = keyPassport();
    const { book, lines } = await run(request(seal(sealed), HELLO), client);
    expect(book.intents).toMatchObject([
      {
        requestId: sealed.requestId,
        tenantId: 'acme',
        identityId: 'usr_anna',
        callerType: 'api_key',
        keyId: 'abcdefghij',
        model: 'claude-opus-5-5',
        bedrockModelId: 'eu.anthropic.claude-opus-5-5',
      },
    ]);
    expect(book.settlements).toMatchObject([
      {
        outcome: 'COMPLETED',
        tokens: { input: 10, output: 42, cacheRead: 5, cacheWrite5m: 0, cacheWrite1h: 0 },
        bedrockRequestId: 'bedrock-request-1',
        stopReason: 'end_turn',
        flags: [],
      },
    ]);
    expect(lines).toHaveLength(1);
    expect(parseUsageLine(lines[0] ?? '')).toMatchObject({ request_id: sealed.requestId, output_tokens: 42 });
  });

  it("is booked and recorded with Claude Code's session and agents, and with its trace, which Bedrock is told", async () => {
    const { client, seen } = await goodBedrock();
    const { book, lines } = await run(
      request(seal(passport()), HELLO, {
        'x-claude-code-session-id': 'c0ffee00-1111-2222-3333-444455556666',
        'x-claude-code-agent-id': 'a-2',
        'x-claude-code-parent-agent-id': 'a-1',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        tracestate: 'rojo=1',
        baggage: 'tenant_id=globex',
      }),
      client,
    );
    expect(book.intents).toMatchObject([
      {
        sessionId: 'c0ffee00-1111-2222-3333-444455556666',
        agentId: 'a-2',
        parentAgentId: 'a-1',
        traceId: '0af7651916cd43dd8448eb211c80319c',
      },
    ]);
    expect(parseUsageLine(lines[0] ?? '')).toMatchObject({
      session_id: 'c0ffee00-1111-2222-3333-444455556666',
      agent_id: 'a-2',
      parent_agent_id: 'a-1',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
    });
    expect(seen[0]?.headers).toMatchObject({
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'rojo=1',
      baggage: 'tenant_id=acme',
    });
  });

  it('is booked without what cannot be the id of a session or an agent', async () => {
    const { client } = await goodBedrock();
    const ids = {
      'x-claude-code-session-id': 'a b',
      'x-claude-code-agent-id': 'a'.repeat(65),
      'x-claude-code-parent-agent-id': '{"a":1}',
    };
    const { book } = await run(request(seal(passport()), HELLO, ids), client);
    expect(book.intents).toHaveLength(1);
    for (const name of ['sessionId', 'agentId', 'parentAgentId']) expect(book.intents[0]).not.toHaveProperty(name);
  });

  it('that somebody else has settled is given back by them: twice would go below what is spent', async () => {
    const { client } = await goodBedrock();
    const { book } = await run(request(seal(passport())), client, {
      stores: { settle: async () => 'already_settled' },
    });
    const held = book.intents[0]?.reserved.nanoUsd;
    expect([...book.gates.values()].map(({ counters }) => counters.get('committed.2026-11'))).toEqual([held, held]);
    const settled = await run(request(seal(passport())), client);
    const spent = settled.book.settlements[0]?.nanoUsd;
    expect([...settled.book.gates.values()].map(({ counters }) => counters.get('committed.2026-11'))).toEqual([
      spent,
      spent,
    ]);
  });

  it('is closed only when it is settled: a Lambda may be frozen from then on', async () => {
    const { client } = await goodBedrock();
    const reader = makeReader();
    let endedWhenSettled: string | undefined;
    const settle = async () => {
      endedWhenSettled = reader.ended;
      return 'settled' as const;
    };
    const served = await run(request(seal(passport())), client, { reader, stores: { settle } });
    expect(endedWhenSettled).toBe('no');
    expect(served.reader.ended).toBe('end');
  });
});

describe('what Bedrock is asked', () => {
  it('is the profile that the catalogue names, with what the client may not choose put in', async () => {
    const { client, seen } = await goodBedrock();
    const sealed = passport();
    const body = { ...HELLO, model: 'opus', context_management: { edits: [] }, anthropic_beta: ['body-beta'] };
    const betas = 'claude-code-20250219,advanced-tool-use-2025-11-20, new-beta ,body-beta';
    const { reader } = await run(request(seal(sealed), body, { 'anthropic-beta': betas }), client);
    expect(seen[0]?.url).toBe('/model/eu.anthropic.claude-opus-5-5/invoke-with-response-stream');
    expect(seen[0]?.body).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: ['tool-search-tool-2025-10-19', 'new-beta', 'body-beta'],
      max_tokens: 100,
      messages: HELLO.messages,
    });
    expect(JSON.parse(String(seen[0]?.headers['x-amzn-bedrock-request-metadata']))).toEqual({
      tenant_id: 'acme',
      request_id: sealed.requestId,
    });
    expect(reader.headers['x-ar-dropped-betas']).toBe('claude-code-20250219');
  });

  it.each([
    [90, 11],
    [91, 10],
    [100, 9],
  ])('lacks betas that are told by their whole names, of %i letters the first %i', async (length, count) => {
    const { client } = await goodBedrock();
    const names = Array.from({ length: 30 }, (_, n) => `claude-code-${n}-`.padEnd(length, 'x'));
    const { reader } = await run(request(seal(passport()), HELLO, { 'anthropic-beta': names.join() }), client);
    expect(reader.headers['x-ar-dropped-betas']).toBe(names.slice(0, count).join());
  });

  it('comes under the caller whom the directory names, not the key', async () => {
    const { client } = await goodBedrock();
    const sessions: unknown[] = [];
    await run(request(seal(keyPassport())), client, {
      assume: async (session) => {
        sessions.push(session);
        return client;
      },
    });
    expect(sessions).toEqual([
      {
        caller: { tenantId: ACME, identityId: 'usr_anna', callerType: 'api_key', keyId: 'abcdefghij' },
        region: 'eu-central-1',
        bedrockModelId: 'eu.anthropic.claude-opus-5-5',
        foundationModelId: 'anthropic.claude-opus-5-5',
      },
    ]);
  });
});

describe('an answer in one piece', () => {
  it('passes untouched, and is counted', async () => {
    const { client, seen } = await goodBedrock();
    const sealed = passport();
    const { reader, book } = await run(request(seal(sealed), { ...HELLO, stream: false }), client);
    expect(seen[0]?.url).toBe('/model/eu.anthropic.claude-opus-5-5/invoke');
    expect(reader.statusCode).toBe(200);
    expect(reader.headers).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'request-id': sealed.requestId,
      'x-content-type-options': 'nosniff',
    });
    expect(reader.text).toBe(MESSAGE);
    expect(book.settlements).toMatchObject([
      { outcome: 'COMPLETED', tokens: { input: 10, output: 42 }, bedrockRequestId: 'bedrock-request-2' },
    ]);
  });

  it('that breaks off is told by its status, for nothing of it has gone out', async () => {
    const client = await startScript((incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write(MESSAGE.slice(0, 20), () => incoming.socket.resetAndDestroy());
    });
    const { reader, book } = await run(request(seal(passport()), { ...HELLO, stream: false }), client);
    expect(reader.statusCode).toBe(529);
    expect(JSON.parse(reader.text)).toMatchObject({ error: { type: 'overloaded_error' } });
    // It had been made, and is paid for: the prompt by estimate, and the output that was reserved.
    const [{ reserved }] = book.intents as [Intent];
    const { perToken } = PRICES.find(({ book: which }) => which === 'charge') as Price;
    const output = outputCost(reserved.outputTokens, perToken);
    expect(book.settlements).toMatchObject([
      {
        outcome: 'PARTIAL',
        tokens: { input: reserved.inputTokens, output: reserved.outputTokens },
        nanoUsd: reserved.nanoUsd,
        costs: { input: reserved.nanoUsd - output, output },
        flags: ['usage_unknown'],
      },
    ]);
  });

  it('that is empty is an error, for an empty answer hangs a client', async () => {
    const client = await startScript((_, response) => response.writeHead(200).end());
    const { reader } = await run(request(seal(passport()), { ...HELLO, stream: false }), client);
    expect(reader.statusCode).toBe(529);
  });
});

it('a call is reserved and settled by the price of its own region and tier, whatever is narrower for others', async () => {
  const plain = PRICES.find(({ book: which }) => which === 'charge') as Price;
  const times = (factor: number, scope: Partial<Price>): Price => ({
    ...plain,
    ...scope,
    perToken: Object.fromEntries(
      Object.entries(plain.perToken).map(([name, perToken]) => [name, perToken * factor]),
    ) as Price['perToken'],
  });
  const spent = async (...narrow: Price[]) => {
    const { client } = await goodBedrock();
    const stores = { model: async () => ({ model: MODEL, prices: [...PRICES, ...narrow] }) };
    const { book } = await run(request(seal(passport())), client, { stores });
    return [book.intents[0]?.reserved.nanoUsd ?? 0n, book.settlements[0]?.nanoUsd ?? 0n];
  };
  const [reserved = 0n, settled = 0n] = await spent();
  expect(settled).toBeGreaterThan(0n);
  const own = { region: 'eu-central-1', tier: 'STANDARD' } as const;
  const others = [
    times(7, { region: 'us-east-1' }),
    times(7, { tier: 'PREMIUM' }),
    times(7, { ...own, tier: 'TRIAL' }),
  ];
  expect(await spent(...others)).toEqual([reserved, settled]);
  expect(await spent(...others, times(2, { tier: own.tier }))).toEqual([2n * reserved, 2n * settled]);
  const all = [times(2, { tier: own.tier }), times(3, { region: own.region }), times(5, own)];
  expect(await spent(...all.slice(0, 2))).toEqual([3n * reserved, 3n * settled]);
  expect(await spent(...all)).toEqual([5n * reserved, 5n * settled]);
});

it('a refusal by a limit says how the limits stand: there a client needs it most', async () => {
  const { client, seen } = await goodBedrock();
  const minute = windowKey('minute', NOW);
  const full = { closed: false, counters: new Map([[`requests.${minute}`, 2n]]) };
  const { reader, book } = await run(request(seal(passport())), client, {
    stores: {
      tenant: async () => ({ ...TENANT, limits: { ...TENANT.limits, tenant: { requestsPerMinute: 2 } } }),
      updateGate: async (_, update) =>
        update.atMost.size > 0 ? { outcome: 'refused', gate: full } : { outcome: 'done', gate: full },
    },
  });
  expect(reader.statusCode).toBe(429);
  expect(reader.headers).toMatchObject({
    'anthropic-ratelimit-requests-limit': '2',
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': expect.any(String),
    'retry-after': expect.any(String),
  });
  expect(seen).toEqual([]);
  expect(book.settlements).toMatchObject([{ outcome: 'REFUSED', throttledBy: 'own_limit' }]);
});
