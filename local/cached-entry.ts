/**
 * What Lambda loads of a function that has V8's code cache beside it: the function's script, compiled from the cache if
 * it is this Node.js version's and V8 takes it, and from its source if not. No `import`, which would load more of Node
 * than the cache saves.
 */
const { readFileSync } = process.getBuiltinModule('node:fs');
const { Script } = process.getBuiltinModule('node:vm');

const main = new URL('main.js', import.meta.url);
const source = readFileSync(main, 'utf8');
const cachedData = readCache(new URL(`main.${process.version}-${process.arch}.cache`, import.meta.url));
const script = new Script(source, { filename: main.pathname, ...(cachedData ? { cachedData } : {}) });
const module = { exports: {} as { readonly handler?: unknown } };
script.runInThisContext()(module, module.exports, import.meta.url);

export const { handler } = module.exports;
/** For tests: whether V8 took the cache. */
export const cached = cachedData !== undefined && script.cachedDataRejected === false;

function readCache(file: URL): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
