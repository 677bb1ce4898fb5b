import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** The functions that are deployed, by name, with their entry files. */
const ENTRIES = {
  'edge-origin': 'edge/origin/handler.ts',
  'edge-region': 'edge/region/handler.ts',
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
        alias: { '@aws-sdk/lib-dynamodb': join(repository, 'tenancy/table/document-commands.ts') },
        plugins: [nodeOnDemand],
        legalComments: 'none',
        logLevel: 'warning',
      }),
    ),
  );
  return Object.fromEntries(folders) as Record<FunctionName, string>;
}

/**
 * Loads Node's own modules when something of them is first used, and by their CommonJS door: `import` asks each for all
 * that it exports, and `node:http` then loads `fetch` and WebSocket (decision 010).
 */
const nodeOnDemand: Plugin = {
  name: 'node-on-demand',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'node' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'node' }, ({ path }) => {
      const names = Object.keys(createRequire(import.meta.url)(`node:${path}`) as object).sort();
      const getters = names.map((name) => `get ${JSON.stringify(name)}(){return own().${name}}`);
      return {
        contents: `const own=()=>process.getBuiltinModule(${JSON.stringify(`node:${path}`)});module.exports={${getters}};`,
      };
    });
  },
};
