import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

type SignIn = { readonly username: string; readonly password: string };

/** `$LOCAL_DATA/platform.json`, as the README promises it to scripts. */
export type PlatformJson = {
  readonly pid: number;
  readonly proxy: { readonly url: string; readonly port: number };
  readonly tenants: Readonly<
    Record<
      'acme' | 'globex' | 'initech',
      {
        readonly baseUrl: string;
        readonly loopbackUrl: string;
        readonly host: string;
        readonly apiKey: string;
        /** The developer's. */
        readonly accessToken: string;
        readonly developer: SignIn;
        readonly admin: SignIn;
      }
    >
  >;
  /** The platform's administrator; `otherStaff` may do less. */
  readonly staff: SignIn;
  readonly otherStaff: Readonly<Record<'support' | 'billing', SignIn>>;
  /** Programs, by client credentials: two may read all there is, `automation` may do everything that a program may. */
  readonly machineClients: Readonly<
    Record<'platform' | 'acme' | 'automation', { readonly clientId: string; readonly secret: string }>
  >;
  /** The app client that people sign in through. */
  readonly clientId: string;
  /** The command for developers. */
  readonly cli: string;
  readonly graphql: { readonly url: string; readonly loopbackUrl: string; readonly pid: number };
  readonly issuer: Readonly<Record<'url' | 'jwksUri' | 'tokenUrl' | 'apiUrl' | 'ca', string>>;
  /** The identity provider of initech. */
  readonly okta: Readonly<
    Record<'issuer' | 'ca' | 'clientId' | 'redirectUri' | 'keyRotateUrl' | 'apiToken', string>
  > & {
    readonly users: Readonly<
      Record<'member' | 'outsider', { readonly login: string; readonly password: string; readonly uid: string }>
    >;
  };
  readonly regions: Readonly<
    Record<'eu-central-1' | 'eu-central-2' | 'us-east-1', { readonly url: string; readonly pid: number }>
  >;
  readonly standIns: Readonly<Record<'bedrock' | 'sts', { readonly url: string; readonly log: string }>> & {
    /** Absent where the account is a real one. */
    readonly stripe?: { readonly url: string; readonly apiKey: string };
  };
  readonly billing: {
    readonly webhookUrl: string;
    readonly lake: { readonly bucket: string; readonly database: string; readonly workGroup: string };
  };
  readonly dynamodb: { readonly endpoint: string; readonly directory: string; readonly ledger: string };
  /** The lake's folder, which is also the bucket `lakeBucket` of `s3`; `athena` queries it. */
  readonly lake: string;
  readonly lakeBucket: string;
  readonly s3: { readonly url: string };
  readonly athena: { readonly url: string; readonly workGroup: string };
  readonly logs: string;
};

export type RunningPlatform = {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly json: PlatformJson;
  /** All that it printed so far. */
  output(): string;
  stop(): Promise<number | null>;
};

const REPOSITORY = resolve(import.meta.dirname, '..');

/** Runs the platform's main file to its end: for starts that are meant to fail. */
export async function runToExit(
  env: NodeJS.ProcessEnv,
  args: string[] = [],
): Promise<{ code: number | null; output: string }> {
  const { child, output } = launch(env, args);
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  return { code, output: output() };
}

/**
 * Starts the platform as `npm start` does, on a free port, and waits until it says that it is ready. Without a
 * `LOCAL_DATA` it has a folder of its own, and tables in memory: what a slow disk does to them is not what is looked at.
 */
export async function startPlatform(env: NodeJS.ProcessEnv = {}, args: string[] = []): Promise<RunningPlatform> {
  const folder = env['LOCAL_DATA'] ?? mkdtempSync(join(tmpdir(), 'agent-runner-'));
  const own = env['LOCAL_DATA'] ? {} : { LOCAL_TABLES: 'memory' };
  const { child, output } = launch({ PORT: '0', ...own, ...env, LOCAL_DATA: folder }, args);
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const ready = await Promise.race([exited.then(() => false), whenReady(child)]);
  if (!ready) throw new Error(`the platform did not start:\n${output()}`);
  return {
    child,
    folder,
    json: JSON.parse(readFileSync(join(folder, 'platform.json'), 'utf8')) as PlatformJson,
    output,
    stop: async () => {
      child.kill('SIGINT');
      const code = await exited;
      if (!env['LOCAL_DATA']) rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

function launch(env: NodeJS.ProcessEnv, args: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['local/main.ts', ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  return { child, output: () => text };
}

function whenReady(child: ChildProcess): Promise<true> {
  return new Promise((done) => {
    child.on('message', (message) => {
      if (message === 'ready') done(true);
    });
  });
}
