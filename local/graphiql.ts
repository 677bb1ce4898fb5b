import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';

export type GraphiqlSettings = {
  readonly repository: string;
  /** The page's files are built into this folder. */
  readonly folder: string;
  /** Fetches the tools for development, of which the page's packages are; a platform runs without them. */
  readonly fetchTools: () => Promise<unknown>;
  /** Signs the staff member of this machine in, as anybody would. */
  readonly token: () => Promise<string>;
};

/** Answers what lies under `/graphiql`. */
export type Graphiql = (uri: string, request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** By what they are; a map, for a name out of a request must not find what every object has. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['app.js', 'text/javascript'],
  ['app.css', 'text/css'],
  ['editor.worker.js', 'text/javascript'],
  ['json.worker.js', 'text/javascript'],
  ['graphql.worker.js', 'text/javascript'],
]);

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>GraphiQL</title><link rel="stylesheet" href="/graphiql/app.css"></head>
<body style="margin: 0"><div id="graphiql" style="height: 100vh"></div><script type="module" src="/graphiql/app.js"></script></body>
</html>
`;

const WAIT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>GraphiQL</title><meta http-equiv="refresh" content="5"></head>
<body><p>GraphiQL's packages are being fetched, once; that takes about a minute. This page reloads by itself. {why}</p></body>
</html>
`;

/** Nothing of anybody else's, whatever stands in an answer. The editor makes its own styles, hence the one exception. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Names that mean this machine alone. Under another name, which its owner points here, a foreign page would be on this origin. */
const OWN_HOST = /^(?:app\.localhost|localhost|127\.0\.0\.1)(?::\d+)?$/i;

/** GraphiQL for the API of this machine, offline. It is built when somebody first asks for it. */
export function openGraphiql({ repository, folder, fetchTools, token }: GraphiqlSettings): Graphiql {
  let isFetching = false;
  let failed = '';
  const fetchOnce = (): string => {
    if (isFetching) return failed;
    isFetching = true;
    fetchTools()
      .catch((error: unknown) => {
        failed = `That failed before (${error instanceof Error ? error.message : error}); this is another attempt.`;
      })
      .finally(() => {
        isFetching = false;
      });
    return failed;
  };
  let built: Promise<void> | undefined;
  const files = async (): Promise<void> => {
    built ??= bundle(repository, folder);
    await built.catch((error: unknown) => {
      built = undefined;
      throw error;
    });
  };
  return async (uri, request, response) => {
    const answer = (status: number, type: string, body: string | Buffer): void => {
      const headers = {
        'content-type': `${type}; charset=utf-8`,
        'content-security-policy': POLICY,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      };
      response.writeHead(status, headers).end(body);
    };
    const { method, headers } = request;
    if (!OWN_HOST.test(headers.host ?? '')) return answer(403, 'text/plain', 'GraphiQL is for this machine alone\n');
    if (!existsSync(join(repository, 'node_modules/graphiql'))) {
      const why = fetchOnce();
      return answer(503, 'text/html', WAIT.replace('{why}', why.replace(/[<&]/g, ' ')));
    }
    const name = uri.slice('/graphiql/'.length);
    const type = FILES.get(name);
    if (name === 'token') {
      const isOurs =
        method === 'POST' &&
        headers['x-graphiql'] === '1' &&
        !/^cross-site|^same-site/.test(String(headers['sec-fetch-site']));
      return isOurs
        ? answer(200, 'text/plain', await token())
        : answer(403, 'text/plain', 'only for the page itself\n');
    }
    if (method !== 'GET') return answer(405, 'text/plain', 'only GET\n');
    if (uri === '/graphiql' || name === '') return answer(200, 'text/html', PAGE);
    if (name === 'schema.graphql') return answer(200, 'text/plain', readFileSync(join(repository, name)));
    if (type === undefined) return answer(404, 'text/plain', 'there is nothing at this path\n');
    await files();
    answer(200, type, readFileSync(join(folder, name)));
  };
}

async function bundle(repository: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const packages = join(repository, 'node_modules');
  await build({
    absWorkingDir: repository,
    entryPoints: {
      app: 'local/graphiql/page.js',
      'editor.worker': join(packages, 'monaco-editor/esm/vs/editor/editor.worker.js'),
      'json.worker': join(packages, 'monaco-editor/esm/vs/language/json/json.worker.js'),
      'graphql.worker': join(packages, 'monaco-graphql/esm/graphql.worker.js'),
    },
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.ttf': 'dataurl' },
    legalComments: 'none',
    logLevel: 'error',
  });
}
