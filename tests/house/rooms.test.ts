import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { badNames, misplacedLines } from './lines.ts';
import { MAY_IMPORT, roomOf, trespasses, withoutComments } from './rooms.ts';

const ROOT = join(import.meta.dirname, '../..');
const NOT_OURS = new Set(['node_modules', 'coverage', 'dist']);

/** Every source file of the repository. */
function repository(): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      // `planted-`: another test's faults, there while it runs.
      if (/^(\.|planted-)/.test(entry.name) || NOT_OURS.has(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else if (/\.[cm]?[jt]sx?$/.test(entry.name))
        found.set(relative(ROOT, path).split(sep).join('/'), readFileSync(path, 'utf8'));
    }
  };
  walk(ROOT);
  return found;
}

const files = repository();
const one = (path: string, source: string) => new Map([[path, source]]);

describe('the repository', () => {
  it('is read: every room that exists has files', () => {
    const rooms = new Set([...files.keys()].map(roomOf));
    for (const room of ['tenancy', 'tenancy/table', 'edge/passport', 'edge/origin', 'edge/region', 'local', 'tests'])
      expect(rooms).toContain(room);
  });

  it('imports only what its rooms may import', () => {
    expect(trespasses(files)).toEqual([]);
  });

  it('has each line in its room', () => {
    expect(misplacedLines(files)).toEqual([]);
  });

  it('names every folder and file for what is in it', () => {
    expect(badNames(files)).toEqual([]);
  });
});

