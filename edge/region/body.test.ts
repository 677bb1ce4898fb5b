import { describe, expect, it } from 'vitest';
import { STARTING_CATALOGUE } from '../../tenancy/catalogue.ts';
import type { Model } from '../../tenancy/model.ts';
import { planBody, readInvokeBody, readMessagesBody, writeBody } from './body.ts';
import type { RegionRequest } from './exchange.ts';

const asking = (body: string | Buffer, headers: Record<string, string> = {}): RegionRequest => ({
  method: 'POST',
  path: '/origin',
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(body),
});

const refusal = (body: string, headers: Record<string, string> = {}) => {
  const read = readMessagesBody(asking(body, headers));
  return read.ok ? 'accepted' : read.reason;
};

const FIFTH: Model = { ...STARTING_CATALOGUE[0]!, betas: [], dropFields: [] };
const FOURTH: Model = {
  ...FIFTH,
  systemMessages: false,
  adaptiveThinking: false,
  outputConfig: false,
  thinkingBudgetTokens: 5000,
  maxOutputTokens: 8000,
};

function planned(body: string, model: Model, asked = '', wire: 'anthropic' | 'bedrock' = 'anthropic') {
  const read = wire === 'anthropic' ? readMessagesBody(asking(body)) : readInvokeBody(asking(body));
  if (!read.ok) throw new Error(JSON.stringify(read.reason));
  const call = { region: 'eu-central-1', asked, longContext: false, rejected: new Set<string>() } as const;
  return { read: read.value, plan: planBody(read.value, { model, ...call }) };
}

function written(body: string, model: Model, asked = '', wire: 'anthropic' | 'bedrock' = 'anthropic'): string {
  const { read, plan } = planned(body, model, asked, wire);
  return plan.ok ? writeBody(read, plan.value).toString() : JSON.stringify(plan.reason);
}

const spliced = (body: string, betas: readonly string[] = [], dropFields: readonly string[] = []): string =>
  written(body, { ...FIFTH, dropFields }, betas.join(','));

describe('the body for Bedrock', () => {
  it('loses model and stream, gains version and betas, and keeps every other byte', () => {
    const messages = '[ {"role" :"user","content":[{"type":"thinking","signature":"Eq\\u0041/+=="}]} ]';
    const body = `{ "model":"claude-x", "messages":${messages},\n "stream" : true, "max_tokens":1e2 }`;
    expect(spliced(body, ['a-beta'])).toBe(
      `{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a-beta"],"messages":${messages},"max_tokens":1e2}`,
    );
  });

  it('is whole when nothing is left of the request but what is cut', () => {
    expect(spliced('{"model":"m","stream":false}')).toBe('{"anthropic_version":"bedrock-2023-05-31"}');
  });

  it('carries one version and one list of betas, whatever the client put there', () => {
    const body = '{"anthropic_version":"2023-06-01","model":"m","anthropic_beta":["x"],"max_tokens":1}';
    expect(spliced(body, ['y'])).toBe(
      '{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["y"],"max_tokens":1}',
    );
  });
});

const V = '"anthropic_version":"bedrock-2023-05-31"';

describe('max_tokens', () => {
  it.each([
    ['8001', '8000'],
    ['1e9', '8000'],
    ['1e999', '8000'],
    ['8000', '8000'],
    ['8e3', '8e3'],
    ['1.5', '1.5'],
    ['"9000"', '"9000"'],
    ['null', 'null'],
    ['90000x', '90000x'],
  ])('%s is sent as %s', (given, sent) => {
    expect(written(`{"model":"m", "max_tokens" : ${given} }`, FOURTH)).toBe(`{${V},"max_tokens" : ${sent}}`);
  });

  it('is told as it is sent', () => {
    const told = (body: string) => {
      const { plan } = planned(body, FOURTH);
      return plan.ok && plan.value.maxTokens;
    };
    expect(told('{"model":"m","max_tokens":9000}')).toBe(8000);
    expect(told('{"model":"m","max_tokens":70}')).toBe(70);
    for (const none of ['"70"', 'x']) expect(told(`{"model":"m","max_tokens":${none}}`)).toBeNull();
    expect(told('{"model":"m"}')).toBeNull();
  });
});

