import { Entity, GetItemCommand, item, number, PutItemCommand, string } from 'dynamodb-toolbox';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

/** A public key of the edge's. `expiresAt` (ms since the epoch) is set when its private half is retired. */
export type PassportKey = { readonly kid: string; readonly publicKeyPem: string; readonly expiresAt?: number };

const passportKeyEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'PASSPORT_KEY',
      table,
      timestamps: false,
      schema: item({
        kid: string().key(),
        publicKeyPem: string(),
        expiresAt: number().validate(Number.isSafeInteger).optional(),
      }),
      computeKey: ({ kid }) => ({ pk: 'PLATFORM', sk: key`PASSPORT_KEY#${kid}` }),
    }),
);

/** The public key with this id, or null. Whether it has expired is the caller's to compare with its clock. */
export async function getPassportKey(tables: Tables, kid: string): Promise<PassportKey | null> {
  const { Item } = await passportKeyEntity(tables.directory).build(GetItemCommand).key({ kid }).send();
  if (!Item) return null;
  const { expiresAt, ...rest } = Item;
  return expiresAt === undefined ? rest : { ...rest, expiresAt };
}

export async function putPassportKey(tables: Tables, passportKey: PassportKey): Promise<void> {
  await passportKeyEntity(tables.directory)
    .build(PutItemCommand)
    .item({ ...passportKey })
    .send();
}
