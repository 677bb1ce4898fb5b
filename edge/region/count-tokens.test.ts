import { describe, expect, it } from 'vitest';
import { NEW_GATE } from '../../tenancy/gate.ts';
import { keepLearntBetas } from './learnt-betas.ts';
import { HELLO, MODEL, PRICES, passport, request, run, seal, startScript } from './serve.fixture.ts';

const COUNTED = { ...MODEL, countTokensRegions: ['eu-central-1'] as const };
const stores = { model: async () => ({ model: COUNTED, prices: PRICES }) };
const asked = () =>
  request(seal(passport({ route: 'count_tokens' })), HELLO, { 'anthropic-beta': 'strange-2020-01-01' });

/** A CountTokens that answers alike each time, and counts its calls. */
async function answering(status: number, json: object, type = 'ValidationException') {
  const seen: string[] = [];
  const client = await startScript((incoming, response) => {
    seen.push(incoming.url ?? '');
    response.writeHead(status, status < 300 ? {} : { 'x-amzn-errortype': type }).end(JSON.stringify(json));
  });
  return { client, seen };
}

describe('counting by Bedrock', () => {
  it('asks once more without a refused beta, and no oftener', async () => {
    const { client, seen } = await answering(400, { message: 'invalid beta flag' });
    const { reader } = await run(asked(), client, { stores });
    expect(seen).toHaveLength(2);
    expect(reader.statusCode).toBe(400);
  });

  it.each([
    ['is told to nobody when it is refused again', 400, []],
    ['is told to others when it was taken without', 200, ['strange-2020-01-01']],
  ])('with a refused beta %s', async (_, second, expected) => {
    let calls = 0;
    const client = await startScript((_incoming, response) => {
      const status = calls++ === 0 ? 400 : second;
      const json = status === 200 ? { inputTokens: 7 } : { message: 'invalid beta flag' };
      response.writeHead(status, { 'x-amzn-errortype': 'ValidationException' }).end(JSON.stringify(json));
    });
    const kept: string[] = [];
    const keepLearntBeta = async (_model: string, beta: string) => {
      kept.push(beta);
    };
    const store = { learntBetas: async () => new Map<string, number>(), keepLearntBeta };
    await run(asked(), client, { stores, learntBetas: keepLearntBetas(store, () => {}) });
    expect(calls).toBe(2);
    expect(kept).toEqual(expected);
  });

  it('asks once when the answer is there', async () => {
    const { client, seen } = await answering(200, { inputTokens: 7 });
    const { reader, book } = await run(asked(), client, { stores });
    expect(seen).toHaveLength(1);
    expect(JSON.parse(reader.text)).toEqual({ input_tokens: 7 });
    expect(book.intents).toEqual([]);
  });

  it('gives way to an estimate when it fails', async () => {
    const { client } = await answering(503, { message: 'busy' }, 'ServiceUnavailableException');
    const { reader } = await run(asked(), client, { stores });
    expect(reader.statusCode).toBe(200);
    expect(reader.headers).toMatchObject({ 'x-ar-token-count': 'estimate' });
  });

  it('is not asked for whoever is stopped', async () => {
    const { client, seen } = await answering(200, { inputTokens: 7 });
    const closed = {
      ...stores,
      gates: async (ids: readonly unknown[]) => ids.map(() => ({ ...NEW_GATE, closed: true })),
    };
    const { reader } = await run(asked(), client, { stores: closed });
    expect(reader.statusCode).toBe(403);
    expect(seen).toEqual([]);
  });
});

describe('a prompt that nobody could count', () => {
  const nobody = () => Promise.reject(new Error('nobody is to be asked'));

  it("is refused in the words of Anthropic's API, also where an estimate would answer", async () => {
    const sealed = seal(passport({ route: 'count_tokens' }));
    const { reader } = await run(request(sealed, { model: MODEL.id }), nobody);
    expect(reader.statusCode).toBe(400);
    expect(JSON.parse(reader.text)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining('messages: Field required') },
    });
  });

  it("is refused in Bedrock's words on its wire", async () => {
    const sealed = seal(passport({ route: 'bedrock_count_tokens', model: MODEL.id }));
    const { reader } = await run(request(sealed, {}), nobody);
    expect(reader.statusCode).toBe(400);
    expect(reader.headers).toMatchObject({ 'x-amzn-errortype': 'ValidationException' });
    expect(JSON.parse(reader.text)).toMatchObject({ message: 'input: Field required' });
  });
});
