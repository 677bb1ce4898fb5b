import { type ExceptionName, isExceptionName } from './exceptions.ts';
import type { Usage } from './usage.ts';

/**
 * Magic words: what a prompt may ask the stand-in to do, so that faults can be tried by hand. Only what the person
 * typed last is read (see `lastUserText`). Several may stand in one prompt; what is no magic word stays text.
 *
 *   [[tool:Bash echo hi]]       call that tool, if offered; the text fills its first required field, `{...}` is taken as its whole input
 *   [[deltas:2000]]             answer in that many text deltas: `#1 `, `#2 `...
 *   [[lockstep:NAME:2000]]      the same, but delta n+1 leaves only after `POST /lockstep/NAME/<n>` said that n was seen
 *   [[think]]                   begin with a signed thinking block, if the request enables thinking
 *   [[usage:1,2,3,4,5]]         report exactly these tokens: input, output, cache read, cache write 5m, cache write 1h
 *   [[slow:MS]]                 send nothing for so long, not even headers
 *   [[pace:MS]]                 wait so long between two deltas
 *
 * Faults before the answer, streaming or not:
 *   [[throttle]]                429 ThrottlingException
 *   [[unavailable]]             503 ServiceUnavailableException
 *   [[fail:NAME]]               any other exception by its name, e.g. ModelTimeoutException
 *   [[reset:before]]            TCP reset instead of an answer
 *   [[stall:before]]            silence instead of an answer
 *
 * Faults halfway through a stream (a non-streaming answer ignores all but reset and stall):
 *   [[break]] [[break:NAME]]    an exception frame; modelStreamErrorException, or e.g. throttlingException
 *   [[stall]]                   silence until the client gives up
 *   [[reset]]                   TCP reset
 *   [[cut]]                     a clean end without the closing events
 *   [[badcrc]]                  a frame whose checksum is wrong
 *
 * A fault happens every time, or with `:once` or `:2` at its end only the first time or two that this very prompt comes:
 * `[[throttle:2]]`, `[[break:once]]`, `[[reset:before:once]]`.
 */
export interface Magic {
  readonly tools: readonly { readonly name: string; readonly input: string }[];
  readonly deltas?: number;
  readonly lockstep?: string;
  readonly think: boolean;
  readonly usage?: Usage;
  readonly slowMs: number;
  readonly paceMs: number;
  readonly faults: readonly Fault[];
  /** The prompt without its magic words. */
  readonly rest: string;
}

export type Fault = { readonly word: string; readonly times: number } & (
  | { readonly when: 'before'; readonly kind: 'reset' | 'stall' }
  | { readonly when: 'before'; readonly kind: 'exception'; readonly exception: ExceptionName }
  | { readonly when: 'during'; readonly kind: 'reset' | 'stall' | 'cut' | 'badcrc' }
  | { readonly when: 'during'; readonly kind: 'exception'; readonly exception: string }
);

/** Room for what the words say, filled while reading them. */
interface Draft {
  tools: { name: string; input: string }[];
  faults: Fault[];
  deltas?: number;
  lockstep?: string;
  think: boolean;
  usage?: Usage;
  slowMs: number;
  paceMs: number;
}

const WORD = /\[\[([a-z]+)((?::[^\]\s:]+)*)(?:\s+([\s\S]*?))?\]\]/g;
/** Enough for any test, and not so many that a slip of the finger fills the memory. */
const MAX_COUNT = 1_000_000;

export function readMagic(prompt: string): Magic {
  const draft: Draft = { tools: [], faults: [], think: false, slowMs: 0, paceMs: 0 };
  const rest = prompt.replace(WORD, (whole, word: string, joined: string, text: string | undefined) => {
    const args = joined === '' ? [] : joined.slice(1).split(':');
    return take(draft, word, args, text ?? '') ? '' : whole;
  });
  return { ...draft, rest: rest.trim() };
}