describe('adaptive thinking, on a model that knows budgets alone', () => {
  it.each([
    ['{"type":"adaptive","display":"omitted"}', '7000', '{"type":"enabled","budget_tokens":5000}'],
    ['{ "type" : "ad\\u0061ptive" }', '7000', '{"type":"enabled","budget_tokens":5000}'],
    ['{"type":"adaptive"}', '5000', '{"type":"enabled","budget_tokens":4999}'],
    ['{"type":"adaptive"}', '1025', '{"type":"enabled","budget_tokens":1024}'],
    ['{"type":"enabled","budget_tokens":9}', '9', '{"type":"enabled","budget_tokens":9}'],
    ['{"type":"disabled","note":"adaptive"}', '9', '{"type":"disabled","note":"adaptive"}'],
    ['"adaptive"', '9', '"adaptive"'],
  ])('%s below %s becomes %s', (thinking, max, sent) => {
    const body = `{"model":"m","thinking":${thinking},"max_tokens":${max}}`;
    expect(written(body, FOURTH)).toBe(`{${V},"thinking":${sent},"max_tokens":${max}}`);
    expect(written(body, { ...FIFTH, maxOutputTokens: 8000 })).toContain(thinking);
  });

  it('goes where no budget is possible', () => {
    expect(written('{"model":"m","thinking":{"type":"adaptive"},"max_tokens":1024}', FOURTH)).toBe(
      `{${V},"max_tokens":1024}`,
    );
  });

  it('is refused when its type is written twice or with an escape', () => {
    for (const thinking of ['{"type":"enabled","type":"adaptive"}', '{"t\\u0079pe":"adaptive"}'])
      expect(written(`{"model":"m","thinking":${thinking}}`, FOURTH)).toMatch(/thinking: the key ..type../);
  });
});

describe('a system message, on a model that takes none', () => {
  const send = (messages: string, model = FOURTH) => written(`{"model":"m","messages":${messages}}`, model);
  const s = '{"role":"system","content":"s"}';
  const asUser = '{"role":"user","content":"s"}';
  const u = '{"content":[{"role":"system"}],"role":"user"}';
  const a = '{"role":"assistant"}';
  it.each([
    ["is the user's", `[${u},${s}]`, `[${u},${asUser}]`],
    ['keeps its place behind the user', `[${u}, ${s} ,${a}]`, `[${u}, ${asUser} ,${a}]`],
    ['lets the user answer first', `[${u}, ${a} , ${s},${u}]`, `[${u}, ${a} , ${u},${asUser}]`],
    ['also when there are several', `[${a},${s},\n${s},${u},${s}]`, `[${a},${u},\n${asUser},${asUser},${asUser}]`],
    ['stays where nobody answers', `[${a},${s}]`, `[${a},${asUser}]`],
    ['stays before an assistant', `[${a},${s},${a},${u}]`, `[${a},${asUser},${a},${u}]`],
    ['is known in any spelling', `[{"role" : "syst\\u0065m","x":1}]`, `[{"role" : "user","x":1}]`],
    [
      'is no text that only says so',
      `["system",{"content":"system"},{"x":"system"}]`,
      `["system",{"content":"system"},{"x":"system"}]`,
    ],
    ['is not looked for in what is no list', `{"role":"system"}`, `{"role":"system"}`],
  ])('%s', (_, messages, sent) => {
    expect(send(messages)).toBe(`{${V},"messages":${sent}}`);
    expect(send(messages, FIFTH)).toBe(`{${V},"messages":${messages}}`);
  });

  it.each([
    ['[{"role":"user","role":"system"}]', 'messages.0: the key \\"role\\" stands twice; send it once'],
    ['[{"r\\u006fle":"system"}]', 'messages.0: the key \\"role\\" is written with an escape; write it plainly'],
  ])('is refused where two readers could see two roles: %s', (messages, what) => {
    expect(send(messages)).toBe(`{"kind":"request_malformed","what":"${what}"}`);
    expect(send(messages, FIFTH)).toContain(messages);
  });
});

describe('a member of each tool that belongs to a beta', () => {
  const match = 'search';
  const model: Model = { ...FIFTH, betas: [{ match, send: match, fields: ['tools[].defer_loading', 'context'] }] };
  it.each([
    ['[{"name":"a", "defer_loading" :true},{"name":"b"}]', '[{"name":"a"},{"name":"b"}]'],
    ['[ {"defer_loading":[1,{"a":"]"}] , "name":"a"} ]', '[ {"name":"a"} ]'],
    ['[{"defer_loading":true}]', '[{}]'],
    ['[{"x":1, "defer_loading":true, "y":2}]', '[{"x":1,"y":2}]'],
    [
      '[{"input_schema":{"defer_loading":1}}, "defer_loading"]',
      '[{"input_schema":{"defer_loading":1}}, "defer_loading"]',
    ],
    ['{"defer_loading":true}', '{"defer_loading":true}'],
  ])('goes with it: %s', (tools, sent) => {
    expect(written(`{"model":"m","tools":${tools},"context":{}}`, model)).toBe(`{${V},"tools":${sent}}`);
    const body = `{"model":"m","tools":${tools},"context":{}}`;
    expect(written(body, model, match)).toBe(`{${V},"anthropic_beta":["search"],"tools":${tools},"context":{}}`);
  });

  it('is refused when it is written with an escape', () => {
    expect(written('{"model":"m","tools":[{"defer\\u005floading":1}]}', model)).toMatch(
      /defer_loading.. is written with/,
    );
  });
});

it('a model that takes no output_config does not get one', () => {
  expect(written('{"model":"m","output_config":{},"x":1}', FOURTH)).toBe(`{${V},"x":1}`);
  expect(written('{"model":"m","output_config":{}}', FIFTH)).toContain('output_config');
});

