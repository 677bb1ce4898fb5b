import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildClientSchema, buildSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { expect, it } from 'vitest';

it('is the contract in both forms, and its sums are right', () => {
  const folder = mkdtempSync(join(tmpdir(), 'artefact-'));
  try {
    execFileSync(process.execPath, [join(import.meta.dirname, 'main.ts'), folder]);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    const sdl = read('agent-runner.graphql');
    expect(sdl).toMatch(/^# agent-runner \d+\.\d+\.\d+\n/);
    expect(sdl).toContain(readFileSync('schema.graphql', 'utf8'));
    const print = (schema: ReturnType<typeof buildSchema>) => printSchema(lexicographicSortSchema(schema));
    // What is asked of a server in this way has no directives where they are applied.
    expect(print(buildClientSchema(JSON.parse(read('agent-runner.introspection.json'))))).toBe(print(buildSchema(sdl)));
    expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })).toMatch(/OK\n.*OK\n/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
