import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaArtefact } from './artefact.ts';

const USAGE = `usage: npm run schema-artefact -- FOLDER

  Writes the API's contract for users of other languages: agent-runner.graphql, agent-runner.introspection.json and
  SHA256SUMS. docs/automation.md says what to do with them.
  Exit code 0: written; 2: wrong usage.

examples:
  npm run schema-artefact -- release`;

const [folder, ...more] = process.argv.slice(2);
if (folder === '--help') {
  console.log(USAGE);
} else if (folder === undefined || folder.startsWith('-') || more.length > 0) {
  console.error('schema-artefact: name one folder; see npm run schema-artefact -- --help');
  process.exitCode = 2;
} else {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of schemaArtefact(readFileSync('schema.graphql', 'utf8'), version)) {
    writeFileSync(join(folder, name), text);
    console.log(join(folder, name));
  }
}
