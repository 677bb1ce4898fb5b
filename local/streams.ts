import { setTimeout as delay } from 'node:timers/promises';
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { FilterPattern } from '../tenancy/table/stream-filters.ts';

/** The part of a Lambda function that an event source uses. */
export type StreamConsumer = {
  invoke(
    event: DynamoDBStreamEvent,
  ): Promise<
    | { readonly ok: true; readonly payload: unknown }
    | { readonly ok: false; readonly error: { readonly errorType: string; readonly errorMessage: string } }
  >;
};

/** A function that a stream feeds. */
export type StreamSource = {
  readonly fn: StreamConsumer;
  /** What it is woken for: what any of them matches; all without. */
  readonly filters?: readonly FilterPattern[];
  /** How often a batch is offered before it is given up and the shard goes on. */
  readonly attempts?: number;
};

export type StreamSettings = {
  /** DynamoDB Local's address. */
  readonly database: string;
  readonly table: string;
  readonly consumers: readonly StreamSource[];
  /** Told what failed, and what was given up: sequence numbers and error types, never an item. */
  readonly onLine?: (line: string) => void;
};

/** Records in one event, and pauses in ms: between looks at a shard, and before a batch is offered again. */
const BATCH_SIZE = 100;
const PAUSE_MS = 150;
const RETRY_MS = 500;
const ATTEMPTS = 5;

/** DynamoDB Local takes any key, and this one is nobody's. */
const KEYS = { region: 'eu-central-1', credentials: { accessKeyId: 'AKIALOCALSTREAM0000', secretAccessKey: 'none' } };

/**
 * Lambda's event sources for a DynamoDB stream: feed the table's changes to functions, from the oldest that is kept, each
 * shard in order and parents before children. A failed batch is offered again from its first failure on. Each function goes
 * on by itself; the stream is read once for all of them, for every reading costs DynamoDB Local as much as a write.
 * Rejects when the table has no stream.
 */
export async function followStream(settings: StreamSettings): Promise<{ close(): Promise<void> }> {
  const client = new DynamoDBStreamsClient({ ...KEYS, endpoint: settings.database });
  const { Streams: [stream] = [] } = await client.send(new ListStreamsCommand({ TableName: settings.table }));
  if (!stream?.StreamArn) throw new Error(`the table ${settings.table} has no stream`);
  const ending = new AbortController();
  const reader = new Reader(settings, client, stream.StreamArn, ending.signal);
  const read = reader.run();
  return {
    close: async () => {
      ending.abort();
      await read;
      client.destroy();
    },
  };
}

class Reader {
  readonly #client: DynamoDBStreamsClient;
  readonly #arn: string;
  readonly #signal: AbortSignal;
  readonly #tell: (what: string) => void;
  readonly #feeds: readonly Feed[];
  /** Shard id -> resolves when everything in it has been read. */
  readonly #shards = new Map<string, Promise<void>>();

  constructor(
    { consumers, onLine = () => {} }: StreamSettings,
    client: DynamoDBStreamsClient,
    arn: string,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#arn = arn;
    this.#signal = signal;
    this.#tell = (what) => signal.aborted || onLine(`stream: ${what}`);
    this.#feeds = consumers.map((one) => new Feed(one, signal, this.#tell));
  }

