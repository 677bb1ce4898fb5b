import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok } from '../../tenancy/result.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { readMessagesBody } from './body.ts';
import { type Content, translateContent } from './content.ts';
import { keepLearntBetas } from './learnt-betas.ts';
import { HELLO, MODEL, NOW, request } from './serve.fixture.ts';

const [ACME, GLOBEX] = ['acme', 'globex'].map((id) => parseTenantId(id) as TenantId) as [TenantId, TenantId];
const PASSED = 'context-1m-2025-08-07';
const MODEL_WITH = { ...MODEL, betas: [...MODEL.betas, { match: PASSED, send: PASSED }] };

function started() {
  const stored = new Map<string, number>();
  const store = {
    learntBetas: async () => stored,
    keepLearntBeta: async (_: string, beta: string, until: number) => {
      stored.set(beta, until);
    },
  };
  const learnt = keepLearntBetas(store, () => {});
  const content = (asked: string, tenantId = ACME): Content => {
    const read = readMessagesBody(request(undefined, HELLO));
    if (!read.ok) throw new Error(JSON.stringify(read.reason));
    const call = { tenantId, model: MODEL_WITH, region: 'eu-central-1', asked, longContext: false } as const;
    const made = translateContent(read.value, call, learnt, NOW);
    if (!made.ok) throw new Error(JSON.stringify(made.reason));
    return made.value;
  };
  return { content, learnt, stored };
}

/** A call that Bedrock refuses for a beta, and takes, or does not take, without the suspects. */
function refused(content: Content, message: string, then: 'taken' | 'refused'): readonly string[] {
  const again = content.without(message, content.first);
  if (again && then === 'taken') content.accepted(again, NOW);
  return again?.betas ?? [];
}

describe('a beta that Bedrock refuses', () => {
  it('is shared when the same request without it, and it alone, was taken', async () => {
    const { content, stored } = started();
    expect(refused(content(`bad,${PASSED}`), 'invalid beta flag', 'taken')).toEqual([PASSED]);
    expect([...stored.keys()]).toEqual(['bad']);
    await new Promise(setImmediate);
    expect(content('bad', GLOBEX).first.droppedBetas).toEqual(['bad']);
  });

  it('is shared by nobody whose second try is refused too: a refusal alone can quote the client', () => {
    const { content, stored } = started();
    expect(refused(content(`bad,${PASSED}`), 'invalid beta flag', 'refused')).toEqual([PASSED]);
    expect(stored.size).toBe(0);
    expect(content('bad').first.betas).toEqual(['bad']);
  });

  it("is left out for the tenant alone, when the model's row vouches for it", () => {
    const { content, stored } = started();
    expect(refused(content(PASSED), `invalid beta flag: ${PASSED}`, 'taken')).toEqual([]);
    expect(stored.size).toBe(0);
    expect(content(PASSED).first.droppedBetas).toEqual([PASSED]);
    expect(content(PASSED, GLOBEX).first.betas).toEqual([PASSED]);
  });

  it('is left out for the tenant alone, when it is one of several: a good one can stand beside it', () => {
    const { content, stored } = started();
    expect(refused(content('bad,brand-new'), 'invalid beta flag', 'taken')).toEqual([]);
    expect(stored.size).toBe(0);
    expect(content('bad,brand-new').first.betas).toEqual([]);
    expect(content('brand-new', GLOBEX).first.betas).toEqual(['brand-new']);
  });

  it('is left out for the tenant alone, when it was seen to work', () => {
    const { content, stored } = started();
    const good = content('brand-new', GLOBEX);
    good.accepted(good.first, NOW);
    expect(refused(content('brand-new'), 'invalid beta flag: brand-new', 'taken')).toEqual([]);
    expect(stored.size).toBe(0);
    expect(content('brand-new', GLOBEX).first.betas).toEqual(['brand-new']);
  });

  it('differs from the first try by nothing that others learnt meanwhile', async () => {
    const { content, learnt } = started();
    const one = content('bad,brand-new');
    await learnt.share(MODEL.id, 'brand-new', NOW);
    expect(refused(one, 'invalid beta flag: bad', 'taken')).toEqual(['brand-new']);
  });

  it('is none where Bedrock quotes a field', () => {
    const { content } = started();
    const one = content(PASSED);
    expect(one.without(`invalid beta flag ${PASSED}: Extra inputs are not permitted`, one.first)).toBeNull();
  });
});

it.each([`invalid beta flag ${PASSED}`, 'a:b', 'a`b', ''])(
  'a body with the field "%s" is refused before Bedrock can quote it',
  (field) => {
    const read = readMessagesBody(request(undefined, { ...HELLO, [field]: 1 }));
    const refusal: Refusal = { kind: 'request_malformed', what: expect.stringContaining('is no field of this API') };
    expect(read.ok ? ok(null) : read).toEqual(no(refusal));
  },
);
