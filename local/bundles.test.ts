import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions, type FunctionName } from './bundles.ts';

let folder: string;
let folders: Record<FunctionName, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-runner-bundles-'));
  folders = await bundleFunctions(resolve(import.meta.dirname, '..'), folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIATEST',
  AWS_SECRET_ACCESS_KEY: 'secret',
  DIRECTORY_TABLE: 'directory',
  LEDGER_TABLE: 'ledger',
  BEDROCK_ROLE_ARN: 'arn:aws:iam::222222222222:role/bedrock',
  BEDROCK_EXTERNAL_ID: 'external',
  CONSOLE_ORIGIN: 'https://app.example.test',
  KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::111111111111:key-value-store/00000000-0000-4000-8000-000000000000',
};
const PROBE = `
globalThis.awslambda = { streamifyResponse: (handler) => handler };
const { handler, cached } = await import(process.argv[1]);
console.log(JSON.stringify({ handler: typeof handler, cached, modules: process.moduleLoadList }));
process.exit();
`;

/** Loads a function in a fresh process. */
function load(name: FunctionName): { handler: string; cached?: boolean; modules: string[] } {
  const args = ['--input-type=module', '--eval', PROBE, pathToFileURL(join(folders[name], 'index.mjs')).href];
  return JSON.parse(execFileSync(process.execPath, args, { env: ENVIRONMENT, encoding: 'utf8' }));
}

const cacheOf = (name: FunctionName) =>
  join(folders[name], readdirSync(folders[name]).find((file) => file.endsWith('.cache')) ?? 'none');

describe.each<FunctionName>(['edge-region', 'edge-sync', 'graphql-pre-token', 'graphql-post-confirmation'])(
  '%s',
  (name) => {
    it('loads from V8’s cache, and no more of Node than it uses', () => {
      const { handler, cached, modules } = load(name);
      expect({ handler, cached }).toEqual({ handler: 'function', cached: true });
      expect(modules.filter((one) => /undici|http2|child_process/.test(one))).toEqual([]);
    });

    it('carries no client that it has no use for', () => {
      const code = readFileSync(join(folders[name], 'main.js'), 'utf8');
      for (const unused of ['CreateTable', 'credential_process', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'])
        expect(code.includes(unused), unused).toBe(false);
    });

    it('loads without the cache, and with one that is not its own', () => {
      const cache = cacheOf(name);
      const good = readFileSync(cache);
      for (const bad of [Buffer.alloc(0), Buffer.alloc(200, 1), good.subarray(0, good.length / 2)]) {
        writeFileSync(cache, bad);
        expect(load(name)).toMatchObject({ handler: 'function', cached: false });
      }
      rmSync(cache);
      expect(load(name)).toMatchObject({ handler: 'function', cached: false });
      writeFileSync(cache, good);
    });
  },
);

it('the code is the same wherever it is built', async () => {
  const again = mkdtempSync(join(tmpdir(), 'agent-runner-bundles-again-'));
  const second = await bundleFunctions(resolve(import.meta.dirname, '..'), again);
  for (const [name, built] of Object.entries(folders)) {
    for (const file of readdirSync(built).filter((one) => !one.endsWith('.cache'))) {
      const same = readFileSync(join(built, file)).equals(readFileSync(join(second[name as FunctionName], file)));
      expect(same, `${name}/${file}`).toBe(true);
    }
  }
  rmSync(again, { recursive: true });
}, 60_000);

it('a function without a cache is one module', () => {
  expect(readdirSync(folders['edge-origin'])).toEqual(['index.mjs']);
});