describe('a planted import is found', () => {
  it.each([
    ['edge/bad.ts', "import { x } from '../graphql/x.ts';", 'edge/bad.ts -> belongs to no room'],
    ['edge/origin/bad.ts', "import { x } from '../../graphql/x.ts';", 'edge/origin/bad.ts -> graphql/x.ts'],
    [
      'edge/origin/bad.ts',
      "import type { X } from '../../tenancy/table/x.ts';",
      'edge/origin/bad.ts -> tenancy/table/x.ts',
    ],
    ['edge/region/bad.ts', "export * from '../origin/x.ts';", 'edge/region/bad.ts -> edge/origin/x.ts'],
    ['edge/region/bad.ts', "export { x } from '../sync/x.ts';", 'edge/region/bad.ts -> edge/sync/x.ts'],
    ['edge/sync/bad.ts', "await import('../../billing/x.ts');", 'edge/sync/bad.ts -> billing/x.ts'],
    ['edge/sync/bad.ts', 'await import(`../../billing/x.ts`);', 'edge/sync/bad.ts -> billing/x.ts'],
    ['edge/sync/bad.ts', "type X = import('../../graphql/x.ts').X;", 'edge/sync/bad.ts -> graphql/x.ts'],
    ['edge/viewer/bad.ts', "import '../../tenancy/tenant.ts';", 'edge/viewer/bad.ts -> tenancy/tenant.ts'],
    ['edge/rollup/bad.ts', "import { x } from '../region/x.ts';", 'edge/rollup/bad.ts -> edge/region/x.ts'],
    ['edge/passport.ts', "import { x } from './origin/x.ts';", 'edge/passport.ts -> edge/origin/x.ts'],
    ['tenancy/bad.ts', "import { key } from './table/keys.ts';", 'tenancy/bad.ts -> tenancy/table/keys.ts'],
    ['tenancy/bad.ts', "import { createHmac } from 'node:crypto';", 'tenancy/bad.ts -> package node:crypto'],
    [
      'tenancy/bad.ts',
      "import type { X } from '@aws-sdk/client-sts';",
      'tenancy/bad.ts -> package @aws-sdk/client-sts',
    ],
    ['tenancy/table/bad.ts', "import { x } from '../../edge/passport.ts';", 'tenancy/table/bad.ts -> edge/passport.ts'],
    ['graphql/bad.ts', "import { x } from '../billing/x.ts';", 'graphql/bad.ts -> billing/x.ts'],
    ['graphql/bad.ts', "import { x } from '../edge/passport.ts';", 'graphql/bad.ts -> edge/passport.ts'],
    ['graphql/bad.ts', "import { Entity } from 'dynamodb-toolbox';", 'graphql/bad.ts -> package dynamodb-toolbox'],
    ['billing/bad.ts', "import { x } from '@aws-sdk/lib-dynamodb';", 'billing/bad.ts -> package @aws-sdk/lib-dynamodb'],
    ['billing/bad.ts', "import { x } from '../local/x.ts';", 'billing/bad.ts -> local/x.ts'],
    ['billing/bad.ts', "import {\n  x,\n} from '../tests/x.ts';", 'billing/bad.ts -> tests/x.ts'],
    ['console/bad.tsx', "import { x } from '../tenancy/tenant.ts';", 'console/bad.tsx -> tenancy/tenant.ts'],
    ['cli/bad.ts', "import { x } from '../graphql/schema.ts';", 'cli/bad.ts -> graphql/schema.ts'],
    ['cdk/bad.ts', "import { x } from '../edge/region/handler.ts';", 'cdk/bad.ts -> edge/region/handler.ts'],
    ['local/bad.ts', "import { x } from '../console/x.ts';", 'local/bad.ts -> console/x.ts'],
    ['local/bad.ts', "import { x } from '../cdk/x.ts';", 'local/bad.ts -> cdk/x.ts'],
    ['local/bad.ts', "import { x } from '../tests/x.ts';", 'local/bad.ts -> tests/x.ts'],
    ['bad.config.ts', "import { x } from './tenancy/tenant.ts';", 'bad.config.ts -> tenancy/tenant.ts'],
    ['edge/origin/bad.ts', "import { x } from './x.test.ts';", 'edge/origin/bad.ts -> edge/origin/x.test.ts'],
    ['edge/origin/bad.ts', "import { x } from './fixture.ts';", 'edge/origin/bad.ts -> edge/origin/fixture.ts'],
    ['edge/origin/bad.ts', "import { x } from './x.fixture.ts';", 'edge/origin/bad.ts -> edge/origin/x.fixture.ts'],
    ['edge/origin/bad.ts', 'await import(name);', 'edge/origin/bad.ts -> a computed path, which nobody can check'],
    [
      'edge/sync/bad.ts',
      `await import(\`../\${name}\`);`,
      'edge/sync/bad.ts -> a computed path, which nobody can check',
    ],
    ['edge/origin/bad.ts', "import { x } from '../../somewhere/x.ts';", 'edge/origin/bad.ts -> somewhere/x.ts'],
    ['somewhere/x.ts', '', 'somewhere/x.ts -> belongs to no room'],
  ])('%s: %s', (path, source, fault) => {
    expect(trespasses(one(path, source))).toEqual([fault]);
  });

  it('and what is allowed is not', () => {
    const allowed = new Map([
      ['edge/region/fine.ts', "import { x } from '../../tenancy/table/x.ts';\nimport { y } from '../passport.ts';"],
      ['edge/region/other.ts', "import { z } from './fine.ts'; // import { x } from '../../graphql/x.ts'"],
      ['edge/region/handler.ts', "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';"],
      ['edge/origin/a.fixture.ts', "import { x } from '../../local/x.ts';"],
      ['edge/origin/a.test.ts', "import { x } from '../../billing/x.ts';"],
      ['edge/passport.ts', "Buffer.from('../graphql/x.ts');"],
      ['tests/a.ts', "import { x } from '../console/x.ts';"],
      ['console/a.tsx', "import type { X } from '../graphql/schema-types.ts';"],
      ['local/a.ts', "import { x } from '../edge/origin/handler.ts';"],
      ['local/b.ts', 'await import(bundle);'],
      ['tenancy/table/a.ts', "import { Entity } from 'dynamodb-toolbox';\nimport type { T } from '../tenant.ts';"],
    ]);
    expect(trespasses(allowed)).toEqual([]);
  });

  it('and edge, graphql and billing never meet, whatever else the table says', () => {
    const [edge, planes] = [
      ['edge/origin', 'edge/region', 'edge/sync', 'edge/gate-reset', 'edge/rollup', 'edge/viewer'],
      ['graphql', 'billing'],
    ] as const;
    for (const room of edge) for (const plane of planes) expect(MAY_IMPORT[room]).not.toContain(plane);
    for (const plane of planes)
      expect(MAY_IMPORT[plane].filter((room) => !/^(tenancy|access-token$)/.test(room))).toEqual([]);
  });
});

