import type { ChildProcess } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, stopChild } from '../../local/children.ts';
import { fetchTool } from '../tool.ts';
import type { Call } from './load.ts';
import { startWorker } from './worker.ts';

/** A proxy between the load and the upstream, running. */
export type Target = {
  readonly pid: number;
  readonly call: Call;
  /** How long the store trips take that its last request made before its first byte, made alone so many times. */
  tripsMs?(times: number): Promise<readonly number[]>;
  /** How long the last request's event takes to parse, parsed alone so many times. */
  eventParseMs?(times: number): Promise<readonly number[]>;
  stop(): Promise<void>;
};

/** What can be started here, or why it cannot: a row that is left out says so. */
export type Start = (
  upstream: string,
  nodeOptions: readonly string[],
) => Promise<Target | { readonly missing: string }>;

/** The same model for everybody, by the name that each one takes. */
export const BEDROCK_MODEL = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const HEADERS = { accept: 'application/json', 'anthropic-version': '2023-06-01' };

export const PORTKEY_VERSION = '1.15.2';

/** Its own log handler runs too, and fails on streams: that is its default, so it is left in. */
export const startPortkey: Start = async (upstream, nodeOptions) => {
  const program = join(fetchTool('@portkey-ai/gateway', PORTKEY_VERSION), '@portkey-ai/gateway/build/start-server.js');
  const port = await freePort();
  const args = [
    '--import',
    join(import.meta.dirname, 'loopback.ts'),
    ...nodeOptions,
    program,
    `--port=${port}`,
    '--headless',
  ];
  const child = startChild(process.execPath, args, {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    stdio: 'ignore',
  });
  await listening(child, port, 'Portkey');
  const headers = {
    ...HEADERS,
    'x-portkey-provider': 'bedrock',
    'x-portkey-aws-access-key-id': 'AKIDBENCH',
    'x-portkey-aws-secret-access-key': 'bench',
    'x-portkey-aws-session-token': 'bench',
    'x-portkey-aws-region': 'eu-central-1',
    'x-portkey-custom-host': upstream,
  };
  const call: Call = { port, path: '/v1/messages', headers, model: BEDROCK_MODEL, answers: 'text' };
  return { pid: child.pid ?? 0, call, stop: () => stopChild(child, 2_000) };
};

/** One process that passes bytes through: the least that any proxy can cost. It decodes, signs and checks nothing. */
export function startNginx(path: string, answers: Call['answers']): Start {
  return async (upstream) => {
    if (spawnSync('nginx', ['-v']).error)
      return { missing: 'nginx is not installed (Debian: apt-get install nginx-light)' };
    const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
    const port = await freePort();
    const conf = join(folder, 'nginx.conf');
    writeFileSync(conf, nginxConf(folder, port, new URL(upstream).host));
    const child = startChild('nginx', ['-c', conf, '-p', folder, '-e', join(folder, 'error.log')], { stdio: 'ignore' });
    await listening(child, port, 'nginx');
    return {
      pid: child.pid ?? 0,
      call: { port, path, headers: HEADERS, model: BEDROCK_MODEL, answers },
      stop: async () => {
        await stopChild(child, 2_000);
        rmSync(folder, { recursive: true });
      },
    };
  };
}

function nginxConf(folder: string, port: number, upstream: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  return `
daemon off; master_process off; worker_processes 1; pid ${folder}/pid;
events { worker_connections 1024; }
http {
  access_log off; client_max_body_size 0; ${temporary.join(' ')}
  keepalive_requests 1000000;
  upstream bedrock { server ${upstream}; keepalive 256; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://bedrock; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_request_buffering off;
    }
  }
}
`;
}

export const startSdkIterator: Start = async (upstream, nodeOptions) => {
  const worker = await startWorker<string, number>('sdk-iterator.ts', nodeOptions);
  const port = await worker.ask(upstream);
  const call: Call = { port, path: '/v1/messages', headers: HEADERS, model: BEDROCK_MODEL, answers: 'text' };
  return { pid: worker.pid, call, stop: worker.stop };
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when something answers on the port; rejects when the child has ended instead, or takes half a minute. */
async function listening(child: ChildProcess, port: number, name: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null || child.pid === undefined) throw new Error(`${name} ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const connected = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
    ]);
    socket.destroy();
    if (connected) return;
    await sleep(50);
  }
  throw new Error(`${name} does not listen on port ${port}`);
}
