import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { ask, JSON_BODY, messages } from './ask.ts';
import { type PlatformJson, runToExit, startPlatform } from './start-platform.ts';

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-runner-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What went wrong: the last line, which must be alone and ours. */
function lastLine(output: string): string {
  const lines = output.trim().split('\n');
  expect(output).not.toMatch(/^\s+at /m);
  return lines.at(-1) ?? '';
}

function portsOf(json: PlatformJson): number[] {
  return [...JSON.stringify(json).matchAll(/https?:\/\/[^":/]+:(\d+)/g)].map(([, port]) => Number(port));
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

async function untilSilent(ports: readonly number[]): Promise<number[]> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const listening: number[] = [];
    for (const port of new Set(ports)) if (await listens(port)) listening.push(port);
    if (listening.length === 0 || Date.now() > deadline) return listening;
    await new Promise((later) => setTimeout(later, 100));
  }
}

it('refuses a second instance on the same data in one line', async () => {
  const { pid, logs } = inject('platform');
  const { code, output } = await runToExit({ PORT: '0', LOCAL_DATA: join(logs, '..', '..') });
  expect(code).toBe(1);
  expect(lastLine(output)).toMatch(new RegExp(`^agent-runner: .*already runs.*pid ${pid}.*LOCAL_DATA`));
});

it('refuses a taken port in one line, and leaves nothing behind', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const folder = newFolder();
  const { code, output } = await runToExit({ PORT: String(port), LOCAL_DATA: folder });
  server.close();
  expect(code).toBe(1);
  expect(lastLine(output)).toMatch(new RegExp(`^agent-runner: .*port ${port} is taken.*PORT=`));
  expect(() => readFileSync(join(folder, 'platform.json'))).toThrow();
});

it('refuses data of another version, and what it does not understand, in one line', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'version'), '999');
  const stale = await runToExit({ PORT: '0', LOCAL_DATA: folder });
  expect(stale.code).toBe(1);
  expect(lastLine(stale.output)).toMatch(/^agent-runner: .*another version.*--reset/);
  const unknown = await runToExit({ PORT: '0', LOCAL_DATA: folder }, ['--rest']);
  expect(unknown.code).toBe(1);
  expect(lastLine(unknown.output)).toMatch(/^agent-runner: .*--rest.*--help/);
  const port = await runToExit({ PORT: 'http', LOCAL_DATA: folder });
  expect(lastLine(port.output)).toMatch(/^agent-runner: PORT=http is no port/);
});

it('leaves nothing listening after kill -9, and starts again on the same data', async () => {
  const folder = newFolder();
  const first = await startPlatform({ LOCAL_DATA: folder });
  const ports = portsOf(first.json);
  expect(ports.length).toBeGreaterThan(8);
  first.child.kill('SIGKILL');
  expect(await untilSilent(ports)).toEqual([]);

  const second = await startPlatform({ LOCAL_DATA: folder });
  const { loopbackUrl, apiKey } = second.json.tenants.acme;
  expect(apiKey).toBe(first.json.tenants.acme.apiKey);
  const headers = { ...JSON_BODY, 'x-api-key': apiKey };
  const reply = await ask(`${loopbackUrl}/v1/messages`, { headers, body: messages('again') });
  expect(reply.status, reply.body).toBe(200);

  expect(await second.stop()).toBe(0);
  expect(await untilSilent(portsOf(second.json))).toEqual([]);
  expect(() => readFileSync(join(folder, 'platform.json'))).toThrow();
}, 240_000);
