import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { standing } from '../tenancy/gate-rebuild.ts';
import { windowKey } from '../tenancy/limit.ts';
import { gatesOf } from '../tenancy/orphan.ts';
import { getGates } from '../tenancy/table/gates.ts';
import { ask, errorOf, JSON_BODY, messages } from './ask.ts';
import { inLake, inLedger, rowTokens, tablesOf } from './books.ts';
import { type RunningPlatform, startPlatform } from './start-platform.ts';

/** Of its own: a region's process dies here, and all requests of a tenant are stopped. */
let running: RunningPlatform;
beforeAll(async () => {
  running = await startPlatform({ SWEEP_SECONDS: '1' });
});
afterAll(() => running.stop());

function acme() {
  const { loopbackUrl, apiKey } = running.json.tenants.acme;
  return { url: `${loopbackUrl}/v1/messages`, headers: { ...JSON_BODY, 'x-api-key': apiKey } };
}

const post = (prompt: string) => ask(acme().url, { headers: acme().headers, body: messages(prompt) });

/** A stream that goes on; resolves with its request id when its first bytes are there, and `ended` when it has ended. */
async function beginStream(prompt: string): Promise<{ requestId: string; ended: Promise<unknown> }> {
  const { url, headers } = acme();
  return new Promise((begun, failed) => {
    const outgoing = request(url, { method: 'POST', headers }, (incoming) => {
      const ended = new Promise<unknown>((end) => {
        incoming.once('close', end);
        incoming.on('error', () => {});
      });
      incoming.once('data', () => begun({ requestId: String(incoming.headers['request-id']), ended }));
    });
    outgoing.once('error', failed);
    outgoing.end(messages(prompt, { stream: true }));
  });
}

/** A staff command, as npm runs it. */
function command(name: string, ...words: string[]): Promise<{ code: number | null; output: string }> {
  const file = `graphql/commands/${name}/main.ts`;
  const child = spawn(process.execPath, [file, ...words, '--platform', join(running.folder, 'platform.json')], {
    cwd: resolve(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((done) => child.once('close', (code) => done({ code, output })));
}

describe('a region whose process is killed in mid-stream', () => {
  it('leaves nothing open: one settlement, one record, exact gates', async () => {
    const { requestId, ended } = await beginStream('hello [[deltas:2000]] [[pace:100]]');
    const { intent, settlement } = (await inLedger(running.json, 'acme', requestId)) ?? {};
    if (!intent) throw new Error('no intent');
    expect(settlement).toBeNull();
    process.kill(running.json.regions['eu-central-1'].pid, 'SIGKILL');
    await ended;

    // Its lease is three minutes: instead of waiting for its end, the end is moved.
    const tables = tablesOf(running.json);
    await tables.ledger.getDocumentClient().send(
      new UpdateCommand({
        TableName: running.json.dynamodb.ledger,
        Key: { pk: `TENANT#acme#REQUEST#${requestId}`, sk: 'REQUEST' },
        UpdateExpression: 'SET deadline = :past',
        ConditionExpression: '#status = :open AND deadline > :past',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':past': intent.startedAt, ':open': 'OPEN' },
      }),
    );
    const settled = await vi.waitFor(async () => {
      const stored = await inLedger(running.json, 'acme', requestId);
      expect(stored?.settlement?.outcome).toBe('ORPHAN');
      return stored;
    }, 10_000);
    const { reserved } = settled?.intent ?? intent;
    expect(settled?.settlement).toMatchObject({
      nanoUsd: reserved.nanoUsd,
      tokens: { input: reserved.inputTokens, output: reserved.outputTokens },
      flags: ['orphan', 'usage_unknown'],
    });

    const rows = await inLake(running.json, requestId);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ outcome: 'ORPHAN', flags: 'orphan usage_unknown' });
    expect(rows.map(rowTokens)).toMatchObject([{ input: reserved.inputTokens, output: reserved.outputTokens }]);

    const month = windowKey('month', intent.startedAt);
    const exact = { committed: reserved.nanoUsd, spent: reserved.nanoUsd };
    await vi.waitFor(async () => {
      const gates = await getGates(tables, gatesOf(intent));
      expect(gates.map((gate) => standing(gate, month))).toEqual([exact, exact, exact]);
    }, 10_000);

    const shown = await command('gates', 'show', 'acme', '--month', month, '--json');
    expect(shown.code, shown.output).toBe(0);
    const [ledger] = (JSON.parse(shown.output) as { ledgers: { gates: { spent: string }[] }[] }).ledgers;
    expect(ledger?.gates.map(({ spent }) => spent)).toEqual(Array.from({ length: 3 }, () => String(reserved.nanoUsd)));
    expect((await post('and the next one is served')).status).toBe(200);
  });
});

describe('the kill switch as a command', () => {
  it('stops the next request of a tenant and cuts the running one, says who and why, and takes it back', async () => {
    const stream = await beginStream('hello [[deltas:2000]] [[pace:100]]');
    const stop = await command('kill-switch', 'stop', 'tenant', 'acme', '--reason', 'invoice is overdue');
    expect(stop.code, stop.output).toBe(0);
    expect(stop.output).toMatch(/stop: all requests of tenant acme/);
    expect(stop.output).toMatch(/us-east-1 +stopped since .* by .*: invoice is overdue/);
    const refused = await post('hello');
    expect(refused.status).toBe(403);
    expect(errorOf(refused)).toMatchObject({ error: { type: 'permission_error' } });
    await stream.ended;
    await vi.waitFor(async () => {
      const stored = await inLedger(running.json, 'acme', stream.requestId);
      expect(stored?.settlement?.outcome).toBe('PARTIAL');
    }, 10_000);

    const status = await command('kill-switch', 'status', 'tenant', 'acme', '--json');
    expect(JSON.parse(status.output)).toMatchObject({
      regions: [{ outcome: 'stopped', stop: { reason: 'invoice is overdue' } }, {}, {}],
    });
    expect((await command('kill-switch', 'resume', 'tenant', 'acme')).code).toBe(0);
    expect((await post('hello again')).status).toBe(200);
  });

  it('does not stop all tenants without being sure, nor anything that does not exist', async () => {
    const unsure = await command('kill-switch', 'stop', 'platform', '--reason', 'a try');
    expect(unsure.code, unsure.output).toBe(2);
    const mistyped = await command('kill-switch', 'stop', 'tenant', 'acne', '--reason', 'a try');
    expect(mistyped).toMatchObject({ code: 2, output: expect.stringContaining('there is no tenant acne') });
    expect((await post('hello')).status).toBe(200);
  });

  it('stops everything when it is told to', async () => {
    expect((await command('kill-switch', 'stop', 'platform', '--reason', 'a drill', '--yes')).code).toBe(0);
    expect((await post('hello')).status).not.toBe(200);
    expect((await command('kill-switch', 'status')).output).toMatch(/eu-central-1 +platform stopped since .*: a drill/);
    expect((await command('kill-switch', 'resume', 'platform')).code).toBe(0);
    expect((await post('hello')).status).toBe(200);
    expect((await command('kill-switch', 'status')).output).toMatch(/no switch .* is thrown/);
  });
});
