import { spawnSync } from 'node:child_process';

/** Every gate of the repository, in the order in which a failure is cheapest to learn. Stops at the first red one. */
const GATES: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['format, imports, lint', 'biome', 'ci', '--error-on-warnings', '.'],
  ['promises and switches', 'oxlint', '--type-aware', '--deny-warnings'],
  ['dead code', 'knip'],
  ['tests', 'npm', 'test'],
];

for (const [name, command, ...args] of GATES) {
  const started = performance.now();
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`verify: ${name} failed after ${seconds} s${error ? ` (${error.message})` : ''}`);
    process.exit(1);
  }
  console.error(`verify: ${name} ok, ${seconds} s`);
}
