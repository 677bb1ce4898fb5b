import { describe, expect, it } from 'vitest';
import { countRequest, readCountInput, refuseUncountable } from './count-body.ts';
import { MODEL } from './serve.fixture.ts';

const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a prompt that nobody could count', () => {
  it.each([
    ['{"model":"m"}', 'messages: Field required'],
    ['{"messages":5}', 'messages: Input should be a valid list'],
    ['{"messages":null}', 'messages: Input should be a valid list'],
    ['{"messages":{}}', 'messages: Input should be a valid list'],
    ['{"messages":[]}', 'messages: at least one message is required'],
    ['{"messages":[{},"x"]}', 'messages.1: Input should be an object'],
    ['{"messages":[{},null]}', 'messages.1: Input should be an object'],
    ['{"messages":[{"role":"user"},]}', 'the body is not JSON, or no object'],
    [`{${MESSAGES},"system":tru}`, 'the body is not JSON, or no object'],
    ['[]', 'the body is not JSON, or no object'],
  ])('%s: %s', (body, what) => {
    expect(refuseUncountable(Buffer.from(body))).toEqual({ kind: 'request_malformed', what });
  });

  it('is told from one that can be counted', () => {
    expect(refuseUncountable(Buffer.from(`{${MESSAGES}}`))).toBeNull();
  });

  it.each<[unknown, string]>([
    [undefined, 'input: Field required'],
    [null, 'input: Input should be an object'],
    [Number.NaN, 'input: Input should be an object'],
    [{}, 'input: set one of invokeModel, converse'],
    [{ invokeModel: null }, 'input: set one of invokeModel, converse'],
    [{ invokeModel: {}, converse: {} }, 'input: set one of invokeModel, converse'],
    [{ converse: 'x' }, 'input: invokeModel or converse should be an object'],
    [{ converse: {} }, 'input.converse.messages: Field required'],
    [{ converse: { messages: 5 } }, 'input.converse.messages: Input should be a valid list'],
    [{ invokeModel: {} }, 'input.invokeModel.body: Input should be base64'],
    [{ invokeModel: { body: 7 } }, 'input.invokeModel.body: Input should be base64'],
    [{ invokeModel: { body: '!!!notbase64' } }, 'input.invokeModel.body: Input should be base64'],
    [{ invokeModel: { body: ` ${base64(`{${MESSAGES}}`)}` } }, 'input.invokeModel.body: Input should be base64'],
    [{ invokeModel: { body: '' } }, 'input.invokeModel.body is not JSON, or no object'],
    [{ invokeModel: { body: base64('[]') } }, 'input.invokeModel.body is not JSON, or no object'],
    [{ invokeModel: { body: base64('{}') } }, 'input.invokeModel.body.messages: Field required'],
  ])("on Bedrock's wire: %j: %s", (input, what) => {
    expect(readCountInput(input)).toEqual({ ok: false, reason: { kind: 'request_malformed', what } });
  });

  it("on Bedrock's wire is told from one that can be counted", () => {
    const body = `{${MESSAGES}}`;
    const invoked = readCountInput({ invokeModel: { body: base64(body) } });
    expect(invoked.ok && invoked.value?.toString()).toBe(body);
    const converse = { messages: [{ role: 'user', content: [{ text: 'hi' }] }] };
    expect(readCountInput({ converse, invokeModel: null })).toEqual({ ok: true, value: null });
  });
});

describe('the request of CountTokens', () => {
  const asked = (body: string, maxTokens: number | null = null): string => {
    const sent = { body: Buffer.from(body), betas: [], droppedBetas: [], suspects: [], maxTokens };
    const written = JSON.parse(countRequest(sent, { ...MODEL, maxOutputTokens: 64_000 }).toString());
    return Buffer.from(written.input.invokeModel.body, 'base64').toString();
  };

  it("has the model's own limit where the client named none, and the client's where it did", () => {
    expect(asked(`{${MESSAGES}}`)).toBe(`{"max_tokens":64000,${MESSAGES}}`);
    expect(asked(`{"max_tokens":null,${MESSAGES}}`)).toBe(`{"max_tokens":64000,${MESSAGES}}`);
    expect(asked(`{"max_tokens":10,${MESSAGES}}`, 10)).toBe(`{"max_tokens":10,${MESSAGES}}`);
  });

  it('has a budget for thinking below the limit that was put in: Bedrock would refuse what the client never wrote', () => {
    const thinking = (budget: number) => `"thinking":{"type":"enabled", "budget_tokens":${budget},"x":"ä"},${MESSAGES}`;
    expect(asked(`{${thinking(100_000)}}`)).toBe(`{"max_tokens":64000,${thinking(63_999)}}`);
    expect(asked(`{${thinking(64_000)}}`)).toBe(`{"max_tokens":64000,${thinking(63_999)}}`);
    expect(asked(`{${thinking(63_999)}}`)).toBe(`{"max_tokens":64000,${thinking(63_999)}}`);
    expect(asked(`{"max_tokens":10,${thinking(100_000)}}`, 10)).toBe(`{"max_tokens":10,${thinking(100_000)}}`);
  });

  it.each(['{"type":"adaptive"}', '{"budget_tokens":"many"}', '7'])('leaves thinking %s to Bedrock', (thinking) => {
    expect(asked(`{"thinking":${thinking},${MESSAGES}}`)).toBe(
      `{"max_tokens":64000,"thinking":${thinking},${MESSAGES}}`,
    );
  });
});
