import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CloudFrontRequest, CloudFrontResultResponse } from 'aws-lambda';
import { type BuildResult, build } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { apiKey, bearer, originRequest, secretDocument, settings } from './fixture.ts';

type Handler = (event: unknown) => Promise<CloudFrontRequest | CloudFrontResultResponse>;

let folder: string;
let built: BuildResult<{ metafile: true }>;
let secretsManager: Server;
let asked = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edge-origin-'));
  built = await build({
    entryPoints: ['edge/origin/handler.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    metafile: true,
    outfile: join(folder, 'index.mjs'),
  });
  secretsManager = createServer((_, response) => {
    asked++;
    response.end(JSON.stringify({ SecretString: JSON.stringify(secretDocument) }));
  });
  await new Promise<void>((resolve) => secretsManager.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  secretsManager.close();
  rmSync(folder, { recursive: true });
});

/** Starts the bundle as Lambda does: with the settings beside it. A new query makes it a new environment. */
function start(file: unknown, name: string): Promise<{ handler: Handler }> {
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(file));
  return import(/* @vite-ignore */ `${pathToFileURL(join(folder, 'index.mjs'))}?${name}`);
}

const event = (request: CloudFrontRequest) => ({ Records: [{ cf: { config: {}, request } }] });
const endpoint = () => `http://127.0.0.1:${(secretsManager.address() as AddressInfo).port}`;

test('the bundle brings all that it needs but Node’s own modules, and stays small', () => {
  const [output] = Object.values(built.metafile.outputs);
  // No node:http, but what node:https brings along: an import of it loads WebSocket and the whole of `fetch`, which doubles the load time.
  expect(
    output?.imports
      .map(({ path }) => path.replace('node:', ''))
      .filter((path) => !/^(crypto|dns\/promises|fs|https|net|stream)$/.test(path)),
  ).toEqual([]);
  expect(output?.bytes).toBeLessThan(64_000);
  // The SDK would add 300 kB and 35 ms of load to every cold start at the edge.
  expect(
    Object.keys(built.metafile.inputs).filter((path) => path.includes('@aws-sdk') || path.includes('@smithy')),
  ).toEqual([]);
});

test('it lets through and refuses real CloudFront events, with the settings that lie beside it', async () => {
  const { handler } = await start({ ...settings, secretsManagerEndpoint: endpoint() }, 'good');
  expect(handler.length).toBeLessThanOrEqual(2);
  const lines = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const passed = await handler(event(originRequest({ headers: bearer(apiKey()) })));
  const refused = await handler(event(originRequest({ headers: bearer(apiKey('globex')) })));
  const said = lines.mock.calls.map(([line]) => String(line));
  lines.mockRestore();
  expect(passed).toMatchObject({ uri: '/origin', headers: { 'x-ar-passport': [{}] } });
  expect(refused).toMatchObject({ status: '403' });
  expect(asked).toBe(1);
  expect(said.filter((line) => line.includes('refused'))).toEqual([
    expect.stringMatching(/^\{.*"kind":"tenant_mismatch".*\}\n$/),
  ]);
});

test('with wrong settings it does not start', async () => {
  await expect(start({ ...settings, regions: [] }, 'wrong')).rejects.toThrow(/settings\.json is wrong: regions/);
});
