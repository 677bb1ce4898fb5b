import { createHash } from 'node:crypto';
import { buildSchema, introspectionFromSchema } from 'graphql';

/** The contract as files for other languages, by name; `SHA256SUMS` is of the other two, as `sha256sum -c` reads it. */
export function schemaArtefact(sdl: string, version: string): ReadonlyMap<string, string> {
  const files = new Map([
    ['agent-runner.graphql', `# agent-runner ${version}\n${sdl}`],
    ['agent-runner.introspection.json', `${JSON.stringify(introspectionFromSchema(buildSchema(sdl)))}\n`],
  ]);
  const sums = [...files].map(([name, text]) => `${createHash('sha256').update(text).digest('hex')}  ${name}\n`);
  return files.set('SHA256SUMS', sums.join(''));
}
