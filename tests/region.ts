import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { PASSPORT_HEADER, sealPassport } from '../edge/passport.ts';
import { makeFairShare } from '../edge/region/fair-share.ts';
import { keepDirectory } from '../edge/region/keep-directory.ts';
import { keepLearntBetas } from '../edge/region/learnt-betas.ts';
import { keepPassportKeys } from '../edge/region/passport-keys.ts';
import { PATIENCE } from '../edge/region/patience.ts';
import { type ServeDeps, serve } from '../edge/region/serve.ts';
import { watchStops } from '../edge/region/stop-watch.ts';
import { tableStores } from '../edge/region/table-stores.ts';
import { keepSpending } from '../edge/region/usage-self.ts';
import { encodeEvent } from '../local/event-stream.ts';
import { STARTING_CATALOGUE } from '../tenancy/catalogue.ts';
import type { LimitOverrides } from '../tenancy/limit.ts';
import { startingPrices } from '../tenancy/price-list.ts';
import { mintRequestId } from '../tenancy/request-id.ts';
import { ORIGIN_PATH } from '../tenancy/route.ts';
import { openDocumentClient, openLine } from '../tenancy/table/document-client.ts';
import { putModel } from '../tenancy/table/models.ts';
import { putPassportKey } from '../tenancy/table/passport-keys.ts';
import { putPrice } from '../tenancy/table/prices.ts';
import { openTables, type Tables } from '../tenancy/table/tables.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { addTenant } from './tenants.ts';

const REGION = 'eu-central-1';
export const MODEL = 'claude-opus-5-5';

/** The whole of `serve` over real tables, in this process. */
export type TestRegion = {
  readonly deps: ServeDeps;
  /** What each request's intent held at the gates, in nano-USD, by request id. */
  readonly reserved: Map<string, bigint>;
  /** Makes a tenant with everything granted and these limits alone. */
  addTenant(slug: string, limits?: LimitOverrides): Promise<TenantId>;
  ask(tenantId: TenantId, options?: { identityId?: string; body?: object }): Asked;
};

export type Asked = {
  readonly requestId: string;
  /** Resolves when the request is over, settlement and all. */
  readonly done: Promise<Told>;
  /** Called with each write, and when it came. */
  onText: (text: string, at: number) => void;
};

export type Told = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/**
 * @param endpoint where the region's stores call @param tables the same tables, by a way that never fails
 * @param bedrock where the model is @param timeoutMs of one call to the stores
 */
