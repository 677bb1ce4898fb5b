import { resolve } from 'node:path';
import { bundleCli } from './cli-bundle.ts';

/** `npm run build:cli`: makes the package of the command for developers. */
const repository = resolve(import.meta.dirname, '..');
const [folder = 'dist/cli'] = process.argv.slice(2);
const made = await bundleCli(repository, resolve(repository, folder));
console.log(`${made}\n\nTry it there, or: npm install --global ${resolve(made, '..')}`);