describe('a planted line is found', () => {
  it.each([
    ['edge/origin/bad.ts', 'return { statusCode: 403 };'],
    ['graphql/bad.ts', "const status = '401';"],
    ['tenancy/bad.ts', 'if (status === 429) wait();'],
    ['edge/region/bad.ts', "process.env['X']"],
    ['edge/region/bad.ts', 'process?.env.X'],
    ['edge/region/bad.ts', "process['env'].X"],
    ['edge/region/bad.ts', "import { env } from 'node:process';"],
    ['tenancy/table/bad.ts', 'new DynamoDBClient({})'],
    ['billing/bad.ts', 'new  S3Client (options)'],
    ['graphql/bad.ts', 'Date.now()'],
    ['graphql/bad.ts', 'const clock = Date.now;'],
    ['graphql/bad.ts', 'new Date()'],
    ['graphql/bad.ts', 'new Date( )'],
    ['graphql/bad.ts', 'const text = Date();'],
    ['edge/region/bad.ts', 'const pk = "TENANT#" + id;'],
    ['local/bad.ts', "const sk = 'KEY#' + id;"],
    ['edge/origin/bad.ts', 'if (local) return;'],
    ['edge/origin/bad.ts', 'if (!isLocal) return;'],
    ['edge/origin/bad.ts', 'const url = local ? a : b;'],
    ['edge/origin/bad.ts', 'if (settings.local && x) return;'],
    ['edge/origin/handler.ts', "if (process.env['NODE_ENV'] === 'test') skip();"],
    ['tenancy/bad.ts', 'export default function f() {}'],
    ['local/bad.ts', 'export { f as default };'],
  ])('%s: %s', (path, source) => {
    const found = misplacedLines(one(path, `// first line\n${source}\n`));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${path}:2 `);
  });

  it.each([
    ['tenancy/refusal-description.ts', 'const status = 403;'],
    ['edge/origin/bad.test.ts', 'expect(status).toBe(403);'],
    ['edge/origin/fine.ts', '// a 403 tells the client\n/* if (local) new Date() */'],
    ['edge/origin/fine.ts', 'const bytes = 4030 + 14290;'],
    ['edge/region/handler.ts', "new STSClient({ region: process.env['AWS_REGION'] }); Date.now();"],
    ['graphql/scripts/close-period/main.ts', 'Date.now()'],
    ['cdk/settings.ts', "process.env['DOMAIN']"],
    ['local/fine.ts', 'new DynamoDBClient({}); new Date();'],
    ['tenancy/fine.ts', 'new Date(now).toISOString(); Date.UTC(2026, 1); Date.parse(text);'],
    ['tenancy/table/fine.ts', 'const prefix = "TENANT#";'],
    ['edge/origin/fine.ts', 'const localPart = email.split("@")[0]; const a = { localPort: 1 };'],
    ['vitest.config.ts', 'export default {};'],
  ])('%s: %s is in its room', (path, source) => {
    expect(misplacedLines(one(path, source))).toEqual([]);
  });
});

describe('a planted name is found', () => {
  it.each([
    ['edge/utils/x.ts', 'edge/utils/x.ts is named for nothing'],
    ['edge/origin/helpers.ts', 'edge/origin/helpers.ts is named for nothing'],
    ['tenancy/common.ts', 'tenancy/common.ts is named for nothing'],
    ['local/misc.test.ts', 'local/misc.test.ts is named for nothing'],
    ['tenancy/index.ts', 'tenancy/index.ts is a barrel'],
    ['tenancy/apiKey.ts', 'tenancy/apiKey.ts is not in kebab case'],
    ['console/UserList.tsx', 'console/UserList.tsx is not in kebab case'],
  ])('%s', (path, fault) => {
    expect(badNames(one(path, ''))).toEqual([fault]);
  });

  it.each(['edge/origin/cross-tenant.403.test.ts', 'vitest.config.ts', 'local/node24.ts', 'tenancy/api-key.ts'])(
    '%s is one',
    (path) => {
      expect(badNames(one(path, ''))).toEqual([]);
    },
  );
});

it('comments are left out and nothing else is', () => {
  expect(withoutComments("a('//x'); // y\nb(`/* z */`); /* c\nd */ e('https://f')")).toBe(
    `a('//x');     \nb(\`/* z */\`);     \n     e('https://f')`,
  );
});
