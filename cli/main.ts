import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { CliError } from './failure.ts';
import { type Machine, storeFolder } from './machine.ts';
import { openSessions } from './session.ts';
import { isFresh } from './token-life.ts';

/** Put in when it is bundled. */
declare const AGENT_RUNNER_VERSION: string;

const machine: Machine = {
  env: process.env,
  platform: process.platform,
  home: homedir(),
  cwd: process.cwd(),
  now: Date.now,
  // Looked at only when it matters: to make these two streams costs a helper's run some milliseconds.
  get interactive() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  },
  command: [process.execPath, resolve(process.argv[1] ?? '')],
  say: (line) => void process.stderr.write(`${line}\n`),
  print: (line) => void process.stdout.write(`${line}\n`),
  ask: async (question, signal) => {
    const { createInterface } = await import('node:readline/promises');
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C and Ctrl-D close it, and some versions of Node.js then leave the question open for good.
    const closed = new Promise<never>((_, reject) => {
      terminal.once('close', () => reject(new CliError({ kind: 'stopped' })));
    });
    const answer = terminal.question(question, { signal });
    answer.catch(() => {});
    try {
      return await Promise.race([closed, answer]);
    } finally {
      terminal.close();
    }
  },
};

/**
 * What Claude Code runs every few minutes while its user waits: only what it needs is loaded.
 * @returns false when more than a look at what is stored is to be done
 */
function printStored([command, flag, gateway, ...more]: readonly string[]): boolean {
  if (command !== 'login' || flag !== '--print' || !gateway?.includes('://') || more.length > 0) return false;
  const { tokens } = openSessions(storeFolder(machine), machine.say).read(gateway) ?? {};
  if (!tokens || !isFresh(tokens, machine.now())) return false;
  machine.print(tokens.accessToken);
  return true;
}

async function main(args: readonly string[]): Promise<number> {
  if (printStored(args)) return 0;
  const { run } = await import('./run.ts');
  return run(args, AGENT_RUNNER_VERSION, openSessions(storeFolder(machine), machine.say), machine);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    machine.say(`agent-runner: ${error instanceof CliError ? error.message : error?.stack}`);
    process.exitCode = error instanceof CliError ? error.exitCode : 1;
  },
);
