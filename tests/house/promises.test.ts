import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const REPOSITORY = resolve(import.meta.dirname, '../..');
let folder = '';

// In a room of the repository, or the linter would not find the types that it judges by.
beforeAll(() => {
  folder = mkdtempSync(join(REPOSITORY, 'tests/planted-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The rules that a file breaks. */
function broken(source: string): string[] {
  writeFileSync(join(folder, 'planted.ts'), source);
  const { stdout } = spawnSync(
    join(REPOSITORY, 'node_modules/.bin/oxlint'),
    ['--type-aware', '--format=json', folder],
    {
      cwd: REPOSITORY,
      encoding: 'utf8',
    },
  );
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
  return diagnostics.map(({ code }) => code);
}

test.each([
  [
    'the SDK',
    "import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';\nexport function lose(client: STSClient) {\n  client.send(new GetCallerIdentityCommand({}));\n}\n",
  ],
  [
    'the tables',
    "import { settleRequest } from '../../tenancy/table/requests.ts';\nexport function lose(a: never, b: never, c: never) {\n  settleRequest(a, b, c);\n}\n",
  ],
])(
  'a promise of %s that nobody waits for turns the lint red',
  (_, source) => {
    expect(broken(source)).toEqual(['typescript(no-floating-promises)']);
    expect(broken(source.replace(/\n {2}(?=\w)/, '\n  return '))).toEqual([]);
    // The linter reads all types of the house, twice.
  },
  120_000,
);
