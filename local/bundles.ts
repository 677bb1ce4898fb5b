import { join } from 'node:path';
import { build } from 'esbuild';

/** The functions that are deployed, by name, with their entry files. */
const ENTRIES = {
  'edge-origin': 'edge/origin/handler.ts',
  'edge-region': 'edge/region/handler.ts',
  'edge-rollup': 'edge/rollup/handler.ts',
  'edge-sync': 'edge/sync/handler.ts',
  'graphql-pre-token': 'graphql/pre-token/handler.ts',
} as const;
export type FunctionName = keyof typeof ENTRIES;

/**
 * Bundles every function as it is deployed: one `index.mjs` per folder, byte for byte the same wherever it is built.
 * Settings are never part of it.
 * @returns the folder of each bundle
 */
export async function bundleFunctions(repository: string, folder: string): Promise<Record<FunctionName, string>> {
  const names = Object.keys(ENTRIES) as FunctionName[];
  const folders = names.map((name) => [name, join(folder, name)] as const);
  await Promise.all(
    folders.map(([name, out]) =>
      build({
        absWorkingDir: repository,
        entryPoints: [ENTRIES[name]],
        outfile: join(out, 'index.mjs'),
        bundle: true,
        minify: true,
        format: 'esm',
        platform: 'node',
        target: 'node24',
        // The packages' ES modules, of which only what is used is kept; their CommonJS twins come whole.
        mainFields: ['module', 'main'],
        // The SDK's CommonJS parts ask for Node's own modules with `require`, which ESM does not have.
        banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
        legalComments: 'none',
        logLevel: 'warning',
      }),
    ),
  );
  return Object.fromEntries(folders) as Record<FunctionName, string>;
}
