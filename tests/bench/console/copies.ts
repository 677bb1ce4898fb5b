import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';

type StoredItem = Readonly<Record<string, AttributeValue>>;

/** One item for one table. */
export type Copy = { readonly table: string; readonly item: StoredItem };

/** What stands in a specimen, and what stands there in a copy. Both of one length: no copy is larger than another. */
export type Changes = readonly (readonly [from: string, to: string])[];

/**
 * Reads what a writer of the product's own has stored, to make more of the same kind: so no copy has a shape that the
 * product would not have given it.
 * @throws Error when nothing stands there
 */
export async function readSpecimen(
  client: DynamoDBClient,
  table: string,
  pk: string,
  beginning: string,
): Promise<(changes: Changes) => Copy> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: beginning } },
      Limit: 1,
    }),
  );
  const [found] = Items;
  if (!found) throw new Error(`nothing stands at ${pk} ${beginning}`);
  const text = JSON.stringify(found);
  return (changes) => {
    const changed = changes.reduce((item, [from, to]) => item.replaceAll(from, to), text);
    if (changed.length !== text.length) throw new Error(`a copy of ${pk} ${beginning} has another size`);
    return { table, item: JSON.parse(changed) as StoredItem };
  };
}

const BATCH = 25;
const AT_ONCE = 6;

/** Writes items as fast as the store takes them, in no order. @param onBatch told how many are written so far */
export async function writeCopies(
  client: DynamoDBClient,
  copies: Iterable<Copy>,
  onBatch: (written: number) => void = () => {},
): Promise<void> {
  const batches = inBatches(copies);
  let written = 0;
  const work = async (): Promise<void> => {
    for (const batch of batches) {
      await writeBatch(client, batch);
      written += batch.length;
      onBatch(written);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function* inBatches(copies: Iterable<Copy>): Generator<Copy[]> {
  let batch: Copy[] = [];
  for (const copy of copies) {
    batch.push(copy);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function writeBatch(client: DynamoDBClient, batch: readonly Copy[]): Promise<void> {
  const tables = Map.groupBy(batch, ({ table }) => table);
  let wanted: Record<string, WriteRequest[]> = Object.fromEntries(
    [...tables].map(([table, copies]) => [table, copies.map(({ item }) => ({ PutRequest: { Item: { ...item } } }))]),
  );
  while (Object.keys(wanted).length > 0) {
    const { UnprocessedItems = {} } = await client.send(new BatchWriteItemCommand({ RequestItems: wanted }));
    wanted = UnprocessedItems;
  }
}
