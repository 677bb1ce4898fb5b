import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchTool } from '../tool.ts';

const VERSION = '2.1.330';

/** The CLI's native program: it needs no Node.js and no install script. */
function claudeProgram(): string {
  const name = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
  return join(fetchTool(name, VERSION), name, 'claude');
}

export type ClaudeRun = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its home, empty when it began. */
  readonly home: string;
};

/** How Claude Code is told where to go; further variables win over these. */
export type Gateway = {
  readonly baseUrl: string;
  readonly token: string;
  readonly mode?: 'anthropic' | 'bedrock';
  readonly env?: Readonly<Record<string, string>>;
};

function modeVariables({ baseUrl, mode }: Gateway): Record<string, string> {
  if (mode !== 'bedrock') return { ANTHROPIC_BASE_URL: baseUrl };
  return {
    CLAUDE_CODE_USE_BEDROCK: '1',
    CLAUDE_CODE_SKIP_BEDROCK_AUTH: '1',
    ANTHROPIC_BEDROCK_BASE_URL: baseUrl,
    AWS_REGION: 'eu-central-1',
  };
}

/**
 * Runs the real Claude Code once, headless, in an empty home and an empty folder, against a gateway.
 * @param onLine called with each line of its standard output as it comes
 */
export async function runClaude(
  gateway: Gateway,
  args: readonly string[],
  onLine: (line: string) => void = () => {},
): Promise<ClaudeRun> {
  const home = mkdtempSync(join(tmpdir(), 'claude-home-'));
  const env = { ANTHROPIC_AUTH_TOKEN: gateway.token, ...modeVariables(gateway), ...gateway.env };
  const { child, done } = startClaude(home, args, env, onLine);
  child.stdin?.end();
  return done;
}

/** Starts the real Claude Code in a home that may hold settings, with these variables and none of ours. */
export function startClaude(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void = () => {},
): { readonly child: ChildProcess; readonly done: Promise<ClaudeRun> } {
  const child = spawn(claudeProgram(), args, {
    cwd: home,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: home,
      IS_SANDBOX: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr, rest] = ['', '', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const done = new Promise<ClaudeRun>((ended) => {
    child.once('close', (code) => ended({ code, stdout, stderr, home }));
  });
  return { child, done };
}