/** Notes one word in the draft; false when it is none of ours. */
function take(draft: Draft, word: string, args: readonly string[], text: string): boolean {
  const [first = '', second = ''] = args;
  const number = count(word === 'lockstep' ? second : first);
  if (['deltas', 'lockstep', 'slow', 'pace'].includes(word) && number === undefined) return false;
  switch (word) {
    case 'tool':
      if (first === '') return false;
      draft.tools.push({ name: first, input: text });
      return true;
    case 'lockstep':
      draft.lockstep = first;
      draft.deltas = number ?? 0;
      return true;
    case 'deltas':
      draft.deltas = number ?? 0;
      return true;
    case 'slow':
      draft.slowMs = number ?? 0;
      return true;
    case 'pace':
      draft.paceMs = number ?? 0;
      return true;
    case 'think':
      draft.think = true;
      return true;
    case 'usage': {
      const usage = readUsage(first);
      if (usage !== undefined) draft.usage = usage;
      return usage !== undefined;
    }
    default: {
      const fault = readFault(word, args);
      if (fault !== undefined) draft.faults.push(fault);
      return fault !== undefined;
    }
  }
}

function readFault(word: string, args: readonly string[]): Fault | undefined {
  const last = args.at(-1) ?? '';
  const limit = last === 'once' ? 1 : count(last);
  const rest = limit === undefined ? args : args.slice(0, -1);
  const [name = '', ...excess] = rest;
  if (excess.length > 0) return undefined;
  const fault = { word: [word, ...rest].join(':'), times: limit ?? Number.POSITIVE_INFINITY };
  const before = { ...fault, when: 'before' } as const;
  const during = { ...fault, when: 'during' } as const;
  switch (`${word}:${name}`) {
    case 'throttle:':
      return { ...before, kind: 'exception', exception: 'ThrottlingException' };
    case 'unavailable:':
      return { ...before, kind: 'exception', exception: 'ServiceUnavailableException' };
    case 'reset:before':
      return { ...before, kind: 'reset' };
    case 'stall:before':
      return { ...before, kind: 'stall' };
    case 'break:':
      return { ...during, kind: 'exception', exception: 'modelStreamErrorException' };
    case 'stall:':
    case 'reset:':
    case 'cut:':
    case 'badcrc:':
      return { ...during, kind: word as 'stall' | 'reset' | 'cut' | 'badcrc' };
    default:
      if (word === 'fail' && isExceptionName(name)) return { ...before, kind: 'exception', exception: name };
      if (word === 'break' && /^[a-z]\w+Exception$/.test(name))
        return { ...during, kind: 'exception', exception: name };
      return undefined;
  }
}

function readUsage(text: string): Usage | undefined {
  const numbers = text.split(',').map((part) => (/^\d{1,9}$/.test(part) ? Number(part) : undefined));
  const [input, output, cacheRead, cacheWrite5m, cacheWrite1h, excess] = numbers;
  if (numbers.length !== 5 || excess !== undefined) return undefined;
  if (input === undefined || output === undefined || cacheRead === undefined) return undefined;
  if (cacheWrite5m === undefined || cacheWrite1h === undefined) return undefined;
  return { input, output, cacheRead, cacheWrite5m, cacheWrite1h };
}

function count(text: string): number | undefined {
  return /^\d{1,7}$/.test(text) && Number(text) <= MAX_COUNT ? Number(text) : undefined;
}

/** Counts how often each fault struck a prompt, so that a replay of the same prompt can get past it. */
export function createFaultCounter(): { strikes(fault: Fault, prompt: string): boolean } {
  const struck = new Map<string, number>();
  return {
    strikes(fault, prompt) {
      if (fault.times === Number.POSITIVE_INFINITY) return true;
      const key = `${fault.word}\0${prompt}`;
      const times = struck.get(key) ?? 0;
      struck.set(key, times + 1);
      return times < fault.times;
    },
  };
}
