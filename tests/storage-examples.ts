import { readFileSync } from 'node:fs';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';

/** An item as the tables have it. */
export type Item = Readonly<Record<string, unknown>> & {
  readonly pk: string;
  readonly sk: string;
  readonly kind: string;
};

export const STORAGE_PAGE = readFileSync(new URL('../tenancy/table/storage.md', import.meta.url), 'utf8');
const EXAMPLES = [...STORAGE_PAGE.matchAll(/```json\n(.+?)```/gs)].map(([, json = '']) => json);
const DIRECTORY = new Set([...STORAGE_PAGE.matchAll(/^\| `([A-Z_]+)` *\| directory /gm)].map(([, kind = '']) => kind));

const toItem = (json: string) => JSON.parse(json) as Item;
const isTenants = (json: string) => /"(?:tenantId|result)": /.test(json) && json.includes('acme');

/** Such as one tenant may have side by side: a mark beside its request, and a trail of the same days. */
function together(json: string): string {
  if (json.includes('COUNTED_REQUEST')) return json.replaceAll('6f22', '6f21');
  return json.includes('"kind": "AUDIT",') ? json.replace(/"at": \d+/, '"at": 1795312352000') : json;
}

/** The examples of another tenant, whose id begins with this one's: ids that stand outside of a tenant's keys are others. */
function ofNeighbour(json: string): string {
  return json
    .replaceAll('acme', 'acme-labs')
    .replaceAll(/(?<=IDENTITY_PROVIDER#|CLAIMED_PAIR#|"pair": ")[0-9a-f]{8}/g, '00000000')
    .replaceAll('vas_3fd2', 'vas_0000')
    .replaceAll(/(?<=MACHINE_CLIENT#|"clientId": ")/g, 'x');
}

const tenants = EXAMPLES.filter(isTenants).map(together);
/** An item of every kind: of `acme`, of `acme-labs`, and of nobody. */
export const ACMES = tenants.map(toItem);
export const NEIGHBOURS = tenants.map(ofNeighbour).map(toItem);
export const PLATFORMS = EXAMPLES.filter((json) => !isTenants(json)).map(toItem);

const tableOf = ({ kind }: Item): string => (DIRECTORY.has(kind) ? 'directory' : 'ledger');

/** Puts items as they are into the tables of a test. */
export async function fill(documents: DynamoDBDocumentClient, items: readonly Item[]): Promise<void> {
  for (const item of items) await documents.send(new PutCommand({ TableName: tableOf(item), Item: item }));
}

/** Everything in both tables, in the order of the keys. */
export async function scan(documents: DynamoDBDocumentClient): Promise<Item[]> {
  const found = await Promise.all(
    ['directory', 'ledger'].map((TableName) => documents.send(new ScanCommand({ TableName, ConsistentRead: true }))),
  );
  return inOrder(found.flatMap(({ Items = [] }) => Items as Item[]));
}

export async function clear(documents: DynamoDBDocumentClient): Promise<void> {
  for (const item of await scan(documents)) {
    const { pk, sk } = item;
    await documents.send(new DeleteCommand({ TableName: tableOf(item), Key: { pk, sk } }));
  }
}

export function inOrder(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
}
