import { QueryCommand as DocumentQuery } from '@aws-sdk/lib-dynamodb';
import { GetItemCommand } from 'dynamodb-toolbox';
import { parseTenantId, type TenantId } from '../tenant.ts';
import type { Intent, Settlement } from '../usage.ts';
import { key } from './keys.ts';
import { openShard, REQUEST_SHARDS, requestEntity, toRequest } from './request-entity.ts';
import { type SettleCondition, settleWhile } from './requests.ts';
import { damaged, LEDGER_INDEXES, type Tables } from './tables.ts';

/** An open request whose process has not been heard of until its deadline (ms since the epoch). */
export type OverdueRequest = { readonly intent: Intent; readonly deadline: number };

/** What one look into an index asks for: whoever stops early has not read much more. */
const PAGE = 100;

/**
 * The open requests of one shard whose deadline has passed, longest ago first, by a name that `getOverdue` reads. The
 * index follows the table by some time: what it names may be settled, or be worked on again.
 */
export async function* listOverdue(tables: Tables, shard: string, now: number): AsyncGenerator<string> {
  const { partition, sort } = LEDGER_INDEXES.open;
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await tables.ledger.getDocumentClient().send(
      new DocumentQuery({
        TableName: tables.ledger.getName(),
        IndexName: 'open',
        KeyConditionExpression: '#shard = :shard AND #deadline < :now',
        ExpressionAttributeNames: { '#shard': partition, '#deadline': sort.name },
        ExpressionAttributeValues: { ':shard': openShard(shard), ':now': now },
        Limit: PAGE,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    for (const { pk } of Items) yield String(pk);
    from = LastEvaluatedKey;
  } while (from);
}

/**
 * How many requests of a tenant are open. The index has those of all tenants that run at this moment, which are few; what
 * it names and is settled by now is not counted.
 */
export async function countOpenRequests(tables: Tables, tenantId: TenantId): Promise<number> {
  const own = key`TENANT#${tenantId}#REQUEST#`;
  let open = 0;
  for (const shard of REQUEST_SHARDS) {
    for await (const name of listOverdue(tables, shard, Number.MAX_SAFE_INTEGER)) {
      if (name.startsWith(own) && (await getOverdue(tables, name, Number.MAX_SAFE_INTEGER))) open += 1;
    }
  }
  return open;
}

/**
 * An overdue request as it is now, or null when it is none any more.
 * @throws Error when it is damaged
 */
export async function getOverdue(tables: Tables, name: string, now: number): Promise<OverdueRequest | null> {
  const [, tenant, requestId = ''] = /^TENANT#([^#]+)#REQUEST#([^#]+)$/.exec(name) ?? [];
  const tenantId = parseTenantId(tenant) ?? damaged('request', name);
  const { Item } = await requestEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId, requestId })
    .options({ consistent: true })
    .send();
  if (Item?.status !== 'OPEN' || Item.deadline === undefined || Item.deadline >= now) return null;
  return { intent: toRequest(Item).intent, deadline: Item.deadline };
}

/** Settles a request as an orphan, if nobody has settled it nor told that he works on it since it was read. */
export async function settleOrphan(
  tables: Tables,
  { intent, deadline }: OverdueRequest,
  settlement: Settlement,
): Promise<'settled' | 'not_ours'> {
  const untouched: SettleCondition = {
    and: [
      { attr: 'status', eq: 'OPEN' },
      { attr: 'deadline', eq: deadline },
      // An extension that was under way for so long may bring the same deadline.
      { attr: 'reserved.nanoUsd', eq: intent.reserved.nanoUsd },
    ],
  };
  return (await settleWhile(tables, intent, settlement, untouched)) ? 'settled' : 'not_ours';
}
