import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { keepSessions } from '../../edge/region/assume.ts';
import type { RegionRequest, ResponseStream } from '../../edge/region/exchange.ts';
import { makeFairShare } from '../../edge/region/fair-share.ts';
import { keepDirectory } from '../../edge/region/keep-directory.ts';
import { toResponseStream } from '../../edge/region/lambda-adapter.ts';
import { keepLearntBetas } from '../../edge/region/learnt-betas.ts';
import { keepPassportKeys } from '../../edge/region/passport-keys.ts';
import { PATIENCE } from '../../edge/region/patience.ts';
import { type ServeDeps, serve } from '../../edge/region/serve.ts';
import { watchStops } from '../../edge/region/stop-watch.ts';
import type { Stores } from '../../edge/region/stores.ts';
import { tableStores } from '../../edge/region/table-stores.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import type { PassportKey } from '../../tenancy/table/passport-keys.ts';
import { openTables, type TableNames } from '../../tenancy/table/tables.ts';
import { readBody } from './body.ts';
import { memoryStores, REGION } from './stores.ts';
import { serveWorker } from './worker.ts';

/** Where Bedrock is, whose passports hold, and, for the run with the stores' work, where the tables are. */
export type RegionAsk = {
  readonly upstream: string;
  readonly passportKey: PassportKey;
  readonly tables?: { readonly endpoint: string; readonly names: TableNames };
};

/** The clients are made as `edge/region/handler.ts` makes them, but for where they call and with whose keys. */
const CREDENTIALS = { accessKeyId: 'AKIDBENCH', secretAccessKey: 'bench', sessionToken: 'bench' };
const AGENT = { keepAlive: true, maxSockets: 10_000 };
const COMMON = { region: REGION, defaultsMode: 'standard', retryMode: 'standard' } as const;

function realStores({ endpoint, names }: NonNullable<RegionAsk['tables']>): Stores {
  const requestHandler = new NodeHttpHandler({ httpAgent: AGENT, httpsAgent: AGENT });
  const open = (maxAttempts: number) => {
    const client = new DynamoDBClient({ ...COMMON, endpoint, credentials: CREDENTIALS, requestHandler, maxAttempts });
    return openTables(DynamoDBDocumentClient.from(client), names);
  };
  const [tables, unretried] = [open(3), open(1)];
  return tableStores(tables, unretried, REGION);
}

/** Credentials are given, as they come from the cache for every request of a session but its first. */
function depsOf({ upstream, passportKey, tables }: RegionAsk): ServeDeps {
  const stores = tables ? realStores(tables) : memoryStores(passportKey);
  const requestHandler = new NodeHttpHandler({
    httpAgent: AGENT,
    httpsAgent: AGENT,
    connectionTimeout: 3_000,
    requestTimeout: 0,
    socketTimeout: 0,
  });
  return {
    region: REGION,
    consoleOrigin: 'https://app.bench.test',
    bedrockRole: { arn: 'arn:aws:iam::123456789012:role/bench' },
    stores,
    ...keepDirectory(stores),
    watchStops: watchStops(stores, REGION),
    fairShare: makeFairShare(stores),
    learntBetas: keepLearntBetas(stores.learntBetas, () => {}),
    passportKey: keepPassportKeys(stores.passportKey),
    assume: keepSessions(
      async () => ({ ...CREDENTIALS, expiresAt: Date.now() + 3_600_000 }),
      (credentials) =>
        new BedrockRuntimeClient({
          ...COMMON,
          endpoint: upstream,
          credentials,
          requestHandler,
        }),
    ),
    patience: PATIENCE,
    now: Date.now,
    mintRequestId: () => mintRequestId(Date.now(), randomBytes(10)),
    emit: (line) => void process.stdout.write(`${line}\n`),
  };
}

/** A request as the Lambda adapter hands it on. */
async function requestOf(request: IncomingMessage): Promise<RegionRequest> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  return { method: request.method ?? '', path: request.url ?? '', headers, body: await readBody(request) };
}

/** Status and headers go out as the gateway sends them; behind Lambda they are the prelude that it reads. */
function streamOf(response: ServerResponse): ResponseStream {
  return toResponseStream(response, (_, { statusCode, headers }) =>
    response.writeHead(Number(statusCode), headers as Record<string, string>),
  );
}

let deps: ServeDeps | undefined;
const server = createServer((request, response) => {
  void (async () => {
    if (deps) await serve(await requestOf(request), streamOf(response), deps);
  })().catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');

/** @returns the port */
serveWorker<RegionAsk, number>(async (ask) => {
  deps = depsOf(ask);
  return (server.address() as AddressInfo).port;
});
