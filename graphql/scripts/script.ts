import type { ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { readWords } from '../commands/words.ts';
import type { Client } from './client.ts';
import type { Report } from './report.ts';

/** What a script is run with. */
export type Tools = {
  readonly client: Client;
  readonly report: Report;
  /** Reads only, and says of everything what it would do. */
  readonly dryRun: boolean;
  readonly json: boolean;
  /** ms since the epoch */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
};

/** Does the work. Rejects when nothing more can be done; what failed for one subject alone it reports. */
export type Run = (tools: Tools) => Promise<void>;

/** A command line that was understood. */
export type Order = {
  readonly run: Run;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly platform?: string;
};

export type Script = {
  readonly name: string;
  /** One line, for the list of all scripts. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** What is wrong with a command line is said before anything is sent. */
  readonly read: (args: readonly string[]) => Result<Order | 'help', string>;
};

const COMMON = {
  'dry-run': { type: 'boolean', default: false },
} as const satisfies ParseArgsOptionsConfig;

const COMMON_HELP = `
  --dry-run         change nothing, and say exactly what would be done
  --json            one JSON object on stdout, for programs
  --platform FILE   platform.json of a local platform (without settings: the one that runs here)
  --help            this text

  Settings: AGENT_RUNNER_URL, AGENT_RUNNER_TOKEN_URL, AGENT_RUNNER_CLIENT_ID, AGENT_RUNNER_CLIENT_SECRET.
  Exit code 0: all is as it is to be, also when nothing was left to do; 1: something failed, run it again; 2: wrong usage,
  nothing was sent.`;

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: Options & typeof COMMON }>
>;

export type Definition<Options extends ParseArgsOptionsConfig> = {
  readonly name: string;
  readonly summary: string;
  /** The words after the name: `--model MODEL (--tenant SLUG ... | --all)`. */
  readonly words: string;
  /** The script's own options and what it does, as lines. */
  readonly about: string;
  /** Command lines, from the name on. */
  readonly examples: readonly string[];
  readonly options: Options;
  readonly read: (words: Values<Options>) => Result<Run, string>;
};

/** Makes a script of what is its own. */
export function defineScript<const Options extends ParseArgsOptionsConfig>(definition: Definition<Options>): Script {
  const { name, summary, words, about, examples, options } = definition;
  const lines = examples.map((line) => `  npm run script -- ${line}`).join('\n');
  return {
    name,
    summary,
    help: `usage: npm run script -- ${name} ${words}\n\n  ${summary}\n\n${about}\n${COMMON_HELP}\n\nexamples:\n${lines}`,
    read(args) {
      const read = readWords(args, { ...options, ...COMMON });
      if (!read.ok) return read;
      const { values } = read.value as unknown as {
        values: { json: boolean; help?: boolean; platform?: string; 'dry-run': boolean };
      };
      if (values.help) return ok('help');
      const run = definition.read(read.value as unknown as Values<Options>);
      if (!run.ok) return no(run.reason);
      const platform = values.platform === undefined ? {} : { platform: values.platform };
      return ok({ run: run.value, dryRun: values['dry-run'], json: values.json, ...platform });
    },
  };
}
