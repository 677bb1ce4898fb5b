import type { AttributeDefinition, CreateTableCommandInput, KeySchemaElement } from '@aws-sdk/client-dynamodb';
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

/**
 * The ledger's indexes. Both are sparse: requests and days of billing have their keys, and operations those of `open`; what
 * is over has none of `open`.
 */
export const LEDGER_INDEXES = {
  open: { partition: 'openShard', sort: { name: 'deadline', type: 'number' }, projection: 'KEYS_ONLY' },
  byDay: { partition: 'dayShard', sort: { name: 'requestId', type: 'string' }, projection: 'ALL' },
} as const;

/** Both tables as CreateTable takes them. */
export function tableDefinitions(names: TableNames): CreateTableCommandInput[] {
  const table = {
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema('pk', 'sk'),
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  } as const;
  const keys: AttributeDefinition[] = [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ];
  const indexes = Object.entries(LEDGER_INDEXES);
  return [
    { ...table, TableName: names.directory, AttributeDefinitions: keys },
    {
      ...table,
      TableName: names.ledger,
      AttributeDefinitions: [
        ...keys,
        ...indexes.flatMap(([, { partition, sort }]): AttributeDefinition[] => [
          { AttributeName: partition, AttributeType: 'S' },
          { AttributeName: sort.name, AttributeType: sort.type === 'number' ? 'N' : 'S' },
        ]),
      ],
      GlobalSecondaryIndexes: indexes.map(([IndexName, { partition, sort, projection }]) => ({
        IndexName,
        KeySchema: keySchema(partition, sort.name),
        Projection: { ProjectionType: projection },
      })),
    },
  ];
}

function keySchema(partition: string, sort: string): KeySchemaElement[] {
  return [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
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
    indexes: {
      open: {
        type: 'global',
        partitionKey: { name: LEDGER_INDEXES.open.partition, type: 'string' },
        sortKey: LEDGER_INDEXES.open.sort,
      },
      byDay: {
        type: 'global',
        partitionKey: { name: LEDGER_INDEXES.byDay.partition, type: 'string' },
        sortKey: LEDGER_INDEXES.byDay.sort,
      },
    },
    entityAttributeSavedAs: 'kind',
  });
}

/**
 * What a batch left unread, as a throttled table does, is not missing: a tenant or user that is answered so would be gone.
 * @throws Error when there is any
 */
export function wholeBatch(unprocessed: Readonly<Record<string, unknown>> | undefined): void {
  if (Object.keys(unprocessed ?? {}).length > 0)
    throw new Error('a batch cannot be read: the table leaves keys unprocessed');
}

/**
 * For a stored field that has not the shape that every writer gives it. Nothing is guessed in its place: the caller
 * treats it as it treats a store that cannot be read.
 */
export function damaged(kind: string, id: string): never {
  throw new Error(`the stored ${kind} ${JSON.stringify(id)} is damaged`);
}
