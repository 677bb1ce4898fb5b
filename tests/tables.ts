import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamoDb } from '../local/dynamodb.ts';
import { findJava, thisMachine } from '../local/java.ts';
import { openTables, type Tables, tableDefinitions } from '../tenancy/table/tables.ts';

export type TestTables = {
  readonly url: string;
  readonly tables: Tables;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  close(): Promise<void>;
};

/**
 * Both tables, open and empty, in a real DynamoDB of the test's own; `close` ends it and its files.
 * @param large for a million items, which nobody follows by the tables' streams
 */
export async function startTables({ large = false } = {}): Promise<TestTables> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-runner-tables-'));
  const server = await startDynamoDb({
    folder,
    tables: 'memory',
    heapMb: large ? 1_024 : 256,
    java: findJava(thisMachine()),
  });
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const names = { directory: 'directory', ledger: 'ledger' };
  for (const { StreamSpecification, ...definition } of tableDefinitions(names)) {
    await client.send(new CreateTableCommand({ ...definition, ...(large ? {} : { StreamSpecification }) }));
  }
  const documents = DynamoDBDocumentClient.from(client);
  return {
    url: server.url,
    tables: openTables(documents, names),
    client,
    documents,
    close: async () => {
      client.destroy();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
