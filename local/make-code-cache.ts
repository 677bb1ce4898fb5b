/**
 * Loads a function's script and writes V8's code cache of it beside it: after loading, so that it holds what loading
 * compiles. In a process of its own, for the cache depends on how V8 was started.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

const [folder = ''] = process.argv.slice(2);
Reflect.set(globalThis, 'awslambda', { streamifyResponse: (handler: unknown) => handler });
const main = join(folder, 'main.js');
const script = new Script(readFileSync(main, 'utf8'), { filename: main });
const module = { exports: {} };
script.runInThisContext()(module, module.exports, `file://${main}`);
writeFileSync(join(folder, `main.${process.version}-${process.arch}.cache`), script.createCachedData());
