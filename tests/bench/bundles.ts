import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunctions, type FunctionName } from '../../local/bundles.ts';
import { median } from './rounds.ts';

export type BundleLoad = { readonly name: string; readonly bytes: number; readonly cpuMs: number };

const MEASURED: readonly FunctionName[] = ['edge-origin', 'edge-region', 'edge-sync'];

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
    return { folders: await bundleFunctions(resolve(import.meta.dirname, '../..'), folder), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The environment is empty: certificates or options from outside (NODE_EXTRA_CA_CERTS) cost more than a bundle does. */
function loadOnce(folder: string): number {
  const module = pathToFileURL(join(folder, 'index.mjs')).href;
  const args = ['--input-type=module', '--eval', PROBE, module];
  return Number(execFileSync(process.execPath, args, { env: {}, encoding: 'utf8' }));
}
