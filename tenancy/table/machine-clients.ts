import {
  Entity,
  executeTransactWrite,
  type FormattedItem,
  GetItemCommand,
  isTransactionCancelled,
  item,
  list,
  number,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { type MachineClient, SCOPES } from '../user.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';
import { follows, type VersionedWrite } from './versions.ts';

/**
 * One item under its owner's key, so that a tenant's list is one query and the tenant's wall holds around it; and a small
 * pointer by client id, because a request for a token names nothing else. The pointer says only whose the client is, and
 * never changes: whether it is live stands in one place.
 */
const clientEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'MACHINE_CLIENT',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        clientId: string(),
        tenantId: string().optional(),
        name: string(),
        scopes: list(string().enum(...SCOPES)),
        createdBy: string(),
        expiresAt: number().validate(Number.isSafeInteger),
        revokedAt: number().validate(Number.isSafeInteger).optional(),
        version: number().validate(Number.isSafeInteger),
      }),
    }),
);

const ownerEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'MACHINE_CLIENT_OWNER',
      table,
      timestamps: false,
      schema: item({ clientId: string().key(), tenantId: string().optional() }),
      computeKey: ({ clientId }) => ({ pk: key`MACHINE_CLIENT#${clientId}`, sk: 'MACHINE_CLIENT' }),
    }),
);

/** The client of this id, whoever's it is: two reads, both consistent, so that a revocation counts at once. */
export async function findMachineClient(tables: Tables, clientId: string): Promise<MachineClient | null> {
  const { Item } = await ownerEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ clientId })
    .options({ consistent: true })
    .send();
  return Item ? getMachineClient(tables, toOwner(Item.tenantId), clientId) : null;
}

/** A tenant's own client, or with `null` the platform's; null for one that is somebody else's. */
export async function getMachineClient(
  tables: Tables,
  tenantId: TenantId | null,
  clientId: string,
): Promise<MachineClient | null> {
  const { Item } = await clientEntity(tables.ledger)
    .build(GetItemCommand)
    .key(placeOf({ tenantId, clientId }))
    .options({ consistent: true })
    .send();
  return Item ? toClient(Item) : null;
}

/** All clients of a tenant, or with `null` the platform's own, by id: revoked and expired ones too. */
export async function listMachineClients(tables: Tables, tenantId: TenantId | null): Promise<MachineClient[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(clientEntity(tables.ledger))
    .query({ partition: ownerPartition(tenantId), range: { beginsWith: 'MACHINE_CLIENT#' } })
    .options({ maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(toClient);
}

/** A page of a tenant's clients, or with `null` of the platform's own, by id: revoked and expired ones too. `after`: the last one seen. */
export async function listMachineClientPage(
  tables: Tables,
  tenantId: TenantId | null,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: MachineClient[]; readonly next?: string }> {
  const partition = ownerPartition(tenantId);
  const { Items = [], LastEvaluatedKey } = await tables.ledger
    .build(QueryCommand)
    .entities(clientEntity(tables.ledger))
    .query({ partition, range: { beginsWith: 'MACHINE_CLIENT#' } })
    .options({
      limit,
      ...(after === undefined ? {} : { exclusiveStartKey: placeOf({ tenantId, clientId: after }) }),
    })
    .send();
  const next = LastEvaluatedKey && Items.at(-1)?.clientId;
  return { items: Items.map(toClient), ...(next === undefined ? {} : { next }) };
}

/**
 * The parts of a transaction that store a client whose `version` is one more than the version that was read. The pointer
 * comes with version 1, once: an id that is somebody's cannot be made somebody else's.
 */
export function machineClientWrite(tables: Tables, client: MachineClient) {
  const stored = machineClientRow(tables, client);
  if (client.version > 1) return [stored];
  const pointer = ownerEntity(tables.ledger)
    .build(PutTransaction)
    .item(ownerOf(client))
    .options({ condition: { attr: 'clientId', exists: false } });
  return [stored, pointer];
}

/** The part that stores the client itself, within its owner's wall. A new one needs `nameMachineClient` first. */
export function machineClientRow(tables: Tables, client: MachineClient) {
  const { tenantId, scopes, ...rest } = client;
  return clientEntity(tables.ledger)
    .build(PutTransaction)
    .item({ ...rest, ...(tenantId === null ? {} : { tenantId }), ...placeOf(client), scopes: [...scopes] })
    .options({ condition: follows(client.version) });
}

/**
 * Writes a tenant's client's pointer by itself: it stands outside of every tenant's wall, so that credentials which that
 * wall holds in cannot write it. Alone it opens nothing, for there is no client where it points. Safe to repeat.
 * @param tables opened with the platform's own credentials
 * @throws when the id is somebody else's
 */
export async function nameMachineClient(
  tables: Tables,
  client: { readonly clientId: string; readonly tenantId: TenantId },
): Promise<void> {
  await ownerEntity(tables.ledger)
    .build(PutItemCommand)
    .item(client)
    .options({
      condition: {
        or: [
          { attr: 'clientId', exists: false },
          { attr: 'tenantId', eq: client.tenantId },
        ],
      },
    })
    .send();
}

function ownerOf({ clientId, tenantId }: MachineClient): { clientId: string; tenantId?: string } {
  return { clientId, ...(tenantId === null ? {} : { tenantId }) };
}

/** Stores a client and nothing else. */
export async function putMachineClient(tables: Tables, client: MachineClient): Promise<VersionedWrite> {
  try {
    await executeTransactWrite(...machineClientWrite(tables, client));
    return 'stored';
  } catch (error) {
    if (isTransactionCancelled(error)) {
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (codes.some((code) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict')) return 'conflict';
    }
    throw error;
  }
}

function placeOf({ tenantId, clientId }: Pick<MachineClient, 'tenantId' | 'clientId'>): { pk: string; sk: string } {
  return { pk: ownerPartition(tenantId), sk: key`MACHINE_CLIENT#${clientId}` };
}

/** The platform's own stand with its staff. */
function ownerPartition(tenantId: TenantId | null): string {
  return tenantId === null ? 'STAFF' : key`TENANT#${tenantId}`;
}

function toOwner(tenantId: string | undefined): TenantId | null {
  return tenantId === undefined ? null : (parseTenantId(tenantId) ?? damaged('machine client of', tenantId));
}

function toClient({ tenantId, revokedAt, ...rest }: FormattedItem<ReturnType<typeof clientEntity>>): MachineClient {
  return { ...rest, tenantId: toOwner(tenantId), ...(revokedAt === undefined ? {} : { revokedAt }) };
}
