import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { describe, expect, inject, it } from 'vitest';
import { inLake, inLedger, requestsAtBedrock, rowTokens } from '../books.ts';
import type { PlatformJson } from '../start-platform.ts';
import { runClaude } from './claude.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;

type Result = {
  readonly result: string;
  readonly is_error: boolean;
  readonly num_turns: number;
  readonly usage: Readonly<Record<string, number>>;
};

/** Every call that a run made is in the ledger and once in the lake, with the five classes that Bedrock sent. */
async function expectBooksToAgree(since: number, calls: number): Promise<void> {
  const records = requestsAtBedrock(platform, 'acme', since);
  expect(records).toHaveLength(calls);
  for (const { requestMetadata, usage } of records) {
    const requestId = requestMetadata?.['request_id'] ?? '';
    const stored = await inLedger(platform, 'acme', requestId);
    expect(stored?.settlement).toMatchObject({ outcome: 'COMPLETED', tokens: usage });
    expect(stored?.intent.sessionId).toBeTruthy();
    expect((await inLake(platform, requestId)).map(rowTokens)).toEqual([usage]);
  }
}

describe('Claude Code through a tenant hostname', () => {
  it('says hello', async () => {
    const since = Date.now();
    const run = await runClaude({ baseUrl: acme.baseUrl, token: acme.apiKey }, [
      '-p',
      'hello from the journey [[usage:3,5,7,11,13]]',
      '--output-format',
      'json',
    ]);
    expect(run.code, run.stderr + run.stdout).toBe(0);
    const result = JSON.parse(run.stdout) as Result;
    expect(result.is_error).toBe(false);
    expect(result.result).toContain('hello from the journey');
    expect(result.usage).toMatchObject({
      input_tokens: 3,
      output_tokens: 5,
      cache_read_input_tokens: 7,
      cache_creation_input_tokens: 24,
    });
    await expectBooksToAgree(since, 1);
  });

  it('uses an access token in place of a key', async () => {
    const run = await runClaude({ baseUrl: acme.baseUrl, token: acme.accessToken }, ['-p', 'hello with a token']);
    expect(run.code, run.stderr + run.stdout).toBe(0);
    expect(run.stdout).toContain('hello with a token');
  });

  it('goes round a tool call', async () => {
    const since = Date.now();
    const run = await runClaude({ baseUrl: acme.baseUrl, token: acme.apiKey }, [
      '-p',
      '[[tool:Bash echo once-around]]',
      '--allowedTools',
      'Bash(echo:*)',
      '--output-format',
      'json',
    ]);
    expect(run.code, run.stderr + run.stdout).toBe(0);
    const result = JSON.parse(run.stdout) as Result;
    expect(result.result).toContain('once-around');
    expect(result.num_turns).toBe(2);
    await expectBooksToAgree(since, 2);
  });

  // The stand-in sends delta n+1 only after this side has seen delta n on the CLI's own output: a hop that holds
  // anything back stops here for good.
  it('shows each of 2,000 deltas before the next one is sent', async () => {
    const since = Date.now();
    const seen = openSeen(platform, 'journey');
    const run = await runClaude(
      { baseUrl: acme.baseUrl, token: acme.apiKey },
      ['-p', '[[lockstep:journey:2000]]', '--output-format', 'stream-json', '--include-partial-messages', '--verbose'],
      seen.onLine,
    );
    expect(run.code, run.stderr).toBe(0);
    expect(seen.count()).toBe(2000);
    await expectBooksToAgree(since, 1);
  });

  it('shows our message at once when the key belongs to another tenant', async () => {
    const before = refusals();
    const run = await runClaude({ baseUrl: acme.baseUrl, token: globex.apiKey }, ['-p', 'hello']);
    expect(run.code).not.toBe(0);
    expect(run.stdout + run.stderr).toContain('the credential does not belong to this hostname');
    expect(refusals() - before, 'it tried more than once').toBe(1);
  });

  it('shows our message at once when the key is junk', async () => {
    const run = await runClaude({ baseUrl: acme.baseUrl, token: `${acme.apiKey}x` }, ['-p', 'hello']);
    expect(run.code).not.toBe(0);
    expect(run.stdout + run.stderr).toContain('the credential is not valid');
  });
});

function refusals(): number {
  return readFileSync(platform.logs, 'utf8').split('"tenant_mismatch"').length;
}

/** Tells the stand-in of each delta that the CLI has printed. */
function openSeen({ standIns }: PlatformJson, name: string): { onLine: (line: string) => void; count: () => number } {
  const agent = new Agent({ keepAlive: true });
  let count = 0;
  return {
    count: () => count,
    onLine: (line) => {
      if (!line.includes('"text_delta"')) return;
      for (const [, n] of line.matchAll(/#(\d+) /g)) {
        count += 1;
        request(`${standIns.bedrock.url}/lockstep/${name}/${n}`, { method: 'POST', agent })
          .on('response', (response) => response.resume())
          .end();
      }
    },
  };
}
