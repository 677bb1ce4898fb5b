import { createWriteStream } from 'node:fs';
import type { FunctionName } from './bundles.ts';
import { createFunction, type LambdaFunction } from './lambda.ts';

/** A function's role has these keys, as far as AWS is concerned; every stand-in knows them. */
export const FUNCTION_KEYS = { accessKeyId: 'AKIALOCALFUNCTION000', secretAccessKey: 'local-function-secret' } as const;
export const FUNCTION_ROLE = 'arn:aws:iam::111111111111:role/agent-runner-local-function';

export type FunctionsOptions = {
  readonly bundles: Readonly<Record<FunctionName, string>>;
  readonly mode: 'isolated' | 'shared';
  /** One file for every line that any function prints. */
  readonly logFile: string;
  /** Told each line as well: what CloudWatch's subscription would see. */
  readonly onLine: (line: string) => void;
};

export type Functions = {
  start(bundle: FunctionName, region: string, env: Readonly<Record<string, string>>): Promise<LambdaFunction>;
  /** Lines that come from the platform's own emulators and belong beside the functions' lines. */
  log(line: string): void;
  close(): Promise<void>;
};

/** What has the longest time that Lambda gives. */
const LONG: readonly FunctionName[] = ['billing', 'edge-gate-reset', 'edge-region', 'graphql-exports'];

/** What a call of a model passes through. All else works beside it, and must not slow it. */
const REQUEST_PATH: readonly FunctionName[] = ['edge-origin', 'edge-region'];

/** Deploys bundles as functions: one process group per function and region, their output in one file. */
export function openFunctions({ bundles, mode, logFile, onLine }: FunctionsOptions): Functions {
  const running: LambdaFunction[] = [];
  const file = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  const log = (line: string) => {
    file.write(`${line}\n`);
    onLine(line);
  };
  return {
    log,
    start: async (bundle, region, env) => {
      const fn = await createFunction({
        name: `agent-runner-local-${bundle}`,
        region,
        bundleDir: bundles[bundle],
        env: {
          AWS_ACCESS_KEY_ID: FUNCTION_KEYS.accessKeyId,
          AWS_SECRET_ACCESS_KEY: FUNCTION_KEYS.secretAccessKey,
          ...env,
        },
        timeoutMs: LONG.includes(bundle) ? 15 * 60_000 : 30_000,
        mode,
        isBackground: !REQUEST_PATH.includes(bundle),
        onLine: log,
      });
      running.push(fn);
      return fn;
    },
    close: async () => {
      await Promise.all(running.map((fn) => fn.close()));
      await new Promise<void>((done) => file.end(done));
    },
  };
}
