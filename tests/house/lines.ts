import { isEntry, roomOf, type Sources, withoutComments } from './rooms.ts';

/** A line that must stand in its own room. `allowed` tells where it may. */
type Rule = { readonly what: string; readonly pattern: RegExp; readonly allowed: (path: string) => boolean };

const PRODUCT = /^(tenancy|edge|graphql|billing)\//;
const isProduct = (path: string) => PRODUCT.test(path) && roomOf(path) !== 'tests';
const inRoom = (path: string, ...rooms: string[]) => rooms.includes(roomOf(path) ?? '');

export const RULES: readonly Rule[] = [
  {
    what: 'a status number: the status of a refusal stands in tenancy/refusal-description.ts alone',
    pattern: /\b(401|403|429)\b/,
    // The viewer function can import nothing; its answers are generated from tenancy and held equal by a test.
    allowed: (path) =>
      !isProduct(path) || path === 'tenancy/refusal-description.ts' || path === 'edge/viewer/viewer.js',
  },
  {
    what: 'the environment: only an entry file reads it',
    pattern: /\bprocess\s*(\?\.|\.|\[\s*['"])\s*env\b|\bfrom\s+['"](node:)?process['"]/,
    allowed: (path) => isEntry(path) || path === 'cdk/settings.ts' || inRoom(path, 'local', 'tests', 'root'),
  },
  {
    what: 'a client is made: only an entry file makes one',
    pattern: /\bnew\s+\w*Client\s*\(/,
    allowed: (path) => isEntry(path) || path === 'cdk/settings.ts' || inRoom(path, 'local', 'tests'),
  },
  {
    what: 'the clock: everything but an entry file is handed `now`',
    pattern: /\bDate\.now\b|\bnew\s+Date\s*(\(\s*\)|(?![\s\w(.]))|(?<!new\s)\bDate\s*\(\s*\)/,
    allowed: (path) => isEntry(path) || path === 'cdk/settings.ts' || inRoom(path, 'local', 'tests'),
  },
  {
    what: 'a key of the store: only tenancy/table knows how one is written',
    pattern: /\b(TENANT|KEY|GRANT|MODEL|REQUEST)#/,
    allowed: (path) => inRoom(path, 'tenancy/table', 'tests'),
  },
  {
    what: 'product code that asks whether it runs locally',
    pattern: /\bif\s*\([^)]*\blocal\b|\blocal\s*\?(?![.?])|\bisLocal\b|\bNODE_ENV\b/i,
    allowed: (path) => !isProduct(path),
  },
  {
    what: 'a default export: it has another name in every file that imports it',
    pattern: /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/,
    // The planted faults of this rule's own test are text.
    allowed: (path) => /(^|\/)[a-z.]+\.config\.[jt]s$/.test(path) || path === 'tests/house/rooms.test.ts',
  },
];

/** Every line in a room that is not its own, as `path:line what`. */
export function misplacedLines(files: Sources): string[] {
  return [...files].flatMap(([path, source]) => {
    const lines = withoutComments(source).split('\n');
    return RULES.filter(({ allowed }) => !allowed(path)).flatMap(({ what, pattern }) =>
      lines.flatMap((line, n) => (pattern.test(line) ? [`${path}:${n + 1} ${what}`] : [])),
    );
  });
}

const NO_NAME = /^(utils?|helpers?|common|misc|shared|lib)$/;

/** Names that say nothing of what is inside, barrels, and file names that are not in kebab case. */
export function badNames(files: Sources): string[] {
  return [...files.keys()].flatMap((path) => {
    const parts = path.replace(/\.(test|config|fixture|d)(?=\.)|\.[0-9]{3}(?=\.)/g, '').split('/');
    const file = (parts.at(-1) ?? '').replace(/\.[cm]?[jt]sx?$/, '');
    const names = [...parts.slice(0, -1), file];
    return [
      ...(names.some((name) => NO_NAME.test(name)) ? [`${path} is named for nothing`] : []),
      ...(file === 'index' ? [`${path} is a barrel`] : []),
      ...(names.every((name) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) ? [] : [`${path} is not in kebab case`]),
    ];
  });
}
