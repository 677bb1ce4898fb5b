import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import type { World } from './world.ts';

/**
 * Every item of billing in the ledger, but for what says when a run was, and every file that a run writes of the book: each as
 * the hash of its content in one order of names. Two that are equal differ in no byte.
 */
export async function booksOf({ store, lake }: World): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  const scan = {
    TableName: 'ledger',
    ConsistentRead: true,
    FilterExpression: 'begins_with(#kind, :billing) and not (#kind in (:place, :last))',
    ExpressionAttributeNames: { '#kind': 'kind' },
    ExpressionAttributeValues: { ':billing': 'BILLING', ':place': 'BILLING_RUN', ':last': 'BILLING_DAY_RUN' },
  };
  for await (const { Items = [] } of paginateScan({ client: store.documents }, scan)) {
    for (const item of Items) found[`${item['pk']} ${item['sk']}`] = hashOf(canonical(item));
  }
  for (const key of await lake.list('book/')) found[key] = hashOf(readFileSync(join(lake.folder, key)));
  return found;
}

function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function canonical(item: object): string {
  return JSON.stringify(item, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
