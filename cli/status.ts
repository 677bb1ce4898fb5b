import { freshSession } from './access-token.ts';
import { parse, valueAt } from './claude-settings.ts';
import { helperCommand, settingsPath } from './connect.ts';
import { messageOf, plain } from './failure.ts';
import { openFetch } from './fetch.ts';
import { type Machine, storeFolder } from './machine.ts';
import { type Session, type Sessions, withoutTokens } from './session.ts';
import { openSettingsFile } from './settings-file.ts';

/** How things stand with one gateway, as `status --json` prints it. */
export type Standing = {
  readonly gateway: string;
  readonly signedInAs: string | null;
  /** ISO 8601; null when nobody is signed in. */
  readonly accessTokenUntil: string | null;
  readonly staysSignedIn: boolean;
  /** Which of Claude Code's settings files lead here. */
  readonly claudeCode: readonly ('user' | 'project')[];
  readonly answers: boolean;
  /** What the gateway says of spending and budget, or why it does not. */
  readonly says: string;
};

/** `status`: one standing for each gateway; asks each once. A token is refreshed as for Claude Code; nobody is asked to sign in. */
export async function status(gateways: readonly string[], sessions: Sessions, machine: Machine): Promise<Standing[]> {
  const found = gateways.map((gateway) => sessions.read(gateway)).filter((session) => session !== undefined);
  return Promise.all(found.map((session) => standing(session, sessions, machine)));
}

async function standing(stored: Session, sessions: Sessions, machine: Machine): Promise<Standing> {
  const { gateway } = stored;
  const alone = { ...machine, interactive: false };
  const { session, failed } = await freshSession(withoutTokens(stored), sessions, alone, {
    browser: false,
    waitMs: 0,
  }).then(
    (fresh) => ({ session: fresh, failed: undefined }),
    (error: unknown) => ({ session: stored, failed: plain(messageOf(error)) }),
  );
  const { tokens, signedInAs } = session;
  return {
    gateway,
    signedInAs: tokens ? (signedInAs ?? null) : null,
    accessTokenUntil: tokens ? new Date(tokens.expiresAt).toISOString() : null,
    staysSignedIn: tokens?.refreshToken !== undefined,
    claudeCode: (['user', 'project'] as const).filter((scope) => leadsHere(scope, gateway, machine)),
    ...(failed === undefined ? await askGateway(session, machine) : { answers: false, says: failed }),
  };
}

async function askGateway(session: Session, machine: Machine): Promise<Pick<Standing, 'answers' | 'says'>> {
  const { gateway, tokens, ca } = session;
  const headers = { authorization: `Bearer ${tokens?.accessToken}` };
  try {
    const response = await openFetch(machine, ca)(`${gateway}/v1/usage/self`, { headers });
    const body = (await response.json()) as { status_line?: unknown; error?: { message?: unknown } };
    const line = response.ok ? body.status_line : body.error?.message;
    return { answers: response.ok, says: typeof line === 'string' ? plain(line) : `status ${response.status}` };
  } catch (error) {
    return { answers: false, says: plain(messageOf(error)) };
  }
}

function leadsHere(scope: 'user' | 'project', gateway: string, machine: Machine): boolean {
  const path = settingsPath(scope === 'project', machine);
  try {
    const settings = parse(openSettingsFile(path, storeFolder(machine), machine.say).read() ?? '{}');
    const helper = valueAt(settings, ['apiKeyHelper']);
    return valueAt(settings, ['env', 'ANTHROPIC_BASE_URL']) === gateway && helper === helperCommand(gateway, machine);
  } catch {
    return false;
  }
}

/** For people. */
export function standingText({
  gateway,
  signedInAs,
  accessTokenUntil,
  staysSignedIn,
  claudeCode,
  says,
}: Standing): string {
  const who = accessTokenUntil === null ? 'nobody' : (signedInAs ?? 'somebody');
  const rows = [
    ['signed in', who],
    ...(accessTokenUntil === null
      ? []
      : [['access token', `until ${accessTokenUntil}${staysSignedIn ? ', then refreshed' : ''}`]]),
    ['Claude Code', claudeCode.length === 0 ? 'not connected' : `connected (${claudeCode.join(' and ')} settings)`],
    ['gateway', says],
  ];
  return [gateway, ...rows.map(([name = '', value]) => `  ${name.padEnd(13)}${value}`)].join('\n');
}
