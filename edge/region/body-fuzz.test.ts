import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { STARTING_CATALOGUE } from '../../tenancy/catalogue.ts';
import { readJsonMembers } from '../../tenancy/json-members.ts';
import type { Model } from '../../tenancy/model.ts';
import { FUZZ_TIMEOUT_MS, fuzzSettings } from '../../tests/fuzz.ts';
import { planBody, readMessagesBody, writeBody } from './body.ts';

type Json = Record<string, unknown>;

const TEXTS = [
  'hi',
  '',
  'sys"tem',
  '"system"',
  'role',
  '\\u',
  '\u2028ü😀',
  'a\\"b\n',
  '{"role":"system"}',
  'defer_loading',
  ']}',
];
const SCHEMAS: unknown[] = [
  {},
  { defer_loading: true },
  { a: [[[{ role: 'system' }]]] },
  [1.5e10, null, { 'ä"': '\\' }],
];
const ROLES = ['user', 'assistant', 'system', 'user'];
const BETAS = ['search', 'context', 'plain', 'dropped-1', 'unheard-of'];
const RULES: Model['betas'] = [
  { match: 'search', send: 'tool-search', fields: ['tools[].defer_loading'] },
  { match: 'context', send: 'context', fields: ['context_management', 'tools[].input_examples'] },
  { match: 'dropped-*', send: null, fields: ['speed'] },
];

/** Numbers that pick: cheap to make, and a failure shrinks to a short list of them. */
const picks = fc.array(fc.nat(0xffff), { minLength: 4, maxLength: 40 });

/** A body and its text, in some order of keys and some white space, both made by the same numbers. */
function make(numbers: readonly number[]) {
  let at = 0;
  const pick = (below: number): number => ((numbers[at++ % numbers.length] ?? 0) + at * 7) % below;
  const shuffled = (entries: [string, unknown][]): Json =>
    Object.fromEntries(
      entries
        .map((one) => [pick(100), one] as const)
        .sort((a, b) => a[0] - b[0])
        .map(([, one]) => one),
    );
  const text = () => TEXTS[pick(TEXTS.length)];
  const content = () =>
    pick(2) === 0
      ? text()
      : Array.from({ length: pick(3) }, () =>
          shuffled([
            ['type', 'text'],
            ['text', text()],
            ['input', SCHEMAS[pick(4)]],
          ]),
        );
  const messages = Array.from({ length: pick(7) }, () =>
    shuffled([
      ['role', ROLES[pick(4)]],
      ['content', content()],
    ]),
  );
  const tools = Array.from({ length: pick(4) }, () =>
    shuffled([
      ['name', text()],
      ['input_schema', SCHEMAS[pick(4)]],
      ...(pick(3) === 0 ? [['defer_loading', pick(2) === 0] as [string, unknown]] : []),
      ...(pick(3) === 0 ? [['input_examples', [text()]] as [string, unknown]] : []),
    ]),
  );
  const thinking = [
    { type: 'adaptive', display: text() },
    { type: 'enabled', budget_tokens: 2000 },
    { display: 'x', type: 'adaptive' },
  ][pick(3)];
  const optional: [string, unknown][] = [
    ['tools', tools],
    ['thinking', thinking],
    ['max_tokens', [1, 1024, 1025, 6000, 1e6][pick(5)]],
    ['context_management', { edits: [] }],
    ['output_config', { effort: 'low' }],
    ['speed', 'fast'],
    ['system', content()],
    ['metadata', SCHEMAS[pick(4)]],
    ['anthropic_version', '2023-06-01'],
  ];
  const body = shuffled([
    ['model', 'm'],
    ['messages', messages],
    ...(pick(2) === 0 ? [['stream', pick(2) === 0] as [string, unknown]] : []),
    ...optional.filter(() => pick(3) > 0),
  ]);
  const model: Model = {
    ...STARTING_CATALOGUE[0]!,
    betas: RULES,
    dropFields: pick(4) === 0 ? ['metadata'] : [],
    systemMessages: pick(3) === 0,
    adaptiveThinking: pick(2) === 0,
    outputConfig: pick(2) === 0,
    thinkingBudgetTokens: [1000, 4000, 31_999][pick(3)]!,
    maxOutputTokens: [900, 5000, 128_000][pick(3)]!,
  };
  const asked = BETAS.filter(() => pick(2) === 0);
  const rejected = new Set(pick(3) === 0 ? ['tool-search'] : []);
  const gap = ['', ' ', '\n\t'][pick(3)]!;
  const escaped = pick(4) === 0;
  const spell = (value: unknown): string => {
    const plain = JSON.stringify(value, null, pick(3));
    // Every string may be spelled otherwise, also a role; only a key that is looked for must be plain.
    return escaped
      ? plain.replaceAll('"system"', '"syst\\u0065m"').replaceAll('"adaptive"', '"\\u0061daptive"')
      : plain;
  };
  const sources = new Map(Object.entries(body).map(([key, value]) => [key, spell(value)]));
  const source = `${gap}{${gap}${[...sources].map(([key, value]) => `"${key}"${gap}:${gap}${value}`).join(`${gap},${gap}`)}${gap}}`;
  return { body, source, sources, model, asked, rejected };
}

