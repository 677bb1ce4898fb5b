import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { lambdaCredentials, nodeOnDemand, unusedToolbox } from './bundle-plugins.ts';

/** What every function is told that reads tables. */
const TABLES_AND_KEYS = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  DIRECTORY_TABLE: 'directory',
  LEDGER_TABLE: 'ledger',
} as const;

/**
 * The functions that are deployed, by name, with their entry files. `beside`: files that it reads from its own folder.
 * `settings`: with these the function can be loaded, which V8's code cache is made by; one that is small, or is mostly
 * Node's own modules, has none.
 */
const FUNCTIONS = {
  billing: {
    entry: 'billing/handler.ts',
    settings: {
      ...TABLES_AND_KEYS,
      REGIONS: 'eu-central-1',
      LAKE_BUCKET: 'none',
      ATHENA_DATABASE: 'none',
      ATHENA_WORKGROUP: 'none',
      STRIPE_API_KEY: 'none',
    },
  },
  'billing-commands': {
    entry: 'billing/commands/handler.ts',
    settings: { ...TABLES_AND_KEYS, STRIPE_API_KEY: 'none' },
  },
  'billing-webhook': {
    entry: 'billing/webhook/handler.ts',
    settings: { ...TABLES_AND_KEYS, STRIPE_API_KEY: 'none', STRIPE_WEBHOOK_SECRET: 'none' },
  },
  'edge-origin': { entry: 'edge/origin/handler.ts' },
  'edge-region': {
    entry: 'edge/region/handler.ts',
    settings: {
      ...TABLES_AND_KEYS,
      BEDROCK_ROLE_ARN: 'arn:aws:iam::222222222222:role/none',
      BEDROCK_EXTERNAL_ID: 'none',
      CONSOLE_ORIGIN: 'https://app.example.test',
    },
  },
  'edge-sweeper': {
    entry: 'edge/sweeper/handler.ts',
    settings: TABLES_AND_KEYS,
  },
  'edge-gate-reset': {
    entry: 'edge/gate-reset/handler.ts',
    settings: TABLES_AND_KEYS,
  },
  'edge-rollup': {
    entry: 'edge/rollup/handler.ts',
    settings: TABLES_AND_KEYS,
  },
  'edge-sync': {
    entry: 'edge/sync/handler.ts',
    settings: {
      AWS_REGION: 'eu-central-1',
      KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::111111111111:key-value-store/none',
    },
  },
  'graphql-api': { entry: 'graphql/api/handler.ts', beside: ['schema.graphql'] },
  'graphql-audit-chain': {
    entry: 'graphql/audit-chain/handler.ts',
    settings: TABLES_AND_KEYS,
  },
  'graphql-exports': {
    entry: 'graphql/exports/handler.ts',
    settings: { ...TABLES_AND_KEYS, EXPORT_BUCKET: 'none', ARCHIVE_SECRET_ID: 'none' },
  },
  'graphql-notifications': {
    entry: 'graphql/notifications/handler.ts',
    settings: {
      ...TABLES_AND_KEYS,
      OPERATIONS_EMAIL: 'none@example.test',
      SENDER_EMAIL: 'none@example.test',
    },
  },
  'graphql-operations': {
    entry: 'graphql/operations/handler.ts',
    settings: {
      ...TABLES_AND_KEYS,
      USER_POOL_ID: 'none',
      MACHINE_SCOPE: 'none',
      EXPORT_BUCKET: 'none',
      EDGE_SECRET_ID: 'none',
      PROXY_ORIGIN: 'https://example.test',
    },
  },
  'graphql-pre-token': {
    entry: 'graphql/pre-token/handler.ts',
    settings: TABLES_AND_KEYS,
  },
  'graphql-post-confirmation': {
    entry: 'graphql/post-confirmation/handler.ts',
    settings: TABLES_AND_KEYS,
  },
} as const satisfies Record<
  string,
  { entry: string; settings?: Readonly<Record<string, string>>; beside?: readonly string[] }
>;
export type FunctionName = keyof typeof FUNCTIONS;

/**
 * Bundles every function as it is deployed, one folder each, with `index.mjs` to start it. Settings are never part of
 * it. The code is byte for byte the same wherever it is built; V8's cache of it is this Node.js version's own.
 * @returns the folder of each bundle
 * @throws what a function throws that cannot be loaded with the settings above
 */
export async function bundleFunctions(repository: string, folder: string): Promise<Record<FunctionName, string>> {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  const folders = names.map((name) => [name, join(folder, name)] as const);
  await Promise.all(
    folders.map(async ([name, out]) => {
      const fn = FUNCTIONS[name];
      mkdirSync(out, { recursive: true });
      if ('beside' in fn) for (const file of fn.beside) copyFileSync(join(repository, file), join(out, basename(file)));
      await ('settings' in fn
        ? bundleWithCache(repository, fn.entry, out, fn.settings)
        : build({ ...options(repository, fn.entry), format: 'esm', outfile: join(out, 'index.mjs') }));
    }),
  );
  return Object.fromEntries(folders) as Record<FunctionName, string>;
}

/** As a script, which alone can be given a cache from a file, and what starts it (decision 010). */
async function bundleWithCache(
  repository: string,
  entry: string,
  out: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await build({
    ...options(repository, entry),
    format: 'cjs',
    outfile: join(out, 'main.js'),
    define: { 'import.meta.url': 'here' },
    banner: { js: '(function(module,exports,here){' },
    footer: { js: '})' },
  });
  await build({
    ...options(repository, 'local/cached-entry.ts'),
    format: 'esm',
    outfile: join(out, 'index.mjs'),
  });
  const args = [join(import.meta.dirname, 'make-code-cache.ts'), out];
  await promisify(execFile)(process.execPath, args, { env: settings });
}

function options(absWorkingDir: string, entry: string): BuildOptions {
  return {
    absWorkingDir,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    // The packages' ES modules, of which only what is used is kept; their CommonJS twins come whole.
    mainFields: ['module', 'main'],
    // Its commands alone, without the client that comes with them (decision 011).
    alias: { '@aws-sdk/lib-dynamodb': join(absWorkingDir, 'tenancy/table/document-commands.ts') },
    plugins: [nodeOnDemand, lambdaCredentials, unusedToolbox],
    legalComments: 'none',
    logLevel: 'warning',
  };
}
