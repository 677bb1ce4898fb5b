import { resolve } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { CliError } from './failure.ts';
import { chooseGateway, login } from './login.ts';
import type { Machine } from './machine.ts';
import type { Sessions } from './session.ts';
import { COMMANDS, type CommandName, USAGE } from './usage.ts';

const FLAG = { type: 'boolean' } as const;
const TEXT = { type: 'string' } as const;
const OPTIONS = {
  connect: { project: FLAG, 'dry-run': FLAG, undo: FLAG, 'no-login': FLAG, 'no-browser': FLAG, ca: TEXT },
  login: { print: FLAG, force: FLAG, 'no-browser': FLAG, ca: TEXT },
  status: { json: FLAG },
  logout: { all: FLAG },
} as const satisfies Record<CommandName, ParseArgsOptionsConfig>;

/** Carries out one command. @returns its exit code @throws CliError */
export async function run(
  args: readonly string[],
  version: string,
  sessions: Sessions,
  machine: Machine,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') {
    machine.print(version);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    machine.print(USAGE);
    return name === undefined ? 2 : 0;
  }
  if (!Object.hasOwn(OPTIONS, name))
    throw new CliError({ kind: 'usage', message: `${JSON.stringify(name)} is no command` });
  const command = name as CommandName;
  const { values, gateway } = read(command, rest);
  if (values['help']) {
    machine.print(COMMANDS[command]);
    return 0;
  }
  const browser = values['no-browser'] !== true;
  const ca = values['ca'] === undefined ? {} : { ca: resolve(machine.cwd, String(values['ca'])) };
  const choose = () => chooseGateway(gateway, sessions);
  switch (command) {
    case 'login': {
      const asked = { gateway: choose(), browser, force: values['force'] === true, ...ca };
      await login({ ...asked, print: values['print'] === true }, sessions, machine);
      return 0;
    }
    case 'connect': {
      const { connect, disconnect } = await import('./connect.ts');
      const project = values['project'] === true;
      if (values['undo']) disconnect(project, machine);
      else {
        const dryRun = values['dry-run'] === true;
        await connect(
          { gateway: choose(), project, dryRun, login: !values['no-login'], browser, ...ca },
          sessions,
          machine,
        );
      }
      return 0;
    }
    case 'status': {
      const { status, standingText } = await import('./status.ts');
      const standings = await status(gateway === undefined ? sessions.list() : [choose()], sessions, machine);
      if (values['json']) machine.print(JSON.stringify(standings, null, 2));
      else
        machine.print(
          standings.map(standingText).join('\n\n') || 'No gateway is known yet: agent-runner connect <gateway>',
        );
      return standings.every(({ answers }) => answers) ? 0 : 4;
    }
    case 'logout': {
      const { logout } = await import('./logout.ts');
      for (const one of values['all'] ? sessions.list() : [choose()]) await logout(one, sessions, machine);
      return 0;
    }
  }
}

function read(
  command: CommandName,
  args: string[],
): { values: Record<string, string | boolean | undefined>; gateway?: string } {
  try {
    const options: ParseArgsOptionsConfig = { ...OPTIONS[command], help: { ...FLAG, short: 'h' } };
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [gateway, ...more] = positionals;
    if (more.length > 0) throw new Error(`one gateway at a time, and not ${positionals.join(' ')}`);
    return {
      values: values as Record<string, string | boolean | undefined>,
      ...(gateway === undefined ? {} : { gateway }),
    };
  } catch (error) {
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new CliError({ kind: 'usage', message: `agent-runner ${command}: ${message}` });
  }
}