describe("a body of Bedrock's own wire", () => {
  it('keeps its version where it stands, and has its betas translated', () => {
    const body = `{ "max_tokens":5, ${V}, "anthropic_beta":["a"],"messages":[] }`;
    expect(written(body, FIFTH, 'a,b', 'bedrock')).toBe(
      `{"anthropic_beta":["a","b"],"max_tokens":5, ${V},"messages":[]}`,
    );
    expect(planned(body, FIFTH, '', 'bedrock').read.betas).toBe('a');
    expect(written(`{${V}}`, FIFTH, '', 'bedrock')).toBe(`{${V}}`);
  });

  it('gets the version that Bedrock knows, and no second word on its model', () => {
    const body = '{"anthropic_version":"2026-10-21","model":"other","stream":true,"x":1}';
    expect(written(body, FIFTH, '', 'bedrock')).toBe(`{${V},"x":1}`);
  });

  it('may come as the AWS SDKs send it', () => {
    for (const type of ['', 'application/octet-stream', 'application/json'])
      expect(readInvokeBody(asking('{}', { 'content-type': type })).ok).toBe(true);
    expect(readInvokeBody(asking('{}', { 'content-type': 'text/plain' })).ok).toBe(false);
    expect(readMessagesBody(asking('{"model":"m"}', { 'content-type': 'application/octet-stream' })).ok).toBe(false);
  });
});

it('more betas than a header holds are refused', () => {
  expect(refusal(`{"model":"m","anthropic_beta":["${'a,'.repeat(4096)}"]}`)).toBe('accepted');
  expect(refusal(`{"model":"m","anthropic_beta":["${'a,'.repeat(4097)}"]}`)).toMatchObject({
    kind: 'request_malformed',
  });
});

describe('a body that two readers could read differently', () => {
  it.each([
    ['a second model', '{"model":"granted","model":"other"}'],
    ['a second model in an escaped key', '{"model":"granted","mod\\u0065l":"other"}'],
    ['a second stream', '{"model":"m","stream":true,"stream":false}'],
    ['something after the object', '{"model":"m"}{"model":"other"}'],
    ['a list', '[{"model":"m"}]'],
    ['no object', '"model"'],
    ['nothing', ''],
    ['an unclosed string', '{"model":"m'],
    ['a bracket of the wrong kind', '{"model":"m","messages":[}]'],
  ])('is refused: %s', (_, body) => {
    expect(refusal(body)).toMatchObject({ kind: 'request_malformed' });
  });

  it.each([
    ['no model', '{"stream":true}', 'model: Field required'],
    ['a model that is no string', '{"model":{"name":"m"}}', 'model: Input should be a valid string'],
    ['a model that is no JSON', '{"model":tru}', 'model: Input should be a valid string'],
    ['a stream that is no boolean', '{"model":"m","stream":"true"}', 'stream: Input should be a valid boolean'],
    ['a stream of null', '{"model":"m","stream":null}', 'stream: Input should be a valid boolean'],
    [
      'betas that are no list',
      '{"model":"m","anthropic_beta":"x"}',
      'anthropic_beta: Input should be a valid list of strings',
    ],
    [
      'betas that are no strings',
      '{"model":"m","anthropic_beta":[1]}',
      'anthropic_beta: Input should be a valid list of strings',
    ],
  ])('is refused in the words of the API: %s', (_, body, what) => {
    expect(refusal(body)).toEqual({ kind: 'request_malformed', what });
  });

  it('may escape in a value: what is granted is what the escapes mean', () => {
    const read = readMessagesBody(asking('{"model":"claude\\u002dx"}'));
    expect(read.ok && read.value.model).toBe('claude-x');
    expect(read.ok && read.value.stream).toBe(false);
  });
});

it('is refused with an empty model: no grant could ever name it', () => {
  expect(refusal('{"model":""}', {})).toMatchObject({ kind: 'request_malformed' });
});

it('is refused over the limit, also where the edge was told no length', () => {
  const limit = 5_000_000;
  const text = (length: number) => `{"model":"m","x":"${'x'.repeat(length - 100)}"}`.padEnd(length, ' ');
  expect(refusal(text(limit), {})).toBe('accepted');
  expect(refusal(text(limit + 1), {})).toEqual({ kind: 'body_too_large', limitBytes: limit });
});

describe('the content type', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'is taken: %s',
    (type) => {
      expect(refusal('{"model":"m"}', { 'content-type': type })).toBe('accepted');
    },
  );

  it.each([
    '',
    'text/plain',
    'application/json; charset=utf-16',
    'application/json, application/json',
    'application/jsonp',
  ])('is refused: "%s"', (type) => {
    expect(refusal('{"model":"m"}', { 'content-type': type })).toMatchObject({ kind: 'content_type_unsupported' });
  });

  it('goes with plain bytes alone', () => {
    expect(refusal('{"model":"m"}', { 'content-encoding': 'gzip' })).toMatchObject({
      kind: 'content_type_unsupported',
    });
    expect(refusal('{"model":"m"}', { 'content-encoding': 'identity' })).toBe('accepted');
  });
});
