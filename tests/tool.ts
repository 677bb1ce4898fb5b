import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * A program that tests and benchmarks run against, fetched once into `.local/tools` at an exact version. Too large, or too
 * foreign, for everybody's `node_modules`.
 * @returns the folder's `node_modules`
 */
export function fetchTool(packageName: string, version: string): string {
  const folder = resolve(import.meta.dirname, '..', '.local', 'tools', `${packageName.replace('/', '+')}@${version}`);
  const modules = join(folder, 'node_modules');
  if (!existsSync(join(modules, packageName, 'package.json'))) {
    console.error(`fetching ${packageName}@${version} (once) ...`);
    const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...args, `${packageName}@${version}`], { stdio: 'inherit' });
  }
  return modules;
}
