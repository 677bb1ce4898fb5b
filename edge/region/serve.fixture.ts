import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { onTestFinished } from 'vitest';
import { encodeEvent } from '../../local/event-stream.ts';
import type { ApiKey } from '../../tenancy/api-key.ts';
import { applyUpdate, type BudgetThreshold, type Gate, NEW_GATE } from '../../tenancy/gate.ts';
import type { Grant } from '../../tenancy/grant.ts';
import { type Model, modelNames } from '../../tenancy/model.ts';
import { startingPrices } from '../../tenancy/price-list.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { ORIGIN_PATH } from '../../tenancy/route.ts';
import { NO_SWITCHES } from '../../tenancy/switches.ts';
import { parseTenantId, type Tenant, type TenantId } from '../../tenancy/tenant.ts';
import type { Intent, Settlement } from '../../tenancy/usage.ts';
import { PASSPORT_HEADER, type Passport, sealPassport } from '../passport.ts';
import type { RegionRequest, ResponseStream } from './exchange.ts';
import { makeFairShare } from './fair-share.ts';
import { keepDirectory } from './keep-directory.ts';
import { keepLearntBetas } from './learnt-betas.ts';
import { keepPassportKeys } from './passport-keys.ts';
import { PATIENCE } from './patience.ts';
import { type ServeDeps, serve } from './serve.ts';
import { watchStops } from './stop-watch.ts';
import type { Stores } from './stores.ts';
import { keepSpending } from './usage-self.ts';

export const CONSOLE = 'https://app.example.test';
export const NOW = Date.UTC(2026, 10, 22, 12);
export const ACME = parseTenantId('acme') as TenantId;
export const KEY_SHA256 = createHash('sha256').update('the presented key').digest('hex');

/** Limits have tests of their own. */
const NO_LIMITS = { requestsPerMinute: null, tokensPerMinute: null, requestsPerDay: null, streams: null, budget: null };

export const TENANT: Tenant = {
  id: ACME,
  name: 'Acme',
  status: 'ACTIVE',
  tier: 'STANDARD',
  homeRegion: 'eu-central-1',
  allowedRegions: ['eu-central-1'],
  residency: 'geo',
  limits: { tenant: NO_LIMITS, user: NO_LIMITS },
  version: 1,
};

export const API_KEY: ApiKey = {
  tenantId: ACME,
  keyId: 'abcdefghij',
  name: 'laptop',
  ownerId: 'usr_anna',
  ownerDisabled: false,
  state: 'ACTIVE',
  secrets: [{ sha256: KEY_SHA256, validUntil: NOW + 86_400_000 }],
  version: 1,
};

export const MODEL: Model = {
  id: 'claude-opus-5-5',
  displayName: 'Claude Opus 5.5',
  aliases: ['opus'],
  enabled: true,
  foundationModelId: 'anthropic.claude-opus-5-5',
  profiles: [{ region: 'eu-central-1', scope: 'geo', bedrockModelId: 'eu.anthropic.claude-opus-5-5' }],
  betas: [
    { match: 'claude-code-*', send: null },
    { match: 'advanced-tool-use-2025-11-20', send: 'tool-search-tool-2025-10-19' },
  ],
  dropFields: ['context_management'],
  systemMessages: true,
  adaptiveThinking: true,
  thinkingBudgetTokens: 31_999,
  outputConfig: true,
  longContextBeta: null,
  contextTokens: 1_000_000,
  maxOutputTokens: 128_000,
  countTokensRegions: [],
};

export const PRICES = startingPrices(MODEL.id);

export const GRANT: Grant = {
  id: 'grt_1',
  tenantId: ACME,
  subject: { kind: 'tenant' },
  model: '*',
  regions: '*',
  effect: 'allow',
  byPlatform: true,
};

const edge = generateKeyPairSync('ed25519');

export function passport(changes: Partial<Passport> = {}): Passport {
  return {
    requestId: mintRequestId(NOW, crypto.getRandomValues(new Uint8Array(10))),
    caller: { tenantId: ACME, identityId: 'usr_anna', callerType: 'user' },
    route: 'messages',
    method: 'POST',
    region: 'eu-central-1',
    expiresAt: NOW + 20_000,
    ...changes,
  };
}