export async function openRegion(
  endpoint: string,
  tables: Tables,
  bedrock: string,
  timeoutMs = 120_000,
): Promise<TestRegion> {
  const keys = generateKeyPairSync('ed25519');
  await putPassportKey(tables, {
    kid: 'edge-1',
    publicKeyPem: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  const model = STARTING_CATALOGUE.find(({ id }) => id === MODEL);
  if (model) await putModel(tables, model);
  for (const price of startingPrices(MODEL)) await putPrice(tables, price);

  const line = openLine({
    region: REGION,
    endpoint,
    credentials: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
    now: Date.now,
  });
  const open = (attempts: number): Tables =>
    openTables(openDocumentClient(line, { attempts, timeoutMs }), { directory: 'directory', ledger: 'ledger' });
  const reserved = new Map<string, bigint>();
  const real = tableStores(open(3), open(1), REGION);
  const stores: typeof real = {
    ...real,
    open: (intent) => {
      reserved.set(intent.requestId, intent.reserved.nanoUsd);
      return real.open(intent);
    },
  };
  const client = new BedrockRuntimeClient({
    region: REGION,
    endpoint: bedrock,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    requestHandler: new NodeHttpHandler({
      httpAgent: { keepAlive: true, maxSockets: 10_000 },
      requestTimeout: 0,
      socketTimeout: 0,
    }),
  });
  const deps: ServeDeps = {
    region: REGION,
    stores,
    ...keepDirectory(stores),
    ...keepSpending(stores),
    consoleOrigin: 'https://app.example.test',
    bedrockRole: { arn: 'arn:aws:iam::222222222222:role/bedrock' },
    watchStops: watchStops(stores, REGION),
    fairShare: makeFairShare(stores),
    learntBetas: keepLearntBetas(stores, () => {}),
    passportKey: keepPassportKeys(stores.passportKey),
    assume: async () => client,
    patience: PATIENCE,
    now: Date.now,
    mintRequestId: () => mintRequestId(Date.now(), randomBytes(10)),
    emit: () => undefined,
  };
  return {
    deps,
    reserved,
    addTenant: (slug, limits) => addTenant(tables, slug, limits),
    ask(tenantId, { identityId = 'usr_anna', body = {} } = {}) {
      const requestId = mintRequestId(Date.now(), randomBytes(10));
      const passport = sealPassport(
        {
          requestId,
          caller: { tenantId, identityId, callerType: 'user' },
          route: 'messages',
          method: 'POST',
          region: REGION,
          expiresAt: Date.now() + 25_000,
        },
        'edge-1',
        keys.privateKey,
      );
      const asked = { requestId, onText: (_text: string, _at: number): void => undefined };
      const told = { status: 0, headers: {} as Readonly<Record<string, string>>, text: '' };
      const request = {
        method: 'POST',
        path: ORIGIN_PATH,
        headers: { 'content-type': 'application/json', [PASSPORT_HEADER]: passport },
        body: Buffer.from(
          JSON.stringify({
            model: MODEL,
            max_tokens: 8_000,
            stream: true,
            messages: [{ role: 'user', content: 'hello' }],
            ...body,
          }),
        ),
      };
      const done = serve(
        request,
        {
          begin: (status, headers) => Object.assign(told, { status, headers }),
          write: (bytes) => {
            const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString();
            told.text += text;
            asked.onText(text, performance.now());
          },
          backlog: () => 0,
          drained: () => Promise.resolve(),
          end: () => undefined,
          abort: () => undefined,
        },
        deps,
      ).then(() => told);
      return Object.assign(asked, { done });
    },
  };
}

/** What a model is to do with one call: what it tells of its usage, and how long it takes for each of its deltas. */
export type Play = {
  readonly input: number;
  readonly output: number;
  readonly deltas: number;
  readonly bytes: number;
  readonly everyMs: number;
};

export type TestModel = {
  readonly url: string;
  /** Decides about each call from now on. */
  play: () => Play;
  /** Calls so far, and those whose answer is under way. */
  readonly calls: { made: number; running: number };
  close(): Promise<void>;
};

/** A model that speaks Bedrock's event stream, in real frames. */
export async function startModel(): Promise<TestModel> {
  const calls = { made: 0, running: 0 };
  const model = { url: '', play: (): Play => ({ input: 10, output: 42, deltas: 1, bytes: 10, everyMs: 0 }), calls };
  // A connection that stood idle is closed by nobody: it would be, now and then, just as the next call takes it.
  const server = createServer({ keepAliveTimeout: 600_000 }, (incoming, outgoing) => {
    incoming.resume();
    incoming.once('end', () => {
      calls.made++;
      calls.running++;
      outgoing.once('close', () => {
        calls.running--;
      });
      void perform(outgoing, model.play());
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return Object.assign(model, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  });
}

async function perform(outgoing: ServerResponse, { input, output, deltas, bytes, everyMs }: Play): Promise<void> {
  const send = (event: object): void => {
    const base64 = Buffer.from(JSON.stringify(event)).toString('base64');
    outgoing.write(encodeEvent('chunk', JSON.stringify({ bytes: base64, p: 'abc' })));
  };
  outgoing.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'b-1' });
  send({ type: 'message_start', message: { id: 'msg_1', usage: { input_tokens: input, output_tokens: 1 } } });
  for (let n = 0; n < deltas && !outgoing.destroyed; n++) {
    if (everyMs > 0) await new Promise((later) => setTimeout(later, everyMs));
    send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x'.repeat(bytes) } });
  }
  send({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: output } });
  send({
    type: 'message_stop',
    'amazon-bedrock-invocationMetrics': { inputTokenCount: input, outputTokenCount: output },
  });
  outgoing.end();
}
