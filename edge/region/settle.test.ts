import { describe, expect, it } from 'vitest';
import { type Intent, parseUsageLine, type Settlement } from '../../tenancy/usage.ts';
import { ACME, NOW } from './serve.fixture.ts';
import { settle } from './settle.ts';
import type { Stores } from './stores.ts';

const intent: Intent = {
  requestId: '01a20320-a200-7d59-9f61-5746d65954d7',
  tenantId: ACME,
  identityId: 'usr_anna',
  callerType: 'user',
  model: 'claude-opus-5-5',
  bedrockModelId: 'eu.anthropic.claude-opus-5-5',
  region: 'eu-central-1',
  stream: true,
  startedAt: NOW,
  reserved: { nanoUsd: 1_000_000n, inputTokens: 100, outputTokens: 4_096 },
};
const settlement: Settlement = {
  outcome: 'COMPLETED',
  nanoUsd: 12_345n,
  tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
  flags: [],
  settledAt: NOW,
};

/** Settles against a store that does each of `steps` in turn. */
async function settling(...steps: Stores['settle'][]) {
  const lines: string[] = [];
  let calls = 0;
  const stores: Pick<Stores, 'settle'> = { settle: (...given) => steps[calls++]!(...given) };
  const settled = await settle({ stores, emit: (line) => lines.push(line) }, intent, settlement);
  return { lines, calls, settled, ours: settled !== null };
}

const settled = async () => 'settled' as const;
const already = async () => 'already_settled' as const;
const down = () => Promise.reject(Object.assign(new Error('sesame'), { name: 'TimeoutError' }));

describe('settling', () => {
  it('prints the usage record when the book has taken it', async () => {
    const { lines, calls } = await settling(settled);
    expect(calls).toBe(1);
    expect(lines).toHaveLength(1);
    expect(parseUsageLine(lines[0] ?? '')).toMatchObject({
      request_id: intent.requestId,
      input_tokens: 1,
      cache_write_1h_tokens: 5,
    });
  });

  it('prints no second record for what somebody else has settled', async () => {
    const { lines } = await settling(already);
    expect(lines.map(parseUsageLine)).toEqual([null]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'already_settled', requestId: intent.requestId });
  });

  it('tries again', async () => {
    const { lines, calls, ours } = await settling(down, settled);
    expect([calls, ours]).toEqual([2, true]);
    expect(lines.map(parseUsageLine)).toMatchObject([{ output_tokens: 2 }]);
  });

  it('tells whether the book has this settlement: only then may what the request holds be given back', async () => {
    expect((await settling(settled)).ours).toBe(true);
    expect((await settling(already)).ours).toBe(false);
    expect((await settling(down, already)).ours).toBe(false);
    expect((await settling(down, down, down)).ours).toBe(false);
  });

  it('leaves the counts in the log when the book cannot be reached, and prints no record that the book does not have', async () => {
    const { lines, calls } = await settling(down, down, down);
    expect(calls).toBe(3);
    expect(lines.map(parseUsageLine)).toEqual([null]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      event: 'settlement_failed',
      requestId: intent.requestId,
      output: 2,
      cacheWrite1h: 5,
    });
    expect(lines.join()).not.toContain('sesame');
  });

  it('takes the place of an estimate as the second revision, and tells what the gates have counted for it', async () => {
    const { lines, settled } = await settling(async () => ({ replaced: 500n }));
    expect(lines.map(parseUsageLine)).toMatchObject([{ revision: 2, output_tokens: 2, outcome: 'COMPLETED' }]);
    expect(settled).toEqual({ swept: 500n });
  });
});
