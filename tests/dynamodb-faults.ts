import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What goes wrong with one call. `throttled`, `exceeded`, `conflict` and `failed` are answers of DynamoDB's own: the
 * first three before it has begun, the last one without a word on what became of the call. `lost_before` and
 * `lost_after` break the connection before the call reaches it, and when it has been carried out. A number is a delay in
 * ms before the call is passed on.
 */
export type Fault =
  | 'throttled'
  | 'exceeded'
  | 'conflict'
  | 'failed'
  | 'failed_after'
  | 'lost_before'
  | 'lost_after'
  | number;

/** One call, as the rule sees it: `PutItem`, and its input in DynamoDB's own JSON. */
export type Call = {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly text: string;
};

export type DynamoDbFaults = {
  readonly url: string;
  /** Decides about each call from now on; null lets it pass. */
  rule: (call: Call) => Fault | null;
  /** Operations that have been asked for, in order. */
  readonly operations: string[];
  close(): Promise<void>;
};

const ANSWERS = {
  throttled: [400, 'com.amazon.coral.availability#ThrottlingException', 'Rate exceeded'],
  exceeded: [
    400,
    'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded',
  ],
  conflict: [
    400,
    'com.amazonaws.dynamodb.v20120810#TransactionConflictException',
    'Transaction is ongoing for the item',
  ],
  failed: [
    500,
    'com.amazonaws.dynamodb.v20120810#InternalServerError',
    'The request could not be processed because of an internal server error',
  ],
} as const;

/** Stands before a DynamoDB and lets calls fail as the real one's network and capacity do, which DynamoDB Local never shows. */
export async function startDynamoDbFaults(upstream: string): Promise<DynamoDbFaults> {
  const operations: string[] = [];
  const faults: DynamoDbFaults = {
    url: '',
    rule: () => null,
    operations,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const operation = String(incoming.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    operations.push(operation);
    const text = body.toString();
    const fault = faults.rule({ operation, input: JSON.parse(text || '{}') as Record<string, unknown>, text });
    if (fault === 'lost_before') return void outgoing.socket?.resetAndDestroy();
    if (typeof fault === 'number') await new Promise((later) => setTimeout(later, fault));
    else if (fault && fault in ANSWERS && fault !== 'lost_after' && fault !== 'failed_after')
      return refuse(outgoing, fault);
    const done = await pass(incoming, body);
    if (fault === 'lost_after') return void outgoing.socket?.resetAndDestroy();
    if (fault === 'failed_after') return refuse(outgoing, 'failed');
    outgoing.writeHead(done.status, done.headers).end(done.body);
  }

  function pass({ method, url, headers }: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((resolve, reject) => {
      const { host: _, connection: __, ...rest } = headers;
      const call = forward(new URL(url ?? '/', upstream), { method, headers: rest }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () =>
          resolve({ status: reply.statusCode ?? 500, headers: reply.headers, body: Buffer.concat(chunks) }),
        );
        reply.on('error', reject);
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return Object.assign(faults, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function refuse(outgoing: ServerResponse, kind: keyof typeof ANSWERS): void {
  const [status, type, message] = ANSWERS[kind];
  outgoing
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify({ __type: type, message }));
}