  /** Looks for new shards until the end. A database that is away for a while is asked again. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        for (const shard of await this.#describe()) this.#follow(shard);
      } catch (error) {
        this.#tell(`the stream cannot be read: ${nameOf(error)}`);
      }
      await pause(RETRY_MS, this.#signal);
    }
    await Promise.all(this.#shards.values());
    await Promise.all(this.#feeds.map((feed) => feed.ended()));
  }

  async #describe(): Promise<Shard[]> {
    const shards: Shard[] = [];
    let from: string | undefined;
    do {
      const page = { StreamArn: this.#arn, ...(from ? { ExclusiveStartShardId: from } : {}) };
      const { StreamDescription } = await this.#client.send(new DescribeStreamCommand(page), this.#abort());
      shards.push(...(StreamDescription?.Shards ?? []));
      from = StreamDescription?.LastEvaluatedShardId;
    } while (from);
    return shards;
  }

  #follow({ ShardId: id = '', ParentShardId: parent = '' }: Shard): void {
    if (this.#shards.has(id)) return;
    // A parent that is no longer listed has been read to its end, or is gone with its records.
    const before = this.#shards.get(parent) ?? Promise.resolve();
    for (const feed of this.#feeds) feed.open(id, parent);
    this.#shards.set(
      id,
      before.then(() => this.#read(id)),
    );
  }

  /** Hands on a shard's records in order, to its end. */
  async #read(id: string): Promise<void> {
    let done: string | undefined;
    let iterator: string | undefined;
    while (!this.#signal.aborted) {
      try {
        iterator ??= await this.#iterator(id, done);
        if (!iterator) break;
        const page = { ShardIterator: iterator, Limit: BATCH_SIZE };
        const { Records = [], NextShardIterator } = await this.#client.send(new GetRecordsCommand(page), this.#abort());
        const records = Records.map((record) => toLambdaRecord(record, this.#arn));
        for (const feed of this.#feeds) feed.add(id, records);
        done = Records.at(-1)?.dynamodb?.SequenceNumber ?? done;
        if (!NextShardIterator) break;
        iterator = NextShardIterator;
        // Looked at again at once only while more is known to wait: every look costs as much as a write.
        if (Records.length < BATCH_SIZE) await pause(PAUSE_MS, this.#signal);
      } catch (error) {
        this.#tell(`the shard cannot be read: ${nameOf(error)}`);
        // Iterators expire, and records are trimmed: what was handed on is known by its sequence number.
        iterator = undefined;
        if (error instanceof Error && error.name === 'TrimmedDataAccessException') done = undefined;
        await pause(RETRY_MS, this.#signal);
      }
    }
    for (const feed of this.#feeds) feed.finish(id);
  }

  async #iterator(ShardId: string, done: string | undefined): Promise<string | undefined> {
    const from = done
      ? ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: done } as const)
      : ({ ShardIteratorType: 'TRIM_HORIZON' } as const);
    const input = { StreamArn: this.#arn, ShardId, ...from };
    return (await this.#client.send(new GetShardIteratorCommand(input), this.#abort())).ShardIterator;
  }

  #abort() {
    return { abortSignal: this.#signal };
  }
}

/** What of a shard a function has not had yet. */
type Backlog = { waiting: DynamoDBRecord[]; isRead: boolean; wake: () => void; handedOn: Promise<void> };

/** One function's way along the stream. What it has not had yet waits here, as it would in the stream. */
class Feed {
  readonly #fn: StreamConsumer;
  readonly #filters: readonly FilterPattern[] | undefined;
  readonly #attempts: number;
  readonly #signal: AbortSignal;
  readonly #tell: (what: string) => void;
  readonly #shards = new Map<string, Backlog>();

  constructor({ fn, filters, attempts = ATTEMPTS }: StreamSource, signal: AbortSignal, tell: (what: string) => void) {
    this.#fn = fn;
    this.#filters = filters;
    this.#attempts = attempts;
    this.#signal = signal;
    this.#tell = tell;
    signal.addEventListener('abort', () => {
      for (const { wake } of this.#shards.values()) wake();
    });
  }

  open(id: string, parent: string): void {
    const backlog: Backlog = { waiting: [], isRead: false, wake: () => {}, handedOn: Promise.resolve() };
    const before = this.#shards.get(parent)?.handedOn ?? Promise.resolve();
    backlog.handedOn = before.then(() => this.#handOn(backlog));
    this.#shards.set(id, backlog);
  }

  add(id: string, records: readonly DynamoDBRecord[]): void {
    const backlog = this.#shards.get(id);
    const filters = this.#filters;
    const wanted = filters ? records.filter((record) => filters.some((one) => matches(one, record))) : records;
    backlog?.waiting.push(...wanted);
    if (wanted.length > 0) backlog?.wake();
  }

  finish(id: string): void {
    const backlog = this.#shards.get(id);
    if (!backlog) return;
    backlog.isRead = true;
    backlog.wake();
  }

  async ended(): Promise<void> {
    await Promise.all(Array.from(this.#shards.values(), ({ handedOn }) => handedOn));
  }

  async #handOn(backlog: Backlog): Promise<void> {
    while (!this.#signal.aborted) {
      const batch = backlog.waiting.splice(0, BATCH_SIZE);
      if (batch.length > 0) await this.#deliver(batch);
      else if (backlog.isRead) return;
      else await new Promise<void>((resolve) => (backlog.wake = resolve));
    }
  }

  /** Offers a batch until nothing of it fails; what has gone through is not offered again. */
  async #deliver(records: readonly DynamoDBRecord[]): Promise<void> {
    let rest = records;
    for (let attempt = 1; rest.length > 0 && !this.#signal.aborted; attempt++) {
      const result = await this.#fn.invoke({ Records: [...rest] });
      const failed = result.ok ? firstFailure(rest, result.payload) : 0;
      if (failed === -1) return;
      // As Lambda does it: from the first failure on, in order, the records after it as well.
      if (failed > 0) attempt = 1;
      rest = rest.slice(failed);
      if (attempt >= this.#attempts) {
        this.#tell(`given up ${rest.map(({ dynamodb }) => dynamodb?.SequenceNumber).join(' ')}`);
        return;
      }
      if (!result.ok) this.#tell(`the function failed: ${result.error.errorType}`);
      await pause(RETRY_MS, this.#signal);
    }
  }
}

function matches(pattern: FilterPattern, value: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const there = (value as Readonly<Record<string, unknown>> | undefined)?.[field];
    return isValues(wanted) ? wanted.some((one) => one === there) : matches(wanted, there);
  });
}

function isValues(wanted: FilterPattern | readonly string[]): wanted is readonly string[] {
  return Array.isArray(wanted);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** The place of the first record that the function names as failed; -1 for none. An unknown name fails the whole batch. */
function firstFailure(records: readonly DynamoDBRecord[], payload: unknown): number {
  const { batchItemFailures = [] } = (payload ?? {}) as Partial<DynamoDBBatchResponse>;
  const places = batchItemFailures.map(({ itemIdentifier }) =>
    Math.max(
      0,
      records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === itemIdentifier),
    ),
  );
  return places.length === 0 ? -1 : Math.min(...places);
}

/** As Lambda writes it: times in seconds, bytes as base64. */
function toLambdaRecord(record: _Record, eventSourceARN: string): DynamoDBRecord {
  const json = JSON.stringify({ ...record, eventSourceARN }, (_, value: unknown) => {
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });
  const copy = JSON.parse(json) as DynamoDBRecord;
  const created = record.dynamodb?.ApproximateCreationDateTime;
  if (copy.dynamodb && created) copy.dynamodb.ApproximateCreationDateTime = Math.floor(created.getTime() / 1_000);
  return copy;
}
