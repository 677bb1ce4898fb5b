import { posix } from 'node:path';

/** Source files by their path from the repository's root, with `/` between folders. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Who may import whom. A folder that is not named here belongs to no room, which is a fault as well. A room may always
 * import itself; type imports count like all others.
 */
export const MAY_IMPORT = {
  tenancy: [],
  'tenancy/table': ['tenancy'],
  'edge/passport': ['tenancy'],
  /** Tells whose an access token is: the edge and the control plane must never disagree on it. */
  'access-token': ['tenancy'],
  'edge/viewer': [],
  'edge/origin': ['tenancy', 'edge/passport', 'access-token'],
  'edge/region': ['tenancy', 'tenancy/table', 'edge/passport'],
  'edge/sync': ['tenancy', 'tenancy/table', 'edge/passport'],
  'edge/sweeper': ['tenancy', 'tenancy/table'],
  'edge/gate-reset': ['tenancy', 'tenancy/table'],
  'edge/rollup': ['tenancy', 'tenancy/table'],
  graphql: ['tenancy', 'tenancy/table', 'access-token'],
  billing: ['tenancy', 'tenancy/table'],
  console: ['schema-types'],
  cli: ['schema-types'],
  cdk: ['tenancy', 'tenancy/table'],
  local: [
    'tenancy',
    'tenancy/table',
    'access-token',
    'edge/passport',
    'edge/viewer',
    'edge/origin',
    'edge/region',
    'edge/sync',
    'edge/sweeper',
    'edge/gate-reset',
    'edge/rollup',
    'graphql',
    'billing',
  ],
  tests: 'everything',
  /** What the schema is made into for its clients: `graphql/schema-types.ts`, generated, types alone. */
  'schema-types': [],
  /** Configuration in the root folder. */
  root: [],
} as const satisfies Record<string, readonly string[] | 'everything'>;

type Room = keyof typeof MAY_IMPORT;

/** The ground is pure: not even Node's own modules. */
const NO_PACKAGES: readonly Room[] = ['tenancy'];

/** These know DynamoDB; an entry file may make the client that it hands on. */
const DYNAMODB = /^(dynamodb-toolbox|@aws-sdk\/(client-dynamodb|lib-dynamodb|util-dynamodb))(\/|$)/;
const KNOW_DYNAMODB: readonly Room[] = ['tenancy/table', 'local', 'cdk', 'tests'];

/** Files that read the environment, make clients and look at the clock, and hand all three on. */
export function isEntry(path: string): boolean {
  return /(^|\/)(handler|main)\.ts$/.test(path);
}

/** The room a file is in; null for one that is in none. A test or its fixture counts as `tests`, wherever it stands. */
export function roomOf(path: string): Room | null {
  if (/\.test\.tsx?$|[./]fixture\.tsx?$/.test(path)) return 'tests';
  if (!path.includes('/')) return 'root';
  if (/^edge\/passport\.ts$/.test(path)) return 'edge/passport';
  if (/^graphql\/schema-types\.ts$/.test(path)) return 'schema-types';
  const [first = '', second = ''] = path.split('/');
  const names: readonly string[] = [`${first}/${second}`, first];
  return rooms().find((room) => names.includes(room) && room !== 'root') ?? null;
}

/** Deepest first: `tenancy/table` is not `tenancy`. */
function rooms(): Room[] {
  return (Object.keys(MAY_IMPORT) as Room[]).sort((a, b) => b.length - a.length);
}

/** Every import that the table does not allow, as `importing file -> imported file or package`. */
export function trespasses(files: Sources): string[] {
  return [...files].flatMap(([path, source]) => {
    const room = roomOf(path);
    if (!room) return [`${path} -> belongs to no room`];
    return imports(source)
      .map((specifier) => target(path, specifier))
      .filter((to) => !mayImport(path, room, to))
      .map((to) => `${path} -> ${to}`);
  });
}

function mayImport(path: string, room: Room, to: string): boolean {
  const allowed: readonly string[] | 'everything' = MAY_IMPORT[room];
  if (allowed === 'everything') return true;
  // The emulated Lambda service loads bundles, as Lambda does.
  if (to === COMPUTED) return room === 'local';
  if (to.startsWith('package ')) {
    const name = to.slice('package '.length);
    if (NO_PACKAGES.includes(room)) return false;
    return !DYNAMODB.test(name) || KNOW_DYNAMODB.includes(room) || isEntry(path);
  }
  const there = roomOf(to);
  return there !== null && (there === room || allowed.includes(there));
}

function target(path: string, specifier: string): string {
  if (!/^\.{0,2}\//.test(specifier)) return specifier === COMPUTED ? COMPUTED : `package ${specifier}`;
  return posix.normalize(posix.join(posix.dirname(path), specifier));
}

const COMPUTED = 'a computed path, which nobody can check';

/** All specifiers: `import`, `export ... from`, `import()`, `require()`, and types by `import('...')`. */
function imports(source: string): string[] {
  const code = withoutComments(source);
  const literal = [...code.matchAll(/(?:(?<!\.)\bfrom|\b(?:import|require)\s*\(?)\s*(['"`])([^'"`\n]+)\1/g)].map(
    ([, , name = '']) => (name.includes('${') ? COMPUTED : name),
  );
  const computed = [...code.matchAll(/\b(?:import|require)\s*\(\s*[^'"`\s)]/g)].map(() => COMPUTED);
  return [...literal, ...computed];
}

/** Comments become spaces, so that line numbers stay; strings stay as they are. */
export function withoutComments(source: string): string {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![:\\/])\/\/[^\n]*/g;
  return source.replace(token, (text) => (/^\/[/*]/.test(text) ? text.replace(/[^\n]/g, ' ') : text));
}
