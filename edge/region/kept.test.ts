import { describe, expect, it } from 'vitest';
import { keepDirectory } from './keep-directory.ts';
import { keep } from './kept.ts';
import { ACME, GRANT, MODEL, PRICES, TENANT } from './serve.fixture.ts';

/** A read that counts its calls, and answers with their number. */
function counting() {
  const asked: unknown[][] = [];
  const read = async (...given: unknown[]) => asked.push(given);
  return { asked, read };
}

describe('a kept read', () => {
  it('is made once for its life, and again from its end on', async () => {
    const { asked, read } = counting();
    const kept = keep(read, 100);
    expect([await kept(0, 'a'), await kept(99, 'a'), await kept(100, 'a'), await kept(199, 'a')]).toEqual([1, 1, 2, 2]);
    expect(asked).toHaveLength(2);
  });

  it('is one for many that come at once, and one for each argument', async () => {
    const { asked, read } = counting();
    const kept = keep(read, 100);
    await Promise.all([kept(0, 'a'), kept(0, 'a'), kept(0, 'b'), kept(0, { a: 1 }), kept(0, { a: 2 })]);
    expect(asked).toEqual([['a'], ['b'], [{ a: 1 }], [{ a: 2 }]]);
  });

  it('that failed is made again at once', async () => {
    let calls = 0;
    const kept = keep(async () => {
      calls++;
      if (calls === 1) throw new Error('away');
      return 'here';
    }, 100);
    await expect(kept(0)).rejects.toThrow('away');
    expect(await kept(0)).toBe('here');
  });

  it('holds so many answers and no more: the oldest goes first', async () => {
    const { asked, read } = counting();
    const kept = keep(read, 1_000_000);
    for (let n = 0; n < 2_001; n++) await kept(0, n);
    await kept(0, 2_000);
    await kept(0, 1);
    expect(asked).toHaveLength(2_001);
    await kept(0, 0);
    expect(asked).toHaveLength(2_002);
  });
});

describe('the directory', () => {
  const caller = { tenantId: ACME, identityId: 'usr_anna', callerType: 'user' } as const;
  const reading = () => {
    const reads = { model: 0, rules: 0 };
    const directory = keepDirectory({
      model: async () => {
        reads.model++;
        return { model: MODEL, prices: PRICES };
      },
      models: async () => [MODEL],
      rules: async () => {
        reads.rules++;
        return { grants: [GRANT], limits: [] };
      },
    });
    return { reads, directory };
  };

  it("gives a tenant's rules anew as soon as its row has another version of them, for each caller", async () => {
    const { reads, directory } = reading();
    await directory.rules(0, TENANT, caller);
    await directory.rules(59_999, TENANT, caller);
    expect(reads.rules).toBe(1);
    await directory.rules(0, { ...TENANT, rulesVersion: 1 }, caller);
    await directory.rules(0, { ...TENANT, rulesVersion: 1 }, { ...caller, identityId: 'usr_bob' });
    expect(reads.rules).toBe(3);
    await directory.rules(60_000, TENANT, caller);
    expect(reads.rules).toBe(4);
  });

  it('gives a model anew after half a minute', async () => {
    const { reads, directory } = reading();
    for (const now of [0, 29_999, 30_000]) await directory.model(now, 'opus');
    expect(reads.model).toBe(2);
  });
});
