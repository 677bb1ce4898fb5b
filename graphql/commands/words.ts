import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { no, ok, type Result } from '../../tenancy/result.ts';

/** What every command takes. */
const COMMON = {
  json: { type: 'boolean', default: false },
  platform: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig;

/** Reads a command line with options of its own and those of every command; what is wrong is told as one sentence. */
export function readWords<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  type Read = ReturnType<
    typeof parseArgs<{ args: string[]; allowPositionals: true; options: Options & typeof COMMON }>
  >;
  try {
    return ok(parseArgs({ args: [...args], allowPositionals: true, options: { ...options, ...COMMON } }) as Read);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. ')[0] : String(error);
    return no(why ?? '') as Result<Read, string>;
  }
}
