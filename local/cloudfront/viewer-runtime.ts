import { createContext, Script } from 'node:vm';
import type { CloudFrontFunctionsEvent } from 'aws-lambda';

/** The part of the event that a viewer-request function is given. */
export type ViewerEvent = Omit<CloudFrontFunctionsEvent, 'response'>;

/** What the function returned, as plain data, or how it failed. */
export type ViewerRun = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

const IMPORT = "import cf from 'cloudfront';\n";

/** CloudFront allows about a millisecond of CPU; this only ends what never would, on a machine that may be busy. */
const TIME_LIMIT_MS = 5_000;

/** The module `cloudfront` as a function sees it. The store throws for a key it has not, as the real one does. */
const CLOUDFRONT_MODULE = `const cf = { kvs: () => ({
  get: async (key) => {
    const value = $lookUp(String(key));
    if (typeof value !== 'string') throw new Error('KeyNotFound');
    return value;
  },
}) };
`;

/** Of Buffer, what the function reads tokens with. */
const BUFFER = new Script(`globalThis.Buffer = {
  from: (text, encoding) => ({ toString: () => $decode(String(text), String(encoding)) }),
};`);

/** Ends a run as text, so that no object passes between the function's world and ours. */
const RUN = `
handler(JSON.parse($event)).then(
  (value) => $report(JSON.stringify({ ok: true, value: value })),
  (error) => $report(JSON.stringify({ ok: false, error: String(error) })),
);
`;

/** The function's text as a script: its one import becomes the module's stand-in. @throws Error for any other first line */
export function asScript(source: string): string {
  if (!source.startsWith(IMPORT)) throw new Error(`viewer function: the first line must be ${IMPORT.trim()}`);
  return `'use strict';\n${CLOUDFRONT_MODULE}${source.slice(IMPORT.length)}${RUN}`;
}

/**
 * A CloudFront Functions runtime for one function: each run is a fresh world without timers, network, process or eval,
 * whose clock stands still. It knows more of the language than CloudFront's: the gates in tests/house see to that.
 * It is no security boundary, and runs nothing but our own function.
 * @param lookUp the KeyValueStore; undefined for a key that it has not
 * @returns runs the function on an event; never throws
 */
export function createViewerRuntime(
  source: string,
  lookUp: (key: string) => string | undefined,
): (event: ViewerEvent, now: number) => ViewerRun {
  const script = new Script(asScript(source), { filename: 'viewer.js' });
  return (event, now) => {
    let outcome = JSON.stringify({ ok: false, error: 'the function never finished' });
    const globals = Object.assign(Object.create(null), {
      $event: JSON.stringify(event),
      $lookUp: lookUp,
      $decode: (text: string, encoding: BufferEncoding) => Buffer.from(text, encoding).toString(),
      $report: (text: string) => {
        outcome = text;
      },
    });
    // Own microtasks, drained before the run returns: whatever is pending after that waits for something CloudFront lacks.
    const options = { codeGeneration: { strings: false, wasm: false }, microtaskMode: 'afterEvaluate' } as const;
    const world = createContext(globals, options);
    try {
      stopClock(now).runInContext(world);
      BUFFER.runInContext(world);
      script.runInContext(world, { timeout: TIME_LIMIT_MS });
    } catch (error) {
      return { ok: false, error: String(error) };
    }
    return JSON.parse(outcome) as ViewerRun;
  };
}

function stopClock(now: number): Script {
  return new Script(`{
    const Clock = Date;
    Date = function () { return Reflect.construct(Clock, arguments.length ? arguments : [${now}], Clock); };
    Date.now = () => ${now};
    Date.prototype = Clock.prototype;
  }`);
}
