import { spawnSync } from 'node:child_process';

const USAGE = `usage: npm run fuzz -- [TEXT...]

  Runs every *-fuzz.test.ts whose path contains one of the texts, with 1,000,000 inputs for each property (FUZZ_RUNS)
  from a seed that is the day's date (FUZZ_SEED).`;

const texts = process.argv.slice(2);
if (texts.some((one) => one.startsWith('-'))) {
  console.error(USAGE);
  process.exit(2);
}
const seed = process.env['FUZZ_SEED'] ?? new Date().toISOString().slice(0, 10).replaceAll('-', '');
const runs = process.env['FUZZ_RUNS'] ?? '1000000';
console.error(`fuzz: ${runs} inputs for each property, seed ${seed}`);
const filters = texts.length > 0 ? texts : ['-fuzz.test.ts'];
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--maxWorkers=2', ...filters],
  { stdio: 'inherit', env: { ...process.env, FUZZ_RUNS: runs, FUZZ_SEED: seed } },
);
process.exit(status ?? 1);
