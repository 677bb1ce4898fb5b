import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSignature, type SignedRequest, verifySignature } from '../../local/signature.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { openDocumentClient, openLine, type Persistence } from './document-client.ts';

const REGION = 'eu-central-1';
const CREDENTIALS = { accessKeyId: 'AKIATESTTESTTEST0000', secretAccessKey: 'secret', sessionToken: 'session/token==' };

const ours = (endpoint: string, persistence: Persistence = { attempts: 1, timeoutMs: 5_000 }) =>
  openDocumentClient(
    openLine({ region: REGION, endpoint, credentials: () => CREDENTIALS, now: Date.now }),
    persistence,
  );
const theirs = (endpoint: string) =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({ region: REGION, endpoint, credentials: CREDENTIALS, maxAttempts: 1 }),
  );

/** Whatever a value may be. */
const VALUES = {
  text: 'größer 漢字 🙂 "\\\u2028',
  empty: '',
  count: -12.5,
  large: 2n ** 63n,
  yes: true,
  nothing: null,
  list: [1, 'a', [{ deep: [] }]],
  map: { __proto__x: { n: 0 } },
  names: new Set(['a', 'b']),
  numbers: new Set([1, 2]),
};

/** Every command, with values wherever it can have them; what comes later finds what came before. */
const commands = (TableName: string) => {
  const Key = { pk: 'a', sk: '1' };
  const update = {
    TableName,
    Key,
    UpdateExpression: 'SET #n = :n, later = :later',
    ExpressionAttributeNames: { '#n': 'count' },
    ExpressionAttributeValues: { ':n': 7, ':later': [1] },
  };
  const query = {
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': 'a' },
    ConsistentRead: true,
  };
  return [
    new PutCommand({ TableName, Item: { ...Key, ...VALUES, left: undefined }, ReturnValues: 'ALL_OLD' }),
    new PutCommand({
      TableName,
      Item: { pk: 'a', sk: '2', count: 1 },
      ConditionExpression: 'attribute_not_exists(pk) OR version = :v',
      ExpressionAttributeValues: { ':v': 1 },
    }),
    new GetCommand({ TableName, Key, ConsistentRead: true }),
    new GetCommand({ TableName, Key: { pk: 'nobody', sk: '1' } }),
    new UpdateCommand({ ...update, ReturnValues: 'ALL_NEW', ReturnConsumedCapacity: 'TOTAL' }),
    new QueryCommand(query),
    new QueryCommand({ ...query, Limit: 1 }),
    new QueryCommand({ ...query, ExclusiveStartKey: Key }),
    new ScanCommand({ TableName, Limit: 1 }),
    new BatchWriteCommand({
      RequestItems: {
        [TableName]: [
          { PutRequest: { Item: { pk: 'b', sk: '1', names: new Set(['x']) } } },
          { DeleteRequest: { Key: { pk: 'a', sk: '2' } } },
        ],
      },
    }),
    new BatchGetCommand({
      RequestItems: { [TableName]: { Keys: [Key, { pk: 'nobody', sk: '1' }], ConsistentRead: true } },
    }),
    new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName, Item: { pk: 'c', sk: '1', list: [1] } } },
        { Update: update },
        { Delete: { TableName, Key: { pk: 'b', sk: '1' } } },
        { ConditionCheck: { TableName, Key: { pk: 'd', sk: '1' }, ConditionExpression: 'attribute_not_exists(pk)' } },
      ],
    }),
    new TransactGetCommand({
      TransactItems: [{ Get: { TableName, Key } }, { Get: { TableName, Key: { pk: 'd', sk: '1' } } }],
    }),
    new DeleteCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }),
  ];
};

