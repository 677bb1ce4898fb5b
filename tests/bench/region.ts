import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { keepSessions } from '../../edge/region/assume.ts';
import type { RegionRequest, ResponseStream } from '../../edge/region/exchange.ts';
import { makeFairShare } from '../../edge/region/fair-share.ts';
import { keepDirectory } from '../../edge/region/keep-directory.ts';
import { type ProxyEvent, toRequest, toResponseStream } from '../../edge/region/lambda-adapter.ts';
import { keepLearntBetas } from '../../edge/region/learnt-betas.ts';
import { keepPassportKeys } from '../../edge/region/passport-keys.ts';
import { PATIENCE } from '../../edge/region/patience.ts';
import { type ServeDeps, serve } from '../../edge/region/serve.ts';
import { watchStops } from '../../edge/region/stop-watch.ts';
import type { Stores } from '../../edge/region/stores.ts';
import { tableStores } from '../../edge/region/table-stores.ts';
import { keepSpending } from '../../edge/region/usage-self.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import type { PassportKey } from '../../tenancy/table/passport-keys.ts';
import { openTables, type TableNames } from '../../tenancy/table/tables.ts';
import { readBody } from './body.ts';
import { memoryStores, REGION } from './stores.ts';
import { Trips } from './trips.ts';
import { serveWorker } from './worker.ts';

/** Where Bedrock is, whose passports hold, and, for the run with the stores' work, where the tables are. */
export type RegionSetUp = {
  readonly upstream: string;
  readonly passportKey: PassportKey;
  readonly tables?: { readonly endpoint: string; readonly names: TableNames };
  /** Whether requests come as Lambda's event. */
  readonly asEvent: boolean;
};
/** `trips`, `parses`: do so many times what the last request had: its store trips alone, parsing its event alone. */
export type RegionAsk = RegionSetUp | { readonly trips: number } | { readonly parses: number };
export type RegionReply = { readonly port: number; readonly ms: readonly number[] };

/** The clients are made as `edge/region/handler.ts` makes them, but for where they call and with whose keys. */
const CREDENTIALS = { accessKeyId: 'AKIDBENCH', secretAccessKey: 'bench', sessionToken: 'bench' };
const AGENT = { keepAlive: true, maxSockets: 10_000 };
const COMMON = { region: REGION, defaultsMode: 'standard', retryMode: 'standard' } as const;

function openStores({ endpoint, names }: NonNullable<RegionSetUp['tables']>): Stores {
  const line = openLine({ region: REGION, endpoint, credentials: () => CREDENTIALS, now: Date.now });
  const open = (attempts: number) => openTables(openDocumentClient(line, { attempts, timeoutMs: 5_000 }), names);
  return tableStores(open(3), open(1), REGION);
}

const trips = new Trips();

/** Credentials are given, as they come from the cache for every request of a session but its first. */
function depsOf({ upstream, passportKey, tables }: RegionSetUp): ServeDeps {
  const stores = trips.watch(tables ? openStores(tables) : memoryStores(passportKey));
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
    ...keepSpending(stores),
    watchStops: watchStops(stores, REGION),
    fairShare: makeFairShare(stores),
    learntBetas: keepLearntBetas(stores, () => {}),
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
    // A refusal fails the run: why it was one stands in the log alone.
    emit: (line) => void (line.includes('"event":"refused"') ? process.stderr : process.stdout).write(`${line}\n`),
  };
}

/** A request as the Lambda adapter hands it on, out of the very event if it came as one. */
async function requestOf(request: IncomingMessage, asEvent: boolean): Promise<RegionRequest> {
  const body = await readBody(request);
  if (asEvent) {
    lastEvent = body;
    return toRequest(parseEvent(body));
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  return { method: request.method ?? '', path: request.url ?? '', headers, body };
}

/** As Lambda's runtime does before our code sees anything. */
function parseEvent(bytes: Buffer): ProxyEvent {
  return JSON.parse(bytes.toString()) as ProxyEvent;
}

function timeParses(times: number): number[] {
  return Array.from({ length: times }, () => {
    const from = performance.now();
    parseEvent(lastEvent);
    return performance.now() - from;
  });
}

/** Status and headers go out as the gateway sends them; behind Lambda they are the prelude that it reads. */
function streamOf(response: ServerResponse): ResponseStream {
  return toResponseStream(response, (_, { statusCode, headers }) => {
    trips.end();
    return response.writeHead(Number(statusCode), headers as Record<string, string>);
  });
}

let deps: ServeDeps | undefined;
let asEvent = false;
let lastEvent: Buffer = Buffer.alloc(0);
const server = createServer((request, response) => {
  void (async () => {
    const given = await requestOf(request, asEvent);
    trips.begin();
    if (deps) await serve(given, streamOf(response), deps);
  })().catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');

serveWorker<RegionAsk, RegionReply>(async (ask) => {
  const { port } = server.address() as AddressInfo;
  if ('trips' in ask) return { port, ms: await trips.again(ask.trips) };
  if ('parses' in ask) return { port, ms: timeParses(ask.parses) };
  deps = depsOf(ask);
  asEvent = ask.asEvent;
  return { port, ms: [] };
});
