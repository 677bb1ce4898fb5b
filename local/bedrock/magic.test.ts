import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFaultCounter, readMagic } from './magic.ts';

test('reads every word and leaves the rest', () => {
  const prompt =
    'please [[tool:Bash echo "a b" | cat]] [[deltas:7]] [[slow:20]] [[pace:3]] [[think]] [[usage:1,2,3,4,5]] now';
  expect(readMagic(prompt)).toMatchObject({
    tools: [{ name: 'Bash', input: 'echo "a b" | cat' }],
    deltas: 7,
    slowMs: 20,
    paceMs: 3,
    think: true,
    usage: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
    rest: expect.stringMatching(/^please\s+now$/),
  });
  expect(readMagic('[[lockstep:one:20]]')).toMatchObject({ lockstep: 'one', deltas: 20 });
});

describe('faults', () => {
  const every = Number.POSITIVE_INFINITY;
  test.each([
    ['[[throttle]]', { when: 'before', kind: 'exception', exception: 'ThrottlingException', times: every }],
    ['[[throttle:2]]', { when: 'before', kind: 'exception', exception: 'ThrottlingException', times: 2 }],
    ['[[unavailable:once]]', { when: 'before', exception: 'ServiceUnavailableException', times: 1 }],
    ['[[fail:ModelTimeoutException:3]]', { when: 'before', exception: 'ModelTimeoutException', times: 3 }],
    ['[[break]]', { when: 'during', kind: 'exception', exception: 'modelStreamErrorException', times: every }],
    ['[[break:throttlingException:once]]', { when: 'during', exception: 'throttlingException', times: 1 }],
    ['[[reset]]', { when: 'during', kind: 'reset' }],
    ['[[reset:before:once]]', { when: 'before', kind: 'reset', times: 1 }],
    ['[[stall]]', { when: 'during', kind: 'stall' }],
    ['[[stall:before]]', { when: 'before', kind: 'stall' }],
    ['[[cut:once]]', { when: 'during', kind: 'cut', times: 1 }],
    ['[[badcrc]]', { when: 'during', kind: 'badcrc' }],
  ])('%s', (word, fault) => {
    expect(readMagic(word).faults).toEqual([expect.objectContaining(fault)]);
  });

  test('strike one prompt as often as they say', () => {
    const counter = createFaultCounter();
    const [fault] = readMagic('[[throttle:2]]').faults;
    const strikes = ['a', 'a', 'b', 'a', 'b', 'b'].map((prompt) => counter.strikes(fault!, prompt));
    expect(strikes).toEqual([true, true, true, false, true, false]);
  });
});

test.each([
  '[[nothing]]',
  '[[deltas:many]]',
  '[[usage:1,2,3]]',
  '[[usage:1,2,3,4,x]]',
  '[[usage:1,2,3,4,5,6]]',
  '[[fail:Nonsense]]',
  '[[lockstep:x]]',
  '[[reset:after]]',
  '[[deltas:9999999999]]',
  '[[deltas:1000001]]',
  '[[slow:-1]]',
  'if [[ -f x ]]',
])('%s is no magic word and stays text', (text) => {
  expect(readMagic(text)).toEqual({ tools: [], faults: [], think: false, slowMs: 0, paceMs: 0, rest: text });
});

test('reads any text without throwing, and keeps what stands outside of brackets', () => {
  const word = fc.constantFrom('[[throttle]]', '[[deltas:3]]', '[[', ']]', '[[tool:', ':', 'once', ' ');
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string())), (parts) => {
      const { rest } = readMagic(parts.join(''));
      return rest.length <= parts.join('').length;
    }),
    { seed: 2, numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.string(), (text) => text.includes('[[') || readMagic(text).rest === text.trim()),
    { seed: 3, numRuns: 300 },
  );
});
