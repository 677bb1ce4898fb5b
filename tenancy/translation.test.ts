import { describe, expect, it } from 'vitest';
import { isInvalidBeta, isVouchedFor, parseFieldPath, planBetas, suspectBetas } from './translation.ts';

const betas = [
  { match: 'tool-search-*', send: 'tool-search-2025', fields: ['tools[].defer_loading'] },
  { match: 'files-*', send: null },
  { match: 'files-kept', send: 'files-kept' },
  { match: 'exact', send: 'renamed' },
  { match: 'advanced', send: 'tool-search-2025', fields: ['tools[].defer_loading'] },
  { match: 'thinking-*', send: 'thinking-*' },
  { match: 'context-*', send: 'context-*', fields: ['context_management'], regions: ['us-east-1' as const] },
  { match: 'context-*', send: null, fields: ['context_management'] },
];
const model = { betas, longContextBeta: 'long-1m' };
const NONE = new Set<string>();
const plan = (
  asked: string,
  rejected: ReadonlySet<string> = NONE,
  region: 'us-east-1' | 'eu-central-1' = 'eu-central-1',
) => planBetas(model, region, asked, false, rejected);

describe('the betas that a client asks for', () => {
  it.each<[string, string, string[], string[]]>([
    ['what no rule names is passed on', 'new-one', ['new-one'], []],
    ['a rule may rename', 'exact', ['renamed'], []],
    ['a rule may drop, and what was dropped is told once', 'files-api,new-one,files-api', ['new-one'], ['files-api']],
    ['a rule without a star matches the whole name alone', 'exactly', ['exactly'], []],
    ['a star matches what starts alike, also nothing more', 'tool-search-', ['tool-search-2025'], []],
    ['a rule that sends what it matches passes it as it is', 'thinking-a,thinking-b', ['thinking-a', 'thinking-b'], []],
    ['the first rule that matches decides', 'files-kept', [], ['files-kept']],
    ['two that become one are sent once', 'tool-search-a, advanced', ['tool-search-2025'], []],
    ['spaces and empty places are nothing', ' a ,, b,', ['a', 'b'], []],
    ['no header is nothing', '', [], []],
    ['what is no beta name goes nowhere', 'a b,<script>,ä,"x",ok', ['ok'], []],
    ['a name too long goes nowhere', 'x'.repeat(101), [], []],
  ])('%s', (_, asked, sent, dropped) => {
    expect(plan(asked)).toMatchObject({ betas: sent, dropped });
  });

  it('are translated by the rules of their region', () => {
    expect(plan('context-1', NONE, 'us-east-1').betas).toEqual(['context-1']);
    expect(plan('context-1')).toMatchObject({ betas: [], dropped: ['context-1'] });
  });

  it('that were learnt as refused are dropped under every name that the client has for them', () => {
    const learnt = plan('advanced,tool-search-a,new-one', new Set(['tool-search-2025', 'advanced']));
    expect(learnt).toMatchObject({ betas: ['new-one'], dropped: ['advanced', 'tool-search-a'] });
  });

  it('gain the one for a million tokens, unless it is refused or the model has none', () => {
    const long = (one: typeof model | { betas: []; longContextBeta: null }, rejected = NONE) =>
      planBetas(one, 'us-east-1', 'a', true, rejected);
    expect(long(model)).toMatchObject({ betas: ['a', 'long-1m'], dropped: [] });
    expect(long(model, new Set(['long-1m']))).toMatchObject({ betas: ['a'], dropped: ['long-1m'] });
    expect(long({ betas: [], longContextBeta: null }).betas).toEqual(['a']);
    expect(plan('a').betas).toEqual(['a']);
  });
});

describe('what belongs to a beta', () => {
  const DEFER = { field: 'tools', member: 'defer_loading' };
  const CONTEXT = { field: 'context_management' };
  it.each<[string, object[], ReturnType<typeof plan>]>([
    ['goes when no beta is sent', [DEFER, CONTEXT], plan('')],
    ['goes when its beta is dropped', [DEFER, CONTEXT], plan('context-1')],
    ['goes when its beta is refused', [DEFER, CONTEXT], plan('advanced', new Set(['tool-search-2025']))],
    ['stays when its beta is sent', [CONTEXT], plan('advanced')],
    ['stays when one of its betas is sent under its own name', [CONTEXT], plan('tool-search-2025')],
    ['stays where the region takes it', [DEFER], plan('context-1', NONE, 'us-east-1')],
  ])('%s', (_, cut, planned) => {
    expect(planned.cut).toEqual(cut);
  });

  it.each(['', 'tools[]', 'tools[].a.b', 'tools.a', '[].a', 'Tools', 'a b', 'tools[0].a'])(
    '"%s" is no place',
    (path) => {
      expect(parseFieldPath(path)).toBeNull();
    },
  );
});

describe('a refusal of betas', () => {
  it.each([
    'invalid beta flag',
    'ValidationException: Invalid beta flag: x',
    'The model returned the following errors: invalid beta flag',
    'Unexpected value(s) `a` for the `anthropic-beta` header.',
    'Unexpected value(s) `a`, `b` for the `anthropic-beta` header. Please consult our documentation.',
  ])('is known: %s', (message) => {
    expect(isInvalidBeta(message)).toBe(true);
  });
  it.each([
    'prompt is too long',
    'context_management: Extra inputs are not permitted',
    'tools.0.custom.invalid beta flag context-1m-2025-08-07: Extra inputs are not permitted',
    'tools.0.custom.invalid beta flag: Input should be a valid string',
    'invalid beta flag context-1m-2025-08-07: Extra inputs are not permitted',
    'Unexpected value(s) `a` for the `anthropic-beta` header: Extra inputs are not permitted.',
    'The model returned the following errors: tools.0.invalid beta flag: Field required',
    'system: Unexpected value(s) `a` for the `anthropic-beta` header',
    '',
  ])('is not: "%s"', (message) => {
    expect(isInvalidBeta(message)).toBe(false);
  });

  const suspects = (message: string, sent: string[], proven: string[] = []) =>
    suspectBetas(message, sent, model, 'eu-central-1', new Set(proven));
  const sent = ['tool-search-2025', 'new', 'newer', 'long-1m', 'thinking-x'];
  it.each<[string, readonly string[], string[]]>([
    ['the one that is named', suspects('invalid beta flag: newer.', sent), ['newer']],
    ['not one whose name is part of another', suspects('invalid beta flag: newest', sent), ['new', 'newer']],
    ['those that no rule names', suspects('invalid beta flag', sent), ['new', 'newer']],
    ['of them not those that were seen to work', suspects('invalid beta flag', sent, ['new']), ['newer']],
    ['these too, when there is no other', suspects('invalid beta flag', sent, ['new', 'newer']), ['new', 'newer']],
    [
      'all, when rules name them all',
      suspects('invalid', ['tool-search-2025', 'long-1m']),
      ['tool-search-2025', 'long-1m'],
    ],
    ['one that the rules here drop', suspects('invalid', ['context-1', 'long-1m']), ['context-1']],
    ['none, when none was sent', suspects('invalid beta flag', []), []],
  ])('casts suspicion on %s', (_, found, expected) => {
    expect(found).toEqual(expected);
  });
});

it.each([
  ['long-1m', true],
  ['tool-search-2025', true],
  ['thinking-anything', true],
  ['renamed', true],
  ['exact', false],
  ['files-api', false],
  ['context-1', false],
  ['new', false],
])("%s is one that the model's row says is sent here: %s", (beta, vouched) => {
  expect(isVouchedFor(beta, model, 'eu-central-1')).toBe(vouched);
});