/** The passport of a request with an API key. */
export function keyPassport(changes: Partial<Passport> = {}): Passport {
  const caller = { tenantId: ACME, identityId: 'key_abcdefghij', callerType: 'api_key', keyId: 'abcdefghij' } as const;
  return passport({ caller, keySha256: KEY_SHA256, ...changes });
}

export function seal(content: Passport, kid = 'edge-1', key: KeyObject = edge.privateKey): string {
  return sealPassport(content, kid, key);
}

export const HELLO = {
  model: 'claude-opus-5-5',
  max_tokens: 100,
  stream: true,
  messages: [{ role: 'user', content: 'hello' }],
};

export function request(token: string | undefined, body: unknown = HELLO, headers = {}): RegionRequest {
  return {
    method: 'POST',
    path: ORIGIN_PATH,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { [PASSPORT_HEADER]: token }),
      ...headers,
    },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  };
}

/** Stores in memory; `book` is what they were told. */
export function makeStores(changes: Partial<Stores> = {}): { stores: Stores; book: Book } {
  const book: Book = { intents: [], settlements: [], gates: new Map(), thresholds: [] };
  const publicKeyPem = edge.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const stores: Stores = {
    passportKey: async (kid) => (kid === 'edge-1' ? { kid, publicKeyPem } : null),
    tenant: async (id) => (id === ACME ? TENANT : null),
    provisioningKey: async () => null,
    apiKey: async (_, keyId) => (keyId === API_KEY.keyId ? API_KEY : null),
    switches: async () => NO_SWITCHES,
    model: async (name) =>
      name === MODEL.id || modelNames(MODEL).includes(name) ? { model: MODEL, prices: PRICES } : null,
    models: async () => [MODEL],
    rules: async () => ({ grants: [GRANT], limits: [] }),
    open: async (intent) => {
      if (book.intents.some((one) => one.requestId === intent.requestId)) return 'replayed';
      book.intents.push(intent);
      return 'opened';
    },
    settle: async ({ requestId }, settlement) => {
      if (!book.intents.some((one) => one.requestId === requestId)) throw new Error('no intent to settle');
      if (book.settlements.some((one) => one.requestId === requestId)) return 'already_settled';
      book.settlements.push({ ...settlement, requestId });
      return 'settled';
    },
    extend: async () => 'extended',
    updateGate: async (id, update) => {
      const before = book.gates.get(JSON.stringify(id)) ?? NEW_GATE;
      const after = applyUpdate(before, update);
      if (after) book.gates.set(JSON.stringify(id), after);
      return after ? { outcome: 'done', gate: after } : { outcome: 'refused', gate: before };
    },
    gates: async (ids) => ids.map((id) => book.gates.get(JSON.stringify(id)) ?? NEW_GATE),
    shareWindows: async () => [],
    learntBetas: async () => new Map(),
    keepLearntBeta: async () => {},
    takeShare: async () => 'given',
    returnShare: async () => {},
    countThrottled: async () => {},
    setCongested: async () => {},
    userUsage: async () => ({ day: [], month: [], countedAt: null }),
    noteThreshold: async (event) => {
      book.thresholds.push(event);
      return 'noted';
    },
    ...changes,
  };
  return { stores, book };
}

export type Book = {
  intents: Intent[];
  settlements: (Settlement & { requestId: string })[];
  gates: Map<string, Gate>;
  thresholds: BudgetThreshold[];
};

/** A reader of the answer: `text` grows as it reads. It reads everything at once, unless `stopAfter` bytes were read. */
export type Reader = ResponseStream & {
  statusCode: number;
  headers: Readonly<Record<string, string>>;
  text: string;
  writes: string[];
  /** The same, as bytes. */
  chunks: Buffer[];
  ended: 'no' | 'end' | 'abort';
  /** The most that ever waited. */
  mostWaiting: number;
  /** Reads all that waits, and from now on at once. */
  readOn(): void;
  /** Resolves when something has been written or ended that makes it true. */
  until(holds: (reader: Reader) => boolean): Promise<void>;
};