/** What is meant, done on parsed values without a thought for bytes. */
function edited({ body, model, asked, rejected }: ReturnType<typeof make>): Json {
  const { model: _, stream: __, anthropic_version: ___, ...rest } = structuredClone(body);
  const sent = asked
    .map((beta) => (beta === 'search' ? 'tool-search' : beta))
    .filter((beta) => !beta.startsWith('dropped-') && !rejected.has(beta));
  const out: Json = {
    anthropic_version: 'bedrock-2023-05-31',
    ...(sent.length > 0 ? { anthropic_beta: sent } : {}),
    ...rest,
  };
  delete out['speed'];
  if (model.dropFields.length > 0) delete out['metadata'];
  if (!model.outputConfig) delete out['output_config'];
  if (!sent.includes('context')) delete out['context_management'];
  for (const tool of (out['tools'] ?? []) as Json[]) {
    if (!sent.includes('tool-search')) delete tool['defer_loading'];
    if (!sent.includes('context')) delete tool['input_examples'];
  }
  if (typeof out['max_tokens'] === 'number') out['max_tokens'] = Math.min(out['max_tokens'], model.maxOutputTokens);
  const max = (out['max_tokens'] ?? model.maxOutputTokens) as number;
  if (!model.adaptiveThinking && (out['thinking'] as Json | undefined)?.['type'] === 'adaptive') {
    const budget = Math.min(model.thinkingBudgetTokens, max - 1);
    if (budget < 1024) delete out['thinking'];
    else out['thinking'] = { type: 'enabled', budget_tokens: budget };
  }
  if (!model.systemMessages) {
    const waiting: Json[] = [];
    const messages: Json[] = [];
    const given = out['messages'] as Json[];
    for (const [i, message] of given.entries()) {
      const spoken = given.slice(0, i).findLast(({ role }) => role !== 'system');
      const next = given.slice(i).find(({ role }) => role !== 'system');
      const asUser = message['role'] === 'system' ? { ...message, role: 'user' } : message;
      if (message['role'] === 'system' && spoken?.['role'] === 'assistant' && next?.['role'] === 'user')
        waiting.push(asUser);
      else messages.push(asUser, ...waiting.splice(0));
    }
    out['messages'] = messages;
  }
  return out;
}

it(
  'is what parsing, editing and writing anew would mean, and keeps the bytes of what is kept',
  () => {
    let moved = 0;
    fc.assert(
      fc.property(picks, (numbers) => {
        const made = make(numbers);
        const read = readMessagesBody({
          method: 'POST',
          path: '/origin',
          headers: { 'content-type': 'application/json' },
          body: Buffer.from(made.source),
        });
        if (!read.ok) throw new Error(JSON.stringify(read.reason));
        const { model, asked, rejected } = made;
        const plan = planBody(read.value, {
          model,
          region: 'us-east-1',
          asked: asked.join(),
          longContext: false,
          rejected,
        });
        if (!plan.ok) throw new Error(JSON.stringify(plan.reason));
        const out = writeBody(read.value, plan.value);
        const meant = edited(made);
        if (!isDeepStrictEqual(JSON.parse(out.toString()), meant)) throw new Error(`${made.source}\n${out}`);
        if (!isDeepStrictEqual(meant['messages'], made.body['messages'])) moved++;

        const members = readJsonMembers(out);
        const written = (members.ok ? members.members : []).map(
          (one) => [one.key, out.subarray(one.valueStart, one.valueEnd).toString()] as const,
        );
        const untouched = written.filter(([key]) => isDeepStrictEqual(meant[key], made.body[key]));
        const kept = [...made.sources].filter(([key]) => untouched.some(([name]) => name === key));
        return isDeepStrictEqual(untouched, kept);
      }),
      fuzzSettings(),
    );
    expect(moved).toBeGreaterThan(100);
  },
  FUZZ_TIMEOUT_MS,
);
