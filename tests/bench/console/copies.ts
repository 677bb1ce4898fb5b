import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';

/** One item for one table: as it stands in a request. */
export type Copy = { readonly table: string; readonly item: string };

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
    return { table, item: changed };
  };
}

const BATCH = 25;
const AT_ONCE = 8;

/**
 * Writes items as fast as the store takes them, in no order, past the SDK: it would take longer over an item than the
 * store does.
 * @param url of DynamoDB Local, which looks at no signature @param onBatch told how many are written so far
 */
export async function writeCopies(
  url: string,
  copies: Iterable<Copy>,
  onBatch: (written: number) => void = () => {},
): Promise<void> {
  const batches = inBatches(copies);
  let written = 0;
  const work = async (): Promise<void> => {
    for (const batch of batches) {
      await writeBatch(url, batch);
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

const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.BatchWriteItem',
  authorization: 'AWS4-HMAC-SHA256 Credential=local/20261122/eu-central-1/dynamodb/aws4_request, Signature=none',
};

async function writeBatch(url: string, batch: readonly Copy[]): Promise<void> {
  const tables = [...Map.groupBy(batch, ({ table }) => table)].map(([table, copies]) => {
    const puts = copies.map(({ item }) => `{"PutRequest":{"Item":${item}}}`);
    return `"${table}":[${puts.join(',')}]`;
  });
  const answer = await fetch(url, { method: 'POST', headers: HEADERS, body: `{"RequestItems":{${tables.join(',')}}}` });
  const text = await answer.text();
  // A local store is never throttled: what it leaves unwritten is an error here.
  if (answer.status !== 200 || !text.includes('"UnprocessedItems":{}')) throw new Error(`not written: ${text}`);
}
