import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

const require = createRequire(import.meta.url);

/**
 * Loads Node's own modules when something of them is first used, and not by `import`, which asks each for all that it
 * exports: `node:http` then loads `fetch` and WebSocket, and `node:fs` its promises and readline (decision 010).
 */
export const nodeOnDemand: Plugin = {
  name: 'node-on-demand',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'node' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'node' }, ({ path }) => {
      // No function speaks it: each client is handed a handler for HTTP/1.1, and the SDK's other one only looks at these.
      if (path === 'http2') return { contents: 'module.exports={constants:{}}' };
      const getters = Object.keys(require(`node:${path}`) as object)
        .sort()
        .map((name) => `get ${JSON.stringify(name)}(){return own().${name}}`);
      const own = `process.getBuiltinModule(${JSON.stringify(`node:${path}`)})`;
      return { contents: `const own=()=>${own};module.exports={${getters.join()}}` };
    });
  },
};

/**
 * A function has its credentials from its environment and nowhere else: of the SDK's many ways to find some, which come
 * with clients of their own, this is the one that is bundled.
 */
export const lambdaCredentials: Plugin = {
  name: 'lambda-credentials',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'lambda-credentials',
      namespace: 'lambda-credentials',
      pluginData: resolveDir,
    }));
    onLoad({ filter: /./, namespace: 'lambda-credentials' }, ({ pluginData: resolveDir }) => ({
      contents: `export{fromEnv as defaultProvider}from'@aws-sdk/credential-provider-env'`,
      resolveDir: String(resolveDir),
    }));
  },
};

/** Leaves out what is not used of dynamodb-toolbox, whose package does not say that loading its modules does nothing. */
export const unusedToolbox: Plugin = {
  name: 'unused-toolbox',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^dynamodb-toolbox$/ }, async ({ path, pluginData, ...from }) =>
      pluginData === 'resolving'
        ? undefined
        : { ...(await resolve(path, { ...from, pluginData: 'resolving' })), sideEffects: false },
    );
    // Told by their ending: asking for each relative import of every package takes longer than all the rest.
    onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, importer }) =>
      /[\\/]dynamodb-toolbox[\\/]/.test(importer)
        ? { path: join(dirname(importer), path), sideEffects: false }
        : undefined,
    );
  },
};
