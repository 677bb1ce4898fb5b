import { join } from 'node:path';

/** What a command is handed of the machine that it runs on, so that it reads no environment and no clock of its own. */
export type Machine = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
  readonly cwd: string;
  /** ms epoch */
  readonly now: () => number;
  /** A person sits at the terminal: can read what is said, and can type. */
  readonly interactive: boolean;
  /** How this very program is started: Node.js and the script. */
  readonly command: readonly [string, string];
  /** One line to the person, on standard error. */
  say(line: string): void;
  /** A result, on standard output. */
  print(line: string): void;
  /** One line that the person types; rejects when the signal aborts. */
  ask(question: string, signal: AbortSignal): Promise<string>;
};

/** The folder of all that is stored: nothing of it roams to other machines, for a refresh token must not be in two places. */
export function storeFolder({ env, platform, home }: Pick<Machine, 'env' | 'platform' | 'home'>): string {
  const own = env['AGENT_RUNNER_HOME'];
  if (own) return own;
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'agent-runner');
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'agent-runner');
}