/** Commands that DynamoDB refuses after the ones above. */
const refused = (TableName: string) => [
  new PutCommand({
    TableName,
    Item: { pk: 'c', sk: '1' },
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }),
  new UpdateCommand({
    TableName,
    Key: { pk: 'c', sk: '1' },
    UpdateExpression: 'ADD n :n',
    ConditionExpression: 'n < :n',
    ExpressionAttributeValues: { ':n': 1 },
  }),
  new TransactWriteCommand({
    TransactItems: [
      { Put: { TableName, Item: { pk: 'e', sk: '1' } } },
      {
        ConditionCheck: {
          TableName,
          Key: { pk: 'c', sk: '1' },
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ],
  }),
  new GetCommand({ TableName, Key: { pk: 'a' } }),
  new GetCommand({ TableName: 'nowhere', Key: { pk: 'a', sk: '1' } }),
];

type Sendable = Parameters<DynamoDBDocumentClient['send']>[0];
const send = (client: DynamoDBDocumentClient, command: object): Promise<unknown> => client.send(command as Sendable);

describe('against DynamoDB', () => {
  let tables: TestTables;
  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.close());

  it('gives the answers that the SDK gives, command for command', async () => {
    const endpoint = await endpointOf(tables);
    const [own, sdk] = [ours(endpoint), theirs(endpoint)];
    const [onOurs, onTheirs] = [commands('ledger'), commands('directory')];
    for (const [index, command] of onOurs.entries()) {
      const answered = withoutIds(await send(own, command));
      expect(answered, command.constructor.name).toEqual(withoutIds(await send(sdk, onTheirs[index] ?? {})));
    }
    const failures = refused('ledger');
    for (const [index, command] of refused('directory').entries()) {
      const [got, expected] = [await failureOf(own, failures[index] ?? {}), await failureOf(sdk, command)];
      expect(got).toEqual(expected);
      expect(got['name']).toMatch(/Exception$/);
    }
    expect(await failureOf(own, failures[0] ?? {})).toMatchObject({ Item: { pk: { S: 'c' } } });
    expect(await failureOf(own, failures[2] ?? {})).toMatchObject({
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: { pk: { S: 'c' } } }],
    });
  });

  it('stores and finds what the SDK would, whatever the value', async () => {
    const endpoint = await endpointOf(tables);
    const [own, sdk] = [ours(endpoint), theirs(endpoint)];
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    // The SDK's own marshaller takes an object for an instance of whatever stands under `constructor`, and refuses it.
    const name = fc.string({ minLength: 1 }).filter((text) => text !== 'constructor');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(scalar, fc.array(tie('value')), fc.dictionary(name, tie('value'))),
    }));
    await fc.assert(
      fc.asyncProperty(value, async (value) => {
        const Key = { pk: 'p', sk: '1' };
        await send(own, new PutCommand({ TableName: 'ledger', Item: { ...Key, value } }));
        const get = new GetCommand({ TableName: 'ledger', Key, ConsistentRead: true });
        expect(withoutIds(await send(own, get))).toEqual(withoutIds(await send(sdk, get)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('on the wire', () => {
  let server: ReturnType<typeof createServer>;
  let endpoint: string;
  let received: (SignedRequest & { readonly target: string; readonly type: string })[] = [];
  let answers: ((response: ServerResponse) => void)[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    received = [];
    answers = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const { method = '', url = '', rawHeaders, headers } = request;
    const target = String(headers['x-amz-target']);
    received.push({ method, url, rawHeaders, body, target, type: String(headers['content-type']) });
    const answer = answers.shift() ?? exception(200, {});
    answer(response);
  }

  it('each call is the SDK’s own, and its signature holds', async () => {
    for (const command of commands('t')) await send(ours(endpoint), command);
    const own = received;
    received = [];
    for (const command of commands('t')) await send(theirs(endpoint), command);
    expect(own.map(meaning)).toEqual(received.map(meaning));
    expect(own).toHaveLength(commands('t').length);
    for (const request of own) {
      const claim = readSignature(request.rawHeaders);
      expect(claim).toMatchObject({ accessKeyId: CREDENTIALS.accessKeyId, region: REGION, service: 'dynamodb' });
      if (claim) expect(verifySignature(request, claim, CREDENTIALS.secretAccessKey, Date.now())).toEqual({ ok: true });
    }
  });

  it('a day and credentials later, it signs with them', async () => {
    let [now, secretAccessKey] = [Date.UTC(2026, 10, 22, 23, 59), 'first'];
    const credentials = () => ({ ...CREDENTIALS, secretAccessKey });
    const line = openLine({ region: REGION, endpoint, credentials, now: () => now });
    const client = openDocumentClient(line, { attempts: 1, timeoutMs: 5_000 });
    const check = async () => {
      await send(client, new GetCommand({ TableName: 't', Key: { pk: 'a' } }));
      const request = received.at(-1);
      const claim = request && readSignature(request.rawHeaders);
      if (!claim) throw new Error('not signed');
      expect(verifySignature(request, claim, secretAccessKey, now)).toEqual({ ok: true });
    };
    await check();
    now += 120_000;
    await check();
    secretAccessKey = 'second';
    await check();
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['throttling', exception(400, { __type: 'com.amazonaws.dynamodb#ProvisionedThroughputExceededException' })],
    ['another throttling', exception(400, { __type: 'com.amazon.coral#ThrottlingException' })],
    ['a failure of the service', exception(500, { __type: 'com.amazonaws.dynamodb#InternalServerError' })],
    ['something in between', (response) => response.writeHead(503).end('<html>')],
    ['a broken connection', (response) => response.destroy()],
    [
      'a broken answer',
      (response) => void response.writeHead(200, { 'content-length': 9 }).write('{', () => response.destroy()),
    ],
    ['silence', () => {}],
  ])('after %s it tries again as often as it may', async (_, trouble) => {
    const get = new GetCommand({ TableName: 't', Key: { pk: 'a' } });
    answers = [trouble, trouble];
    await expect(send(ours(endpoint, { attempts: 3, timeoutMs: 300 }), get)).resolves.toMatchObject({
      $metadata: { httpStatusCode: 200, attempts: 3 },
    });
    answers = [trouble, trouble];
    await expect(send(ours(endpoint, { attempts: 2, timeoutMs: 300 }), get)).rejects.toThrow();
    answers = [trouble];
    await expect(send(ours(endpoint, { attempts: 1, timeoutMs: 300 }), get)).rejects.toThrow();
    expect(received).toHaveLength(6);
  });

  it.each([
    ['ConditionalCheckFailedException', 400],
    ['ValidationException', 400],
    ['AccessDeniedException', 400],
    ['TransactionConflictException', 400],
  ])('%s is an answer, not a reason to try again', async (name, status) => {
    answers = [exception(status, { __type: `com.amazonaws.dynamodb#${name}`, Message: 'why' })];
    const get = new GetCommand({ TableName: 't', Key: { pk: 'a' } });
    await expect(send(ours(endpoint, { attempts: 3, timeoutMs: 5_000 }), get)).rejects.toMatchObject({
      name,
      message: 'why',
      $fault: 'client',
      $metadata: { httpStatusCode: status, attempts: 1 },
    });
    expect(received).toHaveLength(1);
  });

  it('a transaction that is tried again has the token of the first attempt', async () => {
    answers = [(response) => response.destroy()];
    const write = new TransactWriteCommand({ TransactItems: [{ Delete: { TableName: 't', Key: { pk: 'a' } } }] });
    await send(ours(endpoint, { attempts: 2, timeoutMs: 5_000 }), write);
    const tokens = received.map(({ body }) => JSON.parse(body.toString()).ClientRequestToken as string);
    expect(tokens[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(tokens).toEqual([tokens[0], tokens[0]]);
  });

  it('a command that it does not know is not sent', async () => {
    await expect(send(ours(endpoint), { input: {} })).rejects.toThrow(TypeError);
    expect(received).toEqual([]);
  });
});

it('without an endpoint it calls AWS’s own of the region, over TLS', () => {
  const line = openLine({ region: 'eu-central-2', credentials: () => CREDENTIALS, now: Date.now });
  expect(line.call('t', '{}')).toMatchObject({
    host: 'dynamodb.eu-central-2.amazonaws.com',
    agent: { protocol: 'https:' },
    headers: { host: 'dynamodb.eu-central-2.amazonaws.com', 'content-length': 2 },
  });
});

function exception(status: number, body: object): (response: ServerResponse) => void {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

/** What a call says, whatever the order of its members; a transaction's token is new each time. */
function meaning({ method, url, target, type, body }: SignedRequest & { target: string; type: string }) {
  const { ClientRequestToken: token, ...input } = JSON.parse(body.toString()) as Record<string, unknown>;
  return { method, url, target, type, input, token: typeof token };
}

async function endpointOf({ client }: TestTables): Promise<string> {
  const { protocol, hostname, port } = (await client.config.endpoint?.()) ?? { protocol: '', hostname: '' };
  return `${protocol}//${hostname}:${port}`;
}

function withoutIds(answer: unknown): unknown {
  const text = JSON.stringify(answer, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value instanceof Set ? [...value] : value,
  );
  const { $metadata, ...rest } = JSON.parse(text.replaceAll('"directory"', '"ledger"')) as Record<string, unknown>;
  const { httpStatusCode, attempts } = $metadata as Record<string, unknown>;
  return { ...rest, httpStatusCode, attempts };
}

async function failureOf(client: DynamoDBDocumentClient, command: object): Promise<Record<string, unknown>> {
  const error = await send(client, command).then(
    () => new Error('it was not refused'),
    (error: unknown) => error as Error,
  );
  const { name, message, $fault, $metadata, Item, CancellationReasons } = error as Error & Record<string, unknown>;
  const { httpStatusCode, attempts } = { ...($metadata as object) } as Record<string, unknown>;
  return { name, message, $fault, httpStatusCode, attempts, Item, CancellationReasons };
}