export function makeReader(stopAfter = Number.POSITIVE_INFINITY): Reader {
  let limit = stopAfter;
  let waiting = '';
  let wake: (() => void)[] = [];
  let watchers: { holds: (reader: Reader) => boolean; resolve: () => void }[] = [];
  const tell = (): void => {
    for (const { resolve } of watchers.filter(({ holds }) => holds(reader))) resolve();
    watchers = watchers.filter(({ holds }) => !holds(reader));
  };
  const reader: Reader = {
    statusCode: 0,
    headers: {},
    text: '',
    writes: [],
    chunks: [],
    ended: 'no',
    mostWaiting: 0,
    begin(statusCode, headers) {
      if (reader.statusCode) throw new Error('the answer was begun twice');
      Object.assign(reader, { statusCode, headers });
    },
    write(bytes) {
      if (!reader.statusCode) throw new Error('written before it was begun');
      if (reader.ended !== 'no') throw new Error('written after the end');
      reader.chunks.push(Buffer.from(bytes as Uint8Array));
      const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString();
      reader.writes.push(text);
      if (reader.text.length >= limit) waiting += text;
      else reader.text += text;
      reader.mostWaiting = Math.max(reader.mostWaiting, waiting.length);
      tell();
    },
    until: (holds) => (holds(reader) ? Promise.resolve() : new Promise((resolve) => watchers.push({ holds, resolve }))),
    backlog: () => waiting.length,
    drained: () => (waiting ? new Promise<void>((resolve) => wake.push(resolve)) : Promise.resolve()),
    end() {
      reader.ended = 'end';
    },
    abort() {
      reader.ended = 'abort';
    },
    readOn() {
      limit = Number.POSITIVE_INFINITY;
      reader.text += waiting;
      waiting = '';
      for (const resolve of wake) resolve();
      wake = [];
    },
  };
  return reader;
}

/** A Bedrock whose every byte the test decides. Returns a client that calls it. */
export async function startScript(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<BedrockRuntimeClient> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => answer(incoming, outgoing, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

export function clientOf(endpoint: string, credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }) {
  return new BedrockRuntimeClient({
    region: 'eu-central-1',
    endpoint,
    credentials,
    requestHandler: new NodeHttpHandler({ requestTimeout: 0, socketTimeout: 0 }),
  });
}

export const STREAM_HEADERS = {
  'content-type': 'application/vnd.amazon.eventstream',
  'x-amzn-requestid': 'bedrock-request-1',
};

/** One Anthropic event as Bedrock frames it. */
export function chunk(event: unknown): Buffer {
  const json = typeof event === 'string' ? event : JSON.stringify(event);
  return encodeEvent('chunk', JSON.stringify({ bytes: Buffer.from(json).toString('base64'), p: 'abc' }));
}

export const START = {
  type: 'message_start',
  message: { id: 'msg_1', usage: { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 5 } },
};
export const delta = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
export const DELTA_END = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 42 } };
export const STOP = {
  type: 'message_stop',
  'amazon-bedrock-invocationMetrics': { inputTokenCount: 10, outputTokenCount: 42, cacheReadInputTokenCount: 5 },
};

export type Served = { reader: Reader; book: Book; lines: string[]; deps: ServeDeps; done: Promise<void> };

/** Serves one request; `done` when it is over. */
export function start(
  asked: RegionRequest,
  client: BedrockRuntimeClient | (() => Promise<BedrockRuntimeClient>),
  {
    reader = makeReader(),
    stores: storeChanges = {},
    ...changes
  }: { reader?: Reader; stores?: Partial<Stores> } & Partial<Omit<ServeDeps, 'stores'>> = {},
): Served {
  const { stores, book } = makeStores(storeChanges);
  const lines: string[] = [];
  const deps: ServeDeps = {
    region: 'eu-central-1',
    consoleOrigin: CONSOLE,
    bedrockRole: { arn: 'arn:aws:iam::123456789012:role/bedrock' },
    stores,
    ...keepDirectory(stores),
    ...keepSpending(stores),
    watchStops: watchStops(stores, 'eu-central-1'),
    fairShare: makeFairShare(stores),
    learntBetas: keepLearntBetas(stores, () => {}),
    passportKey: keepPassportKeys(stores.passportKey),
    assume: typeof client === 'function' ? client : async () => client,
    patience: PATIENCE,
    now: () => NOW,
    mintRequestId: () => mintRequestId(NOW, crypto.getRandomValues(new Uint8Array(10))),
    emit: (line) => lines.push(line),
    ...changes,
  };
  return { reader, book, lines, deps, done: serve(asked, reader, deps) };
}

/** The same, waited for. */
export async function run(...args: Parameters<typeof start>): Promise<Served> {
  const served = start(...args);
  await served.done;
  return served;
}
