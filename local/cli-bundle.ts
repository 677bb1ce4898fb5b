import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The oldest Node.js that developers have. */
const ENGINE = '20.3.0';

/**
 * Makes the command for developers as it is published: a package of one file, and beside it a link to that file, so that
 * it can be called where it stands. A script and no module: of Node's own parts each is then loaded when it is first used.
 * @returns the path of the link
 */
export async function bundleCli(repository: string, folder: string): Promise<string> {
  const manifest = readFileSync(join(repository, 'package.json'), 'utf8');
  const { version, license } = JSON.parse(manifest) as { version: string; license: string };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'agent-runner.cjs');
  await build({
    absWorkingDir: repository,
    entryPoints: ['cli/main.ts'],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: `node${ENGINE}`,
    // One of the packages is in CommonJS such that its parts are not found.
    mainFields: ['module', 'main'],
    banner: { js: '#!/usr/bin/env node' },
    define: { AGENT_RUNNER_VERSION: JSON.stringify(version) },
    legalComments: 'eof',
    logLevel: 'warning',
  });
  chmodSync(file, 0o755);
  const published = {
    name: 'agent-runner',
    version,
    description: "Claude Code through your company's gateway: sign-in and settings",
    license,
    engines: { node: `>=${ENGINE}` },
    bin: { 'agent-runner': 'agent-runner.cjs' },
    files: ['agent-runner.cjs'],
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  const link = join(folder, 'agent-runner');
  rmSync(link, { force: true });
  symlinkSync('agent-runner.cjs', link);
  return link;
}
