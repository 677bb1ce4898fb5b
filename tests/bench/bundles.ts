import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunctions, type FunctionName } from '../../local/bundles.ts';
import type { QuietMoments } from './machine.ts';
import { median } from './rounds.ts';

export type BundleLoad = {
  readonly name: string;
  readonly bytes: number;
  readonly cpuMs: number;
  /** The most that it may be. */
  readonly aimMs?: number;
};

const MEASURED: readonly { readonly name: FunctionName; readonly aimMs?: number }[] = [
  { name: 'edge-origin', aimMs: 15 },
  { name: 'edge-region', aimMs: 60 },
  { name: 'edge-sync' },
  { name: 'edge-sweeper' },
  { name: 'edge-rollup' },
  { name: 'graphql-pre-token' },
  { name: 'graphql-post-confirmation' },
];
/** What every function that calls anything loads: the floor under each figure. */
const NODES_OWN = `const own = process.getBuiltinModule;
export const used = [own('node:https').request, own('node:crypto').createHmac];`;

/** What the functions are told when they are deployed; nothing of it is called while they load. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDBENCH',
  AWS_SECRET_ACCESS_KEY: 'bench',
  DIRECTORY_TABLE: 'directory',
  LEDGER_TABLE: 'ledger',
  BEDROCK_ROLE_ARN: 'arn:aws:iam::222222222222:role/agent-runner-bedrock',
  BEDROCK_EXTERNAL_ID: 'bench',
  CONSOLE_ORIGIN: 'https://app.example.test',
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
  // It asks for its secrets as soon as it is loaded: without TLS, whose certificates are the first call's cost.
  secretsManagerEndpoint: 'http://127.0.0.1:1',
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
export async function measureBundles(
  folders: Readonly<Record<FunctionName, string>>,
  times: number,
  quiet: QuietMoments,
): Promise<BundleLoad[]> {
  const empty = mkdtempSync(join(tmpdir(), 'bench-empty-'));
  writeFileSync(join(empty, 'index.mjs'), 'export {};\n');
  const node = join(empty, 'node');
  mkdirSync(node);
  writeFileSync(join(node, 'index.mjs'), NODES_OWN);
  const loads = [empty, node, ...MEASURED.map(({ name }) => folders[name])].map((folder) => ({
    folder,
    cpu: [] as number[],
  }));
  for (let turn = 0; turn < times; turn++)
    for (const { folder, cpu } of loads) cpu.push(await quiet.measure(async () => loadOnce(folder)));
  rmSync(empty, { recursive: true });
  const [nothing = Number.NaN, floor = Number.NaN, ...rest] = loads.map(({ cpu }) => median(cpu));
  return [
    { name: 'Node’s own https and crypto', bytes: 0, cpuMs: floor - nothing },
    ...MEASURED.map(({ name, aimMs }, index) => ({
      name,
      bytes: codeOf(folders[name]),
      cpuMs: (rest[index] ?? Number.NaN) - nothing,
      ...(aimMs === undefined ? {} : { aimMs }),
    })),
  ];
}

/** Bytes of code, without V8's cache of it. */
function codeOf(folder: string): number {
  const code = readdirSync(folder).filter((file) => /\.m?js$/.test(file));
  return code.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
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
