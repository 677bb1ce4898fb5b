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

/** The part of a Lambda function that an event source uses. */
export type StreamConsumer = {
  invoke(
    event: DynamoDBStreamEvent,
  ): Promise<
    | { readonly ok: true; readonly payload: unknown }
    | { readonly ok: false; readonly error: { readonly errorType: string; readonly errorMessage: string } }
  >;
};

export type StreamSettings = {
  /** DynamoDB Local's address. */
  readonly database: string;
  readonly table: string;
  readonly fn: StreamConsumer;
  /** How often a batch is offered before it is given up and the shard goes on. */
  readonly attempts?: number;
  /** Told what failed, and what was given up: sequence numbers and error types, never an item. */
  readonly onLine?: (line: string) => void;
};

/** Records in one event, and pauses in ms: between looks at a shard without news, and before a batch is offered again. */
const BATCH_SIZE = 100;
const PAUSE_MS = 150;
const RETRY_MS = 500;
const ATTEMPTS = 5;

/** DynamoDB Local takes any key, and this one is nobody's. */
const KEYS = { region: 'eu-central-1', credentials: { accessKeyId: 'AKIALOCALSTREAM0000', secretAccessKey: 'none' } };

/**
 * Lambda's event source for a DynamoDB stream: feeds the table's changes to a function, from the oldest that is kept,
 * each shard in order and parents before children. A failed batch is offered again from its first failure on.
 * Rejects when the table has no stream.
 */
export async function followStream(settings: StreamSettings): Promise<{ close(): Promise<void> }> {
  const client = new DynamoDBStreamsClient({ ...KEYS, endpoint: settings.database });
  const { Streams: [stream] = [] } = await client.send(new ListStreamsCommand({ TableName: settings.table }));
  if (!stream?.StreamArn) throw new Error(`the table ${settings.table} has no stream`);
  const ending = new AbortController();
  const follower = new Follower(settings, client, stream.StreamArn, ending.signal);
  const followed = follower.run();
  return {
    close: async () => {
      ending.abort();
      await followed;
      client.destroy();
    },
  };
}

class Follower {
  readonly #settings: StreamSettings;
  readonly #client: DynamoDBStreamsClient;
  readonly #arn: string;
  readonly #signal: AbortSignal;
  /** Shard id -> resolves when everything in it has been handed on. */
  readonly #shards = new Map<string, Promise<void>>();

  constructor(settings: StreamSettings, client: DynamoDBStreamsClient, arn: string, signal: AbortSignal) {
    this.#settings = settings;
    this.#client = client;
    this.#arn = arn;
    this.#signal = signal;
  }

  /** Looks for new shards until the end. A database that is away for a while is asked again. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        for (const shard of await this.#describe()) this.#follow(shard);
      } catch (error) {
        this.#tell('the stream cannot be read', error);
      }
      await this.#pause(RETRY_MS);
    }
    await Promise.all(this.#shards.values());
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
        if (!iterator) return;
        const page = { ShardIterator: iterator, Limit: BATCH_SIZE };
        const { Records = [], NextShardIterator } = await this.#client.send(new GetRecordsCommand(page), this.#abort());
        await this.#deliver(Records);
        done = Records.at(-1)?.dynamodb?.SequenceNumber ?? done;
        if (!NextShardIterator) return;
        iterator = NextShardIterator;
        if (Records.length === 0) await this.#pause(PAUSE_MS);
      } catch (error) {
        this.#tell('the shard cannot be read', error);
        // Iterators expire, and records are trimmed: what was handed on is known by its sequence number.
        iterator = undefined;
        if (error instanceof Error && error.name === 'TrimmedDataAccessException') done = undefined;
        await this.#pause(RETRY_MS);
      }
    }
  }

  async #iterator(ShardId: string, done: string | undefined): Promise<string | undefined> {
    const from = done
      ? ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: done } as const)
      : ({ ShardIteratorType: 'TRIM_HORIZON' } as const);
    const input = { StreamArn: this.#arn, ShardId, ...from };
    return (await this.#client.send(new GetShardIteratorCommand(input), this.#abort())).ShardIterator;
  }

  /** Offers a batch until nothing of it fails; what has gone through is not offered again. */
  async #deliver(records: readonly _Record[]): Promise<void> {
    const { attempts = ATTEMPTS, fn } = this.#settings;
    let rest = records.map((record) => toLambdaRecord(record, this.#arn));
    for (let attempt = 1; rest.length > 0 && !this.#signal.aborted; attempt++) {
      const result = await fn.invoke({ Records: rest });
      const failed = result.ok ? firstFailure(rest, result.payload) : 0;
      if (failed === -1) return;
      // As Lambda does it: from the first failure on, in order, the records after it as well.
      if (failed > 0) attempt = 1;
      rest = rest.slice(failed);
      if (attempt >= attempts) {
        this.#settings.onLine?.(`stream: given up ${rest.map(({ dynamodb }) => dynamodb?.SequenceNumber).join(' ')}`);
        return;
      }
      if (!result.ok) this.#settings.onLine?.(`stream: the function failed: ${result.error.errorType}`);
      await this.#pause(RETRY_MS);
    }
  }

  #abort() {
    return { abortSignal: this.#signal };
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal }).catch(() => {});
  }

  #tell(what: string, error: unknown): void {
    if (!this.#signal.aborted)
      this.#settings.onLine?.(`stream: ${what}: ${error instanceof Error ? error.name : 'unknown'}`);
  }
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
