import { expect, it } from 'vitest';
import type { Gate } from '../../tenancy/gate.ts';
import { standing } from '../../tenancy/gate-rebuild.ts';
import { parseUsageLine } from '../../tenancy/usage.ts';
import {
  chunk,
  DELTA_END,
  delta,
  passport,
  request,
  run,
  START,
  STOP,
  STREAM_HEADERS,
  seal,
  startScript,
} from './serve.fixture.ts';
import type { Stores } from './stores.ts';

/** A stream that is served well, whatever its settlement finds in the book. */
async function serving(settle: Stores['settle']) {
  const client = await startScript((_, response) => {
    response.writeHead(200, STREAM_HEADERS);
    for (const event of [START, delta('hello'), DELTA_END]) response.write(chunk(event));
    response.end(chunk(STOP));
  });
  const { book, lines } = await run(request(seal(passport())), client, { stores: { settle } });
  const gates: Gate[] = [...book.gates.values()];
  const [intent] = book.intents;
  if (!intent) throw new Error('no intent');
  const records = lines.flatMap((line) => parseUsageLine(line) ?? []);
  return { standings: gates.map((gate) => standing(gate, '2026-11')), held: intent.reserved.nanoUsd, records };
}

it('a process that was only slow: what it spent takes the place of what the sweeper counted as spent', async () => {
  let cost = 0n;
  const { standings, records } = await serving(async (_, { nanoUsd }) => {
    cost = nanoUsd;
    return { replaced: 1_000n };
  });
  expect(cost).toBeGreaterThan(0n);
  // The sweeper has added its 1,000 at each gate, which these have not seen.
  const exact = { committed: cost, spent: cost - 1_000n };
  expect(standings).toEqual([exact, exact]);
  expect(records).toMatchObject([{ revision: 2 }]);
});

it.each<[string, Stores['settle']]>([
  ['another has settled it', async () => 'already_settled' as const],
  ['the book cannot be reached', () => Promise.reject(new Error('down'))],
])('gives nothing back when %s: whoever settles it moves what it holds', async (_, settle) => {
  const { standings, held, records } = await serving(settle);
  expect(standings).toEqual([
    { committed: held, spent: 0n },
    { committed: held, spent: 0n },
  ]);
  expect(records).toEqual([]);
});
