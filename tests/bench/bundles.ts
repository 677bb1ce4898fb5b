import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunctions, type FunctionName } from '../../local/bundles.ts';
import { median } from './rounds.ts';

export type BundleLoad = { readonly name: string; readonly bytes: number; readonly cpuMs: number };

const MEASURED: readonly FunctionName[] = ['edge-origin', 'edge-region', 'edge-sync'];

/** What the functions are told when they are deployed; nothing of it is called while they load. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  DIRECTORY_TABLE: 'directory',
  LEDGER_TABLE: 'ledger',
  BEDROCK_ROLE_ARN: 'arn:aws:iam::222222222222:role/agent-runner-bedrock',
  BEDROCK_EXTERNAL_ID: 'bench',
  KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::111111111111:key-value-store/00000000-0000-4000-8000-000000000000',
};
const EDGE_SETTINGS = {
  domain: 'example.com',
  consoleOrigin: 'https://app.example.com',
  controlRegion: 'eu-central-1',
  regions: ['eu-central-1'],
  issuer: { url: 'https://issuer.example.com', jwksUri: 'https://issuer.example.com/jwks', clientIds: ['bench'] },
  secretId: 'bench',
  secretsManagerRegion: 'eu-central-1',
};

/** Loads a module as the first thing in a process, with what Lambda puts there, and tells the CPU time of the process. */
const PROBE = `
globalThis.awslambda = { streamifyResponse: (handler) => handler, HttpResponseStream: { from: (stream) => stream } };
await import(process.argv[1]);
const { user, system } = process.cpuUsage();
console.log((user + system) / 1000);
process.exit();
`;

/**
 * Size and load time of the bundles that are deployed: each in a fresh process, taking turns, medians, less what an empty
 * module takes.
 */
export function measureBundles(folders: Readonly<Record<FunctionName, string>>, times: number): BundleLoad[] {
  const empty = mkdtempSync(join(tmpdir(), 'bench-empty-'));
  writeFileSync(join(empty, 'index.mjs'), 'export {};\n');
  const loads = [empty, ...MEASURED.map((name) => folders[name])].map((folder) => ({ folder, cpu: [] as number[] }));
  for (let turn = 0; turn < times; turn++) for (const { folder, cpu } of loads) cpu.push(loadOnce(folder));
  rmSync(empty, { recursive: true });
  const [nothing, ...rest] = loads.map(({ cpu }) => median(cpu));
  return MEASURED.map((name, index) => ({
    name,
    bytes: statSync(join(folders[name], 'index.mjs')).size,
    cpuMs: (rest[index] ?? Number.NaN) - (nothing ?? Number.NaN),
  }));
}

/** Bundles into a folder of its own. */
export async function bundleForBench(): Promise<{ folders: Record<FunctionName, string>; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-bundles-'));
  const remove = () => rmSync(folder, { recursive: true });
  try {
    const folders = await bundleFunctions(resolve(import.meta.dirname, '../..'), folder);
    writeFileSync(join(folders['edge-origin'], 'settings.json'), JSON.stringify(EDGE_SETTINGS));
    return { folders, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Nothing of our own environment: certificates or options in it (NODE_EXTRA_CA_CERTS) cost more than a bundle does. */
function loadOnce(folder: string): number {
  const module = pathToFileURL(join(folder, 'index.mjs')).href;
  const args = ['--input-type=module', '--eval', PROBE, module];
  return Number(execFileSync(process.execPath, args, { env: ENVIRONMENT, encoding: 'utf8' }));
}
