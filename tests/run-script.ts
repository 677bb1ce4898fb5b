import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { connect } from '../graphql/scripts/connect.ts';
import type { PlatformJson } from './start-platform.ts';

export const REPOSITORY = resolve(import.meta.dirname, '..');

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** Where a running platform's `platform.json` is. */
export function platformFile({ lake }: PlatformJson): string {
  return join(dirname(lake), 'platform.json');
}

/** What somebody sets who does not run a script beside the platform. @param url of the API */
export function settingsOf({ issuer, machineClients }: PlatformJson, url: string): NodeJS.ProcessEnv {
  return {
    AGENT_RUNNER_URL: url,
    AGENT_RUNNER_TOKEN_URL: issuer.tokenUrl,
    AGENT_RUNNER_CLIENT_ID: machineClients.automation.clientId,
    AGENT_RUNNER_CLIENT_SECRET: machineClients.automation.secret,
    NODE_EXTRA_CA_CERTS: issuer.ca,
  };
}

/** Runs a script as a process of its own. @param onStart told how to kill it as `kill -9` does */
export function runScript(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  onStart: (kill: () => void) => void = () => {},
): Promise<Ended> {
  return runToEnd(process.execPath, ['graphql/scripts/main.ts', ...words], env, onStart);
}

/** Runs a program in the repository's folder to its end. */
export function runToEnd(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onStart: (kill: () => void) => void = () => {},
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: REPOSITORY,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text.out += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text.err += part;
  });
  onStart(() => void child.kill('SIGKILL'));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code, ...text }));
  });
}

/** The scripts' own library, signed in as they are. */
export function connectTo(platform: PlatformJson) {
  return connect({ env: {}, now: Date.now, platform: platformFile(platform) });
}
