import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, it, vi } from 'vitest';
import { ask, JSON_BODY, messages } from './ask.ts';
import { atBedrock, inLake, inLedger } from './books.ts';
import { tokenOf } from './sign-in.ts';

const platform = inject('platform');
const { acme } = platform.tenants;

/** A trace of a caller's own, with baggage that says it is another's. */
function makeTrace() {
  const [traceId, parentId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  const traceparent = `00-${traceId}-${parentId}-01`;
  return { traceId, traceparent, headers: { traceparent, tracestate: 'rojo=1', baggage: 'tenant_id=globex,a=b' } };
}

/** The lines of all logs that name a trace. */
function linesOf(traceId: string): string[] {
  const folder = dirname(platform.logs);
  const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return logs.flatMap((log) => log.split('\n').filter((line) => line.includes(`"traceId":"${traceId}"`)));
}

const post = (headers: Record<string, string>) =>
  ask(`${acme.loopbackUrl}/v1/messages`, { headers: { ...JSON_BODY, ...headers }, body: messages('hello') });

it("goes from the caller to Bedrock, into the book and the lake, with Claude Code's agents", async () => {
  const { traceId, traceparent, headers } = makeTrace();
  const agents = { 'x-claude-code-agent-id': 'agent-2', 'x-claude-code-parent-agent-id': 'agent-1' };
  const reply = await post({ 'x-api-key': acme.apiKey, ...headers, ...agents });
  expect(reply.status, reply.body).toBe(200);
  const requestId = reply.headers['request-id'] ?? '';
  expect(atBedrock(platform, requestId)).toMatchObject([
    { trace: { traceparent, tracestate: 'rojo=1', baggage: 'tenant_id=acme' } },
  ]);
  expect(await inLedger(platform, 'acme', requestId)).toMatchObject({
    intent: { traceId, agentId: 'agent-2', parentAgentId: 'agent-1' },
  });
  expect(await inLake(platform, requestId)).toMatchObject([
    { trace_id: traceId, agent_id: 'agent-2', parent_agent_id: 'agent-1' },
  ]);
});

it('begins with a request that brings none', async () => {
  const reply = await post({ 'x-api-key': acme.apiKey, traceparent: 'forged' });
  const requestId = reply.headers['request-id'] ?? '';
  const traceId = requestId.replaceAll('-', '');
  expect(atBedrock(platform, requestId)).toMatchObject([
    { trace: { traceparent: `00-${traceId}-${traceId.slice(16)}-00`, baggage: 'tenant_id=acme' } },
  ]);
});

it('is in the log of what was refused at the edge, of what was refused in the region, and of the control plane', async () => {
  const [edge, region, api] = [makeTrace(), makeTrace(), makeTrace()];
  expect((await post({ 'x-api-key': platform.tenants.globex.apiKey, ...edge.headers })).status).toBe(403);
  const body = messages('hello', { model: 'no-such-model' });
  const headers = { ...JSON_BODY, 'x-api-key': acme.apiKey, ...region.headers };
  expect((await ask(`${acme.loopbackUrl}/v1/messages`, { headers, body })).status).toBe(403);
  const query = JSON.stringify({ query: '{ viewer { kind } }' });
  const authorization = `Bearer ${await tokenOf(platform, platform.staff)}`;
  await ask(platform.graphql.loopbackUrl, { headers: { ...JSON_BODY, authorization, ...api.headers }, body: query });
  await vi.waitFor(() => {
    expect([edge, region, api].map(({ traceId }) => linesOf(traceId).length)).toEqual([1, 1, 1]);
  }, 10_000);
});
