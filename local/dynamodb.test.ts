import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type DynamoDb, startDynamoDb } from './dynamodb.ts';
import { findJava, thisMachine } from './java.ts';

const java = findJava(thisMachine());
const folder = mkdtempSync(join(tmpdir(), 'dynamodb-'));
const started: DynamoDb[] = [];
const start = async (port = 0) => {
  const server = await startDynamoDb({ folder, java, port });
  started.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clients: DynamoDBClient[] = [];
const client = (endpoint: string, region = 'eu-central-1', accessKeyId = 'AKIALOCAL') => {
  const made = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey: 'x' } });
  clients.push(made);
  return made;
};

it('keeps tables over a restart, the same for every region and key, and closed to web pages', {
  timeout: 60_000,
}, async () => {
  const first = await start();
  await client(first.url).send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
    }),
  );
  await client(first.url).send(new PutItemCommand({ TableName: 'ledger', Item: { PK: { S: 'a' }, n: { N: '1' } } }));
  await expect(start()).rejects.toThrow(`process ${first.pid} already serves ${folder}`);
  for (const one of clients.splice(0)) one.destroy();
  await first.close();
  expect(() => process.kill(first.pid, 0)).toThrow('ESRCH');

  // As after `kill -9`: the file names a process that is not DynamoDB Local.
  writeFileSync(join(folder, 'dynamodb.pid'), String(process.pid));
  const second = await start();
  const { Item } = await client(second.url, 'us-east-1', 'AKIAOTHER').send(
    new GetItemCommand({ TableName: 'ledger', Key: { PK: { S: 'a' } } }),
  );
  expect(Item).toEqual({ PK: { S: 'a' }, n: { N: '1' } });
  const preflight = await fetch(second.url, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.headers.get('access-control-allow-origin') ?? 'none').not.toMatch(/\*|evil/);
  process.kill(second.pid, 'SIGKILL');
  expect((await second.died).message).toMatch(/^DynamoDB Local: ended \(SIGKILL\): ./);
});

it('says in one line what is wrong: a port taken, a java that is none', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, done));
  const { port } = other.address() as AddressInfo;
  await expect(start(port)).rejects.toThrow(`DynamoDB Local: port ${port} is taken`);
  await new Promise((done) => other.close(done));
  await expect(startDynamoDb({ folder, java: '/nowhere/java' })).rejects.toThrow('cannot start java');
  await expect(startDynamoDb({ folder, java: '/bin/false' })).rejects.toThrow(
    /^DynamoDB Local: ended \(exit code 1\): no output/,
  );
});
