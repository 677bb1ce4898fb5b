import { basename, join } from 'node:path';
import { freshSession, whyNobodyCanSignIn } from './access-token.ts';
import { type Change, parse, type Setting, valueAt } from './claude-settings.ts';
import { CliError } from './failure.ts';
import { aboutGateway, signedInLine } from './login.ts';
import { type Machine, storeFolder } from './machine.ts';
import type { Session, Sessions } from './session.ts';
import { openSettingsFile, type SettingsFile } from './settings-file.ts';
import { helperTtlMs } from './token-life.ts';

const PERSON_WAIT_MS = 300_000;

export type ConnectOptions = {
  readonly gateway: string;
  /** For the folder that one stands in, and not for all of the user's. */
  readonly project: boolean;
  readonly dryRun: boolean;
  /** Signs in as well when nobody is. */
  readonly login: boolean;
  readonly browser: boolean;
  readonly ca?: string;
};

/** `connect`: lets Claude Code come through a gateway, with this program as its `apiKeyHelper`. */
export async function connect(options: ConnectOptions, sessions: Sessions, machine: Machine): Promise<void> {
  const { gateway, dryRun, browser } = options;
  const about = await aboutGateway(gateway, sessions, machine, { asked: true, ...options });
  const file = settingsFile(options.project, machine);
  // Refused before anybody has gone through a sign-in.
  const settings = (session?: Session) => settingsFor(gateway, machine, session, about.ca);
  if (dryRun) {
    const { path, changes } = file.plan(gateway, settings(sessions.read(gateway)));
    machine.print(`${path} would become:\n${changes.map(changeLines).join('\n')}`);
  } else {
    file.plan(gateway, settings());
    let session = sessions.read(gateway);
    const missing = options.login ? whyNobodyCanSignIn(browser, machine) : null;
    if (options.login && missing === null) {
      session = await freshSession(about, sessions, machine, { browser, waitMs: PERSON_WAIT_MS });
      machine.say(signedInLine(session));
    } else if (!session?.tokens) {
      sessions.write(about);
      machine.say(
        `Nobody is signed in yet${missing === null ? '' : `, and ${missing}`}: agent-runner login ${gateway}`,
      );
    }
    const plan = file.plan(gateway, settings(session));
    plan.apply();
    machine.say(`Claude Code now goes through ${gateway}: ${plan.path} (undo: agent-runner connect --undo).`);
  }
  for (const line of whatWins(file, options.project, machine)) machine.say(`warning: ${line}`);
}

/** `connect --undo`. */
export function disconnect(project: boolean, machine: Machine): void {
  const { path, file } = { path: settingsPath(project, machine), file: settingsFile(project, machine) };
  switch (file.undo()) {
    case 'restored':
      machine.say(`${path} is as it was before.`);
      break;
    case 'taken_back':
      machine.say(`${path} was changed since: what agent-runner wrote is out of it, and the rest stays.`);
      break;
    case 'nothing':
      throw new CliError({ kind: 'usage', message: `agent-runner has written nothing to ${path}` });
  }
}

/** The settings file that is meant. */
export function settingsPath(project: boolean, { env, home, cwd }: Machine): string {
  return project
    ? join(cwd, '.claude', 'settings.local.json')
    : join(env['CLAUDE_CONFIG_DIR'] || join(home, '.claude'), 'settings.json');
}

function settingsFile(project: boolean, machine: Machine): SettingsFile {
  return openSettingsFile(settingsPath(project, machine), storeFolder(machine), machine.say);
}

function settingsFor(
  gateway: string,
  machine: Machine,
  session: Session | undefined,
  ca: string | undefined,
): Setting[] {
  const life = session?.tokens && session.tokens.expiresAt - session.tokens.obtainedAt;
  const inEnv = (name: string, value: string): Setting => ({ path: ['env', name], value });
  return [
    { path: ['apiKeyHelper'], value: helperCommand(gateway, machine) },
    inEnv('ANTHROPIC_BASE_URL', gateway),
    inEnv('CLAUDE_CODE_API_KEY_HELPER_TTL_MS', String(helperTtlMs(life))),
    ...(ca !== undefined && gateway.startsWith('https:') ? [inEnv('NODE_EXTRA_CA_CERTS', ca)] : []),
  ];
}

/** By whole paths: Claude Code is started from places that do not have the shell's PATH. */
export function helperCommand(gateway: string, { command, platform }: Pick<Machine, 'command' | 'platform'>): string {
  return [...command, 'login', '--print', gateway].map((word) => quoted(word, platform)).join(' ');
}

/** For `sh`; on Windows for `cmd` and Git's `sh` alike, which both take slashes within double quotes. */
function quoted(word: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return /^[\w./:-]+$/.test(word) ? word : `"${word.replaceAll('\\', '/')}"`;
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function changeLines({ path, value, before }: Change): string {
  const name = path.join('.');
  const old = before === undefined ? [] : [`- ${name}: ${JSON.stringify(before)}`];
  return [...old, `+ ${name}: ${JSON.stringify(value)}`].join('\n');
}

const CREDENTIALS = ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_API_KEY'];
const OTHER_MODES = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY'];
const OURS = [['apiKeyHelper'], ['env', 'ANTHROPIC_BASE_URL']];

/** What Claude Code would use in place of, or beside, what was written: each with the way out. */
function whatWins(file: SettingsFile, project: boolean, machine: Machine): string[] {
  const written = parse(file.read() ?? '{}');
  const inFile = (name: string) => valueAt(written, ['env', name]);
  const variables = [...CREDENTIALS, ...OTHER_MODES].flatMap((name) => {
    const what = CREDENTIALS.includes(name)
      ? 'is sent beside your sign-in, which the gateway refuses'
      : 'sends Claude Code elsewhere';
    return [
      ...(machine.env[name] ? [`${name} is set in this shell and ${what}; run: unset ${name}`] : []),
      ...(inFile(name) ? [`env.${name} in the same file ${what}; remove it`] : []),
    ];
  });
  const above = project
    ? []
    : ['settings.json', 'settings.local.json'].map((name) => join(machine.cwd, '.claude', name));
  const projects = above
    .filter((path) => path !== settingsPath(false, machine))
    .flatMap((path) => {
      const settings = readLeniently(path, machine);
      const named = OURS.filter((setting) => valueAt(settings, setting) !== undefined).map((setting) =>
        setting.join('.'),
      );
      return named.length === 0
        ? []
        : [
            `${basename(path)} of this folder says ${named.join(' and ')} as well, and wins here; remove it there, or use --project`,
          ];
    });
  return [...variables, ...projects];
}

/** Another's settings are only looked at: what is wrong with them is not ours to refuse. */
function readLeniently(path: string, machine: Machine): Readonly<Record<string, unknown>> {
  try {
    return parse(openSettingsFile(path, storeFolder(machine), machine.say).read() ?? '{}');
  } catch {
    return {};
  }
}
