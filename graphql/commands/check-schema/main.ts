import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { changesToDeclare } from './schema-changes.ts';

const USAGE = `usage: npm run check-schema -- [REF]

  Compares schema.graphql with that of a Git commit (origin/main, else main). A change that breaks clients, or that
  opens a field to somebody, must be declared in schema-changes.json: {"<what this prints>": "<why it is right>"}.
  Exit code 0: there is none that is not declared; 1: there is; 2: there is nothing to compare with.`;

const [asked] = process.argv.slice(2);
if (asked === '--help') {
  console.log(USAGE);
  process.exit(0);
}

function schemaAt(ref: string): string | null {
  try {
    return execFileSync('git', ['show', `${ref}:schema.graphql`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

const before = (asked ? [asked] : ['origin/main', 'main']).map(schemaAt).find((text) => text !== null);
if (before === undefined) {
  console.error(`check-schema: ${asked ?? 'main'} has no schema.graphql; nothing to compare with`);
  process.exit(asked ? 2 : 0);
}
const declared = existsSync('schema-changes.json')
  ? (JSON.parse(readFileSync('schema-changes.json', 'utf8')) as Record<string, string>)
  : {};
const changes = await changesToDeclare(before ?? '', readFileSync('schema.graphql', 'utf8'));
const open = changes.filter(({ what }) => !declared[what]);
for (const { what, why } of changes) console.log(`${declared[what] ? 'declared' : 'NOT DECLARED'}  ${why}: ${what}`);
if (changes.length === 0) console.log('check-schema: nothing breaks a client, and nothing is open that was not');
if (open.length > 0) {
  console.error(`check-schema: declare ${open.length} in schema-changes.json, or take them back`);
  process.exit(1);
}
