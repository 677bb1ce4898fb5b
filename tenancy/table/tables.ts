import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Table } from 'dynamodb-toolbox';

export type TableNames = { readonly directory: string; readonly ledger: string };

/** The two tables, open: `directory` is replicated to every region, `ledger` is this region's own. */
export type Tables = { readonly directory: StoreTable; readonly ledger: StoreTable };

export type StoreTable = ReturnType<typeof openTable>;

/** Binds the tables to a client; nothing is sent. The caller's client decides endpoint, retries and timeouts. */
export function openTables(documentClient: DynamoDBDocumentClient, names: TableNames): Tables {
  return { directory: openTable(documentClient, names.directory), ledger: openTable(documentClient, names.ledger) };
}

/** Both tables as CreateTable takes them. */
export function tableDefinitions(names: TableNames): CreateTableCommandInput[] {
  return [names.directory, names.ledger].map((TableName) => ({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  }));
}

/** Makes an entity once per open table: its whole schema is checked when it is built, which is no work for a request. */
export function entityOf<Built>(build: (table: StoreTable) => Built): (table: StoreTable) => Built {
  const built = new WeakMap<StoreTable, Built>();
  return (table) => {
    const entity = built.get(table) ?? build(table);
    built.set(table, entity);
    return entity;
  };
}

function openTable(documentClient: DynamoDBDocumentClient, name: string) {
  return new Table({
    documentClient,
    name,
    partitionKey: { name: 'pk', type: 'string' },
    sortKey: { name: 'sk', type: 'string' },
    entityAttributeSavedAs: 'kind',
  });
}

/**
 * For a stored field that has not the shape that every writer gives it. Nothing is guessed in its place: the caller
 * treats it as it treats a store that cannot be read.
 */
export function damaged(kind: string, id: string): never {
  throw new Error(`the stored ${kind} ${JSON.stringify(id)} is damaged`);
}
